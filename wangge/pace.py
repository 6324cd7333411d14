"""When each of many things is due, and which of them may go out together."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

T = TypeVar("T")

#: Requests are at least this far apart: what comes due in between goes out together.
_APART_S = 0.1


async def paced(due: Iterable[tuple[float, T]], most: int) -> AsyncIterator[list[T]]:
    """Things in their order, each not before it is due; up to `most` together.

    `due` are pairs of seconds since the start and the thing. A thing that is due before the one
    that it follows goes with it. Who is slow to take them finds more of them next time.
    """
    start = time.monotonic()
    waiting: list[T] = []
    for at, thing in due:
        late = time.monotonic() - start - at
        if waiting and (late < 0 or len(waiting) >= most):
            yield waiting
            waiting = []
            late = time.monotonic() - start - at
        if late < 0:
            await asyncio.sleep(max(-late, _APART_S))
        waiting.append(thing)
    if waiting:
        yield waiting
