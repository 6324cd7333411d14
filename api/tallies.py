"""Counts of today for an area, asked of the database at most every two seconds for each area."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from geo_data import areas, health
from grid.ids import first_id

if TYPE_CHECKING:
    from geo_data.database import Connection

CHINA = timezone(timedelta(hours=8))
_FRESH_S = 2.0
_LAG_FRESH_S = 5.0
_MOST = 1000


class Tallies:
    """What the live page shows beside the map."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}
        self._lag: tuple[float, dict[str, Any]] | None = None

    async def lag(self, conn: Connection) -> dict[str, Any]:
        """How old the counts are: what waits for its number, and what the counters lack."""
        if self._lag is None or time.monotonic() - self._lag[0] >= _LAG_FRESH_S:
            stored = await health.look(conn)
            behind = {follower.name: follower for follower in stored.followers}
            counters = behind.get("counters")
            told = {
                "unnumbered_s": round(stored.unnumbered_s, 3),
                "counters_s": round(counters.seconds, 3) if counters else None,
                "counters_entries": counters.entries if counters else None,
                "tick_overdue_s": round(stored.tick_overdue_s, 3),
            }
            self._lag = (time.monotonic(), told)
        return self._lag[1]

    async def today(self, conn: Connection, path: str) -> dict[str, Any]:
        """The cases filed below `path` since midnight in China, by their ids, which are ordered."""
        known = self._known.get(path)
        if known is not None and time.monotonic() - known[0] < _FRESH_S:
            return known[1]
        since = midnight(datetime.now(UTC))
        counted = await areas.today(conn, path, first_id(since))
        told = {
            "since": since.isoformat(),
            "feed": counted.feed,
            "filed": counted.filed,
            "settled": counted.settled,
            "closed": counted.closed,
            "escalated": counted.escalated,
        }
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[path] = (time.monotonic(), told)
        return told


def midnight(moment: datetime) -> datetime:
    """When that day began in China."""
    return moment.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
