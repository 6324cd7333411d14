"""Standing by the feed: being told when it moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data.queries import load

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("feed_watch")


async def listen(conn: Connection) -> None:
    """Be told from now on; the connection must be one outside a pool, in autocommit."""
    await conn.execute(_SQL.listen)


async def notified(conn: Connection, within_s: float) -> bool:
    """Wait for the feed to move, `within_s` seconds at most. True: it did."""
    async for _ in conn.notifies(timeout=within_s, stop_after=1):
        return True
    return False
