"""Trying again what failed for reasons that pass: back-off, a limit, a way to stop."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from geo_data.database import Failure, classify

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

log = logging.getLogger(__name__)

T = TypeVar("T")


class Hung(RuntimeError):
    """One attempt neither succeeded nor failed for so long that nobody will answer any more."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between attempts, in seconds: doubled from `first_s` up to `most_s`.

    After `limit_s` of failures the last error is raised; None means never. An attempt that takes
    longer than `attempt_s` is cut off with `Hung`.
    """

    first_s: float = 0.05
    most_s: float = 2.0
    limit_s: float | None = 20.0
    attempt_s: float | None = 60.0

    def waits(self) -> Iterator[float]:
        """The waits, without end."""
        wait = self.first_s
        while True:
            yield wait
            wait = min(wait * 2.0, self.most_s)


async def persist(
    work: Callable[[], Awaitable[T]], backoff: Backoff, stop: asyncio.Event, what: str
) -> T:
    """The result of `work`, tried again while the database fails in ways that pass.

    Any other error, the last one after the limit, and the first one after `stop` are raised.
    """
    loop = asyncio.get_running_loop()
    failing_since: float | None = None
    for wait in backoff.waits():
        try:
            return await _attempt(work, backoff.attempt_s)
        except Exception as error:
            if classify(error) is not Failure.TRANSIENT:
                raise
            now = loop.time()
            failing_since = failing_since if failing_since is not None else now
            if stop.is_set():
                raise
            if backoff.limit_s is not None and now - failing_since + wait > backoff.limit_s:
                raise
            log.warning("%s: %s; again in %.2f s", what, _first_line(error), wait)
        await _sleep(wait, stop)
    raise AssertionError("waits() has no end")


async def _attempt(work: Callable[[], Awaitable[T]], limit_s: float | None) -> T:
    """One attempt. A time-out inside the work is its own error, only ours means `Hung`."""
    try:
        async with asyncio.timeout(limit_s) as limit:
            return await work()
    except TimeoutError as error:
        if limit.expired():
            raise Hung(f"no answer for {limit_s} s") from error
        raise


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    """Sleep, or until `stop`: then there is one last attempt."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
