"""A report as the watchers see it: which matter, who, when and where; and how near is near.

Distances are metres, times are the server's clock.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from grid.cells.metres import METRES_PER_DEGREE
from grid.model import Source
from grid.principal import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.reports.report import Report

#: The canonical order of reports: when it was seen, then the report's id.
Key = tuple[datetime, str]

#: How far back a phone that was offline is believed.
FARTHEST_BACK = timedelta(days=7)
#: Sources whose sender is one person or one device; from the others many people speak.
_SENDER_IS_REPORTER = frozenset(
    {
        Source.WORKER,
        Source.INSPECTOR,
        Source.ENTERPRISE,
        Source.DEPARTMENT,
        Source.SUPERIOR,
        Source.VIDEO,
        Source.SENSOR,
        Source.TASK,
    }
)
#: Keys that one person has.
_KEY_IS_REPORTER = frozenset({Role.CITIZEN, Role.WORKER})
#: Sources behind which the cell's own team stands, where the key does not say whose it is.
_TEAM = frozenset({Source.WORKER, Source.TASK})

#: Squares of so many degrees: about 660 m for surges, 110 m for what lies at one place.
TILE = 0.006
SPOT = 0.001


@dataclass(frozen=True, slots=True)
class Sighting:
    """A report that became a case.

    `parent` is the case that its case came under, `open` says that its case could come under one.
    `waits` says that it came in so lately that others seen before it may still be under way, so
    nothing is done about it yet. `outside` says that it is not from the cell's own team,
    `closed_at` when its case, or that one's parent, was closed.
    """

    case_id: str
    report: str
    class_: str
    reporter: str
    seen_at: datetime
    lon: float
    lat: float
    parent: str | None = None
    open: bool = True
    waits: bool = False
    outside: bool = True
    closed_at: datetime | None = None

    @property
    def key(self) -> Key:
        """Its place in the canonical order."""
        return self.seen_at, self.report


def class_of(category: str) -> str:
    """`kind.class` of a category `kind.class.item`."""
    return category.rsplit(".", 1)[0]


def seen_at(report: Report) -> datetime:
    """When it was observed, by the server's clock.

    The phone's clock error is what its `sent_at` differs from the arrival; nothing is seen after
    it came in, and nothing is believed to be older than seven days.
    """
    seen = report.observed_at
    if report.sent_at is not None:
        seen += report.received_at - report.sent_at
    return min(max(seen, report.received_at - FARTHEST_BACK), report.received_at)


def reporter(
    source: Source,
    sender: str,
    report_id: str,
    person: Mapping[str, str] | None,
    role: Role | None = None,
) -> str:
    """Who reported, as a digest that is only good for telling people apart.

    `role` is that of the sender's key. A citizen's or worker's key is one person, whatever names
    come with it; else a person's phone or name where there is one; else the sender, where that is
    one person or one device; else every report counts as somebody's own.
    """
    told = (person or {}).get("phone") or (person or {}).get("name")
    if role in _KEY_IS_REPORTER:
        who = f"sender {sender}"
    elif told:
        who = f"person {told}"
    elif source in _SENDER_IS_REPORTER:
        who = f"sender {sender}"
    else:
        who = f"report {report_id}"
    return sha256(who.encode()).hexdigest()[:32]


def outside(source: Source, path: str, role: Role | None, area: str | None) -> bool:
    """True when a report about a place at `path` is not from the cell's own team.

    `role` and `area` are those of the sender's key: a worker belongs to the teams of the cells in
    its area. What other keys hand in as a worker's report is taken as the team's.
    """
    if role is Role.WORKER and area is not None:
        return not path.startswith(area)
    return source not in _TEAM


def square(lon: float, lat: float, size: float) -> int:
    """The square of `size` degrees that a position lies in."""
    return _number(math.floor(lon / size), math.floor(lat / size))


def squares_within(lon: float, lat: float, reach_m: float, size: float) -> list[int]:
    """All squares of `size` degrees that a circle touches."""
    west, east, south, north = box_within(lon, lat, reach_m, size)
    return [_number(x, y) for x in range(west, east + 1) for y in range(south, north + 1)]


def box_within(lon: float, lat: float, reach_m: float, size: float) -> tuple[int, int, int, int]:
    """The columns (west, east) and rows (south, north) of these squares."""
    dy = reach_m / METRES_PER_DEGREE
    dx = dy / max(math.cos(math.radians(lat)), 0.01)
    west, east = math.floor((lon - dx) / size), math.floor((lon + dx) / size)
    south, north = math.floor((lat - dy) / size), math.floor((lat + dy) / size)
    return west, east, south, north


def _number(x: int, y: int) -> int:
    return (x << 32) + y


def distance_m(lon_1: float, lat_1: float, lon_2: float, lat_2: float) -> float:
    """Distance on a plane through both positions: exact enough for a few hundred metres."""
    dx = (lon_1 - lon_2) * math.cos(math.radians((lat_1 + lat_2) / 2.0))
    return math.hypot(dx, lat_1 - lat_2) * METRES_PER_DEGREE


class Near:
    """Sightings by square, to find those around a position."""

    def __init__(self, size: float) -> None:
        self._size = size
        self._squares: dict[int, dict[str, Sighting]] = defaultdict(dict)

    def add(self, sighting: Sighting) -> None:
        """Take it in."""
        at = square(sighting.lon, sighting.lat, self._size)
        self._squares[at][sighting.case_id] = sighting

    def drop(self, sighting: Sighting) -> None:
        """Forget it, if it is there."""
        at = square(sighting.lon, sighting.lat, self._size)
        self._squares[at].pop(sighting.case_id, None)

    def around(self, lon: float, lat: float, reach_m: float) -> list[Sighting]:
        """All in the squares within reach: everything so near, and some farther."""
        found: list[Sighting] = []
        for at in squares_within(lon, lat, reach_m, self._size):
            if at in self._squares:
                found += self._squares[at].values()
        return found
