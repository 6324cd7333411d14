"""From the key of a request to its principal, remembered for at most a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from geo_data import keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_data.database import Pool
    from grid.principal import Principal

_SCHEME = "bearer"
_LONGEST = 200  # characters of a key; ours have 46


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


def bearer(header: str | None) -> str | None:
    """The key of an `Authorization` header; None where it holds none."""
    if header is None or len(header) > _LONGEST:
        return None
    scheme, _, key = header.partition(" ")
    key = key.strip()
    return key if scheme.lower() == _SCHEME and key else None
