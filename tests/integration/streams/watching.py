"""The watcher in a test's hands: it follows and looks until nothing is left, without waiting."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from geo_data import feed, ledger
from geo_data.policies import PolicyStore
from streams.followers import one_batch
from streams.surge import SurgeWatcher
from tests.sequencing import number_all

if TYPE_CHECKING:
    from geo_data.database import Pool


async def watch(pool: Pool, batch: int = 500, settle_s: float = 0.0) -> None:
    """Let a watcher go through everything, its own events included.

    With a settle time it looks at what is due now and leaves the rest.
    """
    watcher = SurgeWatcher(PolicyStore(), timedelta(seconds=settle_s))
    watcher.batch = batch
    async with pool.connection() as conn:
        await feed.add_follower(conn, watcher.name)
    while True:
        await number_all(pool.connection)
        if not await one_batch(pool, watcher) and not await _look(pool, watcher):
            return


async def _look(pool: Pool, watcher: SurgeWatcher) -> int:
    """Look as if nothing were under way any more."""
    async with pool.connection() as conn, conn.transaction():
        return await watcher.look(conn, await ledger.clock(conn))


async def replay(pool: Pool) -> None:
    """Let the watcher go over the whole feed again, in small batches."""
    async with pool.connection() as conn:
        await feed.move_follower(conn, SurgeWatcher.name, 0)
    await watch(pool, 7)
