"""Cases whose next deadline has passed: taken by any number of clerks, each case by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data.queries import load

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("ticks")


async def lock_due(conn: Connection, limit: int) -> list[tuple[str, str]]:
    """The cases longest overdue for a tick, locked; what another clerk has is passed over.

    Id and state as it is stored: one that cannot be read must not keep the others.
    """
    rows = await (await conn.execute(_SQL.due, {"limit": limit})).fetchall()
    return [(row[0], row[1]) for row in rows]


async def next_due_s(conn: Connection) -> float | None:
    """Seconds until the next tick is due (below zero: overdue); None where nothing waits."""
    row = await (await conn.execute(_SQL.next_due)).fetchone()
    return float(row[0].total_seconds()) if row and row[0] is not None else None


async def put_off(conn: Connection, case_id: str) -> None:
    """A tick failed: count it, and try again in 30 s, doubled each time up to an hour."""
    await conn.execute(_SQL.put_off, {"id": case_id})
