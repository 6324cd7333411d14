"""`decide(case, command, known, now, policy) -> events`: the one door of the domain.

No clock, no I/O, no random: `now`, new ids and whatever was read elsewhere come in as arguments.
It answers with events or raises `Rejected`. What may follow what is in `grid.cases.transitions`;
each command's own rules are in the function that `_RULES` names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from grid.cases import commands as c
from grid.cases import filing, ticking, working
from grid.cases.events import Event
from grid.cases.evolve import evolve
from grid.cases.transitions import BY_COMMAND, may
from grid.errors import Refusal, Rejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from grid.cases.known import Known
    from grid.model import Case
    from grid.policy.policy import Policy

_RULES: dict[type[c.Command], Callable[..., list[Any]]] = {
    c.File: filing.file,
    c.Gather: filing.gather,
    c.Settle: working.settle,
    c.Accept: working.accept,
    c.TakeOver: working.take_over,
    c.Handle: working.handle,
    c.Verify: working.verify,
    c.Escalate: working.escalate,
    c.Merge: working.merge,
    c.Join: working.join,
    c.Tick: ticking.tick,
}


def decide(
    case: Case | None, command: c.Command, known: Known, now: datetime, policy: Policy
) -> list[Event]:
    """The events that the command makes of the case at `now` under the policy.

    `case` is None for `File` and `Gather` and for nothing else. Raises Rejected: first for the
    role, then for the state, then for a version that is stale in what matters, then for a rule.
    """
    row = BY_COMMAND[type(command)]
    if not may(command.by, row, case):
        raise Rejected(
            Refusal.ROLE,
            f"{command.by.role.value}（{command.by.area or '/'}）无权执行：{row.name}",
            f"role {command.by.role.value} over {command.by.area or '/'} may not {row.name} here",
        )
    status = case.status if case is not None else None
    if status not in row.source:
        raise Rejected(
            Refusal.STATE,
            f"案件当前为 {status or '未立案'}，不能执行：{row.name}",
            f"a case that is {status or 'not filed'} cannot be: {row.name}",
        )
    if case is not None and command.version is not None and command.version < case.tally.relevant:
        raise Rejected(
            Refusal.VERSION,
            "案件在您查看之后已有变动，请刷新后再试",
            f"it has changed since version {command.version}: now {case.tally.version}",
        )
    number = case.tally.version if case is not None else 0
    case_id = case.id if case is not None else known.case_id
    return [
        Event(case=case_id, number=number + i, at=now, by=command.by.id, what=what)
        for i, what in enumerate(_RULES[type(command)](case, command, known, now, policy), 1)
    ]


def apply(
    case: Case | None, command: c.Command, known: Known, now: datetime, policy: Policy
) -> tuple[list[Event], list[Case]]:
    """`decide`, and the case after each of its events."""
    events = decide(case, command, known, now, policy)
    steps: list[Case] = []
    for event in events:
        case = evolve(case, event)
        steps.append(case)
    return events, steps
