"""What others say of the work: review from above, verification on the spot, callback."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import commands as c
from grid.cases import deadlines, rising
from grid.cases.events import Because, CalledBack, Escalated, Reviewed, Verified
from grid.cases.refusing import need_word, refuse, refuse_role
from grid.model import Level, Stage, Status, level_of
from grid.policy.calendar import ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.model import Deadline
    from grid.policy.policy import Policy

#: Marks the review after so many callbacks: it may end the case as explained.
_DISSATISFIED = "dissatisfied"
#: So many callbacks that found somebody unsatisfied, and the review has the last word.
_LAST_WORD = 2


def review(
    case: Case, command: c.Review, known: Known, now: datetime, policy: Policy
) -> list[Reviewed | Escalated]:
    """On to the next level's review or to verification; back to work when it did not pass.

    Who handled it does not review it. After two callbacks that found nobody satisfied the review
    may end it as explained.
    """
    if command.by.id == case.charge.handled_by:
        refuse("处置人不能审核自己的处置结果", "who handled it cannot review it")
    level, *rest = case.aside.reviews
    if not command.passed:
        return _back(case, command, level, known, now, policy)
    final = any(d.who == _DISSATISFIED for d in case.deadlines)
    running: tuple[Deadline, ...] = ()
    if final:
        status = Status.CLOSED
    elif rest:
        status = Status.HANDLED
        running = deadlines.starting(Stage.REVIEW, case, rest[0], now, policy)
    else:
        status = Status.HANDLED
        running = deadlines.starting(Stage.VERIFY, case, case.charge.level, now, policy)
    return [
        Reviewed(
            passed=True,
            level=level,
            status=status,
            charge=case.charge,
            deadlines=running,
            reviews=() if final else tuple(rest),
            note=command.note,
            done_at=command.done_at,
        )
    ]


def _back(
    case: Case, command: c.Review, level: Level, known: Known, now: datetime, policy: Policy
) -> list[Reviewed | Escalated]:
    charge = case.charge.finished_by(None)
    running = deadlines.starting(Stage.RESOLVE, case, charge.level, now, policy)
    reviewed = Reviewed(
        passed=False,
        level=level,
        status=Status.WORKING,
        charge=charge,
        deadlines=running,
        reviews=(),
        note=command.note,
        done_at=command.done_at,
    )
    return [reviewed, *_risen_by_rework(case, running, known, now, policy)]


def verify(
    case: Case, command: c.Verify, known: Known, now: datetime, policy: Policy
) -> list[Verified | Escalated]:
    """Closed when passed; back to work when not, and up one level from the second time on.

    Where somebody waits to hear of it, the callback comes before the end.
    """
    if case.aside.reviews:
        refuse("须先通过审核", "it has to be reviewed first")
    if command.by.id == case.charge.handled_by:
        refuse("处置人不能核查自己的处置结果", "who handled it cannot verify it")
    if not command.passed:
        charge = case.charge.finished_by(None)
        running = deadlines.starting(Stage.RESOLVE, case, charge.level, now, policy)
        verified = Verified(False, charge, running, note=command.note, done_at=command.done_at)
        return [verified, *_risen_by_rework(case, running, known, now, policy)]
    called = case.matter.source in policy.callback.sources and known.reachable
    running = ()
    if called:
        level = _caller(case, policy)
        running = deadlines.starting(Stage.CALLBACK, case, level, now, policy)
    return [
        Verified(
            True,
            case.charge,
            running,
            note=command.note,
            done_at=command.done_at,
            callback=called,
        )
    ]


def _risen_by_rework(
    case: Case, running: tuple[Deadline, ...], known: Known, now: datetime, policy: Policy
) -> list[Escalated]:
    """From so many reworks on the level above looks after it."""
    rework = case.tally.rework + 1
    up = rising.up(case, known, policy)
    if rework < policy.rework_limit or up is None:
        return []
    why = Because("rework", (("rework", f">={policy.rework_limit}", str(rework)),), policy.version)
    working = replace(
        case,
        status=Status.WORKING,
        deadlines=running,
        charge=case.charge.finished_by(None),
    )
    up = up.finished_by(None)
    return [rising.lift(working, up, why, known, now, policy)]


def _caller(case: Case, policy: Policy) -> Level:
    levels = policy.callback.levels
    return levels[min(case.aside.rounds, len(levels) - 1)]


def call_back(
    case: Case, command: c.CallBack, known: Known, now: datetime, policy: Policy
) -> list[CalledBack | Escalated]:
    """What the reporter said, and what follows.

    Satisfied: closed. Not reached in so many tries on so many days: closed, counted apart. Not
    satisfied: once more to the same unit; the second time up one level, to a review; then whatever
    is said ends it.
    """
    level = _caller(case, policy)
    if command.reason:
        need_word(("不满意的原因", "the reason"), command.reason, c.CALLBACK_REASONS)
    if command.report is not None and command.report != case.origin.report:
        return [_called(case, command, level, case.status, tries=case.aside.tries)]
    if case.status is Status.CLOSED:
        refuse("案件已结，本人回访已完成", "it is closed, its own reporter has been called")
    _own_caller(command, case, level)
    if not command.reached:
        return [_not_reached(case, command, level, now, policy)]
    if command.satisfied is None:
        refuse("须说明是否满意", "it must say whether the reporter is satisfied")
    rounds = case.aside.rounds
    if command.satisfied or rounds >= _LAST_WORD:
        return [_called(case, command, level, Status.CLOSED, running=())]
    if not command.reason:
        refuse("不满意须选明原因", "why the reporter is not satisfied must be said")
    if rounds + 1 < _LAST_WORD:
        running = deadlines.starting(Stage.RESOLVE, case, case.charge.level, now, policy)
        return [_called(case, command, level, Status.WORKING, running=running, rounds=rounds + 1)]
    return _up_to_a_review(case, command, level, known, now, policy)


def _own_caller(command: c.CallBack, case: Case, level: Level) -> None:
    """The first round is the district's, the second the city's; each hotline calls its own."""
    at = level_of(command.by.area)
    if at.rank < level.rank:
        refuse_role(
            f"本轮回访由{level.value}热线进行",
            f"this round of calls is the {level.value}'s, not the {at.value}'s",
        )
    if command.by.id == case.charge.handled_by:
        refuse_role("处置人不能回访", "who handled it cannot call back")


def _not_reached(
    case: Case, command: c.CallBack, level: Level, now: datetime, policy: Policy
) -> CalledBack:
    tries = (*case.aside.tries, now)
    days = {at.astimezone(ZONE).date() for at in tries}
    over = len(tries) >= policy.callback.tries and len(days) >= policy.callback.days
    if over:
        command = replace(command, reason="unreached")
        return _called(case, command, level, Status.CLOSED, running=(), tries=tries)
    return _called(case, command, level, case.status, tries=tries)


def _up_to_a_review(
    case: Case, command: c.CallBack, level: Level, known: Known, now: datetime, policy: Policy
) -> list[CalledBack | Escalated]:
    up = rising.up(case, known, policy)
    at = up.level if up is not None else case.charge.level
    rounds = case.aside.rounds + 1
    running = deadlines.starting(Stage.REVIEW, case, at, now, policy, who=_DISSATISFIED)
    called = _called(
        case, command, level, Status.HANDLED, running=running, rounds=rounds, reviews=(at,)
    )
    if up is None:
        return [called]
    why = Because("dissatisfied", (("rounds", f">={_LAST_WORD}", str(rounds)),), policy.version)
    handled = replace(case, status=Status.HANDLED, deadlines=running)
    return [called, rising.lift(handled, up, why, known, now, policy)]


def _called(
    case: Case,
    command: c.CallBack,
    level: Level,
    status: Status,
    *,
    running: tuple[Deadline, ...] | None = None,
    rounds: int | None = None,
    tries: tuple[datetime, ...] | None = None,
    reviews: tuple[Level, ...] = (),
) -> CalledBack:
    charge = case.charge
    if status is Status.WORKING:
        charge = charge.finished_by(None)
    return CalledBack(
        level=level,
        reached=command.reached,
        status=status,
        charge=charge,
        deadlines=case.deadlines if running is None else running,
        tries=tries if tries is not None else () if command.reached else case.aside.tries,
        rounds=case.aside.rounds if rounds is None else rounds,
        contacted=command.contacted,
        solved=command.solved,
        satisfied=command.satisfied,
        reason=command.reason,
        report=command.report,
        reviews=reviews,
        note=command.note,
    )
