"""A follower: a name, a cursor in the feed, an effect; any number of clerks run it once.

The cursor's row is locked for the batch, so one clerk at a time has it, and where the effect is
in the database too, both stand or fall together.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from geo_data import feed
from geo_data.intake import content_at_fault
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from geo_data.database import Connection, Pool
    from geo_data.feed import FeedEntry
    from streams.wake import Bell

log = logging.getLogger(__name__)

#: Without any news a follower looks this often; another clerk may have gone away with the cursor.
IDLE_S = 0.5
#: How soon a follower tries again what it could not take.
STUCK_S = 5.0


class Away(Exception):
    """What the effect needs is not there now; it is tried again, everything else goes on."""


class Follower(Protocol):
    """What is done with the feed's entries, in order, each once (outside the database: at least).

    `batch` is how many are taken at once. `take` runs in the transaction that moves the cursor;
    it raises `Away` where the effect must wait.
    """

    name: str
    batch: int

    async def take(self, conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """Do it, for all of the entries."""


async def follow(pool: Pool, follower: Follower, bell: Bell, stop: asyncio.Event) -> None:
    """Let the follower follow until `stop`."""
    backoff = Backoff(limit_s=None)
    away = 0.5

    async def step() -> int:
        return await one_batch(pool, follower)

    await persist(lambda: _enter(pool, follower.name), backoff, stop, follower.name)
    while not stop.is_set():
        try:
            done = await persist(step, backoff, stop, follower.name)
        except Away as error:
            log.warning("%s waits: %s; again in %.1f s", follower.name, error, away)
            await bell.sleep(away)
            away = min(away * 2.0, 3.0)
            continue
        except Exception as error:
            if not content_at_fault(error):
                raise
            # One entry that this follower cannot take stops neither the others nor the clock;
            # its distance shows in health until somebody has mended it.
            log.exception("%s cannot go on", follower.name)
            await bell.sleep(STUCK_S)
            continue
        away = 0.5
        if done < follower.batch:
            await bell.wait(IDLE_S)


async def _enter(pool: Pool, name: str) -> None:
    async with pool.connection() as conn:
        await feed.add_follower(conn, name)


async def one_batch(pool: Pool, follower: Follower) -> int:
    """Take one batch; how many entries. None to take, or another clerk at it: 0."""
    async with pool.connection() as conn, conn.transaction():
        cursor = await feed.lock_follower(conn, follower.name)
        if cursor is None:
            return 0
        entries = await feed.read(conn, cursor, follower.batch)
        if entries:
            await follower.take(conn, entries)
            await feed.move_follower(conn, follower.name, entries[-1].number)
        return len(entries)
