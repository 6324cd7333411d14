"""The field's words for levels, statuses, sizes and causes, Chinese and English."""

from __future__ import annotations

from grid.model import Level, Size, Stage, Status

Pair = tuple[str, str]

LEVELS: dict[Level, Pair] = {
    Level.GRID: ("网格", "grid"),
    Level.COMMUNITY: ("社区", "community"),
    Level.STREET: ("街道", "street"),
    Level.DISTRICT: ("区县", "district"),
    Level.CITY: ("市级", "city"),
}

STATUSES: dict[Status, Pair] = {
    Status.OPEN: ("待签收", "waits for its handler"),
    Status.WORKING: ("处置中", "being handled"),
    Status.HANDLED: ("待核查", "waits for verification"),
    Status.CLOSED: ("已结案", "closed"),
    Status.MERGED: ("已并案", "merged"),
}

SIZES: dict[Size, Pair] = {
    Size.SMALL: ("小事", "small matter"),
    Size.BIG: ("大事", "big matter"),
    Size.MAJOR: ("重大事项", "major matter"),
    Size.EMERGENCY: ("紧急事件", "emergency"),
}

STAGES: dict[Stage, Pair] = {
    Stage.PROMISE: ("办结承诺", "the promise to close"),
    Stage.CHECK: ("核实", "the check before filing"),
    Stage.ACCEPT: ("签收", "acceptance"),
    Stage.CONTACT: ("联系", "contact"),
    Stage.OPINION: ("办理意见", "the opinion"),
    Stage.REPORT_IN: ("报到", "reporting in"),
    Stage.RESOLVE: ("处置", "resolution"),
    Stage.REVIEW: ("审核", "review"),
    Stage.VERIFY: ("核查", "verification"),
    Stage.CALLBACK: ("回访", "the callback"),
    Stage.FEEDBACK: ("督办反馈", "feedback to the supervision"),
    Stage.ASSIGN: ("交办", "assignment"),
    Stage.ANSWER: ("答复申请", "the answer to a request"),
    Stage.TELL: ("电话报告", "telling upward by phone"),
    Stage.WRITE: ("书面报告", "telling upward in writing"),
}

#: Causes of escalation and supervision.
CAUSES: dict[str, Pair] = {
    "accept_missed": ("超过签收期限", "was not accepted in time"),
    "resolve_missed": ("超过处置期限", "was not resolved in time"),
    "verify_missed": ("超过核查期限", "was not verified in time"),
    "assign_missed": ("上级未在期限内交办", "the level above did not assign it in time"),
    "promise_missed": ("超过办结承诺", "the promised time has passed"),
    "rework": ("多次返工", "was sent back to work repeatedly"),
    "asked": ("主动上交", "was sent up on request"),
    "surge": ("短时间内集中上报", "many reports of one kind in a short time"),
}

#: Objective causes that an appeal may name (Jixi 2018 looks at each and exempts where fit).
APPEAL_CAUSES: dict[str, Pair] = {
    "weather": ("恶劣天气", "bad weather"),
    "power_cut": ("停电", "a power cut"),
    "network": ("网络故障", "a fault of the network"),
    "owner_absent": ("权属人不在现场", "the owner was absent"),
    "material": ("缺少材料或配件", "material or parts were missing"),
    "other_authority": ("须待其他机关办理", "another authority had to act first"),
    "phone_offline": ("手机离线，未能及时上传", "the phone was offline"),
}

OUTCOMES: dict[str, Pair] = {
    "solved": ("已解决", "solved"),
    "nothing_found": ("现场未发现问题", "nothing found"),
    "explained": ("已解释说明", "explained"),
    "handed_on": ("已移交其他机关", "handed to another authority"),
}

#: Columns of the decision table, for reading a `why`.
FACTS: dict[str, Pair] = {
    "category": ("类别", "category"),
    "category_size": ("类别默认大小", "the category's default size"),
    "severity": ("严重程度", "severity"),
    "affected": ("涉及户数", "households affected"),
    "injured": ("受伤人数", "people injured"),
    "money": ("涉及金额", "money"),
    "place_zone": ("所在地段", "place"),
    "repetition": ("重复次数", "repetition"),
    "source": ("来源", "source"),
    "hours": ("时段", "time of day"),
    "settled": ("是否已当场处理", "settled on the spot"),
    "place": ("位置", "position"),
    "rework": ("返工次数", "rework"),
    "reports": ("上报数", "reports"),
    "first": ("首案", "first case"),
    "due": ("到期", "due"),
    "now": ("当时", "at that time"),
    "by": ("由", "by"),
}
