"""Events of the work: what was done, looked at, and said by who reported it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases import events as e
from grid.cases.reasons import facts, late, until
from grid.cases.sentences.forms import bare
from grid.model import Level
from grid.words import CALLBACK_REASONS, CONTACTS, LEVELS, OUTCOMES, STAGES

if TYPE_CHECKING:
    from grid.cases.naming import Naming
    from grid.cases.sentences.forms import Said, Sentence


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


SENTENCES: dict[type, Sentence] = {
    e.Settled: _settled,
    e.Contacted: _contacted,
    e.Proposed: bare("已提出办理意见", "the handler said what it means to do"),
    e.PartHandled: _part_handled,
    e.Handled: _handled,
    e.Reviewed: _reviewed,
    e.Verified: _verified,
    e.CalledBack: _called_back,
    e.CheckRaised: _check_raised,
}
