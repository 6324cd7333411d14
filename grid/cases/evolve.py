"""`evolve(case, event) -> case`: what an event makes of a case. No rules, no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.cases import events as e
from grid.model import Case, Status, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable


def evolve(case: Case | None, event: e.Event) -> Case:
    """The case after the event. `case` is None before the first, which must be `Filed`."""
    what = event.what
    if case is None:
        if not isinstance(what, e.Filed) or event.number != 1:
            raise ValueError(f"{event.case} begins with {type(what).__name__} {event.number}")
        return _filed(event, what)
    if event.number != case.tally.version + 1 or event.case != case.id:
        raise ValueError(f"event {event.case}/{event.number} does not follow {case.id}'s last")
    tally = case.tally
    parent = case.parent
    status, charge, deadlines = case.status, case.charge, case.deadlines
    rework, escalations, supervisions = tally.rework, tally.escalations, tally.supervisions
    reports = tally.reports
    relevant = True
    match what:
        case e.Settled():
            status, deadlines = Status.CLOSED, ()
        case e.Accepted() | e.TakenOver():
            status, charge, deadlines = Status.WORKING, what.charge, what.deadlines
        case e.Handled():
            status, charge, deadlines = Status.HANDLED, what.charge, what.deadlines
        case e.Verified():
            status = Status.CLOSED if what.passed else Status.WORKING
            charge, deadlines = what.charge, what.deadlines
            rework += not what.passed
        case e.Escalated():
            charge, deadlines = what.charge, what.deadlines
            escalations += 1
        case e.CheckRaised():
            deadlines, relevant = what.deadlines, False
        case e.Supervised():
            deadlines, relevant = what.deadlines, False
            supervisions += 1
        case e.Merged():
            status, deadlines, parent = Status.MERGED, (), what.parent
        case e.Joined():
            reports += what.reports
            relevant = False
        case e.Filed():
            raise ValueError(f"{case.id} is filed twice")
    return Case(
        id=case.id,
        number=case.number,
        status=status,
        matter=case.matter,
        place=case.place,
        charge=charge,
        deadlines=deadlines,
        tally=Tally(
            version=event.number,
            relevant=event.number if relevant else tally.relevant,
            rework=rework,
            escalations=escalations,
            supervisions=supervisions,
            reports=reports,
            last_at=event.at,
        ),
        parent=parent,
    )


def _filed(event: e.Event, what: e.Filed) -> Case:
    return Case(
        id=event.case,
        number=what.number,
        status=Status.OPEN,
        matter=what.matter,
        place=what.place,
        charge=what.charge,
        deadlines=what.deadlines,
        tally=Tally(version=1, relevant=1, reports=what.reports, last_at=event.at),
    )


def fold(events: Iterable[e.Event]) -> Case:
    """The case that a whole history makes; an empty history is an error."""
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
    if case is None:
        raise ValueError("no events, no case")
    return case
