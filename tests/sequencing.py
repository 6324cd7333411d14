"""The sequencer's work, done at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data import feed

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from geo_data.database import Connection

_AT_ONCE = 2000


async def number_all(connection: Callable[[], AbstractAsyncContextManager[Connection]]) -> None:
    """Give every waiting event its number; `connection` opens one, as a pool's does."""
    done: int | None = 1
    while done:
        async with connection() as conn, conn.transaction():
            done = await feed.number_pending(conn, _AT_ONCE)
