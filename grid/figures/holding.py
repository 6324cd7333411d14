"""Who holds which stage, read off the deadlines that an event carries.

An event carries all deadlines that run after it: what is new has begun, what is gone has ended. An
overdue counts against who held the stage, so the unit stands with each of them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from grid.cases import events as e
from grid.cases.case import RECHECK, LateState
from grid.cases.charges import department, follow_area, unit_of
from grid.figures.facts import Held, How
from grid.model import Deadline, Level, Stage, Unit, level_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from grid.cases.case import Late
    from grid.figures.facts import Call

_S = Stage
#: What an event does, of the stages that it ends.
_DOES: dict[type, frozenset[Stage]] = {
    e.Declined: frozenset({_S.CHECK}),
    e.Dispatched: frozenset({_S.ASSIGN}),
    e.Delegated: frozenset({_S.ASSIGN}),
    e.Ruled: frozenset({_S.ASSIGN}),
    e.DateSet: frozenset({_S.ASSIGN}),
    e.TakenOver: frozenset({_S.ASSIGN}),
    e.Accepted: frozenset({_S.ACCEPT, _S.ASSIGN}),
    e.Contacted: frozenset({_S.CONTACT}),
    e.Proposed: frozenset({_S.OPINION}),
    e.ReportedIn: frozenset({_S.REPORT_IN}),
    e.PartHandled: frozenset({_S.REPORT_IN, _S.RESOLVE}),
    e.Handled: frozenset({_S.RESOLVE}),
    e.Settled: frozenset({_S.CHECK, _S.RESOLVE}),
    e.Reviewed: frozenset({_S.REVIEW}),
    e.Verified: frozenset({_S.VERIFY}),
    e.CalledBack: frozenset({_S.CALLBACK}),
    e.FedBack: frozenset({_S.FEEDBACK}),
    e.Informed: frozenset({_S.TELL, _S.WRITE}),
    e.Refused: frozenset({_S.ANSWER}),
    e.Returned: frozenset({_S.ANSWER}),
    e.Extended: frozenset({_S.ANSWER}),
    e.Paused: frozenset({_S.ANSWER}),
    e.Exempted: frozenset({_S.ANSWER}),
}
_NOTHING: frozenset[Stage] = frozenset()

#: What whoever works on the case has to do; a new handler begins anew.
_HANDLERS = frozenset({"accept", "contact", "opinion", "resolve", "feedback"})
_RUNNING, _PAUSED = How.RUNNING.value, How.PAUSED.value
#: Late, but nobody's blame.
_FORGIVEN = frozenset({LateState.EXEMPT.value, LateState.EXCUSED.value})


class Standing(NamedTuple):
    """How the case stands after an event: handler, level in charge, place, callbacks so far."""

    kind: str
    area: str
    department: str
    person: str
    level: str
    charge_area: str
    path: str
    calls: tuple[Call, ...]


def held_after(
    before: tuple[Held, ...],
    facts: Standing,
    event: e.Event,
    deadlines: Iterable[Deadline] | None,
    *,
    live: bool,
) -> tuple[Held, ...]:
    """The stages after the event, of which `facts` tells who answers and works now.

    `deadlines` are all that run after it, None where the event leaves them as they were.
    """
    what: Any = event.what
    if isinstance(what, e.Rezoned):
        return tuple(_rezoned(one, facts) if one.ended is None else one for one in before)
    if deadlines is None and live:
        after = [_in_hand(one, facts.person) if one.ended is None else one for one in before]
        _mark_all(after, what, event)
        return tuple(after)
    running = deadlines or () if live else ()
    wanted = {(d.stage._value_, d.who, d.since): d for d in running}
    handler = (facts.kind, facts.area, facts.department)
    after = []
    for held in before:
        if held.ended is not None:
            after.append(held)
            continue
        key = (held.stage, held.who, held.since)
        deadline = wanted.get(key)
        if deadline is None or (
            held.stage in _HANDLERS
            and not (held.stage == "resolve" and held.who)
            and (held.kind, held.area, held.department) != handler
        ):
            # Gone, or a handler's own stage and the handler is another one now.
            after.append(_ended(held, event, live=live))
            continue
        del wanted[key]
        after.append(_going_on(held, deadline, facts.person))
    for deadline in wanted.values():
        if deadline.stage is not Stage.PROMISE:
            after.append(_begun(len(after) + 1, deadline, what, facts))
    _mark_all(after, what, event)
    return tuple(after)


def _going_on(held: Held, deadline: Deadline, person: str) -> Held:
    if held.due == deadline.due and held.warn == deadline.warn and not deadline.missed:
        return _in_hand(held, person)
    changes: dict[str, Any] = {}
    if held.due != deadline.due:
        changes["due"] = deadline.due
    if held.warn != deadline.warn:
        changes["warn"] = deadline.warn
    if deadline.missed and not held.late:
        changes |= {"late": True, "blamed": True}
    if changes:
        held = held._replace(**changes)
    return _in_hand(held, person)


def _in_hand(held: Held, person: str) -> Held:
    """Who has the case in hand now has the stage, unless it was late before."""
    if held.stage in _HANDLERS and not held.late and not held.who and held.person != person:
        return held._replace(person=person)
    return held


def _rezoned(held: Held, facts: Standing) -> Held:
    """The stage goes on where its area went; what is late stays with who was late."""
    if held.late:
        return held
    area = follow_area(held.area, facts.path)
    return _in_hand(held._replace(area=area), facts.person)


def _ended(held: Held, event: e.Event, *, live: bool) -> Held:
    what = event.what
    does = _DOES.get(type(what), _NOTHING)
    if isinstance(what, e.Admitted) and what.why.rule == "checked":
        does = frozenset({Stage.CHECK})
    at = event.at
    done_at = None
    person = held.person
    how = How.PASSED_ON if live else How.OVER
    if Stage(held.stage) in does:
        how = How.DONE
        told = getattr(what, "done_at", None)
        done_at = None if told is None else max(min(told, at), held.since)
    late = held.late or (at > held.due and held.how != _PAUSED)
    if how is How.DONE and not person and not event.by.startswith("system:"):
        # Who picks up at last what lay about too long is not who let it lie.
        person = "" if late and held.stage in _HANDLERS else event.by
    blamed = late and held.state not in _FORGIVEN and (done_at is None or done_at > held.due)
    return held._replace(
        ended=at, done_at=done_at, how=how.value, late=late, blamed=blamed, person=person
    )


def _begun(n: int, deadline: Deadline, what: e.Payload, facts: Standing) -> Held:
    unit = _holder(deadline, what, facts)
    return Held(
        n=n,
        stage=deadline.stage._value_,
        who=deadline.who,
        kind=unit.kind,
        area=unit.area,
        department=unit.code,
        person=unit.person,
        level=facts.level,
        since=deadline.since,
        warn=deadline.warn,
        due=deadline.due,
        late=deadline.missed,
        blamed=deadline.missed,
    )


def _holder(deadline: Deadline, what: Any, facts: Standing) -> Unit:
    """Who has to do it, as far as the event says; a red light says it again, by the policy."""
    path = facts.path
    match deadline.stage:
        case Stage.REPORT_IN:
            return department(deadline.who, path)
        case Stage.RESOLVE if deadline.who:
            return department(deadline.who, path)
        case Stage.REVIEW:
            reviews = getattr(what, "reviews", ()) or (Level(facts.level),)
            return unit_of(reviews[0], path)
        case Stage.VERIFY if isinstance(what, e.CheckRaised):
            return unit_of(Level(what.level), path)
        case Stage.VERIFY:
            recheck = deadline.who == RECHECK
            return unit_of(Level.COMMUNITY if recheck else Level.GRID, path)
        case Stage.CALLBACK:
            again = any(call.reached for call in facts.calls if not call.report)
            at = unit_of(Level.CITY if again else Level.DISTRICT, path)
            return Unit("hotline", at.area)
        case Stage.ANSWER:
            asked = [a for a in getattr(what, "asks", ()) if a.kind.value == deadline.who]
            area = asked[0].area if asked else facts.charge_area
            return unit_of(level_of(area), area)
        case Stage.ASSIGN | Stage.TELL | Stage.WRITE:
            return unit_of(Level(facts.level), facts.charge_area)
        case _:
            return Unit(facts.kind, facts.area, facts.department, facts.person)


def _mark_all(after: list[Held], what: Any, event: e.Event) -> None:
    """Put red lights where they belong: on the stages that were due then, in their order."""
    one = getattr(what, "late", None)
    if one is not None:
        found = _due_then(after, one)
        _mark(after, next((i for i in found if not after[i].state), None), one, event)
    lates = getattr(what, "lates", None)
    if not lates:
        return
    seen: Counter[tuple[Stage, datetime]] = Counter()
    for late in lates:
        found = _due_then(after, late)
        lit = [i for i in found if after[i].state] or found
        place = seen[late.stage, late.due]
        seen[late.stage, late.due] += 1
        _mark(after, lit[place] if place < len(lit) else None, late, event)


def _due_then(after: list[Held], late: Late) -> list[int]:
    stage = late.stage._value_
    return [i for i, held in enumerate(after) if held.stage == stage and held.due == late.due]


def _mark(after: list[Held], place: int | None, late: Late, event: e.Event) -> None:
    if place is None or after[place].state == late.state._value_:
        return
    held, state, unit = after[place], late.state._value_, late.unit
    ended = held.done_at or held.ended
    in_time = ended is not None and ended <= held.due
    changes: dict[str, Any] = {
        "late": True,
        "state": state,
        "blamed": state not in _FORGIVEN and not in_time,
    }
    if not held.state:
        changes |= {"kind": unit.kind, "area": unit.area, "department": unit.code}
        changes["person"] = unit.person or held.person
    if isinstance(event.what, e.Carded) and state == LateState.CARD.value:
        changes["carded_at"] = event.at
    after[place] = held._replace(**changes)


def standing_still(held: tuple[Held, ...], *, paused: bool) -> tuple[Held, ...]:
    """The stages when all clocks begin to stand, or to run again."""
    old, new = (_RUNNING, _PAUSED) if paused else (_PAUSED, _RUNNING)
    return tuple(one._replace(how=new) if one.how == old else one for one in held)
