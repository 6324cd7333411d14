"""Sending one message to somebody's server, carefully: sealed, bounded, never into our own network.

The name is looked up each time and the connection goes to the very address that was looked at, so
that a name cannot lead somewhere else in between. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import dataclass
from socket import SOCK_STREAM, gaierror
from typing import TYPE_CHECKING, Self

import httpx

from grid.notices import seal
from grid.notices.addresses import BadAddress, public, target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: How long one attempt may take, seconds: looking up, connecting, sending, answering.
LIMIT_S = 10.0
#: Bytes of an answer that are read, so that its connection can be used again.
_ANSWER = 64 * 1024
_TAKEN = range(200, 300)
#: The longest that a receiver may ask us to wait, seconds.
_LONGEST_WAIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: the answer's `status`, None where there was none, and `error`.

    `wait_s` is how long the receiver asks us to wait (Retry-After), 0 where it does not ask.
    """

    status: int | None
    error: str
    took_ms: int
    wait_s: float = 0.0

    @property
    def taken(self) -> bool:
        """True where the receiver has it."""
        return self.status is not None and self.status in _TAKEN


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: an id that stays the same each time, and the body's bytes."""

    id: str
    media_type: str
    body: bytes


class Receivers:
    """Makes lines to receivers; `private` allows addresses inside one's own network."""

    def __init__(self, *, private: bool = False, limit_s: float = LIMIT_S) -> None:
        self._private = private
        self._limit_s = limit_s
        self._tls = ssl.create_default_context()  # once: reading all certificates takes 30 ms

    def line(self, url: str, secret: bytes, *, connections: int = 4) -> Line:
        """A line to one receiver, to be used as a context: its connections are nobody else's."""
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        client = httpx.AsyncClient(
            verify=self._tls,
            trust_env=False,
            follow_redirects=False,
            limits=limits,
            timeout=self._limit_s,
        )
        return Line(url, secret, client, private=self._private, limit_s=self._limit_s)


class Line:
    """Sends to one receiver."""

    def __init__(
        self, url: str, secret: bytes, client: httpx.AsyncClient, *, private: bool, limit_s: float
    ) -> None:
        self._url = url
        self._secret = secret
        self._client = client
        self._private = private
        self._limit_s = limit_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, message: Message, attempt: int = 0) -> Outcome:
        """One attempt; which one chooses among several addresses of a host. Raises nothing."""
        begun = time.monotonic()
        status, error, wait_s = None, "", 0.0
        try:
            async with asyncio.timeout(self._limit_s):
                status, wait_s = await self._send(message, attempt)
        except TimeoutError:
            error = f"no answer within {self._limit_s:.0f} s"
        except BadAddress as bad:
            error = f"the address {bad}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as failure:
            error = _words(failure)
        if status is not None and status not in _TAKEN:
            error = f"answered {status}"
        return Outcome(status, error, int((time.monotonic() - begun) * 1000), wait_s)

    async def _send(self, message: Message, attempt: int) -> tuple[int, float]:
        goal = target(self._url)
        ips = await _looked_up(goal.host, goal.port)
        if not self._private and not all(public(ip) for ip in ips):
            raise BadAddress("leads into a private network")
        headers = {
            "Host": goal.authority,
            "Content-Type": message.media_type,
            "User-Agent": "wangge",
        } | seal.headers(self._secret, message.id, int(time.time()), message.body)
        request = self._client.build_request(
            "POST",
            goal.at(ips[attempt % len(ips)]),
            headers=headers,
            content=message.body,
            # the certificate is for the name, not for the number that was looked up
            extensions={"sni_hostname": goal.host},
        )
        answer = await self._client.send(request, stream=True)
        try:
            await _drained(answer.aiter_raw())
        finally:
            await answer.aclose()
        return answer.status_code, _wait_s(answer.headers.get("retry-after", ""))


async def _looked_up(host: str, port: int) -> list[str]:
    """The IP addresses of a host, each once. Raises OSError where it has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=SOCK_STREAM)
    except (gaierror, UnicodeError) as error:
        raise OSError(f"{host} is not known to the name service") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def _drained(parts: AsyncIterator[bytes]) -> None:
    """Read the answer away; what is longer than an answer should be is left unread."""
    size = 0
    async for part in parts:
        size += len(part)
        if size > _ANSWER:
            return


def _wait_s(given: str) -> float:
    """The seconds of a Retry-After header; a date there counts as none."""
    return min(float(given), _LONGEST_WAIT_S) if given.isascii() and given.isdecimal() else 0.0


def _words(failure: Exception) -> str:
    """What went wrong, short; nothing of what the receiver wrote, which errors of protocol hold."""
    if isinstance(failure, httpx.ProtocolError):
        return f"{type(failure).__name__}: what came back is no HTTP"
    text = str(failure).strip().splitlines()
    return f"{type(failure).__name__}: {text[0][:150]}" if text else type(failure).__name__
