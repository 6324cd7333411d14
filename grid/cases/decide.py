"""`decide(case, command, known, now, policy) -> events`: the one door of the domain.

No clock, no I/O, no random: `now`, new ids and whatever was read elsewhere come in as arguments.
It answers with events or raises `Rejected`. What may follow what is in `grid.cases.transitions`;
each command's own rules are in the function that `_RULES` names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid.cases import (
    asking,
    assigning,
    checking,
    ending,
    filing,
    lights,
    rezoning,
    telling,
    ticking,
    working,
)
from grid.cases import commands as c
from grid.cases.events import Event
from grid.cases.evolve import evolve
from grid.cases.transitions import BY_COMMAND, fits, may
from grid.errors import Refusal, Rejected
from grid.principal import CLOCK

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.cases.transitions import Transition
    from grid.policy.policy import Policy

_RULES: dict[type[c.Command], Callable[..., list[Any]]] = {
    c.File: filing.file,
    c.Gather: filing.gather,
    c.Admit: filing.admit,
    c.Decline: ending.decline,
    c.Relocate: ending.relocate,
    c.Recategorise: ending.recategorise,
    c.Rezone: rezoning.rezone,
    c.Dispatch: assigning.dispatch,
    c.Delegate: assigning.delegate,
    c.Accept: working.accept,
    c.TakeOver: assigning.take_over,
    c.HandOver: working.hand_over,
    c.Whistle: assigning.whistle,
    c.ReportIn: working.report_in,
    c.SetDate: assigning.set_date,
    c.Return: asking.give_back,
    c.Rule: assigning.rule,
    c.Escalate: assigning.escalate,
    c.Recur: assigning.recur,
    c.Settle: working.settle,
    c.Contact: working.contact,
    c.Propose: working.propose,
    c.Handle: working.handle,
    c.Review: checking.review,
    c.Verify: checking.verify,
    c.CallBack: checking.call_back,
    c.Extend: asking.extend,
    c.AskPause: asking.pause,
    c.LongTerm: asking.long_term,
    c.Appeal: lights.appeal,
    c.Answer: asking.answer,
    c.Resume: asking.resume,
    c.Supervise: telling.supervise,
    c.FeedBack: telling.feed_back,
    c.Card: lights.card,
    c.Withdraw: ending.withdraw,
    c.Void: ending.void,
    c.Reopen: ending.reopen,
    c.Merge: ending.merge,
    c.Unmerge: ending.unmerge,
    c.Join: ending.join,
    c.Leave: ending.leave,
    c.Comment: telling.comment,
    c.Attach: telling.attach,
    c.Inform: telling.inform,
    c.Tick: ticking.tick,
}

#: A case that was left alone for a year has fewer misses than this to be dealt with.
_MOST_MISSES = 100


def decide(
    case: Case | None, command: c.Command, known: Known, now: datetime, policy: Policy
) -> list[Event]:
    """The events that the command makes of the case at `now` under the policy.

    `case` is None for `File` and `Gather` and for nothing else. What the clock had to do by `now`
    comes first, so that a history does not depend on how punctual the clock was. Raises Rejected:
    first for the role, then for the state, then for a version that is stale in what matters, then
    for a rule.
    """
    return apply(case, command, known, now, policy)[0]


def apply(
    case: Case | None, command: c.Command, known: Known, now: datetime, policy: Policy
) -> tuple[list[Event], list[Case]]:
    """`decide`, and the case after each of its events."""
    row = BY_COMMAND[type(command)]
    events: list[Event] = []
    steps: list[Case] = []
    if case is not None and row.command is not c.Tick:
        due = case.next_tick
        if due is not None and due <= now:
            events, steps = _catch_up(case, known, now, policy)
            case = steps[-1]
    _admit(case, command, row, known)
    made = _RULES[row.command](case, command, known, now, policy)
    by = command.by.id
    for what in made:
        number = case.tally.version + 1 if case is not None else 1
        case_id = case.id if case is not None else known.case_id
        event = Event(case_id, number, now, by, what)
        case = evolve(case, event)
        events.append(event)
        steps.append(case)
    return events, steps


def _catch_up(
    case: Case, known: Known, now: datetime, policy: Policy
) -> tuple[list[Event], list[Case]]:
    """What the clock had to do by now."""
    events: list[Event] = []
    steps: list[Case] = []
    for _ in range(_MOST_MISSES):
        due = case.next_tick
        if due is None or due > now:
            return events, steps
        more, after = apply(case, c.Tick(by=CLOCK), known, now, policy)
        events += more
        steps += after
        case = after[-1]
    raise AssertionError(f"{case.id} has no end of deadlines that have passed at {now}")


def _admit(case: Case | None, command: c.Command, row: Transition, known: Known) -> None:
    """Role, state and version, in this order. Raises Rejected."""
    if not may(command.by, row, case, known):
        raise Rejected(
            Refusal.ROLE,
            f"{command.by.role.value}（{command.by.area or '/'}）无权执行：{row.name}",
            f"role {command.by.role.value} over {command.by.area or '/'} may not {row.name} here",
        )
    if case is None:
        if None in row.source:
            return
        raise Rejected(Refusal.STATE, "案件尚未立案", f"a case that is not filed cannot {row.name}")
    if not fits(row, case):
        stands = case.status in row.source
        state = "paused" if stands and case.aside.pause is not None else case.status.value
        raise Rejected(
            Refusal.STATE,
            f"案件当前为 {state}，不能执行：{row.name}",
            f"a case that is {state} cannot: {row.name}",
        )
    if command.version is not None and command.version < case.tally.relevant:
        raise Rejected(
            Refusal.VERSION,
            "案件在您查看之后已有变动，请刷新后再试",
            f"it has changed since version {command.version}: now {case.tally.version}",
        )
