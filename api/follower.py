"""Who reads on in the background for all listeners of a process."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING

from geo_data.database import connect

if TYPE_CHECKING:
    from geo_data.database import Connection

log = logging.getLogger(__name__)

_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 3.0  # so long listeners wait at most once the database is there again


class Follower(ABC):
    """Follows something over a connection of its own, and comes back when that is lost.

    `news` is set, and another one put in its place, when there is something new or nothing to come.
    `epoch` is raised by a restore: what listeners have heard no longer holds then.
    """

    def __init__(self, what: str, url: str, schema: str) -> None:
        self._what = what
        self._url = url
        self._schema = schema
        self._task: asyncio.Task[None] | None = None
        self.epoch = 0
        self.news = asyncio.Event()
        self.closed = False
        self.listeners = 0

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

    @abstractmethod
    async def _listen(self, conn: Connection) -> None:
        """Ask the database to be told of news on this connection."""

    @abstractmethod
    async def _follow(self, conn: Connection) -> None:
        """Read on for ever."""

    async def _run(self) -> None:
        pause = _PAUSE_S
        while True:
            try:
                async with connect(self._url, schema=self._schema) as conn:
                    await self._listen(conn)
                    pause = _PAUSE_S
                    await self._follow(conn)
            except Exception as error:  # noqa: BLE001 - listeners wait; it comes back by itself
                log.warning(
                    "%s cannot be read (%s); next try in %.0f s",
                    self._what,
                    type(error).__name__,
                    pause,
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _wake(self) -> None:
        news, self.news = self.news, asyncio.Event()
        news.set()
