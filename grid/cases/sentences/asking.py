"""Events of what is asked for, and of what is said from above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases import events as e
from grid.cases.naming import clock
from grid.cases.reasons import facts, late, until
from grid.cases.sentences.forms import bare, to_handler
from grid.words import APPEAL_CAUSES, ASKS, CAUSES, RESUMES, STAGES, SUPERVISIONS

if TYPE_CHECKING:
    from grid.cases.naming import Naming
    from grid.cases.sentences.forms import Said, Sentence
    from grid.words import Pair


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


SENTENCES: dict[type, Sentence] = {
    e.Asked: _asked,
    e.Refused: _refused,
    e.Returned: to_handler("批准回退，由{}重新交办", "returned: {} gives it to someone else"),
    e.Extended: _extended,
    e.Paused: _paused,
    e.Resumed: _resumed,
    e.Exempted: _exempted,
    e.Carded: _carded,
    e.Supervised: _supervised,
    e.FedBack: bare("已反馈督办", "the supervision was answered"),
}
