"""A load client that costs less than the server it loads: HTTP/1.1 on bare asyncio protocols."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit
from uuid import UUID

if TYPE_CHECKING:
    import random


class Connection(asyncio.Protocol):
    """One kept-alive connection; one request at a time. `size` is the last body's, bytes."""

    def __init__(self) -> None:
        self.size = 0
        self._held = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send a whole request; the future has the status when the whole answer has come."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, blank, body = self._held.partition(b"\r\n\r\n")
        if not blank:
            return
        lower = head.lower()
        at = lower.find(b"content-length:")
        if b"transfer-encoding: chunked" in lower:
            if not body.endswith(b"0\r\n\r\n"):
                return
            length = len(body)
        else:
            length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(body) < length:
                return
        self.size, self._held = length, body[length:]
        assert self._answer is not None
        if not self._answer.done():
            self._answer.set_result(int(head[9:12]))


async def connect(base: str) -> Connection:
    """A connection to the server at a base URL."""
    parts = urlsplit(base)
    _, made = await asyncio.get_running_loop().create_connection(
        Connection, parts.hostname, parts.port
    )
    return made


def get(path: str, key: str = "") -> bytes:
    """The bytes of a GET."""
    given = f"Authorization: Bearer {key}\r\n" if key else ""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: */*\r\n{given}\r\n".encode()


def post(path: str, key: str, body: dict[str, Any]) -> bytes:
    """The bytes of a POST with JSON."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


CATEGORIES = ("event.01.10", "event.05.02", "component.01.01", "event.01.01")


def report(dice: random.Random, lon: float, lat: float) -> dict[str, Any]:
    """A report as a phone sends it, some 400 bytes."""
    return {
        "id": str(UUID(int=dice.getrandbits(128), version=4)),
        "category": dice.choice(CATEGORIES),
        "lon": lon,
        "lat": lat,
        "accuracy_m": 12.5,
        "observed_at": "2026-11-19T10:00:00+08:00",
        "source": "citizen",
        "description": "小区东门外垃圾堆放多日，无人清理，影响通行",
        "place": {"building": "3号楼", "unit": "2单元"},
    }


def quantile(sorted_values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]
