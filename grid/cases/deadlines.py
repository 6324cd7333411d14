"""Which deadlines a case has at each turn. Two layers: the promise and the stages.

The promise (filed → closed) is what the citizen sees; it never restarts. Stages bind one handler
or one level, restart when that changes, and never run past the promise while it is still ahead.
How long each takes is the policy's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.model import Case, Deadline, Stage

if TYPE_CHECKING:
    from datetime import datetime

    from grid.model import Level, Matter
    from grid.policy.policy import Policy


def at_filing(
    matter: Matter, level: Level, start: datetime, policy: Policy
) -> tuple[Deadline, ...]:
    """Promise, accept and resolve, all from `start` (when the report was received)."""
    return policy.at_filing(
        start,
        level=level,
        size=matter.size,
        profile=matter.profile,
        category=policy.categories.row(matter.category, matter.condition),
    )


def starting(
    stage: Stage,
    case: Case,
    level: Level,
    now: datetime,
    policy: Policy,
    *,
    beside: tuple[Stage, ...] = (),
) -> tuple[Deadline, ...]:
    """The promise, the running stages named in `beside`, and `stage` anew from `now`."""
    kept = tuple(d for d in case.deadlines if d.stage is Stage.PROMISE or d.stage in beside)
    promise = case.deadline(Stage.PROMISE)
    matter = case.matter
    begun = policy.deadline(
        stage,
        now,
        level=level,
        size=matter.size,
        profile=matter.profile,
        category=policy.categories.row(matter.category, matter.condition),
        promise=promise.due if promise is not None else None,
    )
    return (*kept, begun)


def without(case: Case, *stages: Stage) -> tuple[Deadline, ...]:
    """The running deadlines but for those stages."""
    return tuple(d for d in case.deadlines if d.stage not in stages)


def missed(case: Case, late: Deadline) -> tuple[Deadline, ...]:
    """The running deadlines, `late` marked: its miss has been dealt with."""
    return tuple(replace(d, missed=True) if d == late else d for d in case.deadlines)
