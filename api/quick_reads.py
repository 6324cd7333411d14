"""Single quick statements for maps and pages of features, over connections of their own.

Nothing but the statement goes to the database and back: the limit of time is the session's, no
transaction is opened, the connection is not tried beforehand, and the layout in force is known.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from api.fair_turns import FairTurns
from geo_data import areas
from geo_data.database import Failure, classify
from geo_data.patience import patient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from geo_data.database import Connection, Pool

#: Seconds that the database has for a statement.
WITHIN_S = 8.0
#: Seconds that a statement waits for its turn: then whoever wanted it has gone, or goes.
PATIENCE_S = 10.0

#: Seconds for which the layout is taken to be what it was read as.
LAYOUT_FRESH_S = 2.0
_MOST_MOMENTS = 200

_Read = TypeVar("_Read")


class QuickReads:
    """Asks at most `at_once` at a time; `pool` has as many `single` connections.

    Who asks for much waits for itself: turns go from one caller to the next.
    """

    def __init__(
        self, pool: Pool, at_once: int, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._turns = FairTurns(at_once)
        self._monotonic = monotonic
        self._layouts: dict[datetime | None, tuple[float, int]] = {}

    async def read(self, query: Callable[[Connection], Awaitable[_Read]], who: str = "") -> _Read:
        """What the query says, for the caller `who` (empty: for all). Raises TooSlow.

        Asked twice, for a connection may be lost while nobody uses it.
        """
        async with self._turns.of(who, PATIENCE_S):
            try:
                async with self._pool.connection() as conn:
                    return await query(conn)
            except Exception as error:
                if classify(error) is not Failure.TRANSIENT:
                    raise
            await self._pool.check()
            async with self._pool.connection() as conn:
                return await query(conn)

    async def layout(self, at: datetime | None = None) -> int:
        """The layout in force, or the one of an instant. Raises areas.NoLayout and TooSlow."""
        now = self._monotonic()
        known = self._layouts.get(at)
        if known is not None and now < known[0]:
            return known[1]

        async def ask(conn: Connection) -> int:
            with patient("the layout"):
                return await (areas.layout_at(conn, at) if at else areas.layout_in_force(conn))

        found = await self.read(ask)
        if len(self._layouts) >= _MOST_MOMENTS:
            self._layouts.clear()
        self._layouts[at] = (now + LAYOUT_FRESH_S, found)
        return found
