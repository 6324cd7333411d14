"""Counts of today for an area, asked of the database at most every two seconds for each area."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from geo_data import areas, health
from grid.ids import first_id

if TYPE_CHECKING:
    from geo_data.database import Connection
    from geo_data.rights import RowFilter

CHINA = timezone(timedelta(hours=8))
#: Before it there are no ids.
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)
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
        told = _told(since, await areas.today(conn, path, first_id(since)))
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[path] = (time.monotonic(), told)
        return told


async def today_at(conn: Connection, path: str, rights: RowFilter, at: datetime) -> dict[str, Any]:
    """What `Tallies.today` said at an instant: since midnight before it. Of the future: now."""
    at = max(_FIRST, min(at, datetime.now(UTC)))
    since = midnight(at)
    return _told(since, await areas.today_at(conn, path, rights, first_id(since), at))


def _told(since: datetime, counted: areas.Today) -> dict[str, Any]:
    return {
        "since": since.isoformat(),
        "feed": counted.feed,
        "filed": counted.filed,
        "settled": counted.settled,
        "closed": counted.closed,
        "escalated": counted.escalated,
    }


def midnight(moment: datetime) -> datetime:
    """When that day began in China."""
    return moment.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
