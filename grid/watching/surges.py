"""Surges: many reports of one class, close together in place and time, that are one matter.

The watcher follows the feed and asks here. Distances are metres, times are the server's clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from grid.cells import METRES_PER_DEGREE
from grid.ids import time_ordered_millis
from grid.model import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grid.policy.policy_file import Surge
    from grid.reports.report import Report

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
#: Squares of this many degrees of latitude: about 330 m, a little more than the usual radius.
_TILE = 0.003


@dataclass(frozen=True, slots=True)
class Sighting:
    """A report that became a case and belongs to no surge yet, as the watcher sees it."""

    case_id: str
    class_: str
    reporter: str
    seen_at: datetime
    path: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Standing:
    """A surge that stands: where it began, and when it was last reported."""

    parent: str
    class_: str
    first_case: str
    lon: float
    lat: float
    first_at: datetime
    last_at: datetime


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


def reporter(source: Source, sender: str, report_id: str, person: Mapping[str, str] | None) -> str:
    """Who reported, as a digest that is only good for telling people apart.

    A person's phone or name where there is one; else the sender, where that is one person or one
    device; else every report counts as somebody's own.
    """
    told = (person or {}).get("phone") or (person or {}).get("name")
    if told:
        who = f"person {told}"
    elif source in _SENDER_IS_REPORTER:
        who = f"sender {sender}"
    else:
        who = f"report {report_id}"
    return sha256(who.encode()).hexdigest()[:32]


def parent_id(first_case: str) -> str:
    """The id of the parent that a surge beginning with this case gets: always the same."""
    entropy = int.from_bytes(sha256(f"surge {first_case}".encode()).digest()[:10], "big")
    return time_ordered_millis(UUID(first_case).int >> 80, entropy)


def tile(lon: float, lat: float) -> int:
    """The square that a position lies in."""
    return _number(math.floor(lon / _TILE), math.floor(lat / _TILE))


def tiles_within(lon: float, lat: float, reach_m: float) -> list[int]:
    """All squares that a circle touches."""
    dy = reach_m / METRES_PER_DEGREE
    dx = dy / max(math.cos(math.radians(lat)), 0.01)
    columns = range(math.floor((lon - dx) / _TILE), math.floor((lon + dx) / _TILE) + 1)
    rows = range(math.floor((lat - dy) / _TILE), math.floor((lat + dy) / _TILE) + 1)
    return [_number(x, y) for x in columns for y in rows]


def _number(x: int, y: int) -> int:
    return (x << 32) + y


def distance_m(lon_1: float, lat_1: float, lon_2: float, lat_2: float) -> float:
    """Distance on a plane through both positions: exact enough for a few hundred metres."""
    dx = (lon_1 - lon_2) * math.cos(math.radians((lat_1 + lat_2) / 2.0))
    return math.hypot(dx, lat_1 - lat_2) * METRES_PER_DEGREE


def joins(new: Sighting, surges: Iterable[Standing], limits: Surge) -> Standing | None:
    """The surge that the sighting belongs to: near its first, and not long after its last.

    Of several, the one that began first.
    """
    quiet = timedelta(minutes=limits.quiet_min)
    near = [
        s
        for s in surges
        if s.class_ == new.class_
        and abs(new.seen_at - s.last_at) < quiet
        and distance_m(s.lon, s.lat, new.lon, new.lat) <= limits.radius_m
    ]
    return min(near, key=lambda s: (s.first_at, s.parent), default=None)


def begins(new: Sighting, others: Iterable[Sighting], limits: Surge) -> list[Sighting]:
    """The sightings of the surge that `new` completes, its first one first; empty for none.

    A group is one sighting and what follows it within the window and the radius; a reporter
    counts once.
    """
    window = timedelta(minutes=limits.window_min)
    free = [
        s
        for s in others
        if s.class_ == new.class_ and s != new and abs(s.seen_at - new.seen_at) <= window
    ]
    if len({s.reporter for s in free} | {new.reporter}) < limits.reporters:
        return []
    free.append(new)
    free.sort(key=lambda s: (s.seen_at, s.case_id))
    for first in free:
        group = [
            s
            for s in free
            if first.seen_at <= s.seen_at <= first.seen_at + window
            and (s.seen_at, s.case_id) >= (first.seen_at, first.case_id)
            and distance_m(first.lon, first.lat, s.lon, s.lat) <= limits.radius_m
        ]
        if new in group and len({s.reporter for s in group}) >= limits.reporters:
            return group
    return []
