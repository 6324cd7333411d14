"""Waking up at once when something was written, without asking the database all the time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from geo_data import feed
from geo_data.database import Failure, classify, connect

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

#: How long to wait before listening again where the connection was lost.
_AGAIN_S = 2.0


class Bell:
    """Rings for one sleeper. A ring while nobody sleeps is kept for the next sleep."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake the sleeper."""
        self._rung.set()

    async def wait(self, at_most_s: float) -> None:
        """Sleep until the next ring, `stop`, or so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), at_most_s)
        self._rung.clear()

    async def sleep(self, seconds: float) -> None:
        """Sleep so long whatever rings, unless `stop` comes."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)


async def listen(
    url: str, schema: str, on_channel: Callable[[str], None], stop: asyncio.Event
) -> None:
    """Call `on_channel` for each notification until `stop`; a lost connection is made again.

    Nothing depends on it but speed: who waits looks for itself now and then.
    """
    while not stop.is_set():
        try:
            async with connect(url, schema=schema) as conn:
                await feed.listen(conn, pending=True)
                async for channel in feed.heard(conn):
                    on_channel(channel)
        except Exception as error:
            if classify(error) is not Failure.TRANSIENT:
                raise
            log.warning("not listening: %s", str(error).strip() or type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _AGAIN_S)
