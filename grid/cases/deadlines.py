"""Which deadlines a case has at each turn. Two layers: the promise and the stages.

The promise (filed → closed) is what the citizen sees; it never restarts. Stages bind one handler
or one level, restart when that changes, and never run past the promise while it is still ahead.
How long each takes is the policy's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases.case import HANDLERS_ASKS
from grid.cases.standing import HANDLER, pressed
from grid.model import Deadline, Size, Stage
from grid.policy import limits

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from grid.cases.case import Case
    from grid.model import Level, Matter
    from grid.policy.policy import Policy

#: What runs on whoever the handler is and whatever the status.
ALWAYS = frozenset({Stage.PROMISE, Stage.FEEDBACK, Stage.ANSWER, Stage.TELL, Stage.WRITE})

#: What binds one handler.
HANDLERS = frozenset({Stage.ACCEPT, Stage.CONTACT, Stage.OPINION, Stage.RESOLVE})

#: What an assisting department has to do goes on beside whoever leads.
_PARTS = frozenset({Stage.REPORT_IN, Stage.RESOLVE})

#: Requests that only the handler who made them needs an answer to.
_HANDLERS_ASKS = frozenset(kind.value for kind in HANDLERS_ASKS)

_WEEK = limits.Limit(5, limits.Clock.WORK_DAY)

#: The stages of a handler that has just got a case.
_GIVEN = (Stage.ACCEPT, Stage.CONTACT, Stage.OPINION, Stage.RESOLVE)


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


def telling(
    matter: Matter, level: Level, happened: datetime, policy: Policy
) -> tuple[Deadline, ...]:
    """When an emergency must have been told upward, by phone and in writing, since it happened."""
    if matter.size is not Size.EMERGENCY:
        return ()
    stages = (Stage.TELL, Stage.WRITE)
    begun = (_begin(stage, matter, level, happened, policy, None) for stage in stages)
    return tuple(d for d in begun if d is not None)


def promised_by(
    running: tuple[Deadline, ...], promise: datetime, now: datetime
) -> tuple[Deadline, ...]:
    """The promise no later than that, and no stage behind it while it is ahead."""
    return tuple(
        _no_later(d, promise)
        if d.stage is Stage.PROMISE or (promise > now and d.stage not in _BEYOND)
        else d
        for d in running
    )


def _no_later(deadline: Deadline, than: datetime) -> Deadline:
    if deadline.due <= than:
        return deadline
    return replace(deadline, due=than, warn=min(deadline.warn, than))


def checking(matter: Matter, level: Level, start: datetime, policy: Policy) -> tuple[Deadline, ...]:
    """The promise, from `start`, and the look before filing."""
    promise = at_filing(matter, level, start, policy)[0]
    return _filled(promise, _begin(Stage.CHECK, matter, level, start, policy, promise.due))


def starting(
    stage: Stage,
    case: Case,
    level: Level,
    now: datetime,
    policy: Policy,
    *,
    beside: Collection[Stage] = (),
    who: str = "",
) -> tuple[Deadline, ...]:
    """What always runs, the running stages named in `beside`, and `stage` anew from `now`."""
    stages = ALWAYS.union(beside) if beside else ALWAYS
    kept = [d for d in case.deadlines if d.stage in stages]
    return _filled(*kept, _begin(stage, case.matter, level, now, policy, _promise(case), who))


def finished(
    case: Case, stage: Stage, level: Level, now: datetime, policy: Policy, *, who: str = ""
) -> tuple[Deadline, ...]:
    """The handler is done: what always runs but for answers it needs no more, and the check."""
    return without_moot(starting(stage, case, level, now, policy, who=who))


def without_moot(running: tuple[Deadline, ...]) -> tuple[Deadline, ...]:
    """The deadlines but for answers that only the handler who asked would need."""
    return tuple(d for d in running if not _moot(d))


def _moot(deadline: Deadline) -> bool:
    return deadline.stage is Stage.ANSWER and deadline.who in _HANDLERS_ASKS


def adding(
    stage: Stage, case: Case, level: Level, now: datetime, policy: Policy, who: str
) -> tuple[Deadline, ...]:
    """All that run, and `stage` from `now`."""
    begun = _begin(stage, case.matter, level, now, policy, _promise(case), who)
    return _filled(*case.deadlines, begun)


def giving(
    case: Case,
    level: Level,
    now: datetime,
    policy: Policy,
    *,
    matter: Matter | None = None,
    accepted: bool = False,
) -> tuple[Deadline, ...]:
    """The deadlines when a handler has just got the case: what always runs, and its own anew.

    `accepted` leaves out the stage of accepting: who takes over has done so.
    """
    about, until = matter or case.matter, _promise(case)
    kept = [d for d in case.deadlines if d.stage in ALWAYS or (d.who and d.stage in _PARTS)]
    kept = [
        _again(d, case, level, now, policy) if _of_handler(d) else d for d in kept if not _moot(d)
    ]
    stages = _GIVEN[1:] if accepted else _GIVEN
    return _filled(*kept, *(_begin(s, about, level, now, policy, until) for s in stages))


def _of_handler(deadline: Deadline) -> bool:
    return deadline.stage is Stage.FEEDBACK and pressed(deadline) == HANDLER


def _again(deadline: Deadline, case: Case, level: Level, now: datetime, policy: Policy) -> Deadline:
    """A supervision asks the new handler now: it has the whole time for its answer."""
    fresh = _begin(deadline.stage, case.matter, level, now, policy, None, deadline.who)
    return fresh or deadline


def by_row(case: Case, matter: Matter, level: Level, policy: Policy) -> tuple[Deadline, ...]:
    """The running deadlines, the resolution's as the matter's row has it, within the promise."""
    old, promise = case.deadline(Stage.RESOLVE), _promise(case)
    if old is None or old.missed:
        return case.deadlines
    fresh = _begin(Stage.RESOLVE, matter, level, old.since, policy, promise)
    assert fresh is not None, "every policy limits the resolution"
    return tuple(fresh if d is old else d for d in case.deadlines)


def in_a_week(case: Case, who: str, now: datetime, policy: Policy) -> tuple[Deadline, ...]:
    """All that run, and an answer to supervision, due in a week's working days."""
    *rest, fresh = adding(Stage.FEEDBACK, case, case.charge.level, now, policy, who)
    return (*rest, replace(fresh, due=limits.due(now, _WEEK, policy.calendar)))


def without(case: Case, *stages: Stage, who: str = "") -> tuple[Deadline, ...]:
    """The running deadlines but for those stages (of `who`)."""
    return tuple(d for d in case.deadlines if d.stage not in stages or d.who != who)


def without_parts(case: Case) -> Case:
    """The case with none of its assisting departments' deadlines."""
    rest = tuple(d for d in case.deadlines if not (d.who and d.stage in _PARTS))
    return replace(case, deadlines=rest)


def missed(case: Case, late: Deadline) -> tuple[Deadline, ...]:
    """The running deadlines, `late` marked: its miss has been dealt with."""
    return tuple(replace(d, missed=True) if d == late else d for d in case.deadlines)


def until(
    case: Case, stage: Stage, due: datetime, now: datetime, policy: Policy
) -> tuple[Deadline, ...]:
    """The running deadlines with that stage due at `due`, yellow a fifth before; no assignment."""
    old = case.deadline(stage)
    since = old.since if old is not None and not old.missed else now
    fresh = Deadline(
        stage,
        since,
        _warn(case, stage, since, due, policy),
        due,
        nonstop=old.nonstop if old is not None else False,
    )
    return (*without(case, stage, Stage.ASSIGN), fresh)


def extended(
    case: Case, due: datetime, now: datetime, policy: Policy
) -> tuple[tuple[Deadline, ...], Deadline]:
    """The running deadlines with the resolution due at `due` and the promise moved behind it."""
    matter = case.matter
    verify = policy.limit(
        Stage.VERIFY,
        level=case.charge.level,
        size=matter.size,
        profile=matter.profile,
        category=policy.categories.row(matter.category, matter.condition),
    )
    assert verify is not None, "every policy limits verification"
    old = case.deadline(Stage.PROMISE)
    assert old is not None, "an open case has its promise"
    closed = max(limits.due(due, verify, policy.calendar), old.due)
    warn = max(old.warn, _warn(case, Stage.RESOLVE, old.since, closed, policy))
    promise = replace(old, warn=warn, due=closed, missed=False)
    rest = until(case, Stage.RESOLVE, due, now, policy)
    return (promise, *(d for d in rest if d.stage is not Stage.PROMISE)), promise


def _warn(case: Case, stage: Stage, since: datetime, due: datetime, policy: Policy) -> datetime:
    limit = policy.limit(
        stage,
        level=case.charge.level,
        size=case.matter.size,
        profile=case.matter.profile,
        category=policy.categories.row(case.matter.category, case.matter.condition),
    )
    assert limit is not None, f"every policy limits {stage}"
    return limits.warn_at(since, due, limit, policy.calendar)


def _promise(case: Case) -> datetime | None:
    promise = case.deadline(Stage.PROMISE)
    return None if promise is None else promise.due


def _begin(
    stage: Stage,
    matter: Matter,
    level: Level,
    now: datetime,
    policy: Policy,
    promise: datetime | None,
    who: str = "",
) -> Deadline | None:
    begun = policy.deadline(
        stage,
        now,
        level=level,
        size=matter.size,
        profile=matter.profile,
        category=policy.categories.row(matter.category, matter.condition),
        promise=promise if stage not in _BEYOND else None,
    )
    return replace(begun, who=who) if begun is not None and who else begun


#: What comes after the promise is kept, or is not the handler's to keep.
_BEYOND = frozenset(
    {
        Stage.CALLBACK,
        Stage.TELL,
        Stage.WRITE,
        Stage.FEEDBACK,
        Stage.ANSWER,
        Stage.ASSIGN,
    }
)


def _filled(*some: Deadline | None) -> tuple[Deadline, ...]:
    return tuple([d for d in some if d is not None])
