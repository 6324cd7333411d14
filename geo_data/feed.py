"""The feed: committed events in one order for everybody, numbered without gaps and chained.

Written by the sequencer alone, read by followers, listeners and the check of the history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from geo_data.queries import load
from grid.cases.wire import chain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from geo_data.database import Connection

_SQL = load("feed")


class FeedEntry(NamedTuple):
    """One event with its place in the feed; fields as in `case_events`, `body` the stored text."""

    number: int
    hash: bytes
    case_id: str
    event: int
    type: str
    at: datetime
    by: str
    path: str
    path_before: str | None
    status: str
    status_before: str | None
    level: str
    level_before: str | None
    body: str


class Head(NamedTuple):
    """Where the feed stands: epoch, last number and its hash; `at` is the database's clock."""

    epoch: int
    number: int
    hash: bytes
    at: datetime


async def head(conn: Connection) -> Head:
    """The feed's head."""
    row = await (await conn.execute(_SQL.head)).fetchone()
    assert row is not None
    return Head(*row)


async def read(conn: Connection, after: int, limit: int) -> list[FeedEntry]:
    """At most `limit` entries with a number above `after`, in order."""
    rows = await conn.execute(_SQL.read, {"after": after, "limit": limit})
    return [FeedEntry(*row) for row in await rows.fetchall()]


async def of_department(
    conn: Connection, department: str, events: Sequence[tuple[str, int]]
) -> set[tuple[str, int]]:
    """Those of these events (case, number) that a department hears.

    That is what happens to cases that it works on now, and that one was taken from it.
    """
    if not events:
        return set()
    asked = {
        "department": department,
        "cases": [case for case, _ in events],
        "events": [number for _, number in events],
    }
    rows = await (await conn.execute(_SQL.of_department, asked)).fetchall()
    return {(row[0], row[1]) for row in rows}


async def number_pending(conn: Connection, limit: int) -> int | None:
    """Give at most `limit` waiting events their numbers; how many. None: another clerk is at it.

    In the running transaction: the lock is its, and everybody is told when it commits.
    """
    row = await (await conn.execute(_SQL.try_lock)).fetchone()
    assert row is not None
    if not row[0]:
        return None
    waiting = await (await conn.execute(_SQL.pending, {"limit": limit})).fetchall()
    if not waiting:
        return 0
    _, number, link, _ = await head(conn)
    rows = []
    for _, case_id, event, body in waiting:
        number += 1
        link = chain(link, number, body)
        rows.append((number, case_id, event, link))
    async with conn.cursor().copy(_SQL.copy_feed) as copy:
        for entry in rows:
            await copy.write_row(entry)
    await conn.execute(_SQL.take_pending, {"ids": [row[0] for row in waiting]})
    await conn.execute(_SQL.move_head, {"number": number, "hash": link})
    await conn.execute(_SQL.announce, {"number": number})
    return len(rows)


async def is_pending(conn: Connection) -> bool:
    """True while events wait for their number."""
    row = await (await conn.execute(_SQL.is_pending)).fetchone()
    assert row is not None
    return bool(row[0])


async def listen(conn: Connection, *, pending: bool = False) -> None:
    """Hear of new numbers (`feed`) and, if asked, of events that wait for one (`pending`).

    `conn` must be in autocommit and used for nothing else that takes long.
    """
    await conn.execute(_SQL.listen_feed)
    if pending:
        await conn.execute(_SQL.listen_pending)


async def notified(conn: Connection, within_s: float) -> bool:
    """Wait for a notification, `within_s` seconds at most. True: there was one."""
    async for _ in conn.notifies(timeout=within_s, stop_after=1):
        return True
    return False


async def heard(conn: Connection) -> AsyncIterator[str]:
    """The channel of each notification, for ever."""
    async for notification in conn.notifies():
        yield notification.channel


async def add_follower(conn: Connection, name: str) -> None:
    """Make sure that the follower has a cursor; a new one begins at the feed's beginning."""
    await conn.execute(_SQL.add_follower, {"name": name})


async def lock_follower(conn: Connection, name: str) -> int | None:
    """The follower's cursor, locked for this transaction; None where another clerk has it."""
    row = await (await conn.execute(_SQL.lock_follower, {"name": name})).fetchone()
    return int(row[0]) if row else None


async def move_follower(conn: Connection, name: str, cursor: int) -> None:
    """Set the cursor, in the transaction of the effect."""
    await conn.execute(_SQL.move_follower, {"name": name, "cursor": cursor})


async def lock_anchor(conn: Connection, name: str) -> bool:
    """True, with its row locked, when this follower has not moved for an hour."""
    await add_follower(conn, name)
    return await (await conn.execute(_SQL.lock_anchor, {"name": name})).fetchone() is not None


async def add_counts(conn: Connection, counts: Mapping[tuple[str, str], int]) -> None:
    """Add to the live counters: (area's path, measure) → by how much."""
    changed = [(area, measure, n) for (area, measure), n in counts.items() if n]
    if changed:
        area, measure, n = (list(column) for column in zip(*changed, strict=True))
        await conn.execute(_SQL.add_counts, {"area": area, "measure": measure, "n": n})
