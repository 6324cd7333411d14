"""What each event says in words, and the reasons below it, Chinese and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid.cases import events as e
from grid.cases.naming import Naming, clock
from grid.cases.reasons import facts, late, position, rule, until
from grid.model import Level
from grid.words import (
    APPEAL_CAUSES,
    ASKS,
    CALLBACK_REASONS,
    CAUSES,
    CHANNELS,
    CONTACTS,
    DECLINE_REASONS,
    HAND_OVERS,
    INFORMED,
    LEVELS,
    OUTCOMES,
    RESUMES,
    SIZES,
    STAGES,
    SUPERVISIONS,
    TELLINGS,
    Pair,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Said = tuple[Pair, list[Pair]]


def said(what: e.Payload, naming: Naming) -> Said:
    """The sentence of an event, and its reasons."""
    function = _SENTENCES[type(what)]
    return function(what, naming)


def _filed(what: e.Filed, naming: Naming) -> Said:
    size = SIZES[what.matter.size]
    place = naming.names.area(what.place.path)
    charge = naming.charge(what.charge.level, what.charge.area)
    handler = naming.unit(what.charge.handler)
    reasons = [*rule(what.matter.rule, naming.policy), *facts(what.why), *position(what)]
    if "fallback" in what.why.calendar:
        reasons.append(
            (
                "当年节假日安排尚未公布，按周末和固定节日推算",
                "the year's calendar is not published: weekends and fixed holidays were used",
            )
        )
    reasons += until(what.deadlines)
    begun = ("登记，待核实", "received, to be checked") if what.check else ("立案", "filed")
    return (
        (
            f"{what.number} {begun[0]}：{size[0]}，位于{place}，由{charge[0]}负责，"
            f"承办单位{handler[0]}"
        ),
        (
            f"{what.number} {begun[1]}: {size[1]} in {place}, {charge[1]} in charge, "
            f"handled by {handler[1]}"
        ),
    ), reasons


def _admitted(what: e.Admitted, naming: Naming) -> Said:
    zh, en = CAUSES[what.why.rule]
    handler = naming.unit(what.charge.handler)
    return (
        f"正式立案：{zh}，由{handler[0]}承办",
        f"filed: {en}, handled by {handler[1]}",
    ), [*facts(what.why), *until(what.deadlines)]


def _decided_again(zh: str, en: str) -> Callable[[Any, Naming], Said]:
    def sentence(what: Any, naming: Naming) -> Said:
        charge = naming.charge(what.charge.level, what.charge.area)
        handler = naming.unit(what.charge.handler)
        return (
            (
                f"{zh}，重新认定为{SIZES[what.matter.size][0]}，由{charge[0]}负责，"
                f"承办单位{handler[0]}"
            ),
            (
                f"{en}: now a {SIZES[what.matter.size][1]}, {charge[1]} in charge, "
                f"handled by {handler[1]}"
            ),
        ), [*rule(what.matter.rule, naming.policy), *facts(what.why), *until(what.deadlines)]

    return sentence


def _rezoned(what: e.Rezoned, naming: Naming) -> Said:
    before = {name: value for name, _, value in what.why.facts}
    if before.get("place") == what.place.path:
        return (
            "网格划分更新，所在网格不变，期限不变",
            "another layout of cells holds: its cell is the same, no deadline moves",
        ), facts(what.why)
    place = naming.names.area(what.place.path)
    charge = naming.charge(what.charge.level, what.charge.area)
    handler = naming.unit(what.charge.handler)
    return (
        f"网格划分调整，划入{place}，由{charge[0]}负责，承办单位{handler[0]}，期限不变",
        (
            f"another layout of cells holds: it is now in {place}, {charge[1]} in charge, "
            f"handled by {handler[1]}; no deadline moves"
        ),
    ), facts(what.why)


def _to_handler(zh: str, en: str) -> Callable[[Any, Naming], Said]:
    """A sentence with the handler's name in place of `{}`, and the limits that hold now."""

    def sentence(what: Any, naming: Naming) -> Said:
        handler = naming.unit(what.charge.handler)
        return (zh.format(handler[0]), en.format(handler[1])), until(what.deadlines)

    return sentence


def _dispatched(what: e.Dispatched, naming: Naming) -> Said:
    handler = naming.unit(what.charge.handler)
    zh, en = f"派遣至{handler[0]}", f"dispatched to {handler[1]}"
    if what.parts:
        helpers = naming.departments(tuple(part.department for part in what.parts))
        zh, en = f"{zh}，协办：{helpers[0]}", f"{en}, assisted by {helpers[1]}"
    return (zh, en), until(what.deadlines)


def _handed_over(what: e.HandedOver, naming: Naming) -> Said:
    handler = naming.unit(what.charge.handler)
    cause = HAND_OVERS[what.cause]
    return (
        f"{handler[0]}更换经办人：{cause[0]}",
        f"{handler[1]}: somebody else has it in hand ({cause[1]})",
    ), []


def _whistled(what: e.Whistled, naming: Naming) -> Said:
    said: list[Pair] = []
    if what.departments:
        zh, en = naming.departments(what.departments)
        said.append((f"吹哨：召集{zh}", f"whistled for {en}"))
    if what.released:
        zh, en = naming.departments(what.released)
        said.append((f"不再协办：{zh}", f"no longer assisting: {en}"))
    sentence = "；".join(zh for zh, _ in said), "; ".join(en for _, en in said)
    return sentence, until(what.deadlines)


def _reported_in(what: e.ReportedIn, naming: Naming) -> Said:
    zh, en = naming.department(what.department)
    return (f"{zh}已报到", f"{en} reported in"), []


def _date_set(what: e.DateSet, _: Naming) -> Said:
    at = clock(what.until)
    return (f"限期办理：{at} 前", f"a date was set: {at}"), []


def _escalated(what: e.Escalated, naming: Naming) -> Said:
    cause = CAUSES[what.cause]
    charge = naming.charge(what.charge.level, what.charge.area)
    handler = naming.unit(what.charge.handler)
    if what.stage is not None and what.due is not None:
        reasons = late(what.stage, what.due, what.why)
        reasons += [fact for fact in facts(what.why) if "跳过" in fact[0]]
    else:
        reasons = facts(what.why)
    if what.status is None:
        blamed = ("；超期不免责", ": nobody is released by being late") if what.stage else ("", "")
        stays = (
            f"承办单位不变：{handler[0]}{blamed[0]}",
            f"the handler stays {handler[1]}{blamed[1]}",
        )
        reasons.append(stays)
    else:
        reasons.append((f"承办单位：{handler[0]}", f"handled by {handler[1]}"))
    return (
        f"{cause[0]}，上升至{charge[0]}负责",
        f"{cause[1]}: {charge[1]} is now in charge",
    ), [*reasons, *until(what.deadlines)]


def _settled(what: e.Settled, _: Naming) -> Said:
    if what.recheck:
        return (
            "网格自办完毕，抽中复查，由社区核查",
            "settled by the cell's own team; it is in the sample that the community checks",
        ), until(what.deadlines)
    if what.callback:
        return (
            "网格自办完毕，等待回访",
            "settled by the cell's own team; the reporter is called back",
        ), until(what.deadlines)
    return ("网格自办结案", "settled by the cell's own team and closed"), []


def _contacted(what: e.Contacted, _: Naming) -> Said:
    return CONTACTS[what.how], []


def _part_handled(what: e.PartHandled, naming: Naming) -> Said:
    zh, en = naming.department(what.department)
    out = OUTCOMES[what.outcome]
    return (f"{zh}完成本部门部分：{out[0]}", f"{en} did its part: {out[1]}"), []


def _handled(what: e.Handled, _: Naming) -> Said:
    zh, en = OUTCOMES[what.outcome]
    then = (
        ("等待审核", "waits for review") if what.reviews else ("等待核查", "waits for verification")
    )
    return (f"处置完毕：{zh}，{then[0]}", f"handled: {en}; {then[1]}"), until(what.deadlines)


def _reviewed(what: e.Reviewed, _: Naming) -> Said:
    zh, en = LEVELS[what.level]
    if not what.passed:
        return (f"{zh}审核未通过，返工", f"did not pass the {en}'s review, back to work"), until(
            what.deadlines
        )
    if not what.status.live:
        return (f"{zh}审核：已解释说明，结案", f"reviewed by the {en}: explained, closed"), []
    return (f"{zh}审核通过", f"passed the {en}'s review"), until(what.deadlines)


def _verified(what: e.Verified, _: Naming) -> Said:
    if not what.passed:
        return ("核查未通过，返工", "did not pass verification, back to work"), until(
            what.deadlines
        )
    if what.callback:
        return ("核查通过，等待回访", "verified; the reporter is called back"), until(
            what.deadlines
        )
    return ("核查通过，结案", "verified and closed"), []


def _called_back(what: e.CalledBack, _: Naming) -> Said:
    zh, en = LEVELS[what.level]
    if not what.reached:
        over = not what.status.live
        end = ("，结案（未联系上）", "; closed as unreached") if over else ("", "")
        return (f"{zh}回访：未联系上{end[0]}", f"the {en} called: nobody reached{end[1]}"), []
    if what.satisfied:
        return (f"{zh}回访：满意", f"the {en} called: satisfied"), []
    reasons = until(what.deadlines)
    if why := CALLBACK_REASONS.get(what.reason):
        reasons = [(f"原因：{why[0]}", f"reason: {why[1]}"), *reasons]
    return (f"{zh}回访：不满意", f"the {en} called: not satisfied"), reasons


def _check_raised(what: e.CheckRaised, naming: Naming) -> Said:
    zh, en = naming.charge(Level(what.level), what.area)
    stage = what.late.stage if what.late is not None else None
    word = STAGES[stage] if stage is not None else ("核查", "verification")
    return (
        f"{word[0]}超期，改由{zh}{word[0]}；案件本身不动",
        f"{word[1]} is late: now {en} must do it; the case stays",
    ), late(stage, what.due, what.why) if stage is not None else facts(what.why)


def _asked(what: e.Asked, _: Naming) -> Said:
    zh, en = ASKS[what.kind]
    ask = what.asks[-1]
    reasons: list[Pair] = []
    if ask.until is not None:
        reasons.append((f"至 {clock(ask.until)}", f"until {clock(ask.until)}"))
    if ask.cause:
        cause = APPEAL_CAUSES.get(ask.cause, (ask.cause, ask.cause))
        reasons.append((f"客观原因：{cause[0]}", f"objective cause: {cause[1]}"))
    return (f"申请{zh}", f"asked for {en}"), reasons


def _refused(what: e.Refused, _: Naming) -> Said:
    zh, en = ASKS[what.kind]
    return (f"{zh}申请未获批准", f"{en}: not granted"), []


def _extended(what: e.Extended, _: Naming) -> Said:
    was, now = clock(what.was), clock(what.promise)
    return (
        f"批准延期：办结承诺由 {was} 改为 {now}",
        f"extended: promised for {was}, now for {now}",
    ), until(what.deadlines)


def _paused(what: e.Paused, _: Naming) -> Said:
    zh, en = ASKS[what.pause.kind]
    at = clock(what.pause.until)
    return (f"批准{zh}，复核日期 {at}", f"granted {en}, to be reviewed {at}"), []


def _resumed(what: e.Resumed, _: Naming) -> Said:
    zh, en = RESUMES[what.cause]
    return (f"恢复计时（{zh}），停掉的时间已补回", f"the clocks run again ({en})"), until(
        what.deadlines
    )


def _exempted(what: e.Exempted, _: Naming) -> Said:
    zh, en = STAGES[what.stage]
    return (f"{zh}超期免责，原始数据不变", f"{en}: exempted from blame, raw figures keep it"), []


def _carded(what: e.Carded, _: Naming) -> Said:
    zh, en = STAGES[what.stage]
    cause = CAUSES[what.cause]
    return (f"{zh}超期计牌：{cause[0]}", f"{en} was late: a card ({cause[1]})"), []


def _supervised(what: e.Supervised, naming: Naming) -> Said:
    zh, en = CAUSES[what.cause]
    kind = SUPERVISIONS[what.kind]
    reasons = facts(what.why)
    if what.stage is not None and what.due is not None:
        reasons = late(what.stage, what.due, what.why)
    del naming
    return (
        f"{kind[0]}（{what.grade}级）：{zh}",
        f"supervised (grade {what.grade}, {kind[1]}): {en}",
    ), reasons


def _declined(what: e.Declined, _: Naming) -> Said:
    zh, en = DECLINE_REASONS[what.reason]
    return (f"不予受理：{zh}", f"declined: {en}"), []


def _reopened(what: e.Reopened, naming: Naming) -> Said:
    charge = naming.charge(what.charge.level, what.charge.area)
    return (
        f"重新开启，由{charge[0]}负责",
        f"reopened, {charge[1]} in charge",
    ), [*facts(what.why), *until(what.deadlines)]


def _merged(what: e.Merged, _: Naming) -> Said:
    zh, en = CAUSES.get(what.cause, (what.cause, what.cause))
    return (f"并入主案：{zh}", f"merged into its parent: {en}"), []


def _joined(what: e.Joined, _: Naming) -> Said:
    return (
        f"另一案件并入本案，增加上报 {what.reports} 件",
        f"another case came under this one with {what.reports} report(s)",
    ), []


def _left(what: e.Left, _: Naming) -> Said:
    return (
        f"另一案件从本案分出，减少上报 {what.reports} 件",
        f"another case went out from under this one with {what.reports} report(s)",
    ), []


def _attached(what: e.Attached, _: Naming) -> Said:
    n = len(what.files)
    return (f"补充材料 {n} 件", f"{n} file(s) attached"), []


def _informed(what: e.Informed, _: Naming) -> Said:
    channel, sort, to = CHANNELS[what.channel], TELLINGS[what.sort], INFORMED[what.to]
    return (
        f"{channel[0]}{sort[0]}：{to[0]}",
        f"told upward {channel[1]} ({sort[1]}): {to[1]}",
    ), []


def _plain(zh: str, en: str) -> Callable[[Any, Naming], Said]:
    return lambda what, _: ((zh, en), until(getattr(what, "deadlines", ())))


def _bare(zh: str, en: str) -> Callable[[Any, Naming], Said]:
    return lambda _what, _: ((zh, en), [])


_SENTENCES: dict[type, Callable[[Any, Naming], Said]] = {
    e.Filed: _filed,
    e.Admitted: _admitted,
    e.Relocated: _decided_again("改正位置", "its place was put right"),
    e.Recategorised: _decided_again("改正类别", "its category was put right"),
    e.Rezoned: _rezoned,
    e.Dispatched: _dispatched,
    e.Delegated: _to_handler("交由{}承办", "delegated to {}"),
    e.Accepted: _to_handler("{}已签收，开始处置", "accepted by {}"),
    e.TakenOver: _to_handler(
        "{}接办，处置期限重新计算", "taken over by {}; the limit to resolve starts anew"
    ),
    e.HandedOver: _handed_over,
    e.Whistled: _whistled,
    e.ReportedIn: _reported_in,
    e.DateSet: _date_set,
    e.Ruled: _to_handler("裁定由{}承办，不得再回退", "ruled: {} works on it, for good"),
    e.Escalated: _escalated,
    e.Settled: _settled,
    e.Contacted: _contacted,
    e.Proposed: _bare("已提出办理意见", "the handler said what it means to do"),
    e.PartHandled: _part_handled,
    e.Handled: _handled,
    e.Reviewed: _reviewed,
    e.Verified: _verified,
    e.CalledBack: _called_back,
    e.CheckRaised: _check_raised,
    e.Asked: _asked,
    e.Refused: _refused,
    e.Returned: _to_handler("批准回退，由{}重新交办", "returned: {} gives it to someone else"),
    e.Extended: _extended,
    e.Paused: _paused,
    e.Resumed: _resumed,
    e.Exempted: _exempted,
    e.Carded: _carded,
    e.Supervised: _supervised,
    e.FedBack: _bare("已反馈督办", "the supervision was answered"),
    e.Declined: _declined,
    e.Withdrawn: _bare("上报人撤回", "withdrawn by who reported it"),
    e.Voided: _bare("作废", "void"),
    e.Reopened: _reopened,
    e.Merged: _merged,
    e.Unmerged: _plain("从主案分出，单独办理", "taken out from under its parent"),
    e.Joined: _joined,
    e.Left: _left,
    e.Commented: _bare("留言", "a comment"),
    e.Attached: _attached,
    e.Informed: _informed,
}
