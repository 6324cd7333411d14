"""The table: which event is told to whom, and in which words. The one place where that is decided.

`notices(event, before, case, circle)` reads it from top to bottom; who would hear of one event
twice hears the first. Nobody is told what he did himself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.cases import events as e
from grid.model import OWN_SOURCES, Size, Stage, Status
from grid.notices import recipients as who
from grid.notices.recipients import NOBODY, Circle, Recipient, To, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from grid.cases.case import Case

Facts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing told to one recipient: a template of `grid.notices.words` and what stands in it.

    `facts` holds codes and times (RFC 3339), never words of people: `number` of the case, and what
    the template asks for of `until`, `due`, `promise`, `was`, `stage`, `cause` and others.
    """

    to: Recipient
    template: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """On these events, where `when` is true, these recipients get this template."""

    on: tuple[type, ...]
    template: str
    to: Callable[[Told], Iterable[Recipient]]
    facts: Callable[[Told, Recipient], Facts] = lambda _told, _to: {}
    when: Callable[[Told], bool] = lambda _told: True


# ── conditions ───────────────────────────────────────────────────────────────────────────────


def _is_emergency_now(told: Told) -> bool:
    was = told.before.matter.size if told.before is not None else None
    return told.case.matter.size is Size.EMERGENCY and was is not Size.EMERGENCY


def _became(status: Status) -> Callable[[Told], bool]:
    def became(told: Told) -> bool:
        before = told.before.status if told.before is not None else None
        return told.case.status is status and before is not status

    return became


def _filed_for_others(told: Told) -> bool:
    """Filed, and reported by others than the house's own people."""
    filed = told.case.status is Status.OPEN and told.case.origin.report is not None
    return filed and told.case.matter.source not in OWN_SOURCES


def _department_got_it(told: Told) -> bool:
    filed = told.case.status is Status.OPEN
    return filed and told.case.charge.handler.kind == "department"


def _handler_changed(told: Told) -> bool:
    before = told.before
    return before is None or not before.charge.handler.same(told.case.charge.handler)


def _handler_let_go(told: Told) -> bool:
    """Another unit works now, and the one before was not the very level that gave it away."""
    if told.before is None or not _handler_changed(told):
        return False
    had = told.before.charge
    return had.handler.kind == "department" or had.handler.area != had.area


def _missed(told: Told) -> bool:
    return told.what.due is not None


def _not_passed(told: Told) -> bool:
    return not told.what.passed


def _promise_moved(told: Told) -> bool:
    moved: bool = told.what.was != told.what.promise
    return moved


# ── what stands in the words ─────────────────────────────────────────────────────────────────


def _due(case: Case, stage: Stage, whose: str = "") -> str:
    deadline = case.deadline(stage, whose)
    return _time(deadline.due) if deadline is not None else ""


def _time(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""


def _next_due(told: Told, _: Recipient) -> Facts:
    """The stage that the handler has to end first, and until when."""
    stages = (Stage.ACCEPT, Stage.CONTACT, Stage.RESOLVE, Stage.PROMISE)
    waiting = [d for d in told.case.deadlines if d.stage in stages and not d.who]
    if not waiting:
        return {"stage": Stage.RESOLVE.value, "until": ""}
    first = min(waiting, key=lambda d: d.due)
    return {"stage": first.stage.value, "until": _time(first.due)}


def _promise(told: Told, _: Recipient) -> Facts:
    return {"promise": _due(told.case, Stage.PROMISE)}


def _report_in(told: Told, to: Recipient) -> Facts:
    return {"until": _due(told.case, Stage.REPORT_IN, to.department)}


def _cause(told: Told, _: Recipient) -> Facts:
    return {"cause": told.what.cause}


def _handing(told: Told, _: Recipient) -> Facts:
    return {"handing": told.what.cause}


def _kind(told: Told, to: Recipient) -> Facts:
    if isinstance(told.what, e.Asked | e.Refused):
        return {"kind": told.what.kind.value}
    had = told.before.aside.asks if told.before is not None else ()
    gone = [ask for ask in had if ask not in told.case.aside.asks and to.person == ask.by]
    return {"kind": gone[0].kind.value}


def _request(told: Told, _: Recipient) -> Facts:
    kind = told.what.kind.value
    return {"kind": kind, "until": _due(told.case, Stage.ANSWER, kind)}


def _missed_stage(told: Told, _: Recipient) -> Facts:
    stage = getattr(told.what, "stage", None)
    late = getattr(told.what, "late", None)
    if stage is None:  # a check or review that went up says it by its mark
        stage = late.stage if late is not None else Stage.VERIFY
    return {"stage": stage.value, "due": _time(told.what.due)}


def _extension(told: Told, _: Recipient) -> Facts:
    return {"was": _time(told.what.was), "promise": _time(told.what.promise)}


def _supervision(told: Told, _: Recipient) -> Facts:
    until = [d.due for d in told.case.deadlines if d.stage is Stage.FEEDBACK and not d.missed]
    return {
        "kind": told.what.kind,
        "grade": str(told.what.grade),
        "cause": told.what.cause,
        "until": _time(until[-1]) if until else "",
    }


def _parent(told: Told, _: Recipient) -> Facts:
    return {"parent": told.circle.parent}


# ── the table ────────────────────────────────────────────────────────────────────────────────

_GIVEN = (e.Dispatched, e.Delegated, e.Relocated, e.Recategorised, e.Rezoned)
_TAKEN = (*_GIVEN, e.TakenOver, e.Ruled, e.Escalated)

# fmt: off
TABLE: tuple[Row, ...] = (
    # an emergency is everybody's at once
    Row((e.Filed, e.Relocated, e.Recategorised), "emergency", who.whole_house,
        when=_is_emergency_now),
    # who reported hears that it is taken up, what becomes of the promise, and how it ends
    Row((e.Filed, e.Admitted), "filed", who.reporters, _promise, _filed_for_others),
    Row((e.Extended,), "extended", who.reporters, _extension, _promise_moved),
    Row((e.Paused,), "paused", who.reporters,
        lambda told, _: {"until": _time(told.what.pause.until)}),
    Row((e.Settled, e.Verified, e.Reviewed, e.CalledBack), "closed", who.reporters,
        when=_became(Status.CLOSED)),
    Row((e.Declined,), "declined", who.reporters, lambda told, _: {"reason": told.what.reason}),
    Row((e.Voided,), "voided", who.reporters),
    Row((e.Merged,), "merged", who.reporters, _parent),
    Row((e.Unmerged,), "unmerged", who.reporters, _promise),
    Row((e.Reopened,), "reopened", who.reporters, _promise),
    # who works hears what is given, taken away, sent back, and until when
    Row((e.Filed, e.Admitted), "dispatched", who.handler, _next_due, _department_got_it),
    Row(_GIVEN, "dispatched", who.handler, _next_due, _handler_changed),
    Row((e.Ruled,), "ruled", who.handler, _next_due),
    Row((e.Reopened,), "back", who.handler_and_level, _next_due),
    Row((e.Unmerged,), "back", who.handler, _next_due),
    Row(_TAKEN, "released", who.handler_before, when=_handler_let_go),
    Row((e.Dispatched, e.Whistled), "whistled", who.called_departments, _report_in),
    Row((e.DateSet,), "date_set", who.handler, lambda told, _: {"until": _time(told.what.until)}),
    Row((e.Verified, e.Reviewed), "rework", who.handler, _next_due, _not_passed),
    Row((e.CalledBack,), "rework", who.handler, _next_due, _became(Status.WORKING)),
    Row((e.CalledBack,), "not_satisfied", who.head_of_handler,
        when=lambda told: told.what.satisfied is False),
    Row((e.Resumed,), "resumed", who.handler, _next_due),
    Row((e.Withdrawn,), "ended", who.handler, lambda _told, _to: {"reason": "withdrawn"}),
    Row((e.Voided,), "ended", who.handler, lambda _told, _to: {"reason": "void"}),
    Row((e.Merged,), "merged_away", who.handler, _parent),
    # one person to another
    Row((e.HandedOver,), "handed_to", who.taking_hand, _handing),
    Row((e.HandedOver,), "handed_from", who.leaving_hand, _handing),
    # who asked hears the answer; who has to answer hears the question
    Row((e.Asked,), "asked", who.answering, _request),
    Row((e.Returned, e.Extended, e.Paused, e.Exempted), "granted", who.askers, _kind),
    Row((e.Refused,), "refused", who.askers, _kind),
    Row((e.Returned,), "returned", who.in_charge,
        lambda told, _: {"until": _due(told.case, Stage.ASSIGN)}),
    # what is late is told to who held it and to the one above
    Row((e.Supervised,), "supervised", who.handler_and_level, _supervision),
    Row((e.Escalated, e.CheckRaised, e.Supervised), "late", who.held_it, _missed_stage, _missed),
    Row((e.Escalated, e.Supervised), "late_below", who.above, _missed_stage, _missed),
    Row((e.CheckRaised,), "late_below", who.duty_above, _missed_stage),
    Row((e.Escalated,), "risen", who.handler_and_level, _cause,
        lambda told: told.what.due is None),
    Row((e.Carded,), "card", who.carded, _missed_stage),
)
# fmt: on

_ROWS: dict[type, tuple[Row, ...]] = {
    kind: tuple(row for row in TABLE if kind in row.on) for row in TABLE for kind in row.on
}
#: The types of events that anybody may be told of.
TOLD = frozenset(_ROWS)


def _knows(told: Told, to: Recipient) -> bool:
    """True for who did it, and for nobody. A citizen did not do what the hotline did for him."""
    if to.kind is To.REPORTER and told.case.matter.source in OWN_SOURCES:
        return to.person == told.event.by
    return to.kind is To.PERSON and to.person in ("", told.event.by)


def notices(
    event: e.Event, before: Case | None, case: Case, circle: Circle = NOBODY
) -> tuple[Notice, ...]:
    """What is told of an event that made `case` of `before`, in the table's order."""
    told = Told(event, event.what, before, case, circle)
    made: dict[tuple[str, ...], Notice] = {}
    for row in _ROWS.get(type(event.what), ()):
        if not row.when(told):
            continue
        for to in row.to(told):
            if to.same in made or _knows(told, to):
                continue
            facts = {"number": case.number} | row.facts(told, to)
            made[to.same] = Notice(to, row.template, tuple(sorted(facts.items())))
    return tuple(made.values())
