"""Going up: one way in which a level in charge rises, whoever or whatever sends it there.

Nobody is released by being late: the handler stays bound, unless the policy says for a cause that
the new level in charge works itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import charges, deadlines
from grid.cases.events import Because, Escalated
from grid.model import Stage, Status

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from grid.cases.case import Case, Late
    from grid.cases.known import Known
    from grid.model import Charge, Deadline
    from grid.policy.policy import Policy


def up(case: Case, known: Known, policy: Policy) -> Charge | None:
    """The charge one level up, skipping levels of the same people; None at the top."""
    return charges.above(case.charge, case.place.path, policy, known.skipped)


def lift(
    case: Case,
    charge: Charge,
    why: Because,
    known: Known,
    now: datetime,
    policy: Policy,
    *,
    stage: Stage | None = None,
    due: datetime | None = None,
    late: Late | None = None,
    note: str | None = None,
    done_at: datetime | None = None,
    running: Iterable[Deadline] | None = None,
) -> Escalated:
    """The event that puts `charge` in charge; it has its limit to give the case to someone.

    `running` are the deadlines that go on (as a rule those of the case), where they have changed.
    """
    facts = why.facts
    skipped = [
        step
        for step in policy.chain
        if case.charge.level.rank < step.rank < charge.level.rank and step in known.skipped
    ]
    facts = (*facts, *(("skipped", "same_people", step.value) for step in skipped))
    status: Status | None = None
    on = tuple(case.deadlines if running is None else running)
    if why.rule in policy.handler_changes and case.status in (Status.OPEN, Status.WORKING):
        unit = charges.unit_of(charge.level, charge.area)
        charge = charges.given(charge, unit, now)
        ends = deadlines.giving(replace(case, deadlines=on), charge.level, now, policy)
        status = Status.OPEN
    elif case.status in (Status.OPEN, Status.WORKING):
        fresh = deadlines.starting(Stage.ASSIGN, case, charge.level, now, policy)[-1]
        ends = (*(d for d in on if d.stage is not Stage.ASSIGN), fresh)
    else:
        ends = on
    return Escalated(
        cause=why.rule,
        charge=charge,
        deadlines=ends,
        why=Because(why.rule, facts, why.policy or policy.version, why.calendar),
        stage=stage,
        due=due,
        note=note,
        done_at=done_at,
        late=late,
        status=status,
    )
