"""Answers that are written while they are read: begun when the first piece is there, or not at all.

What goes wrong before that is an ordinary problem document. Afterwards the connection is closed in
the middle of the chunked transfer, so that half a file never looks like a whole one.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from fastapi import Response
from starlette.requests import ClientDisconnect

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from starlette.types import Receive, Scope, Send

_RETRY_AFTER_S = 30
#: Seconds after which a client that takes nothing is given up.
STALLED_S = 60.0


class Turns:
    """So many at once in this process, no queue: each one holds a connection and a snapshot.

    A caller has at most half of them, one at least: the others stay for others.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._held.total()

    @contextmanager
    def take(self, who: str) -> Iterator[None]:
        """Until the end of the block. 503 where all are taken, or all that the caller may have."""
        if self.taken >= self._most:
            raise _busy(self._most, "", "")
        mine = max(1, self._most // 2)
        if self._held[who] >= mine:
            raise _busy(mine, " for this key", "此密钥")
        self._held[who] += 1
        try:
            yield
        finally:
            self._held[who] -= 1
            self._held += Counter()  # forgets who has none


def _busy(many: int, whose: str, whose_zh: str) -> Problem:
    return Problem(
        "unavailable",
        f"{many} exports are being written{whose} already; try again in a while",
        f"{whose_zh}已有 {many} 个导出正在进行，请稍后再试",
        headers={"Retry-After": str(_RETRY_AFTER_S)},
    )


class Download(Response):
    """A file of pieces. When the client goes away, the pieces are closed at once."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        *,
        name: str,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        self._pieces = pieces
        self._given_up = False
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        super().__init__(None, headers={**headers, **disposition}, media_type=media_type)
        del self.headers["content-length"]

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Write it all, or stop."""
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not self._given_up:  # else it ends by itself, and is not to be disturbed in it
                writing.cancel()
            await asyncio.wait({writing, leaving})
        if not writing.cancelled():
            writing.result()

    async def _write(self, send: Send) -> None:
        async with aclosing(self._pieces) as pieces:
            first = await anext(pieces, b"")
            head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(head)
            await self._taken(send, first)
            async for piece in pieces:
                await self._taken(send, piece)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _taken(self, send: Send, piece: bytes) -> None:
        """Wait until the client has taken it, or most of it; ClientDisconnect if it does not."""
        try:
            async with asyncio.timeout(STALLED_S):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            self._given_up = True
            raise ClientDisconnect from None


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
