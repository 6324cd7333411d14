"""The weekly ledger (台账): what came in, what is due, what was cleared."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api import openapi
from api.access import Parameters, Reader, Wired
from api.area_names import layout_in_force
from api.indicators import CSV, narrowed_by
from api.periods import named
from geo_data import cases
from geo_data import figures as stored
from geo_data.ledger_lists import ledger, ledger_sheet
from grid.figures import periods

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.ledger_lists import Entry, Ledger

router = APIRouter(tags=["figures"])

_MOST = 5000


class LedgerParameters(Parameters):
    """Which week, of whom."""

    week: str | None = Field(None, max_length=10, description="`2026-W47`; by default this one")
    area: str | None = Field(None, max_length=20, description="code of an area; else the key's own")
    department: str | None = Field(None, max_length=40, description="only of this department")
    format: Literal["json", "csv"] = "json"
    limit: int = Field(1000, ge=1, le=_MOST, description="of each list")


@router.get(
    "/v1/ledger",
    summary="The week's lists: came in, due, cleared",
    responses=openapi.problems(400, 401, 403, 404, 503),
    response_model=None,
)
async def get_ledger(
    principal: Reader, wired: Wired, asked: Annotated[LedgerParameters, Query()]
) -> dict[str, Any] | Response:
    """Cases that came in within the week, that were due in it or before, and that were closed.

    `counts` counts what is listed, by area of the next level below and by department ("" is none).
    """
    async with wired.pool.connection() as conn:
        await stored.plain_plans(conn)
        now = await cases.now(conn)
        week = asked.week or periods.this_week(now)
        begins, ends = named("week", week, periods.week)
        part = await narrowed_by(conn, principal, asked.area, asked.department)
        made = await ledger(
            conn,
            await layout_in_force(conn),
            part,
            begins,
            ends,
            department=part.department or asked.department,
            limit=asked.limit,
            policy=wired.policy,
        )
    if asked.format == "csv":
        return Response(ledger_sheet(made).encode(), media_type=CSV)
    return _page(made, week, now, part.area or "")


def _page(made: Ledger, week: str, now: datetime, area: str) -> dict[str, Any]:
    return {
        "week": week,
        "from": made.begins.isoformat(),
        "to": made.ends.isoformat(),
        "now": now.isoformat(),
        "area": area.rstrip("/").rpartition("/")[2],
        **{name: [_entry(entry, now) for entry in rows] for name, rows in made.lists.items()},
        "counts": {name: _counts(rows, area) for name, rows in made.lists.items()},
        "more": list(made.more),
    }


def _entry(entry: Entry, now: datetime) -> dict[str, Any]:
    case = entry.case
    due = case.promise_due
    return {
        "id": case.case_id,
        "number": case.number,
        "status": case.status,
        "size": case.size,
        "category": case.category,
        "category_zh": entry.category,
        "source": case.source,
        "path": case.path,
        "place": entry.place,
        "level": case.level,
        "department": case.department or None,
        "handler": entry.handler,
        "received_at": case.received_at.isoformat(),
        "due_at": due.isoformat() if due else None,
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        "overdue": due is not None and (case.closed_at or now) > due,
    }


def _counts(rows: tuple[Entry, ...], area: str) -> dict[str, Any]:
    depth = area.count("/")
    below = Counter(entry.case.path.split("/")[depth] for entry in rows)
    return {
        "all": len(rows),
        "by_area": dict(sorted(below.items())),
        "by_department": dict(sorted(Counter(entry.case.department for entry in rows).items())),
    }
