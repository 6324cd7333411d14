"""What is asked for and answered: return, extension, pause, long-term list, appeal; and cards.

Clocks run on while a request waits, and whoever has to answer has a clock of its own. Nobody grants
his own request.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from grid.cases import charges, deadlines, rising
from grid.cases.case import Ask, AskKind, Late, LateState, Pause
from grid.cases.events import (
    Asked,
    Because,
    Carded,
    Exempted,
    Extended,
    Paused,
    Refused,
    Resumed,
    Returned,
    Supervised,
)
from grid.cases.refusing import need_note, refuse, refuse_role
from grid.cases.standing import answers
from grid.model import Level, Stage, Status, Unit, level_of, path_at
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


def appeal(
    case: Case, command: c.Appeal, _known: Known, now: datetime, policy: Policy
) -> list[Asked]:
    """An objective cause for a red light, named within the window, by who held the stage."""
    note = need_note(command, "客观原因的说明", "what happened")
    if command.cause not in policy.appeal.causes:
        names = ", ".join(policy.appeal.causes)
        refuse(f"客观原因只能是：{names}", f"the objective cause is one of {names}")
    mine = [
        late
        for late in case.aside.lates
        if late.stage is command.stage
        and late.state in (LateState.STANDING, LateState.CARD)
        and command.by.acts_for(late.unit)
    ]
    if not mine:
        refuse("本单位在此环节没有红灯", "your unit has no red light at this stage")
    late = next((late for late in mine if now < late.card_at), None)
    if late is None:
        refuse("申诉期已过", "the window for an appeal is over")
    ask = Ask(
        AskKind.APPEAL,
        command.by.id,
        _judge_of(late, case),
        now,
        until=late.card_at,
        note=note,
        stage=late.stage,
        due=late.due,
        cause=command.cause,
    )
    _one_at_a_time(case, ask)
    return [
        Asked(
            asks=(*case.aside.asks, ask),
            deadlines=case.deadlines,
            kind=ask.kind,
            done_at=command.done_at,
            lates=_changed(case, late, state=LateState.APPEALED, card_at=_later(now, policy)),
        )
    ]


def _later(now: datetime, policy: Policy) -> datetime:
    """When an appeal should have been answered: as long as there was to make it."""
    window = limits.Limit(policy.appeal.window_days, limits.Clock.WORK_DAY)
    return limits.due(now, window, policy.calendar)


def unanswered(case: Case, late: Late, now: datetime, policy: Policy) -> Supervised:
    """An appeal that nobody answered: supervision of who has to, again and again."""
    why = Because("answer_missed", (("due", "<=", late.card_at.isoformat()),), policy.version)
    return Supervised(
        kind="internal",
        grade=1,
        cause=why.rule,
        deadlines=case.deadlines,
        why=why,
        stage=Stage.ANSWER,
        due=late.card_at,
        lates=_changed(case, late, card_at=_later(now, policy)),
    )


def _judge_of(late: Late, case: Case) -> str:
    """Whose supervisor decides: the district's, and the city's where the district was late."""
    high = late.unit.kind in {"district", "city"}
    return path_at(case.place.path, Level.CITY if high else Level.DISTRICT)


def _asked(case: Case, command: Any, ask: Ask, now: datetime, policy: Policy) -> Asked:
    _one_at_a_time(case, ask)
    return Asked(
        asks=(*case.aside.asks, ask),
        deadlines=deadlines.adding(
            Stage.ANSWER, case, case.charge.level, now, policy, ask.kind.value
        ),
        kind=ask.kind,
        done_at=command.done_at,
    )


def _one_at_a_time(case: Case, ask: Ask) -> None:
    same = (ask.kind, ask.stage, ask.due)
    if any((other.kind, other.stage, other.due) == same for other in case.aside.asks):
        refuse("同一申请正在等待答复", "the same request waits for its answer already")


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


def _rest(case: Case, ask: Ask) -> tuple[tuple[Ask, ...], tuple[Deadline, ...]]:
    """The other requests, and the deadlines without the one for this answer."""
    asks = tuple(other for other in case.aside.asks if other is not ask)
    return asks, deadlines.without(case, Stage.ANSWER, who=ask.kind.value)


def _refused(case: Case, ask: Ask, command: c.Answer, now: datetime) -> Refused:
    note = need_note(command, "不批准的理由", "why it is not granted")
    asks, running = _rest(case, ask)
    lates = None
    if ask.kind is AskKind.APPEAL:
        late = _appealed(case, ask)
        state = LateState.CARD if late.carded else LateState.STANDING
        # What is left of the window is left: another cause may be named.
        lates = _changed(case, late, state=state, card_at=max(ask.until or now, now))
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
    excused = _excused(case, ask, deadlines.HANDLERS)
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
    excused = _excused(case, ask, frozenset({Stage.RESOLVE}))
    return Extended(
        asks=asks,
        deadlines=running,
        was=old.due,
        promise=promise.due,
        note=command.note,
        lates=excused,
    )


def _excused(case: Case, ask: Ask, stages: frozenset[Stage]) -> tuple[Late, ...] | None:
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


def _appealed(case: Case, ask: Ask) -> Late:
    return next(
        late
        for late in case.aside.lates
        if late.stage is ask.stage and late.due == ask.due and late.state is LateState.APPEALED
    )


def _exempted(case: Case, ask: Ask, command: c.Answer, policy: Policy) -> Exempted:
    """Only where less than a day was lost (Jixi 2018), by the clock of who ended the stage."""
    late = _appealed(case, ask)
    if late.ended is None:
        refuse(
            "该环节尚未结束，无法认定超期时长",
            "the stage has not ended: nobody can say how much was lost",
        )
    lost = late.ended - late.due
    most = timedelta(hours=policy.appeal.lost_h)
    if lost >= most:
        refuse(
            f"超期 {policy.appeal.lost_h:g} 小时以上不能免责",
            f"{policy.appeal.lost_h:g} hours or more were lost: it cannot be exempted",
        )
    asks, running = _rest(case, ask)
    return Exempted(
        asks=asks,
        deadlines=running,
        lates=_changed(case, late, state=LateState.EXEMPT),
        stage=late.stage,
        due=late.due,
        note=command.note,
    )


def card(
    case: Case, command: c.Card, _known: Known, _now: datetime, _policy: Policy
) -> list[Carded]:
    """A supervisor confirms a red light: the card is given now."""
    of_stage = [late for late in case.aside.lates if late.stage is command.stage]
    if any(late.state is LateState.APPEALED for late in of_stage):
        refuse("申诉尚未答复", "an appeal against it waits for its answer")
    standing = [late for late in of_stage if late.state is LateState.STANDING]
    if not standing:
        refuse("此环节没有红灯", "there is no red light at this stage")
    return [carded(case, standing[0], "confirmed", command.note)]


def carded(case: Case, late: Late, cause: str, note: str | None) -> Carded:
    """The event of a card."""
    return Carded(
        _changed(case, late, state=LateState.CARD, carded=True), late.stage, late.due, cause, note
    )


def _changed(case: Case, late: Late, **changes: Any) -> tuple[Late, ...]:
    changed = replace(late, **changes)
    return tuple(changed if other is late else other for other in case.aside.lates)
