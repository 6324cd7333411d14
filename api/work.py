"""What waits for who asks: grouped by what is to be done, what is due first in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from api import case_page, openapi
from api.access import Parameters, Reader, Wired
from api.case_filters import cursor, read_cursor
from api.problems import invalid_parameter
from geo_data import cases, work
from geo_data.cases import Order
from geo_data.rights import row_filter
from geo_data.work import Todo  # noqa: TC001 - pydantic reads it
from grid.words import TODOS

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.cases import Position
    from geo_data.database import Connection
    from grid.policy.policy import Policy
    from grid.principal import Principal

router = APIRouter(tags=["cases"])


class WorkParameters(Parameters):
    """Which part of the work is wanted."""

    do: Todo | None = Field(None, description="only this; needed for the pages after the first")
    limit: int = Field(50, ge=1, le=200, description="cases of each group")
    after: str | None = Field(None, max_length=200, description="`next` of the page before")


@router.get(
    "/v1/me/work",
    summary="What waits for me",
    responses=openapi.problems(400, 401, 403, 503),
)
async def get_work(
    principal: Reader, wired: Wired, asked: Annotated[WorkParameters, Query()]
) -> dict[str, Any]:
    """What the caller's unit has in hand, and what it has to check, answer or call back about.

    `count` goes to 999; `next` continues one group.
    """
    if asked.after is not None and asked.do is None:
        raise invalid_parameter("after", "goes with do: each group has its own pages")
    after = read_cursor(asked.after, Order.DUE) if asked.after is not None else None
    todos = work.todos_of(principal)
    if asked.do is not None:
        todos = [todo for todo in todos if todo is asked.do]
    async with wired.pool.connection() as conn:
        now = await cases.now(conn)
        policy = wired.policies.known.at(now)
        groups = [
            await _group(conn, principal, todo, policy, now, after, asked.limit) for todo in todos
        ]
    wanted = asked.do is not None
    return {"now": now.isoformat(), "work": [one for one in groups if wanted or one["count"]]}


async def _group(
    conn: Connection,
    principal: Principal,
    todo: Todo,
    policy: Policy,
    now: datetime,
    after: Position | None,
    limit: int,
) -> dict[str, Any]:
    rows = await work.page(conn, principal, todo, policy, at=now, after=after, limit=limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    whole = not more and after is None
    zh, en = TODOS[todo.value]
    masked = row_filter(principal).masked
    return {
        "do": todo.value,
        "zh": zh,
        "en": en,
        "count": len(rows) if whole else await work.count(conn, principal, todo, policy),
        "cases": [
            case_page.listed(row, masked=masked)
            | {"left": case_page.time_left(row.due_at, now) if row.due_at else None}
            for row in rows
        ],
        "next": cursor(Order.DUE, rows[-1]) if more else None,
    }
