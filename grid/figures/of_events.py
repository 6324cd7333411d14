"""What an event says of its case by its type, beside place, charge and deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid.cases import events as e
from grid.figures.facts import Call, CaseFacts
from grid.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

#: Values of `CaseFacts` by their names.
Changes = dict[str, Any]

_UNDONE: Changes = {"handled_at": None, "handled_done": None}


def _admitted(facts: CaseFacts, event: e.Event, _what: Any, _status: Status) -> Changes:
    return {"filed_at": event.at} if facts.filed_at is None else {}


def _accepted(facts: CaseFacts, event: e.Event, _what: Any, _status: Status) -> Changes:
    return {"accepted_at": event.at} if facts.accepted_at is None else {}


def _handled(facts: CaseFacts, event: e.Event, what: Any, _status: Status) -> Changes:
    return {
        "handled_at": event.at,
        "handled_done": _told(facts, event, what),
        "handled_by": event.by,
        "outcome": what.outcome,
    }


def _told(facts: CaseFacts, event: e.Event, what: Any) -> datetime | None:
    """The phone's time, within what is possible."""
    done_at: datetime | None = what.done_at
    return None if done_at is None else max(min(done_at, event.at), facts.received_at)


def _settled(facts: CaseFacts, event: e.Event, what: Any, _status: Status) -> Changes:
    by = facts.sender if event.by.startswith("system:") else event.by
    return {
        "filed_at": facts.filed_at or event.at,
        "handled_at": event.at,
        "handled_done": _told(facts, event, what),
        "handled_by": by,
        "outcome": "solved",
        "settled_at": event.at,
        "settled_by": by,
    }


def _checked(facts: CaseFacts, event: e.Event, what: Any, _status: Status) -> Changes:
    """Verified or reviewed."""
    if what.passed:
        if isinstance(what, e.Verified):
            return {"verified_at": event.at, "verified_by": event.by}
        return {}
    failed = facts.settled_at is not None
    return {"rework": facts.rework + 1, "recheck_failed": failed} | _UNDONE


def _called(facts: CaseFacts, event: e.Event, what: Any, status: Status) -> Changes:
    level = what.level._value_
    before = [c for c in facts.calls if (c.report, c.level) == (what.report or "", level)]
    final = what.reached or status is Status.CLOSED
    call = Call(
        report=what.report or "",
        level=level,
        at=event.at,
        tries=(before[0].tries if before else 0) + 1,
        final=final,
        reached=what.reached,
        solved=bool(what.solved),
        satisfied=bool(what.satisfied),
        reason=what.reason,
    )
    if before and before[0].reached and not what.reached:
        call = before[0]._replace(tries=call.tries)  # what was said once has been said
    others = tuple(c for c in facts.calls if c not in before)
    changes: Changes = {"calls": (*others, call)}
    if status is Status.WORKING:
        changes |= _UNDONE
        changes["recheck_failed"] = facts.recheck_failed or facts.settled_at is not None
    return changes


def _paused(facts: CaseFacts, event: e.Event, what: Any, _status: Status) -> Changes:
    return {
        "paused_since": event.at,
        "pause_kind": what.pause.kind.value,
        "pauses": facts.pauses + 1,
    }


def _resumed(facts: CaseFacts, event: e.Event, _what: Any, _status: Status) -> Changes:
    since = facts.paused_since or event.at
    return {"paused_since": None, "paused_s": facts.paused_s + (event.at - since).total_seconds()}


def _reopened(facts: CaseFacts, event: e.Event, _what: Any, _status: Status) -> Changes:
    """A new promise; the old one was kept or broken when it closed."""
    closed, due = facts.closed_at, facts.promise_due
    broken = closed is not None and due is not None and closed > due
    return {
        "promise_broken": facts.promise_broken or broken,
        "promised_from": event.at,
        "promised_due": None,
        "paused_s": 0.0,
        "settled_at": None,
        "settled_by": "",
        "filed_at": facts.filed_at or event.at,
    } | _UNDONE


def _reports(sign: int) -> Callable[[CaseFacts, e.Event, Any, Status], Changes]:
    return lambda facts, _event, what, _status: {"reports": facts.reports + sign * what.reports}


#: By the event's type; what is not here changes the case's place, charge or deadlines at most.
OF_EVENTS: dict[type, Callable[[CaseFacts, e.Event, Any, Status], Changes]] = {
    e.Admitted: _admitted,
    e.Accepted: _accepted,
    e.TakenOver: _accepted,
    e.Handled: _handled,
    e.Settled: _settled,
    e.Verified: _checked,
    e.Reviewed: _checked,
    e.CalledBack: _called,
    e.Paused: _paused,
    e.Resumed: _resumed,
    e.Reopened: _reopened,
    e.Returned: lambda *_: {"misdirected": True},
    e.Merged: lambda _facts, _event, what, _status: {"parent": what.parent},
    e.Unmerged: lambda *_: {"parent": None},
    e.Joined: _reports(1),
    e.Left: _reports(-1),
}
