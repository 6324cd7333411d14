"""A door to the tests' Kafka that can be closed and opened."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Gate:
    """A port that leads to the broker while it is open, and refuses connections while closed."""

    def __init__(self, port: int, target: str) -> None:
        self.port = port
        self._host, _, port_text = target.rpartition(":")
        self._target_port = int(port_text)
        self._server: asyncio.Server | None = None
        self._pipes: set[asyncio.Task[None]] = set()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection(self._host, self._target_port)
        for source, sink in ((reader, here), (there, writer)):
            pipe = asyncio.create_task(_pipe(source, sink))
            self._pipes.add(pipe)
            pipe.add_done_callback(self._pipes.discard)


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    finally:
        sink.close()
        with suppress(OSError):
            await sink.wait_closed()
