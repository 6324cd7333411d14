"""One open stream of server-sent events: its pace, its heartbeat, and when it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from fastapi.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Response

    from api.follower import Follower

log = logging.getLogger(__name__)

BEAT_S = 10.0  # a stream is never silent for longer
LOOK_AGAIN_S = 60.0  # at the listener's rights


class Listener(ABC):
    """Writes what `reader` has for one listener, at most once in `pace_s` seconds."""

    def __init__(self, reader: Follower, pace_s: float) -> None:
        self._follower = reader
        self._pace_s = pace_s
        self._epoch = reader.epoch

    def response(self) -> Response:
        """The stream."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._counted(), headers=headers, media_type="text/event-stream")

    @abstractmethod
    async def _next(self) -> tuple[bytes, bool]:
        """What is to be written next, may be nothing, and whether there may be more at once."""

    @abstractmethod
    def _beat(self) -> bytes:
        """A heartbeat, with the id to resume from."""

    @abstractmethod
    async def _allowed(self) -> bool:
        """Whether the listener may still hear what it began to hear."""

    async def _counted(self) -> AsyncIterator[bytes]:
        self._follower.listeners += 1
        try:
            async for chunk in self._chunks():
                yield chunk
        finally:
            self._follower.listeners -= 1

    async def _chunks(self) -> AsyncIterator[bytes]:
        """First a heartbeat, then what happens.

        Ends when the process stops, the feed begins anew or the rights are gone; who connects
        again then hears why.
        """
        follower = self._follower
        yield b"retry: 2000\n\n" + self._beat()
        beat_at = time.monotonic() + BEAT_S
        look_at = time.monotonic() + LOOK_AGAIN_S
        while True:
            news = follower.news
            if follower.closed or follower.epoch != self._epoch:
                return
            if time.monotonic() >= look_at:
                if not await self._still_allowed():
                    return
                look_at = time.monotonic() + LOOK_AGAIN_S
            chunk, more = await self._patiently()
            if not chunk and time.monotonic() >= beat_at:
                chunk = self._beat()
            if chunk:
                yield chunk
                beat_at = time.monotonic() + BEAT_S
                await asyncio.sleep(self._pace_s)
            if chunk or more:
                continue
            try:
                async with asyncio.timeout(max(0.0, min(beat_at, look_at) - time.monotonic())):
                    await news.wait()
            except TimeoutError:
                continue

    async def _patiently(self) -> tuple[bytes, bool]:
        try:
            return await self._next()
        except Exception as error:  # noqa: BLE001 - the database is away: the listener waits
            log.warning("a listener cannot read on (%s)", type(error).__name__)
            await asyncio.sleep(1.0)
            return b"", False

    async def _still_allowed(self) -> bool:
        try:
            return await self._allowed()
        except Exception as error:  # noqa: BLE001 - the database is away: what held, holds on
            log.warning("a listener's rights cannot be read (%s)", type(error).__name__)
            return True
