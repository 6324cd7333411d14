"""What the clock does: a missed deadline lifts the case, its check, or brings supervision.

Nobody is released by being late: the level in charge goes up, the handler stays bound. What each
missed stage brings is in one table, `MISSED`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from grid.cases import asking, charges, deadlines, rising
from grid.cases.case import RECHECK, Case, Late, LateState
from grid.cases.events import Because, Carded, CheckRaised, Escalated, Supervised
from grid.cases.filing import admitted
from grid.errors import Refusal, Rejected
from grid.model import Deadline, Level, Stage, Status, Unit
from grid.policy import limits

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.commands import Tick
    from grid.cases.known import Known
    from grid.policy.policy import Policy


class Missed(StrEnum):
    """What a missed deadline brings."""

    ADMIT = "admit"  # it is filed without the look
    RISE = "rise"  # the level in charge goes up
    DUTY_RISES = "duty_rises"  # the check or review goes up, the case stays
    SUPERVISE = "supervise"  # supervision, no move


#: The whole table of what happens by itself. At the top of the chain, and in handled and verified
#: cases, supervision takes the place of rising.
MISSED: dict[Stage, Missed] = {
    Stage.PROMISE: Missed.SUPERVISE,
    Stage.CHECK: Missed.ADMIT,
    Stage.ACCEPT: Missed.RISE,
    Stage.CONTACT: Missed.RISE,
    Stage.OPINION: Missed.RISE,
    Stage.REPORT_IN: Missed.RISE,
    Stage.RESOLVE: Missed.RISE,
    Stage.REVIEW: Missed.DUTY_RISES,
    Stage.VERIFY: Missed.DUTY_RISES,
    Stage.CALLBACK: Missed.SUPERVISE,
    Stage.FEEDBACK: Missed.SUPERVISE,
    Stage.ASSIGN: Missed.SUPERVISE,
    Stage.ANSWER: Missed.SUPERVISE,
    Stage.TELL: Missed.SUPERVISE,
    Stage.WRITE: Missed.SUPERVISE,
}

#: Supervision of these asks the handler, or the level in charge, for an answer of its own.
_ANSWERED = frozenset(
    {
        Stage.PROMISE,
        Stage.ACCEPT,
        Stage.CONTACT,
        Stage.OPINION,
        Stage.REPORT_IN,
        Stage.RESOLVE,
        Stage.ASSIGN,
    }
)


def tick(case: Case, _command: Tick, known: Known, now: datetime, policy: Policy) -> list[Any]:
    """Deal with the earliest that nobody has dealt with; one miss, one event.

    A late tick records the due time and its own; new limits run from its own.
    """
    cards = [x for x in case.aside.lates if x.state is LateState.STANDING and x.card_at <= now]
    if case.aside.pause is not None:
        if case.aside.pause.until <= now:
            return [asking.resumed(case, now, policy, "review_date")]
        waiting = []
    elif case.status.live:
        waiting = [
            d
            for d in case.deadlines
            if not d.missed
            and d.due <= now
            and not (d.stage is Stage.PROMISE and case.status is Status.VERIFIED)
        ]
    else:
        waiting = []
    if waiting:
        return [_dealt_with(case, min(waiting, key=lambda d: d.due), known, now, policy)]
    if cards:
        return [_card(case, min(cards, key=lambda late: late.card_at))]
    raise Rejected(Refusal.STATE, "没有到期的期限", "no deadline has passed")


def _dealt_with(case: Case, late: Deadline, known: Known, now: datetime, policy: Policy) -> Any:
    why = Because(
        f"{late.stage.value}_missed",
        (
            ("due", "<=", late.due.isoformat()),
            ("now", ">=", now.isoformat()),
        ),
        policy.version,
        policy.calendar.version,
    )
    match MISSED[late.stage]:
        case Missed.ADMIT:
            return admitted(case, known, now, policy, why.rule)
        case Missed.RISE if case.status in (Status.OPEN, Status.WORKING):
            return _rise(case, late, known, now, policy, why)
        case Missed.DUTY_RISES:
            return _raise_duty(case, late, now, policy, why)
        case _:
            return _supervise(case, late, now, policy, why)


def _rise(
    case: Case, late: Deadline, known: Known, now: datetime, policy: Policy, why: Because
) -> Escalated | Supervised:
    up = rising.up(case, known, policy)
    if up is None:
        return _supervise(case, late, now, policy, why)
    return rising.lift(
        case,
        up,
        why,
        known,
        now,
        policy,
        stage=late.stage,
        due=late.due,
        late=_mark(case, late, now, policy),
        running=deadlines.missed(case, late),
    )


def _raise_duty(
    case: Case, late: Deadline, now: datetime, policy: Policy, why: Because
) -> CheckRaised | Supervised:
    """The check or the review moves up, not the case; from the top on there is supervision."""
    reviews = case.aside.reviews
    if late.stage is Stage.REVIEW:
        at = reviews[0]
    else:
        checks = sum(d.stage is Stage.VERIFY for d in case.deadlines)
        recheck = late.who == RECHECK or case.deadline(Stage.VERIFY, RECHECK)
        ladder = [step for step in policy.chain if step.rank >= Level.GRID.rank]
        first = 1 if recheck else 0
        at = ladder[min(first + checks - 1, len(ladder) - 1)]
    level = policy.above(at)
    if level is None:
        return _supervise(case, late, now, policy, why)
    fresh = deadlines.starting(late.stage, case, level, now, policy)[-1]
    return CheckRaised(
        level=level.value,
        area=charges.unit_of(level, case.place.path).area,
        deadlines=(*deadlines.missed(case, late), fresh),
        why=why,
        due=late.due,
        late=_mark(case, late, now, policy),
        reviews=(level, *(r for r in reviews[1:] if r.rank > level.rank)) if reviews else None,
    )


def _supervise(
    case: Case, late: Deadline, now: datetime, policy: Policy, why: Because
) -> Supervised:
    """Supervision, with a clock for the answer where somebody has to give one."""
    running = deadlines.missed(case, late)
    if late.stage in _ANSWERED and case.deadline(Stage.FEEDBACK, _AUTOMATIC) is None:
        fresh = deadlines.adding(Stage.FEEDBACK, case, case.charge.level, now, policy, _AUTOMATIC)
        running = (*running, fresh[-1])
    again = late.stage is Stage.FEEDBACK
    return Supervised(
        kind="stepped_up" if again else "internal",
        grade=2 if again else 1,
        cause=why.rule,
        deadlines=running,
        why=why,
        stage=late.stage,
        due=late.due,
        late=_mark(case, late, now, policy),
    )


#: The feedback to supervision that the clock brought; there is one of it at a time.
_AUTOMATIC = "clock"


def _mark(case: Case, late: Deadline, now: datetime, policy: Policy) -> Late | None:
    """The red light with who held the stage. The promise is held by nobody alone: no mark."""
    unit = _holder(case, late, policy)
    if unit is None:
        return None
    window = limits.Limit(policy.appeal.window_days, limits.Clock.WORK_DAY)
    card_at = limits.due(now, window, policy.calendar)
    return Late(late.stage, unit, late.due, card_at, who=late.who)


def _holder(case: Case, late: Deadline, policy: Policy) -> Unit | None:
    """Who should have done it: an overdue counts against who held the stage."""
    path, charge = case.place.path, case.charge
    match late.stage:
        case Stage.PROMISE | Stage.CHECK:
            return None
        case Stage.REPORT_IN:
            return charges.department(late.who, path)
        case Stage.RESOLVE if late.who:
            return charges.department(late.who, path)
        case Stage.REVIEW:
            return charges.unit_of(case.aside.reviews[0], path)
        case Stage.VERIFY:
            checks = sum(d.stage is Stage.VERIFY for d in case.deadlines)
            first = 1 if case.deadline(Stage.VERIFY, RECHECK) else 0
            at = policy.chain[min(first + checks - 1, len(policy.chain) - 1)]
            return charges.unit_of(at, path)
        case Stage.CALLBACK:
            levels = policy.callback.levels
            at = levels[min(case.aside.rounds, len(levels) - 1)]
            return replace(charges.unit_of(at, path), kind="hotline")
        case Stage.ANSWER:
            asked = [ask for ask in case.aside.asks if ask.kind.value == late.who]
            area = asked[0].area if asked else charge.area
            return asking.unit_at(area)
        case Stage.ASSIGN | Stage.TELL | Stage.WRITE:
            return charges.unit_of(charge.level, charge.area)
        case _:
            return charge.handler


def _card(case: Case, late: Late) -> Carded:
    return asking.carded(case, late, "window_over", None)
