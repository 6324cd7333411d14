"""Which deadlines a case gets, and when. Two layers: the promise and the stages.

The promise (filed → closed) is what the citizen sees; it never restarts. Stages bind one handler
or one level, restart when that changes, and never run past the promise while it is still ahead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid import limits
from grid.model import Case, Deadline, Stage

if TYPE_CHECKING:
    from datetime import datetime

    from grid.model import Matter
    from grid.policy import Policy


def at_filing(matter: Matter, start: datetime, policy: Policy) -> tuple[Deadline, ...]:
    """Promise, accept and resolve, all from `start` (when the report was received)."""
    resolve = _plain(Stage.RESOLVE, matter, start, policy)
    check = policy.limit(Stage.VERIFY, matter)
    promised = limits.due(resolve.due, check, policy.calendar)
    promise = Deadline(
        Stage.PROMISE,
        start,
        max(resolve.warn, limits.warn_at(start, promised, check, policy.calendar)),
        promised,
    )
    accept = _plain(Stage.ACCEPT, matter, start, policy)
    if accept.due > resolve.due:
        # An urgent matter leaves less time to resolve it than people usually get to accept one.
        accept = replace(accept, warn=min(accept.warn, resolve.due), due=resolve.due)
    return (promise, accept, resolve)


def starting(
    stage: Stage, case: Case, now: datetime, policy: Policy, *, beside: tuple[Stage, ...] = ()
) -> tuple[Deadline, ...]:
    """The promise, the running stages named in `beside`, and `stage` anew from `now`."""
    kept = tuple(d for d in case.deadlines if d.stage is Stage.PROMISE or d.stage in beside)
    fresh = _plain(stage, case.matter, now, policy)
    promise = case.deadline(Stage.PROMISE)
    if promise is not None and now < promise.due < fresh.due:
        fresh = replace(fresh, warn=min(fresh.warn, promise.due), due=promise.due)
    return (*kept, fresh)


def without(case: Case, *stages: Stage) -> tuple[Deadline, ...]:
    """The running deadlines but for those stages."""
    return tuple(d for d in case.deadlines if d.stage not in stages)


def missed(case: Case, stage: Stage) -> tuple[Deadline, ...]:
    """The running deadlines, that of `stage` marked: its miss has been dealt with."""
    return tuple(
        replace(d, missed=True) if d.stage is stage and not d.missed else d for d in case.deadlines
    )


def _plain(stage: Stage, matter: Matter, start: datetime, policy: Policy) -> Deadline:
    limit = policy.limit(stage, matter)
    due = limits.due(start, limit, policy.calendar)
    return Deadline(stage, start, limits.warn_at(start, due, limit, policy.calendar), due)
