"""The one reader of notices in a process: what was written last is kept once, for all listeners."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from api.follower import Follower
from geo_data import feed, notices

if TYPE_CHECKING:
    from geo_data.database import Connection, Pool
    from geo_data.notices import Mark, Reach, StoredNotice

RING = 5_000  # notices kept for all listeners together
PAGE = 500  # notices read or written at once
_POLL_S = 1.0  # a lost notification costs no more than this


class NoticeReader(Follower):
    """Follows the notices from where they stand at the start; `last` is None until then."""

    def __init__(self, pool: Pool, url: str, schema: str) -> None:
        super().__init__("the list of notices", url, schema)
        self._pool = pool
        self._ring: deque[StoredNotice] = deque(maxlen=RING)
        self._since: Mark | None = None  # everything after this is in the ring
        self._stored = asyncio.Semaphore(2)  # listeners that may read from the database at once
        self.last: Mark | None = None

    async def after(self, reader: Reach, mark: Mark) -> tuple[list[StoredNotice], Mark]:
        """The reader's notices after `mark`, a page at most, and the mark to go on from."""
        end = self.last
        if end is None or mark >= end:
            return [], mark
        if self._since is not None and mark >= self._since:
            new = [one for one in self._ring if mark < one.mark <= end]
            return [one for one in new if reader.covers(one)], end
        async with self._stored, self._pool.connection() as conn:
            found = await notices.mine_after(conn, reader, mark, PAGE)
        return found, (found[-1].mark if len(found) == PAGE else end)

    async def _listen(self, conn: Connection) -> None:
        await notices.listen(conn)

    async def _follow(self, conn: Connection) -> None:
        while True:
            await self._find_place(conn)
            assert self.last is not None
            found = await notices.after(conn, self.last, PAGE)
            if found:
                self._keep(found)
            if len(found) < PAGE:
                await feed.notified(conn, _POLL_S)

    async def _find_place(self, conn: Connection) -> None:
        """Begin at the end, or anew where a restore has taken notices back."""
        epoch = (await feed.head(conn)).epoch
        if self.last is None or epoch != self.epoch:
            self._ring.clear()
            self.epoch, self.last = epoch, await notices.last(conn)
            self._since = self.last
            self._wake()

    def _keep(self, found: list[StoredNotice]) -> None:
        falls_out = len(self._ring) + len(found) - RING
        if falls_out > 0:
            whole = [*self._ring, *found]
            self._since = whole[falls_out - 1].mark
        self._ring.extend(found)
        self.last = found[-1].mark
        self._wake()
