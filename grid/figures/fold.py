"""`advance(facts, event) -> facts`: what an event makes of a case's facts. No rules, no clock.

Event by event, so that a follower of the feed can keep them; the whole history at once gives the
same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid.cases import events as e
from grid.cases.evolve import status_after
from grid.figures.facts import CaseFacts
from grid.figures.holding import Standing, held_after, standing_still
from grid.figures.of_events import OF_EVENTS
from grid.model import Stage, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grid.figures.of_events import Changes
    from grid.model import Charge, Deadline

#: What an event of the type counts.
_COUNTED: dict[type, str] = {
    e.Escalated: "escalations",
    e.Supervised: "supervisions",
    e.Returned: "returns",
    e.Extended: "extensions",
    e.Reopened: "reopened",
}


def facts_of(events: Iterable[e.Event]) -> CaseFacts:
    """The facts that a whole history makes; an empty one is an error."""
    facts: CaseFacts | None = None
    for event in events:
        facts = advance(facts, event)
    if facts is None:
        raise ValueError("no events, no facts")
    return facts


def advance(facts: CaseFacts | None, event: e.Event) -> CaseFacts:
    """The facts after the event. Raises ValueError for one that does not follow."""
    what: Any = event.what
    if isinstance(what, e.Filed):
        return _filed(event, what)
    if facts is None or event.number != facts.version + 1 or event.case != facts.case_id:
        raise ValueError(f"event {event.case}/{event.number} does not follow the facts")
    kind = type(what)
    before = Status(facts.status)
    status = status_after(before, what)
    changes: Changes = {"version": event.number}
    if status is not before:
        changes["status"] = status._value_
    if kind in _COUNTED:
        changes[_COUNTED[kind]] = getattr(facts, _COUNTED[kind]) + 1
    place, matter = getattr(what, "place", None), getattr(what, "matter", None)
    if place is not None:
        changes |= {"path": place.path, "lon": place.lon, "lat": place.lat}
    if matter is not None:
        changes |= {"category": matter.category, "size": matter.size._value_}
    charge = getattr(what, "charge", None)
    if charge is not None:
        changes |= _charged(facts, charge, event, filed=status is not Status.RECEIVED)
    rule = OF_EVENTS.get(kind)
    if rule is not None:
        changes |= rule(facts, event, what, status)
    if status.live is not before.live:
        changes |= _ended(facts, event, status) if before.live else _BACK
    if status.live or before.live or getattr(what, "lates", None):
        _held(facts, changes, event, getattr(what, "deadlines", None), live=status.live)
    return facts._replace(**changes)


def _filed(event: e.Event, what: e.Filed) -> CaseFacts:
    matter, place, charge = what.matter, what.place, what.charge
    status = status_after(Status.RECEIVED, what)
    given = not what.check and charge.handler.kind == "department"
    handler = charge.handler
    facts = CaseFacts(
        case_id=event.case,
        version=event.number,
        number=what.number,
        path=place.path,
        category=matter.category,
        source=matter.source._value_,
        size=matter.size._value_,
        lon=place.lon,
        lat=place.lat,
        sender=what.sender,
        gathered=what.report is None,
        reports=what.reports,
        received_at=what.received_at,
        filed_at=None if what.check else event.at,
        status=status._value_,
        level=charge.level._value_,
        charge_area=charge.area,
        kind=handler.kind,
        area=handler.area,
        department=handler.code,
        person=handler.person,
        first_department=handler.code if given else "",
        dispatched_at=event.at if given else None,
        accepted_at=None,
        misdirected=False,
        handle_due=None,
        handled_at=None,
        handled_done=None,
        handled_by="",
        outcome="",
        handle_late=False,
        handle_blamed=False,
        settled_at=None,
        settled_by="",
        recheck_failed=False,
        verified_at=None,
        verified_by="",
        promised_from=what.received_at,
        promised_due=None,
        promise_due=None,
        promise_broken=False,
        closed_at=None,
        closed_late=False,
        closed_blamed=False,
        ended_at=None,
        promised_s=None,
        saved_s=None,
        rework=0,
        returns=0,
        extensions=0,
        reopened=0,
        escalations=0,
        supervisions=0,
        paused_since=None,
        pause_kind="",
        pauses=0,
        paused_s=0.0,
        red=0,
        blamed=0,
        cards=0,
        parent=None,
    )
    changes: Changes = {}
    _held(facts, changes, event, what.deadlines, live=True)
    return facts._replace(**changes)


def _charged(facts: CaseFacts, charge: Charge, event: e.Event, *, filed: bool) -> Changes:
    handler = charge.handler
    changes: Changes = {
        "level": charge.level._value_,
        "charge_area": charge.area,
        "kind": handler.kind,
        "area": handler.area,
        "department": handler.code,
        "person": handler.person,
    }
    if handler.kind == "department" and filed:
        if facts.dispatched_at is None:
            changes |= {"dispatched_at": event.at, "first_department": handler.code}
        elif handler.code != facts.first_department and not facts.reopened:
            changes["misdirected"] = True
    return changes


def _held(
    facts: CaseFacts,
    changes: Changes,
    event: e.Event,
    deadlines: tuple[Deadline, ...] | None,
    *,
    live: bool,
) -> None:
    """Add to the changes the promise and the stages, and what follows from these."""
    for deadline in deadlines or ():
        if deadline.stage is Stage.PROMISE and deadline.due != facts.promise_due:
            changes["promise_due"] = deadline.due
            if changes.get("promised_due", facts.promised_due) is None:
                changes["promised_due"] = deadline.due
    get = changes.get
    standing = Standing(
        get("kind", facts.kind),
        get("area", facts.area),
        get("department", facts.department),
        get("person", facts.person),
        get("level", facts.level),
        get("charge_area", facts.charge_area),
        get("path", facts.path),
        get("calls", facts.calls),
    )
    held = held_after(facts.held, standing, event, deadlines, live=live)
    if isinstance(event.what, e.Paused | e.Resumed):
        held = standing_still(held, paused=isinstance(event.what, e.Paused))
    if held == facts.held:
        return
    red = blamed = cards = 0
    due, late, blame = None, False, False
    for one in held:
        red += one.late
        blamed += one.blamed
        cards += one.carded_at is not None
        if one.stage == "resolve" and not one.who:
            due = one.due
            late = late or one.late
            blame = blame or one.blamed
    closed_late = get("closed_late", facts.closed_late)
    changes |= {
        "held": held,
        "handle_due": due,
        "handle_late": late,
        "handle_blamed": blame,
        "red": red,
        "blamed": blamed,
        "closed_blamed": closed_late and not (red and not blamed),
        "cards": cards,
    }


# ── how it ends, and comes back ──────────────────────────────────────────────────────────────

_BACK: Changes = {
    "closed_at": None,
    "closed_late": False,
    "closed_blamed": False,
    "ended_at": None,
    "promised_s": None,
    "saved_s": None,
}


def _ended(facts: CaseFacts, event: e.Event, status: Status) -> Changes:
    paused_s = facts.paused_s
    if facts.paused_since is not None:
        paused_s += (event.at - facts.paused_since).total_seconds()
    changes: Changes = {"ended_at": event.at, "paused_since": None, "paused_s": paused_s}
    if status is Status.CLOSED:
        broken = facts.promise_due is not None and event.at > facts.promise_due
        late = broken or facts.promise_broken
        changes |= {
            "closed_at": event.at,
            "closed_late": late,
            "closed_blamed": late and not (facts.red and not facts.blamed),
        }
        begun, due = facts.promised_from, facts.promised_due
        if begun is not None and due is not None:
            promised = (due - begun).total_seconds()
            actual = (event.at - begun).total_seconds() - paused_s
            changes |= {"promised_s": promised, "saved_s": promised - actual}
    return changes
