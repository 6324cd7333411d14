"""Red lights: appeals against them, and the cards that they become.

Lights are computed by the clock (`ticking`); a card is given when the window for an appeal is over
or a supervisor confirms. An appeal names an objective cause; what is exempted or excused stays in
the raw figures.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from grid.cases.case import Ask, AskKind, Late, LateState
from grid.cases.events import Asked, Because, Carded, Supervised
from grid.cases.refusing import need_note, one_at_a_time, refuse
from grid.model import Level, Stage, path_at
from grid.policy import limits

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases import commands as c
    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.policy.policy import Policy


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
    one_at_a_time(case, ask)
    return [
        Asked(
            asks=(*case.aside.asks, ask),
            deadlines=case.deadlines,
            kind=ask.kind,
            done_at=command.done_at,
            lates=changed(case, late, state=LateState.APPEALED, card_at=_later(now, policy)),
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
        lates=changed(case, late, card_at=_later(now, policy)),
    )


def _judge_of(late: Late, case: Case) -> str:
    """Whose supervisor decides: the district's, and the city's where the district was late."""
    high = late.unit.kind in {"district", "city"}
    return path_at(case.place.path, Level.CITY if high else Level.DISTRICT)


def stands(case: Case, ask: Ask, now: datetime) -> tuple[Late, ...]:
    """The lights where the appeal is refused: as before it, with what is left of the window."""
    late = _appealed(case, ask)
    state = LateState.CARD if late.carded else LateState.STANDING
    return changed(case, late, state=state, card_at=max(ask.until or now, now))


def _appealed(case: Case, ask: Ask) -> Late:
    return next(
        late
        for late in case.aside.lates
        if late.stage is ask.stage and late.due == ask.due and late.state is LateState.APPEALED
    )


def short_enough(case: Case, ask: Ask, policy: Policy) -> Late:
    """The light that was appealed against, where little was lost; refused where it was much.

    Less than a day (Jixi 2018), by the clock of who ended the stage.
    """
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
    return late


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
        changed(case, late, state=LateState.CARD, carded=True), late.stage, late.due, cause, note
    )


def changed(case: Case, late: Late, **changes: Any) -> tuple[Late, ...]:
    """The case's lights, one of them changed."""
    changed = replace(late, **changes)
    return tuple(changed if other is late else other for other in case.aside.lates)
