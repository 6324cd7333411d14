"""The one reader of notices in a process: what was written last is kept once, for all listeners."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from geo_data import feed, notices
from geo_data.database import connect

if TYPE_CHECKING:
    from geo_data.database import Connection, Pool
    from geo_data.notices import Mark, Reach, StoredNotice

log = logging.getLogger(__name__)

RING = 5_000  # notices kept for all listeners together
PAGE = 500  # notices read or written at once
_POLL_S = 1.0  # a lost notification costs no more than this
_AGAIN_S = 2.0


class NoticeReader:
    """Follows the notices from where they stand at the start; `last` is None until then."""

    def __init__(self, pool: Pool, url: str, schema: str) -> None:
        self._pool = pool
        self._url = url
        self._schema = schema
        self._ring: deque[StoredNotice] = deque(maxlen=RING)
        self._since: Mark | None = None  # everything after this is in the ring
        self._stored = asyncio.Semaphore(2)  # listeners that may read from the database at once
        self._task: asyncio.Task[None] | None = None
        self.last: Mark | None = None
        self.epoch = 0
        self.news = asyncio.Event()
        self.closed = False

    def start(self) -> None:
        """Begin to read, in the background."""
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Tell all listeners to leave: the process is about to stop."""
        self.closed = True
        self._wake()

    async def stop(self) -> None:
        """Stop reading."""
        self.close()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

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

    async def _run(self) -> None:
        while True:
            try:
                async with connect(self._url, schema=self._schema) as conn:
                    await notices.listen(conn)
                    await self._follow(conn)
            except Exception as error:  # noqa: BLE001 - listeners wait; it comes back by itself
                log.warning("notices cannot be read (%s)", type(error).__name__)
            await asyncio.sleep(_AGAIN_S)

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

    def _wake(self) -> None:
        news, self.news = self.news, asyncio.Event()
        news.set()
