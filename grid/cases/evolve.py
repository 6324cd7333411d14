"""`evolve(case, event) -> case`: what an event makes of a case. No rules, no clock.

A field of an event that is called like a part of the case is that part afterwards; None leaves it
as it was. What is left is a status for each type, counting, and what ends by itself: a handler's
own requests with its work, late marks with their stage, everything but those with the case.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, get_args

from grid.cases import events as e
from grid.cases.case import (
    HANDLERS_ASKS,
    HANDLERS_STAGES,
    NOTHING_ASIDE,
    Aside,
    AskKind,
    Case,
    Late,
    Origin,
    Tally,
)
from grid.model import Level, Status, path_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from grid.model import Deadline, Place, Unit

#: The status after an event; types that are not here carry it, or leave it as it was.
_STATUS: dict[type, Status] = {
    e.Admitted: Status.OPEN,
    e.Dispatched: Status.OPEN,
    e.Delegated: Status.OPEN,
    e.Returned: Status.OPEN,
    e.Reopened: Status.OPEN,
    e.Accepted: Status.WORKING,
    e.TakenOver: Status.WORKING,
    e.Handled: Status.HANDLED,
    e.Declined: Status.DECLINED,
    e.Withdrawn: Status.WITHDRAWN,
    e.Voided: Status.VOID,
    e.Merged: Status.MERGED,
}

#: What an event adds to, and how much.
_ADDED: dict[type, tuple[str, Callable[[Any], int]]] = {
    e.Escalated: ("escalations", lambda _: 1),
    e.Supervised: ("supervisions", lambda _: 1),
    e.Returned: ("returns", lambda _: 1),
    e.Extended: ("extensions", lambda _: 1),
    e.Reopened: ("reopened", lambda _: 1),
    e.Verified: ("rework", lambda what: not what.passed),
    e.Reviewed: ("rework", lambda what: not what.passed),
    e.Joined: ("reports", lambda what: what.reports),
    e.Left: ("reports", lambda what: -what.reports),
}

_PARENTED = frozenset({e.Merged, e.Unmerged})

#: What brings a case back that had ended.
_BACK = frozenset({e.Reopened, e.Unmerged})

_ASIDE = frozenset(field.name for field in fields(Aside))


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which parts of the case an event of a type carries."""

    status: bool
    place: bool
    matter: bool
    charge: bool
    deadlines: bool
    late: bool
    aside: tuple[str, ...]


def _shape(kind: type) -> _Shape:
    names = {field.name for field in fields(kind)}
    return _Shape(
        status="status" in names,
        place="place" in names,
        matter="matter" in names,
        charge="charge" in names,
        deadlines="deadlines" in names,
        late="late" in names,
        aside=tuple(sorted(names & _ASIDE)),
    )


_SHAPES = {kind: _shape(kind) for kind in get_args(e.Payload)}


def evolve(case: Case | None, event: e.Event) -> Case:
    """The case after the event. `case` is None before the first, which must be `Filed`."""
    what: Any = event.what
    kind = type(what)
    if case is None:
        if kind is not e.Filed or event.number != 1:
            raise ValueError(f"{event.case} begins with {kind.__name__} {event.number}")
        return _filed(event, what)
    if event.number != case.tally.version + 1 or event.case != case.id:
        raise ValueError(f"event {event.case}/{event.number} does not follow {case.id}'s last")
    if kind is e.Filed:
        raise ValueError(f"{case.id} is filed twice")
    shape = _SHAPES[kind]
    before = case.status
    status = _status(before, shape, what)
    place = what.place if shape.place else case.place
    matter = (what.matter or case.matter) if shape.matter else case.matter
    charge = (what.charge or case.charge) if shape.charge else case.charge
    deadlines = what.deadlines if shape.deadlines else case.deadlines
    aside = case.aside
    if not status.live:
        if status is not Status.MERGED:
            deadlines = ()
        aside = _ended(aside, before, event.at) if before.live else aside
    given = charge is not case.charge and (
        charge.since != case.charge.since or not charge.handler.same(case.charge.handler)
    )
    if aside.asks and (given or status is Status.HANDLED):
        aside = replace(aside, asks=tuple(a for a in aside.asks if a.kind not in HANDLERS_ASKS))
    if aside.parts and shape.place:  # departments work by districts
        area = path_at(place.path, Level.DISTRICT)
        aside = replace(aside, parts=tuple(replace(part, area=area) for part in aside.parts))
    if given and aside.parts and charge.handler.code:
        aside, deadlines = _leads(aside, deadlines, charge.handler.code)
    if shape.late or shape.aside or aside.lates or kind in _BACK:
        aside = _aside(aside, shape, what)
        if aside.lates:
            done_at = getattr(what, "done_at", None)
            aside = _end_lates(aside, case, status, deadlines, charge.handler, done_at, event)
    relevant = (
        status is not before
        or (charge is not case.charge and charge != case.charge)
        or (place is not case.place and _elsewhere(place, case.place))
    )
    return Case(
        case.id,
        case.number,
        status,
        matter,
        place,
        charge,
        deadlines,
        _tally(case.tally, event, what, relevant),
        _parent(what) if kind in _PARENTED else case.parent,
        case.origin,
        aside,
    )


def status_after(before: Status | None, what: e.Payload) -> Status:
    """The status that an event leads to; `before` is None for `Filed` and for nothing else."""
    if before is None or isinstance(what, e.Filed):
        assert isinstance(what, e.Filed), "a case begins by being filed"
        return Status.RECEIVED if what.check else Status.OPEN
    return _status(before, _SHAPES[type(what)], what)


def _status(before: Status, shape: _Shape, what: Any) -> Status:
    if shape.status:
        carried: Status | None = what.status
        return carried or before
    kind = type(what)
    if kind is e.Verified:
        if not what.passed:
            return Status.WORKING
        return Status.VERIFIED if what.callback else Status.CLOSED
    if kind is e.Settled:
        if what.recheck:
            return Status.HANDLED
        return Status.VERIFIED if what.callback else Status.CLOSED
    return _STATUS.get(kind, before)


def _elsewhere(place: Place, before: Place) -> bool:
    """True for another cell or position; the same cell under another layout is no change."""
    return (place.path, place.lon, place.lat) != (before.path, before.lon, before.lat)


def _parent(what: Any) -> str | None:
    return what.parent if isinstance(what, e.Merged) else None


def _tally(tally: Tally, event: e.Event, what: Any, relevant: bool) -> Tally:
    number, kind = event.number, type(what)
    after = Tally(
        number,
        number if relevant else tally.relevant,
        tally.rework,
        tally.escalations,
        tally.supervisions,
        tally.reports,
        event.at,
        tally.returns,
        tally.extensions,
        tally.reopened,
    )
    added = _ADDED.get(kind)
    if added is None or not (amount := added[1](what)):
        return after
    return replace(after, **{added[0]: getattr(after, added[0]) + amount})


def _leads(
    aside: Aside, deadlines: tuple[Deadline, ...], code: str
) -> tuple[Aside, tuple[Deadline, ...]]:
    """Whoever leads assists no more."""
    parts = tuple(part for part in aside.parts if part.department != code)
    return replace(aside, parts=parts), tuple(d for d in deadlines if d.who != code)


def _ended(aside: Aside, before: Status, at: datetime) -> Aside:
    """What is left of it when the case ends: late marks with their appeals, and where it stood."""
    appeals = tuple(ask for ask in aside.asks if ask.kind is AskKind.APPEAL)
    return Aside(asks=appeals, lates=aside.lates, rounds=aside.rounds, ended_as=before, ended_at=at)


def _aside(aside: Aside, shape: _Shape, what: Any) -> Aside:
    changes = {}
    for name in shape.aside:
        part = getattr(what, name)
        if part != getattr(aside, name) and (part is not None or name == "pause"):
            changes[name] = part
    if type(what) in _BACK:
        changes |= {"rounds": 0, "tries": (), "reviews": (), "ended_as": None, "ended_at": None}
    if shape.late and what.late is not None:
        changes["lates"] = (*aside.lates, what.late)
    return replace(aside, **changes) if changes else aside


def _end_lates(
    aside: Aside,
    case: Case,
    status: Status,
    deadlines: tuple[Deadline, ...],
    handler: Unit,
    done_at: datetime | None,
    event: e.Event,
) -> Aside:
    """Late marks whose stage has ended now say when, by the clock of who ended it."""
    if not any(late.ended is None for late in aside.lates):
        return aside
    # A stage that got another date for the same handler has not ended; one of another handler has.
    on = deadlines if status.live else ()
    running = {(d.stage, d.who) for d in on}
    left = running
    if not handler.same(case.charge.handler):
        left = {(d.stage, d.who) for d in on if d.missed}
    at = event.at if done_at is None else min(done_at, event.at)

    def marked(late: Late) -> Late:
        bound = left if late.stage in HANDLERS_STAGES else running
        over = late.ended is None and (late.stage, late.who) not in bound
        return replace(late, ended=max(at, case.origin.received_at or at)) if over else late

    lates = tuple(map(marked, aside.lates))
    return aside if lates == aside.lates else replace(aside, lates=lates)


def _filed(event: e.Event, what: e.Filed) -> Case:
    return Case(
        id=event.case,
        number=what.number,
        status=status_after(None, what),
        matter=what.matter,
        place=what.place,
        charge=what.charge,
        deadlines=what.deadlines,
        tally=Tally(version=1, relevant=1, reports=what.reports, last_at=event.at),
        origin=Origin(what.received_at, what.occurred_at, what.sender, what.report, event.at),
        aside=Aside(lates=what.lates) if what.lates else NOTHING_ASIDE,
    )


def fold(events: Iterable[e.Event]) -> Case:
    """The case that a whole history makes; an empty history is an error."""
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
    if case is None:
        raise ValueError("no events, no case")
    return case
