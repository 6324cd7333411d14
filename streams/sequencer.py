"""The sequencer: gives committed events their number in the feed, one clerk at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data import feed
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    import asyncio

    from geo_data.database import Pool
    from streams.wake import Bell

#: Events numbered in one transaction.
BATCH = 2000
#: How soon a clerk looks again: nothing was waiting, or another clerk is numbering.
IDLE_S = 0.2
OTHER_S = 0.25


async def sequence(pool: Pool, bell: Bell, stop: asyncio.Event) -> None:
    """Number what waits, until `stop`.

    The lock belongs to the transaction: when a clerk dies its connection does too, and the next
    look of any other finds the lock free.
    """
    backoff = Backoff(limit_s=None)

    async def step() -> int | None:
        async with pool.connection() as conn, conn.transaction():
            return await feed.number_pending(conn, BATCH)

    while not stop.is_set():
        numbered = await persist(step, backoff, stop, "sequencer")
        if numbered is None:
            await bell.sleep(OTHER_S)
        elif numbered == 0:
            await bell.wait(IDLE_S)
