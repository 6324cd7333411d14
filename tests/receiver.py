"""Somebody's server on this machine: it takes messages, refuses them, sleeps over them or dies."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        plain: dict[str, Any] = json.loads(self.body)
        return plain


async def _taken(_: Got) -> int:
    return 204


@dataclass
class Receiver:
    """`answer` gives the status of each request; `got` has all of them, `taken` the good ones."""

    answer: Callable[[Got], Awaitable[int]] = _taken
    headers: str = ""
    got: list[Got] = field(default_factory=list)
    taken: list[Got] = field(default_factory=list)
    port: int = 0
    _server: Any = None
    _serving: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?for=tests"

    async def start(self) -> None:
        """Listen; the second time on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be away: nobody listens on the port."""
        self._server.close()
        for task in self._serving:
            task.cancel()
        await self._server.wait_closed()

    async def until(self, wanted: Callable[[Receiver], bool], within_s: float = 20.0) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while not wanted(self):
            assert loop.time() < end, [one.id for one in self.taken]
            await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            got = await _read(reader)
            self.got.append(got)
            status = await self.answer(got)
            if status in range(200, 300):
                self.taken.append(got)
            writer.write(
                f"HTTP/1.1 {status} Said\r\n{self.headers}"
                "Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._serving.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Got(method, path, headers, body)


@asynccontextmanager
async def receiver(**said: Any) -> AsyncIterator[Receiver]:
    made = Receiver(**said)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
