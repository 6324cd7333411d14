"""What the clock does: a missed deadline lifts the case, its check, or brings supervision.

Nobody is released by being late: the level in charge goes up, the handler stays bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases import charges, deadlines
from grid.cases.events import Because, CheckRaised, Escalated, Supervised
from grid.errors import Refusal, Rejected
from grid.model import Case, Deadline, Level, Stage, Status

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.commands import Tick
    from grid.cases.known import Known
    from grid.policy.policy import Policy

#: Stages whose miss moves the level in charge; only open and working cases rise by deadline.
RISING = frozenset({Stage.ACCEPT, Stage.RESOLVE})


def tick(
    case: Case, _command: Tick, _known: Known, now: datetime, policy: Policy
) -> list[Escalated | CheckRaised | Supervised]:
    """Deal with the earliest miss that nobody has dealt with; one miss, one event.

    A late tick records the due time and its own; new limits run from its own.
    """
    waiting = [d for d in case.deadlines if not d.missed and d.due <= now]
    if not waiting:
        raise Rejected(Refusal.STATE, "没有到期的期限", "no deadline has passed")
    late = min(waiting, key=lambda d: d.due)
    why = Because(
        f"{late.stage.value}_missed",
        (
            ("due", "<=", late.due.isoformat()),
            ("now", ">=", now.isoformat()),
        ),
        policy.version,
        policy.calendar.version,
    )
    if late.stage in RISING:
        return [_rise(case, late, now, policy, why)]
    if late.stage is Stage.VERIFY:
        return [_raise_check(case, late, now, policy, why)]
    return [_supervise(case, late, why)]


def _rise(
    case: Case, late: Deadline, now: datetime, policy: Policy, why: Because
) -> Escalated | Supervised:
    up = charges.above(case.charge, case.place.path, policy)
    if up is None or case.status is Status.HANDLED:
        return _supervise(case, late, why)
    marked = deadlines.missed(case, late)
    fresh = deadlines.starting(Stage.ASSIGN, case, up.level, now, policy)[-1]
    running = (*(d for d in marked if d.stage is not Stage.ASSIGN), fresh)
    return Escalated(
        cause=why.rule,
        charge=up,
        deadlines=running,
        why=why,
        stage=late.stage,
        due=late.due,
    )


def _raise_check(
    case: Case, late: Deadline, now: datetime, policy: Policy, why: Because
) -> CheckRaised | Supervised:
    """The check moves up, not the case; from the top on there is supervision instead."""
    checks = sum(d.stage is Stage.VERIFY for d in case.deadlines)
    ladder = [level for level in policy.chain if level.rank > Level.GRID.rank]
    if checks > len(ladder):
        return _supervise(case, late, why)
    level = ladder[checks - 1]
    fresh = deadlines.starting(Stage.VERIFY, case, level, now, policy)[-1]
    return CheckRaised(
        level=level.value,
        area=charges.unit_of(level, case.place.path).area,
        deadlines=(*deadlines.missed(case, late), fresh),
        why=why,
        due=late.due,
    )


def _supervise(case: Case, late: Deadline, why: Because) -> Supervised:
    return Supervised(
        kind="internal",
        grade=1,
        cause=why.rule,
        deadlines=deadlines.missed(case, late),
        why=why,
        stage=late.stage,
        due=late.due,
    )
