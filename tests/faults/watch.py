"""Looks at the installation all the time, to say how long after a fault its work went on."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from tests.faults.installation import PARTITIONS

if TYPE_CHECKING:
    from tests.faults.installation import Installation
    from tests.faults.record import Record

_EVERY_S = 0.15


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look found; `cursor` is that of the follower that is farthest behind.

    `waiting` counts the reports that the surge watcher has not looked at yet.
    """

    at: float
    consumed: dict[int, int]
    head: int
    cursor: int
    pending: int
    waiting: int


@dataclass(slots=True)
class Recovery:
    """Seconds from a fault until work went on; None: not within the time that it was given.

    `taken`: a request of after the fault was acknowledged; `stored`: of every partition a report
    was stored that was not stored at the fault; `told`: an event of after the fault was numbered
    and every follower had it; `heard`: a listener on SSE had it.
    """

    fault: str
    taken: float | None = None
    stored: float | None = None
    told: float | None = None
    heard: float | None = None
    limit_s: float | None = None
    remark: str = ""

    @property
    def in_time(self) -> bool:
        """Whether everything went on, and within the limit where there is one."""
        found = (self.taken, self.stored, self.told, self.heard)
        limit_s = math.inf if self.limit_s is None else self.limit_s
        return all(seconds is not None and seconds <= limit_s for seconds in found)


class Watch:
    """Keeps the last sight."""

    def __init__(self, installation: Installation, record: Record) -> None:
        self.sight = Sight(0.0, {}, 0, 0, 0, 0)
        self._installation = installation
        self._record = record
        self._looked = asyncio.Event()

    async def run(self) -> None:
        """Look until cancelled, also over a database that comes and goes."""
        while True:
            with suppress(psycopg.Error):
                async with self._installation.connection() as conn:
                    while True:
                        at = time.monotonic()
                        rows = await conn.execute("SELECT partition, next_offset FROM consumed")
                        consumed: dict[int, int] = {
                            int(p): int(n) for p, n in await rows.fetchall()
                        }
                        rows = await conn.execute(
                            "SELECT (SELECT number FROM feed_head),"
                            " (SELECT coalesce(min(cursor), 0) FROM followers"
                            "   WHERE name IN ('counters', 'figures', 'surges', 'notices',"
                            "                  'publisher')),"
                            " (SELECT count(*) FROM feed_pending),"
                            " (SELECT count(*) FROM sightings WHERE look_at IS NOT NULL)"
                        )
                        found = await rows.fetchone()
                        assert found is not None
                        self.sight = Sight(at, consumed, *(int(n) for n in found))
                        self._looked.set()
                        self._looked = asyncio.Event()
                        await asyncio.sleep(_EVERY_S)
            await asyncio.sleep(_EVERY_S)

    async def next_sight(self, within_s: float = 0.8) -> Sight:
        """A sight that began after this call; the last one where there is none in that time."""
        asked = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self.sight.at < asked:
                    await self._looked.wait()
        return self.sight

    async def recovery(self, fault: str, at: float, limit_s: float | None) -> Recovery:
        """How long after `at`, the moment of the fault, work went on."""
        mark = await self.next_sight()
        found = Recovery(fault, limit_s=limit_s)
        while time.monotonic() < at + 120.0:
            began, ended = self._record.last_request
            if found.taken is None and began > at:
                found.taken = ended - at
            sight = self.sight
            if found.stored is None and all(
                sight.consumed.get(p, 0) > mark.consumed.get(p, 0) for p in range(PARTITIONS)
            ):
                found.stored = sight.at - at
            if found.told is None and sight.cursor > max(mark.head, mark.cursor):
                found.told = sight.at - at
            number, when = self._record.last_heard
            if found.heard is None and number > mark.head:
                found.heard = when - at
            if None not in (found.taken, found.stored, found.told, found.heard):
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._looked.wait(), 1.0)
        return found
