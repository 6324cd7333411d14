"""The one reader of the feed in a process: what it reads is kept once, for all listeners.

A listener has no queue of its own, only its cursor. The last lines lie in one ring; who has fallen
behind the ring reads on from the database, so that nobody is dropped and nothing grows.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from api.follower import Follower
from geo_data import feed
from grid.cases.masked import masked as masked_event

if TYPE_CHECKING:
    from geo_data.database import Connection, Pool
    from geo_data.feed import FeedEntry

RING = 10_000  # lines kept for all listeners together
PAGE = 1_000  # lines read or written at once
_POLL_S = 1.0  # a lost notification costs no more than this
_STORED_READS = 2  # listeners that may read from the database at the same time


@dataclass(frozen=True, slots=True)
class Line:
    """An event as it goes out: `text` is its JSON, the rest is what filters look at."""

    number: int
    event: tuple[str, int]  # case and the event's number there
    kind: str
    path: str
    path_before: str | None
    level: str
    level_before: str | None
    text: str

    def shown(self, *, masked: bool) -> str:
        """The text, for analysts without exact positions."""
        if not masked or '"lon":' not in self.text:
            return self.text
        plain = json.loads(self.text)
        plain["event"] = masked_event(plain["event"])
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def line(entry: FeedEntry) -> Line:
    """The line of a feed entry. The stored event stands in it byte for byte."""
    head = json.dumps(
        {
            "feed": entry.number,
            "path": entry.path,
            "path_before": entry.path_before,
            "status": entry.status,
            "status_before": entry.status_before,
            "level": entry.level,
            "level_before": entry.level_before,
        },
        separators=(",", ":"),
    )
    return Line(
        entry.number,
        (entry.case_id, entry.event),
        entry.type,
        entry.path,
        entry.path_before,
        entry.level,
        entry.level_before,
        f'{head[:-1]},"event":{entry.body}}}',
    )


class FeedReader(Follower):
    """Follows the feed from where it stands at the start; `head` is None until it was reached."""

    def __init__(self, pool: Pool, url: str, schema: str) -> None:
        super().__init__("the feed", url, schema)
        self._pool = pool
        self._ring: deque[Line] = deque(maxlen=RING)
        self._stored = asyncio.Semaphore(_STORED_READS)
        self.head: int | None = None
        self.looked_at = time.monotonic()

    async def after(self, number: int) -> list[Line]:
        """The lines that follow `number`, at most a page of them; none where it is the last."""
        head = self.head
        if head is None or number >= head:
            return []
        missing = head - number
        if missing <= len(self._ring):
            found = list(islice(reversed(self._ring), missing))
            return found[: -PAGE - 1 : -1]
        async with self._stored, self._pool.connection() as conn:
            return [line(entry) for entry in await feed.read(conn, number, PAGE)]

    async def heard(self, lines: list[Line], department: str) -> list[Line]:
        """Those of the lines that the department's people hear; all of them where it is none."""
        if not department or not lines:
            return lines
        async with self._pool.connection() as conn:
            its = await feed.of_department(conn, department, [line.event for line in lines])
        return [line for line in lines if line.event in its]

    async def _listen(self, conn: Connection) -> None:
        await feed.listen(conn)

    async def _follow(self, conn: Connection) -> None:
        await self._find_place(conn)
        while True:
            assert self.head is not None
            entries = await feed.read(conn, self.head, PAGE)
            self.looked_at = time.monotonic()
            if entries:
                self._ring.extend(line(entry) for entry in entries)
                self.head = entries[-1].number
                self._wake()
            if len(entries) < PAGE:
                heard = await feed.notified(conn, _POLL_S)
                if not (heard and entries):  # told of news that it cannot see, it may be another's
                    await self._find_place(conn)

    async def _find_place(self, conn: Connection) -> None:
        """Begin at the feed's head, or anew where a restore has raised the epoch."""
        epoch, number, *_ = await feed.head(conn)
        if self.head is None or epoch != self.epoch or number < self.head:
            self._ring.clear()
            self.epoch, self.head = epoch, number
            self._wake()
