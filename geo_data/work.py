"""What waits for somebody: one list for each thing that is to be done, what is due first in front.

Everything is found by index and bounded by what the principal's own unit has, so that it stays fast
in a city with hundreds of thousands of cases.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from geo_data.cases import CaseRow
from geo_data.queries import load
from geo_data.rights import subtree
from grid.cases.charges import unit_of
from grid.model import Level, level_of, path_at
from grid.principal import Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import LiteralString

    from geo_data.cases import Position
    from geo_data.database import Connection
    from grid.policy.policy import Policy
    from grid.principal import Principal

_SQL = load("work")

#: A count goes no further.
MOST = 999


class Todo(StrEnum):
    """What is to be done, in the order in which it is shown."""

    TELL = "tell"  # an emergency upward
    ANSWER = "answer"  # a request
    ASSIGN = "assign"  # a late case that rose to here
    FEED_BACK = "feed_back"
    CHECK = "check"  # before filing
    ACCEPT = "accept"
    PART = "part"  # of a department that assists
    WORK = "work"
    REVIEW = "review"
    VERIFY = "verify"
    CALL_BACK = "call_back"


_WORKERS = frozenset({Role.WORKER, Role.STAFF, Role.OPERATOR, Role.ADMIN})
_OFFICE = frozenset({Role.STAFF, Role.OPERATOR, Role.ADMIN})
_ABOVE = _OFFICE | {Role.SUPERVISOR}
_ROLES: dict[Todo, frozenset[Role]] = {
    Todo.TELL: _WORKERS | {Role.SUPERVISOR, Role.HOTLINE},
    Todo.ANSWER: _ABOVE,
    Todo.ASSIGN: _OFFICE,
    Todo.FEED_BACK: _WORKERS,
    Todo.CHECK: _WORKERS,
    Todo.ACCEPT: _WORKERS,
    Todo.PART: _WORKERS,
    Todo.WORK: _WORKERS,
    Todo.REVIEW: _ABOVE,
    Todo.VERIFY: _WORKERS,
    Todo.CALL_BACK: frozenset({Role.HOTLINE, Role.ADMIN}),
}
#: For a department's own people; all others are for those who stand for an area.
_OF_DEPARTMENTS = frozenset({Todo.FEED_BACK, Todo.ACCEPT, Todo.PART, Todo.WORK})
_OF_UNITS = frozenset({Todo.FEED_BACK, Todo.CHECK, Todo.ACCEPT, Todo.WORK})


def todos_of(principal: Principal) -> list[Todo]:
    """What can wait for this principal at all."""
    return [
        todo
        for todo in Todo
        if principal.role in _ROLES[todo]
        and (todo in _OF_DEPARTMENTS if principal.department else todo is not Todo.PART)
    ]


async def page(
    conn: Connection,
    principal: Principal,
    todo: Todo,
    policy: Policy,
    *,
    at: datetime,
    after: Position | None,
    limit: int,
) -> list[CaseRow]:
    """At most `limit` cases on which this waits for the principal; lights as of `at`."""
    params = _params(principal, policy) | {
        "now": at,
        "after_id": after.id if after else None,
        "after_due": after.due if after else None,
        "limit": limit,
    }
    query = f"{_SQL.chosen}\n{_where(todo)}\n{_SQL.page}"
    rows = await (await conn.execute(query, params, prepare=False)).fetchall()
    return [CaseRow(str(row[0]), json.loads(row[1]), *row[2:]) for row in rows]


async def count(conn: Connection, principal: Principal, todo: Todo, policy: Policy) -> int:
    """On how many cases this waits for the principal; `MOST` is that many or more."""
    query = f"{_SQL.counted}\n{_where(todo)}\n{_SQL.count_end}"
    params = _params(principal, policy) | {"most": MOST}
    row = await (await conn.execute(query, params, prepare=False)).fetchone()
    assert row is not None
    return int(row[0])


def _where(todo: Todo) -> LiteralString:
    parts: list[LiteralString] = [] if todo is Todo.ANSWER else [_SQL.live]
    if todo in _OF_UNITS:
        parts.append(_SQL.unit)
    parts.append(getattr(_SQL, todo.value))
    return "\n".join(parts)


def _params(principal: Principal, policy: Policy) -> dict[str, Any]:
    area = principal.area
    level = level_of(area)
    low, high = subtree(area)
    unit_low, unit_high = _unit(principal, level)
    chain: Sequence[Level] = policy.chain
    rounds = [step for step in policy.callback.levels if step.rank <= level.rank]
    everything = len(rounds) == len(policy.callback.levels)
    return {
        "me": principal.id,
        "own": principal.department,
        "mine": area,
        "low": low,
        "high": high,
        "unit_low": unit_low,
        "unit_high": unit_high,
        "level": level.value,
        "step": chain.index(level) if level in chain else -1,
        "rounds": 1_000_000 if everything else len(rounds) - 1,
        "supervises": principal.role in (Role.SUPERVISOR, Role.ADMIN),
    }


def _unit(principal: Principal, level: Level) -> tuple[str, str]:
    """The paths of the units whose work is this principal's.

    A worker's are all teams in its area, a department's work for districts; everybody else's is
    the unit of the area itself, and not what is below it.
    """
    if principal.role is Role.WORKER and not principal.department:
        return subtree(principal.area)
    area = principal.area
    if principal.department:
        if level is Level.CITY:
            return subtree(area)
        area = path_at(area, Level.DISTRICT)
    return area, unit_of(level_of(area), area).area + "!"
