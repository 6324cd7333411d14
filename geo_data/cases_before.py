"""Lists of cases as they were at an instant: columns as they were kept, states folded anew."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from geo_data.cases import CaseRow, Order, asked, listed
from geo_data.queries import load
from geo_data.rights import subtree
from grid.cases.evolve import fold
from grid.cases.wire import decode_event, encode_case

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.cases import CaseFilter, Position
    from geo_data.database import Connection
    from geo_data.rights import RowFilter

_SQL = load("cases")


async def page(
    conn: Connection,
    rights: RowFilter,
    wanted: CaseFilter,
    *,
    area: str,
    at: datetime,
    order: Order = Order.NEWEST,
    after: Position | None = None,
    limit: int = 100,
) -> list[CaseRow]:
    """`cases.page` as it was at an instant: cases that the rights show today, below `area` then."""
    query = listed(_SQL.before, _SQL.seen_before, order)
    low, high = subtree(area)
    params = asked(rights, wanted, at, after, limit) | {"area_low": low, "area_high": high}
    rows = await (await conn.execute(query, params, prepare=False)).fetchall()
    states = await _states(conn, [str(row[0]) for row in rows], at)
    return [CaseRow(str(row[0]), states[str(row[0])], *row[2:]) for row in rows]


async def _states(conn: Connection, ids: Sequence[str], at: datetime) -> dict[str, dict[str, Any]]:
    """The states of cases at an instant, as `cases` would have had them."""
    past: dict[str, list[str]] = {}
    for case_id, body in await (
        await conn.execute(_SQL.past, {"ids": list(ids), "at": at})
    ).fetchall():
        past.setdefault(case_id, []).append(body)

    def folded() -> dict[str, dict[str, Any]]:
        return {
            case_id: json.loads(encode_case(fold(decode_event(body) for body in bodies)))
            for case_id, bodies in past.items()
        }

    return await asyncio.to_thread(folded)
