"""Histories put into a database as they would have got there, numbered in the order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data import feed, ledger
from geo_data.ledger import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.database import Connection
    from tests.lives import Life

_AT_ONCE = 2000


async def store(conn: Connection, lives: Sequence[Life]) -> int:
    """Write the events and let the feed number them; how many. Cases themselves are not stored."""
    rows = [
        (event, before, after)
        for life in lives
        for event, before, after in zip(
            life.events, [None, *life.steps[:-1]], life.steps, strict=True
        )
    ]
    rows.sort(key=lambda row: row[0].at)
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        async with conn.transaction():
            async with conn.cursor().copy(ledger._SQL.copy_events) as copy:
                for event, before, after in part:
                    for row in ledger._event_rows(Change(before, [event], [after])):
                        await copy.write_row(row)
            async with conn.cursor().copy(ledger._SQL.copy_pending) as copy:
                for event, _, _ in part:
                    await copy.write_row((event.case, event.number))
    while True:
        async with conn.transaction():
            if not await feed.number_pending(conn, 5000):
                return len(rows)
