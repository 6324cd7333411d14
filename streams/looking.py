"""Lets the surge watcher look, again and again: one clerk at a time, whoever is there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from geo_data.intake import content_at_fault
from streams.followers import STUCK_S
from streams.retry import Backoff, persist
from streams.surge import LOOKED_AT_ONCE

if TYPE_CHECKING:
    import asyncio

    from geo_data.database import Pool
    from streams.surge import SurgeWatcher
    from streams.wake import Bell
    from streams.waterline import Waterline

log = logging.getLogger(__name__)

#: How often it looks whether there is something to look at.
EVERY_S = 1.0


async def keep_looking(
    pool: Pool, watcher: SurgeWatcher, waterline: Waterline, bell: Bell, stop: asyncio.Event
) -> None:
    """Look until `stop`, each time in a transaction of its own."""
    backoff = Backoff(limit_s=None)

    async def step() -> int:
        async with pool.connection() as conn:
            until = await waterline.rise(conn)
        if until is None:
            return 0
        async with pool.connection() as conn, conn.transaction():
            return await watcher.look(conn, until)

    try:
        while not stop.is_set():
            try:
                looked = await persist(step, backoff, stop, "looks")
            except Exception as error:
                if not content_at_fault(error):
                    raise
                # As with a follower: what cannot be looked at stops neither others nor the clock.
                log.exception("the surge watcher cannot look")
                await bell.sleep(STUCK_S)
                continue
            if looked < LOOKED_AT_ONCE:
                await bell.sleep(EVERY_S)
    finally:
        await waterline.close()
