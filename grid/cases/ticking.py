"""What the clock does: a missed deadline lifts the case, its check, or brings supervision.

Nobody is released by being late: the level in charge goes up, the handler stays bound. What each
missed stage brings is in one table, `MISSED`.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from grid.cases import asking, charges, deadlines, lights, rising, standing
from grid.cases.case import OPEN_LATES, RECHECK, Case, Late, LateState
from grid.cases.events import Because, CheckRaised, Escalated, Supervised
from grid.cases.filing import admitted
from grid.cases.standing import HANDLER, HOTLINE, LEVEL, pressed
from grid.errors import Refusal, Rejected
from grid.model import Deadline, Level, Stage, Status, Unit, level_of
from grid.policy import limits

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.commands import Tick
    from grid.cases.known import Known
    from grid.policy.policy import Policy


class Missed(StrEnum):
    """What a missed deadline brings."""

    ADMIT = "admit"  # it is filed without the look
    RISE = "rise"  # the level in charge goes up
    DUTY_RISES = "duty_rises"  # the check or review goes up, the case stays
    SUPERVISE = "supervise"  # supervision, no move


#: The whole table of what happens by itself. At the top of the chain, and in handled and verified
#: cases, supervision takes the place of rising.
MISSED: dict[Stage, Missed] = {
    Stage.PROMISE: Missed.SUPERVISE,
    Stage.CHECK: Missed.ADMIT,
    Stage.ACCEPT: Missed.RISE,
    Stage.CONTACT: Missed.RISE,
    Stage.OPINION: Missed.RISE,
    Stage.REPORT_IN: Missed.RISE,
    Stage.RESOLVE: Missed.RISE,
    Stage.REVIEW: Missed.DUTY_RISES,
    Stage.VERIFY: Missed.DUTY_RISES,
    Stage.CALLBACK: Missed.SUPERVISE,
    Stage.FEEDBACK: Missed.SUPERVISE,
    Stage.ASSIGN: Missed.SUPERVISE,
    Stage.ANSWER: Missed.SUPERVISE,
    Stage.TELL: Missed.SUPERVISE,
    Stage.WRITE: Missed.SUPERVISE,
}

#: Whom the supervision of a missed stage asks for an answer. What is not here asks for none: a
#: request that nobody answered is seen as late, and its asker goes on.
_PRESSES: dict[Stage, str] = {
    Stage.PROMISE: LEVEL,
    Stage.ACCEPT: HANDLER,
    Stage.CONTACT: HANDLER,
    Stage.OPINION: HANDLER,
    Stage.RESOLVE: HANDLER,
    Stage.ASSIGN: LEVEL,
    Stage.REVIEW: LEVEL,
    Stage.VERIFY: LEVEL,
    Stage.CALLBACK: HOTLINE,
}

#: The highest grade of supervision; from there on it comes once a week.
_HIGHEST = 3


def tick(case: Case, _command: Tick, known: Known, now: datetime, policy: Policy) -> list[Any]:
    """Deal with the earliest that nobody has dealt with; one miss, one event.

    A late tick records the due time and its own; new limits run from its own.
    """
    lit = [x for x in case.aside.lates if x.state in OPEN_LATES and x.card_at <= now]
    pause = case.aside.pause
    if pause is not None and pause.until <= now:
        # The clocks run from the review date on, however late that was noticed.
        return [asking.resumed(case, pause.until, policy, "review_date")]
    waiting = [d for d in case.clocks if d.due <= now]
    if waiting:
        return [_dealt_with(case, min(waiting, key=lambda d: d.due), known, now, policy)]
    if lit:
        light = min(lit, key=lambda late: late.card_at)
        if light.state is LateState.APPEALED:
            return [lights.unanswered(case, light, now, policy)]
        return [lights.carded(case, light, "window_over", None)]
    raise Rejected(Refusal.STATE, "没有到期的期限", "no deadline has passed")


def _dealt_with(case: Case, late: Deadline, known: Known, now: datetime, policy: Policy) -> Any:
    why = Because(
        f"{late.stage.value}_missed",
        (
            ("due", "<=", late.due.isoformat()),
            ("now", ">=", now.isoformat()),
        ),
        policy.version,
        policy.calendar.version,
    )
    match MISSED[late.stage]:
        case Missed.ADMIT:
            return admitted(case, known, now, policy, why.rule)
        case Missed.RISE if case.status in (Status.OPEN, Status.WORKING):
            return _rise(case, late, known, now, policy, why)
        case Missed.DUTY_RISES:
            return _raise_duty(case, late, known, now, policy, why)
        case _:
            return _supervise(case, late, now, policy, why)


def _rise(
    case: Case, late: Deadline, known: Known, now: datetime, policy: Policy, why: Because
) -> Escalated | Supervised:
    up = rising.up(case, known, policy)
    if up is None:
        return _supervise(case, late, now, policy, why)
    return rising.lift(
        case,
        up,
        why,
        known,
        now,
        policy,
        stage=late.stage,
        due=late.due,
        late=_mark(case, late, now, policy),
        running=deadlines.missed(case, late),
    )


def _raise_duty(
    case: Case, late: Deadline, known: Known, now: datetime, policy: Policy, why: Because
) -> CheckRaised | Supervised:
    """The check or the review moves up, not the case; from the top on there is supervision."""
    reviews = case.aside.reviews
    at = _duty(case, late, policy)
    level = next((s for s in policy.chain if s.rank > at.rank and s not in known.skipped), None)
    if level is None:
        return _supervise(case, late, now, policy, why)
    fresh = deadlines.starting(late.stage, case, level, now, policy)[-1]
    return CheckRaised(
        level=level.value,
        area=charges.unit_of(level, case.place.path).area,
        deadlines=(*deadlines.missed(case, late), fresh),
        why=why,
        due=late.due,
        late=_mark(case, late, now, policy),
        reviews=(level, *(r for r in reviews[1:] if r.rank > level.rank)) if reviews else None,
    )


def _duty(case: Case, late: Deadline, policy: Policy) -> Level:
    """The level that has to review or verify now: the cell first, or where the place begins."""
    if late.stage is Stage.REVIEW:
        return case.aside.reviews[0]
    lowest = level_of(case.place.path)
    if any(d.who == RECHECK for d in case.deadlines):
        lowest = max(lowest, Level.COMMUNITY, key=lambda level: level.rank)
    ladder = [s for s in policy.chain if s.rank >= lowest.rank] or [lowest]
    checks = sum(d.stage is Stage.VERIFY for d in case.deadlines)
    return ladder[min(checks - 1, len(ladder) - 1)]


def _supervise(
    case: Case, late: Deadline, now: datetime, policy: Policy, why: Because
) -> Supervised:
    """Supervision, with a clock for the answer of who has to give one.

    While nobody answers it comes again, a grade higher each time and in the end once a week: no
    live case is ever without a clock that presses somebody.
    """
    running = deadlines.missed(case, late)
    grade, who = 1, _PRESSES.get(late.stage, "")
    if late.stage is Stage.FEEDBACK:
        before, _, told = late.who.partition(":")
        grade = min(int(told) + 1 if told else 2, _HIGHEST)
        who = before if told else LEVEL
        if grade == _HIGHEST:  # the last one comes again in its own place
            running = tuple(d for d in running if d.who != f"{who}:{grade}")
    elif late.who and late.stage in (Stage.REPORT_IN, Stage.RESOLVE):
        who = late.who
    asked = {pressed(d) for d in running if d.stage is Stage.FEEDBACK and not d.missed}
    if who and who not in asked:
        asking_again = replace(case, deadlines=running)
        if grade == _HIGHEST:
            running = deadlines.in_a_week(asking_again, f"{who}:{grade}", now, policy)
        else:
            level = case.charge.level
            running = deadlines.adding(
                Stage.FEEDBACK, asking_again, level, now, policy, f"{who}:{grade}"
            )
    return Supervised(
        kind="internal" if grade == 1 else "stepped_up",
        grade=grade,
        cause=why.rule,
        deadlines=running,
        why=why,
        stage=late.stage,
        due=late.due,
        late=_mark(case, late, now, policy),
    )


def _mark(case: Case, late: Deadline, now: datetime, policy: Policy) -> Late | None:
    """The red light with who held the stage. The promise is held by nobody alone: no mark.

    A light is nobody's blame where nobody could have acted: the limit had passed before the report
    became a case, the promise left less time than the stage is given, or the leading department
    had to wait for others, who have lights of their own. Of one supervision only the first missed
    answer counts.
    """
    unit = _holder(case, late, policy)
    if unit is None or (late.stage is Stage.FEEDBACK and ":" in late.who and late.who[-1] != "1"):
        return None
    filed = case.origin.filed_at
    waited = late.stage is Stage.RESOLVE and not late.who
    excused = (
        (filed is not None and late.due <= filed)
        or _squeezed(case, late, policy)
        or (waited and any(not part.done for part in case.aside.parts))
    )
    window = limits.Limit(policy.appeal.window_days, limits.Clock.WORK_DAY)
    return Late(
        late.stage,
        unit,
        late.due,
        limits.due(now, window, policy.calendar),
        state=LateState.EXCUSED if excused else LateState.STANDING,
        who=late.who,
    )


def _squeezed(case: Case, late: Deadline, policy: Policy) -> bool:
    """True for a stage that began later than the case and got less time than it is given."""
    promise = case.deadline(Stage.PROMISE)
    if promise is None or late.due != promise.due or late.since == promise.since:
        return False
    own = policy.deadline(
        late.stage,
        late.since,
        level=case.charge.level,
        size=case.matter.size,
        profile=case.matter.profile,
        category=policy.categories.row(case.matter.category, case.matter.condition),
    )
    return own is not None and own.due > late.due


def _holder(case: Case, late: Deadline, policy: Policy) -> Unit | None:
    """Who should have done it: an overdue counts against who held the stage."""
    path, charge = case.place.path, case.charge
    match late.stage:
        case Stage.PROMISE | Stage.CHECK:
            return None
        case Stage.REPORT_IN:
            return charges.department(late.who, path)
        case Stage.RESOLVE if late.who:
            return charges.department(late.who, path)
        case Stage.REVIEW:
            return charges.unit_of(case.aside.reviews[0], path)
        case Stage.VERIFY:
            return charges.unit_of(_duty(case, late, policy), path)
        case Stage.FEEDBACK:
            return _pressed_unit(case, late, policy)
        case Stage.CALLBACK:
            return _hotline(case, policy)
        case Stage.ANSWER:
            asked = [ask for ask in case.aside.asks if ask.kind.value == late.who]
            area = asked[0].area if asked else charge.area
            return asking.unit_at(area)
        case Stage.ASSIGN | Stage.TELL | Stage.WRITE:
            return charges.unit_of(charge.level, charge.area)
        case _:
            return charge.handler


def _hotline(case: Case, policy: Policy) -> Unit:
    levels = policy.callback.levels
    at = levels[min(case.aside.rounds, len(levels) - 1)]
    return replace(charges.unit_of(at, case.place.path), kind="hotline")


def _pressed_unit(case: Case, late: Deadline, policy: Policy) -> Unit:
    match pressed(late):
        case standing.HANDLER:
            return case.charge.handler
        case standing.LEVEL:
            return charges.unit_of(case.charge.level, case.charge.area)
        case standing.HOTLINE:
            return _hotline(case, policy)
        case department:
            return charges.department(department, case.place.path)
