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
    Status.RECEIVED: ("待核实", "waits for the check before filing"),
    Status.OPEN: ("待签收", "waits for its handler"),
    Status.WORKING: ("处置中", "being handled"),
    Status.HANDLED: ("待核查", "waits for verification"),
    Status.VERIFIED: ("待回访", "waits for the callback"),
    Status.CLOSED: ("已结案", "closed"),
    Status.DECLINED: ("不予受理", "declined"),
    Status.WITHDRAWN: ("已撤回", "withdrawn"),
    Status.MERGED: ("已并案", "merged"),
    Status.VOID: ("已作废", "void"),
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
    "check_missed": ("超过核实期限，自动立案", "was not checked in time and is filed by itself"),
    "accept_missed": ("超过签收期限", "was not accepted in time"),
    "contact_missed": ("超过联系期限", "nobody was contacted in time"),
    "opinion_missed": ("超过办理意见期限", "no opinion was given in time"),
    "report_in_missed": ("部门未按时报到", "a department did not report in"),
    "resolve_missed": ("超过处置期限", "was not resolved in time"),
    "review_missed": ("超过审核期限", "was not reviewed in time"),
    "verify_missed": ("超过核查期限", "was not verified in time"),
    "callback_missed": ("超过回访期限", "was not called back in time"),
    "feedback_missed": ("超过督办反馈期限", "the supervision was not answered in time"),
    "answer_missed": ("申请未按时答复", "a request was not answered in time"),
    "tell_missed": ("未在40分钟内电话报告", "was not told upward by phone in time"),
    "write_missed": ("未在2小时内书面报告", "was not told upward in writing in time"),
    "assign_missed": ("上级未在期限内交办", "the level above did not assign it in time"),
    "promise_missed": ("超过办结承诺", "the promised time has passed"),
    "rework": ("多次返工", "was sent back to work repeatedly"),
    "dissatisfied": ("回访两次不满意", "the reporter was not satisfied twice"),
    "repetition": ("同一地点反复上报", "was reported again and again at one place"),
    "returned_twice": ("多次回退，由上级裁定", "was returned twice: the level above rules"),
    "owner_unknown": ("责任单位不明", "nobody is named as responsible"),
    "reopened": ("再次重新开启", "was reopened again"),
    "ordered": ("上级督办", "pressed from above"),
    "confirmed": ("督查人员确认", "confirmed by a supervisor"),
    "window_over": ("申诉期已过", "the window for an appeal is over"),
    "duplicate": ("重复上报", "reported twice"),
    "checked": ("核实属实", "the check found it true"),
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
    "long_term": ("列入长期解决", "to be solved in the long term"),
}

#: Why a report is not taken up.
DECLINE_REASONS: dict[str, Pair] = {
    "untrue": ("情况不属实", "found not to be so"),
    "no_competence": ("不属于受理范围", "not a matter of the city's grid"),
    "court": ("应通过法律途径解决", "a matter for the courts"),
    "too_vague": ("信息不足且无法联系", "too vague, and nobody to ask"),
    "settled_before": ("已办结且无新情况", "dealt with before, nothing new"),
    "abuse": ("恶意或虚假上报", "abuse"),
}

CONTACTS: dict[str, Pair] = {
    "called": ("已电话联系", "called"),
    "arrived": ("已到达现场", "arrived"),
}

#: The four kinds of supervision.
SUPERVISIONS: dict[str, Pair] = {
    "internal": ("内部督办", "internal"),
    "stepped_up": ("提级督办", "stepped up"),
    "public_opinion": ("舆论监督", "public opinion"),
    "discipline": ("纪检移送", "referred to discipline"),
}

#: Why somebody else of the same unit has a case in hand from now on.
HAND_OVERS: dict[str, Pair] = {
    "asked": ("主动移交", "handed over on request"),
    "absence": ("人员请假", "absence"),
    "replacement": ("人员更替", "replacement"),
}

#: Why clocks that stood run again.
RESUMES: dict[str, Pair] = {
    "asked": ("提前恢复", "before the review date"),
    "review_date": ("到达复核日期", "the review date has come"),
}

#: Why somebody who was called back is not satisfied.
CALLBACK_REASONS: dict[str, Pair] = {
    "too_slow": ("办理太慢", "it took too long"),
    "not_solved": ("问题没有解决", "it is not solved"),
    "attitude": ("工作人员态度不好", "the way people were treated"),
    "came_back": ("问题反复出现", "it came back"),
    "disagrees": ("不认可处理结果", "does not agree with the outcome"),
    "other": ("其他原因", "something else"),
}

CHANNELS: dict[str, Pair] = {
    "phone": ("电话", "by phone"),
    "writing": ("书面", "in writing"),
}

#: To whom an emergency is told.
INFORMED: dict[str, Pair] = {
    "district": ("区县值班室", "the district's duty office"),
    "city": ("市值班室", "the city's duty office"),
    "province": ("省值班室", "the province's duty office"),
    "fire": ("消防救援", "the fire brigade"),
    "police": ("公安", "the police"),
    "health": ("卫生急救", "the ambulance service"),
    "utility": ("水电气热单位", "the utility"),
}

TELLINGS: dict[str, Pair] = {
    "first": ("首报", "first"),
    "follow_up": ("续报", "follow-up"),
    "final": ("终报", "final"),
}

ATTACHMENT_ROLES: dict[str, Pair] = {
    "before": ("处置前照片", "before"),
    "after": ("处置后照片", "after"),
    "document": ("文书", "document"),
}

#: What can be asked for (`grid.cases.case.AskKind`).
ASKS: dict[str, Pair] = {
    "return": ("回退", "a return"),
    "extension": ("延期", "more time"),
    "pause": ("暂停计时", "a pause"),
    "long_term": ("挂账", "the long-term list"),
    "appeal": ("免责", "exemption from blame"),
}

#: What can wait for somebody.
TODOS: dict[str, Pair] = {
    "tell": ("待上报突发事件", "tell upward"),
    "answer": ("待答复申请", "answer requests"),
    "assign": ("待交办", "give to someone"),
    "feed_back": ("待反馈督办", "answer supervision"),
    "check": ("待核实", "check before filing"),
    "accept": ("待签收", "accept"),
    "part": ("待协办", "help with"),
    "work": ("处置中", "work on"),
    "review": ("待审核", "review"),
    "verify": ("待核查", "verify"),
    "call_back": ("待回访", "call back"),
}

EVIDENCE: dict[str, Pair] = {
    "after_photo": ("处置后照片", "a photo afterwards"),
    "note": ("文字说明", "a note"),
    "party_confirms": ("当事人确认", "the party's confirmation"),
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
    "layout": ("网格划分方案", "layout of cells"),
    "rework": ("返工次数", "rework"),
    "returns": ("回退次数", "returns"),
    "rounds": ("不满意次数", "times not satisfied"),
    "reopened": ("重新开启次数", "times reopened"),
    "skipped": ("跳过的层级（与下级为同一人）", "level skipped (the same people as below)"),
    "reports": ("上报数", "reports"),
    "first": ("首案", "first case"),
    "due": ("到期", "due"),
    "now": ("当时", "at that time"),
    "by": ("由", "by"),
}
