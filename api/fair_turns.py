"""Turns that are given out among those who wait, not in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from geo_data.patience import TooSlow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class FairTurns:
    """So many at once. Each caller has a queue of its own, and the queues take turns.

    Whoever asks for a thousand things waits for them alone; others come next.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @asynccontextmanager
    async def of(self, who: str, patience_s: float) -> AsyncIterator[None]:
        """A turn until the end of the block. Raises TooSlow where none comes in time."""
        await self._take(who, patience_s)
        try:
            yield
        finally:
            self._give()

    async def _take(self, who: str, patience_s: float) -> None:
        if self._free:  # then nobody waits
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(who, deque()).append(turn)
        try:
            async with asyncio.timeout(patience_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self._give()  # it came in the moment in which nobody wanted it any more
            else:
                self._leave(who, turn)
            if isinstance(error, TimeoutError):
                raise TooSlow(f"waited {patience_s:g} s for a turn") from None
            raise

    def _leave(self, who: str, turn: asyncio.Future[None]) -> None:
        queue = self._queues.get(who)
        if queue is not None and turn in queue:
            queue.remove(turn)
            if not queue:
                del self._queues[who]

    def _give(self) -> None:
        """The turn goes to the first who waits in the queue whose turn it is."""
        while self._queues:
            who, queue = self._queues.popitem(last=False)
            turn = queue.popleft()
            if queue:
                self._queues[who] = queue  # behind all others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
