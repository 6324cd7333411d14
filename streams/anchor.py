"""The outside anchor: every hour the feed's head goes to the log and to Kafka.

Whoever changes the history in the database afterwards would have to change it there as well.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from geo_data import feed
from streams.followers import Away
from streams.publisher import head_event
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    import asyncio

    from geo_data.database import Pool
    from streams.publisher import Publisher
    from streams.wake import Bell

log = logging.getLogger(__name__)

NAME = "anchor"
_LOOK_EVERY_S = 60.0


async def anchor(pool: Pool, publisher: Publisher, bell: Bell, stop: asyncio.Event) -> None:
    """Drop the anchor when an hour has passed since the last, on whichever clerk looks first."""
    backoff = Backoff(limit_s=None)

    async def step() -> None:
        async with pool.connection() as conn, conn.transaction():
            if not await feed.lock_anchor(conn, NAME):
                return
            head = await feed.head(conn)
            await publisher.send([("feed", head_event(head))])
            await feed.move_follower(conn, NAME, head.number)
        log.info("feed head: epoch %d number %d hash %s", head.epoch, head.number, head.hash.hex())

    while not stop.is_set():
        try:
            await persist(step, backoff, stop, NAME)
        except Away as error:
            log.warning("anchor waits: %s", error)
        await bell.sleep(_LOOK_EVERY_S)
