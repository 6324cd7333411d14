"""What is asked for and answered: return, extension, pause, long-term list; answers to appeals.

Clocks run on while a request waits, and whoever has to answer has a clock of its own. Nobody grants
his own request.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from grid.cases import charges, deadlines, lights, rising
from grid.cases.case import HANDLERS_STAGES, Ask, AskKind, Late, LateState, Pause
from grid.cases.events import (
    Asked,
    Because,
    Exempted,
    Extended,
    Paused,
    Refused,
    Resumed,
    Returned,
)
from grid.cases.refusing import need_note, one_at_a_time, refuse, refuse_role
from grid.cases.standing import answers
from grid.model import Stage, Status, Unit, level_of
from grid.policy import limits

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases import commands as c
    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.model import Deadline
    from grid.policy.policy import Policy

#: A first extension is granted one level up, a second only higher; there is no third.
_EXTENSIONS = 2


def unit_at(area: str) -> Unit:
    """The unit that works for the area at the end of a path."""
    return charges.unit_of(level_of(area), area)


def give_back(
    case: Case, command: c.Return, _known: Known, now: datetime, policy: Policy
) -> list[Asked]:
    """A return is asked for soon after getting it; not of a ruling, and not for ever."""
    note = need_note(command, "回退理由", "why it is not this unit's matter")
    charge = case.charge
    if charge.ruled:
        refuse("已经裁定，不得再回退", "there is a ruling: it cannot be returned any more")
    if case.tally.returns >= policy.returns.most:
        refuse("回退次数已满，由上级裁定", "it was returned often enough: the level above rules")
    if charge.handler.same(charges.unit_of(charge.level, charge.area)):
        refuse("负责层级自己承办，没有交办方可退", "the level in charge has it itself")
    since = charge.since or case.origin.received_at or now
    latest = policy.calendar.add_work_hours(since, policy.returns.within_h)
    if now > latest:
        refuse(
            f"回退须在接件后 {policy.returns.within_h:g} 个工作小时内提出",
            f"a return is asked for within {policy.returns.within_h:g} work hours",
        )
    ask = Ask(AskKind.RETURN, command.by.id, charge.area, now, note=note)
    return [_asked(case, command, ask, now, policy)]


def extend(
    case: Case, command: c.Extend, known: Known, now: datetime, policy: Policy
) -> list[Asked]:
    """More time is asked for before it is due, with a reason, and twice at most."""
    note = need_note(command, "延期理由", "why more time is needed")
    due = case.deadline(Stage.RESOLVE)
    if due is None or due.missed or due.due <= now:
        refuse("延期须在到期前申请", "more time is asked for before it is due")
    if case.tally.extensions >= _EXTENSIONS:
        refuse("已延期两次", "it was extended twice already")
    latest = due.due + timedelta(days=policy.pause_days)
    if not due.due < command.until <= latest:
        refuse(
            f"新期限须晚于 {due.due.isoformat()}，不晚于 {latest.isoformat()}",
            f"the new due must lie after {due.due.isoformat()}, not after {latest.isoformat()}",
        )
    steps = case.tally.extensions + 1
    area = charges.upward(case.charge.level, case.place.path, policy, known.skipped, steps)
    ask = Ask(AskKind.EXTENSION, command.by.id, area, now, until=command.until, note=note)
    return [_asked(case, command, ask, now, policy)]


def pause(
    case: Case, command: c.AskPause, known: Known, now: datetime, policy: Policy
) -> list[Asked]:
    """A stop of the clocks, with reason, owner and plan, until a review date."""
    return [_asked_to_stop(case, command, AskKind.PAUSE, known, now, policy)]


def long_term(
    case: Case, command: c.LongTerm, known: Known, now: datetime, policy: Policy
) -> list[Asked]:
    """The same, as an entry of the long-term list, which is counted by itself."""
    return [_asked_to_stop(case, command, AskKind.LONG_TERM, known, now, policy)]


def _asked_to_stop(
    case: Case, command: Any, kind: AskKind, known: Known, now: datetime, policy: Policy
) -> Asked:
    note = need_note(command, "原因、责任人和计划", "reason, owner and plan")
    until: datetime = command.until
    latest = now + timedelta(days=policy.pause_days)
    if not now < until <= latest:
        refuse(
            f"复核日期须在 {policy.pause_days} 天之内",
            f"the review date must lie within {policy.pause_days} days",
        )
    area = charges.upward(case.charge.level, case.place.path, policy, known.skipped)
    return _asked(case, command, Ask(kind, command.by.id, area, now, until, note), now, policy)


def _asked(case: Case, command: Any, ask: Ask, now: datetime, policy: Policy) -> Asked:
    one_at_a_time(case, ask)
    return Asked(
        asks=(*case.aside.asks, ask),
        deadlines=deadlines.adding(
            Stage.ANSWER, case, case.charge.level, now, policy, ask.kind.value
        ),
        kind=ask.kind,
        done_at=command.done_at,
    )


def answer(case: Case, command: c.Answer, known: Known, now: datetime, policy: Policy) -> list[Any]:
    """Grant or refuse; who may is fixed when it is asked."""
    ask = next(
        (
            ask
            for ask in case.aside.asks
            if ask.kind is command.ask and command.stage in (None, ask.stage)
        ),
        None,
    )
    if ask is None:
        refuse("没有这样的待答复申请", f"no request for {command.ask.value} waits for an answer")
    if not answers(command.by, ask):
        refuse_role(
            f"此申请由 {ask.area} 或督查人员答复",
            f"this request is answered at {ask.area}, an appeal by a supervisor, "
            "never by who asked",
        )
    if not command.granted:
        return [_refused(case, ask, command, now)]
    match ask.kind:
        case AskKind.RETURN:
            return _returned(case, ask, command, known, now, policy)
        case AskKind.EXTENSION:
            return [_extended(case, ask, command, now, policy)]
        case AskKind.PAUSE | AskKind.LONG_TERM:
            return [_paused(case, ask, command, now)]
        case AskKind.APPEAL:
            return [_exempted(case, ask, command, policy)]


def _exempted(case: Case, ask: Ask, command: c.Answer, policy: Policy) -> Exempted:
    late = lights.short_enough(case, ask, policy)
    asks, running = _rest(case, ask)
    return Exempted(
        asks=asks,
        deadlines=running,
        lates=lights.changed(case, late, state=LateState.EXEMPT),
        stage=late.stage,
        due=late.due,
        note=command.note,
    )


def _rest(case: Case, ask: Ask) -> tuple[tuple[Ask, ...], tuple[Deadline, ...]]:
    """The other requests, and the deadlines without the one for this answer."""
    asks = tuple(other for other in case.aside.asks if other is not ask)
    return asks, deadlines.without(case, Stage.ANSWER, who=ask.kind.value)


def _refused(case: Case, ask: Ask, command: c.Answer, now: datetime) -> Refused:
    note = need_note(command, "不批准的理由", "why it is not granted")
    asks, running = _rest(case, ask)
    lates = lights.stands(case, ask, now) if ask.kind is AskKind.APPEAL else None
    return Refused(asks, running, ask.kind, note, lates)


def _returned(
    case: Case, ask: Ask, command: c.Answer, known: Known, now: datetime, policy: Policy
) -> list[Any]:
    """The level in charge has it again; the clock of the resolution runs on.

    After as many returns as the policy bears, the level above has to rule.
    """
    asks, rest = _rest(case, ask)
    unit = charges.unit_of(case.charge.level, case.charge.area)
    charge = charges.given(case.charge, unit, now)
    kept = deadlines.without_moot(
        tuple(d for d in rest if d.stage in deadlines.ALWAYS or d.stage is Stage.RESOLVE or d.who)
    )
    back = replace(case, charge=charge, deadlines=kept, status=Status.OPEN)
    running = deadlines.adding(Stage.ASSIGN, back, charge.level, now, policy, "")
    # It was not this unit's matter: what turned red while the answer was awaited is not its blame.
    excused = _excused(case, ask, HANDLERS_STAGES)
    returned = Returned(charge, asks, running, command.note, excused)
    if case.tally.returns + 1 < policy.returns.most:
        return [returned]
    back = replace(back, deadlines=running)
    up = rising.up(back, known, policy)
    if up is None:
        return [returned]
    count = str(case.tally.returns + 1)
    why = Because(
        "returned_twice", (("returns", f">={policy.returns.most}", count),), policy.version
    )
    return [returned, rising.lift(back, up, why, known, now, policy)]


def _extended(case: Case, ask: Ask, command: c.Answer, now: datetime, policy: Policy) -> Extended:
    """The old due is kept in the event. Who asked in time is not late for want of an answer."""
    assert ask.until is not None, "an extension names its due"
    if ask.until <= now:
        refuse("申请的期限已过", "the date that was asked for has passed")
    old = case.deadline(Stage.PROMISE)
    assert old is not None, "an open case has its promise"
    asks, rest = _rest(case, ask)
    running, promise = deadlines.extended(replace(case, deadlines=rest), ask.until, now, policy)
    excused = _excused(case, ask, (Stage.RESOLVE,))
    return Extended(
        asks=asks,
        deadlines=running,
        was=old.due,
        promise=promise.due,
        note=command.note,
        lates=excused,
    )


def _excused(case: Case, ask: Ask, stages: tuple[Stage, ...]) -> tuple[Late, ...] | None:
    """The late marks without those of the handler that came while its request waited."""
    excused = tuple(
        replace(late, state=LateState.EXCUSED)
        if late.stage in stages
        and not late.who
        and late.state is LateState.STANDING
        and ask.at < late.due
        else late
        for late in case.aside.lates
    )
    return excused if excused != case.aside.lates else None


def _paused(case: Case, ask: Ask, command: c.Answer, now: datetime) -> Paused:
    assert ask.until is not None, "a pause names its review date"
    if ask.until <= now:
        refuse("复核日期已过", "the review date has passed")
    if case.aside.pause is not None:
        refuse("已在暂停计时", "its clocks stand already")
    if not case.status.live:
        refuse("案件已结束", "the case is over")
    asks, running = _rest(case, ask)
    stop = Pause(ask.kind, now, ask.until, ask.note)
    return Paused(asks, running, stop, command.note)


def resume(
    case: Case, command: c.Resume, _known: Known, now: datetime, policy: Policy
) -> list[Resumed]:
    """The clocks run again before the review date."""
    return [resumed(case, now, policy, "asked", command.note)]


def resumed(
    case: Case, now: datetime, policy: Policy, cause: str, note: str | None = None
) -> Resumed:
    """Every clock gets back the time that it stood, on its own terms."""
    stop = case.aside.pause
    assert stop is not None, "only what stands can run again"
    moved = tuple(
        d if d.missed else limits.moved(d, max(stop.since, d.since), now, policy.calendar)
        for d in case.deadlines
    )
    old, new = case.deadline(Stage.PROMISE), _promise_of(moved)
    if old is not None and new is not None and old.due > stop.since:
        # Clocks of different kinds get back different times; none gets past the promise by it.
        moved = deadlines.promised_by(moved, new.due, stop.since)
    return Resumed(deadlines=moved, cause=cause, note=note)


def _promise_of(running: tuple[Deadline, ...]) -> Deadline | None:
    return next((d for d in running if d.stage is Stage.PROMISE), None)
