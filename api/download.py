"""Answers that are written while they are read: begun when the first piece is there, or not at all.

What goes wrong before that is an ordinary problem document. Afterwards the connection is closed in
the middle of the chunked transfer, so that half a file never looks like a whole one.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING

from fastapi import Response

from api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping

    from starlette.types import Receive, Scope, Send

_RETRY_AFTER_S = 30


class Turns:
    """So many at once in this process, no queue: each one holds a connection and a snapshot."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Until the end of the block. 503 where all are taken."""
        if self.taken >= self._most:
            raise Problem(
                "unavailable",
                f"{self._most} exports are being written already; try again in a while",
                f"已有 {self._most} 个导出正在进行，请稍后再试",
                headers={"Retry-After": str(_RETRY_AFTER_S)},
            )
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


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
            writing.cancel()
            await asyncio.wait({writing, leaving})
        if not writing.cancelled():
            writing.result()

    async def _write(self, send: Send) -> None:
        async with aclosing(self._pieces) as pieces:
            first = await anext(pieces, b"")
            head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(head)
            await send({"type": "http.response.body", "body": first, "more_body": True})
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
