"""From the key of a request to its principal, remembered for at most a minute."""

from __future__ import annotations

import base64
import binascii
import time
from typing import TYPE_CHECKING

from geo_data import keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_data.database import Pool
    from grid.principal import Principal

_LONGEST = 200  # characters of a header; our keys have 46
#: Methods that change nothing. What a browser sends by itself is taken for these only.
_READING = frozenset({"GET", "HEAD"})


class Keys:
    """Looks keys up by their SHA-256.

    A key that was revoked stops within `memory_s`; unknown keys are remembered too, so that
    guessing does not reach the database each time.
    """

    def __init__(
        self,
        pool: Pool,
        memory_s: float,
        *,
        most: int = 20_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._memory_s = memory_s
        self._most = most
        self._monotonic = monotonic
        self._known: dict[bytes, tuple[float, Principal | None]] = {}

    async def principal(self, key: str) -> Principal | None:
        """Who has this key; None where no such key is in force."""
        digest = keys.digest(key)
        now = self._monotonic()
        known = self._known.get(digest)
        if known is not None and now < known[0]:
            return known[1]
        async with self._pool.connection() as conn:
            found = await keys.find(conn, digest)
        if len(self._known) >= self._most:
            self._forget(now)
        self._known[digest] = (now + self._memory_s, found)
        return found

    def _forget(self, now: float) -> None:
        self._known = {d: known for d, known in self._known.items() if now < known[0]}
        if len(self._known) >= self._most:
            self._known.clear()


def key_of(header: str | None, method: str) -> str | None:
    """The key of an `Authorization` header; None where it holds none.

    `Bearer <key>`, or for reading `Basic` with the key as password and any name: GIS programs and
    browsers have no other. A browser adds Basic to whatever request any page makes it send, so it
    is never taken for a request that changes something.
    """
    if header is None or len(header) > _LONGEST:
        return None
    scheme, _, given = header.partition(" ")
    given = given.strip()
    if scheme.lower() == "basic":
        return _password(given) if method in _READING else None
    return given if scheme.lower() == "bearer" and given else None


def challenges(header: str | None, method: str) -> tuple[str, ...]:
    """The `WWW-Authenticate` of a 401, one header line each.

    Who tried a bearer key gets no offer of Basic: a browser would ask its user for a password in
    the middle of a page that has a key of its own.
    """
    bearer = 'Bearer realm="wangge"'
    tried_bearer = header is not None and header[:6].lower() == "bearer"
    if tried_bearer or method not in _READING:
        return (bearer,)
    return (bearer, 'Basic realm="wangge", charset="UTF-8"')


def _password(given: str) -> str | None:
    """The password of Basic credentials (RFC 7617)."""
    try:
        pair = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return pair.partition(":")[2] or None
