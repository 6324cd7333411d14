"""What a look of the watchers reads, by square and time, and what it writes down."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from geo_data.arrays import plain
from geo_data.queries import load
from grid.watching.sightings import SPOT, TILE, Sighting, box_within, square
from grid.watching.surges import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from geo_data.database import Connection

_SQL = load("looks")


class Due(NamedTuple):
    """A report to be looked at.

    `recurred`: its case was told already that it repeats. `apart`: people took it out from under a
    parent.
    """

    sighting: Sighting
    received_at: datetime
    recurred: bool
    apart: bool
    category: str


class Neighbour(NamedTuple):
    """A report near one that is looked at; `pending` says that it has not been looked at itself."""

    sighting: Sighting
    received_at: datetime
    pending: bool


class Alike(NamedTuple):
    """A live case near `case_id`: `other` (the parent of the report's case where it has one)."""

    case_id: str
    other: str
    report: str
    category: str
    seen_at: datetime
    lon: float
    lat: float


async def due(conn: Connection, now: datetime, limit: int) -> list[Due]:
    """What is to be looked at now, in the order in which it was seen."""
    rows = await conn.execute(_SQL.due, {"now": now, "limit": limit})
    return [Due(Sighting(*row[:12]), *row[12:]) for row in await rows.fetchall()]


async def free_near(
    conn: Connection, wanted: Mapping[tuple[str, int], datetime], now: datetime
) -> list[Neighbour]:
    """What is in these (class, tile) since then, alone or under a surge that stands."""
    rows = await (await conn.execute(_SQL.free_near, _places(wanted) | {"now": now})).fetchall()
    return [Neighbour(Sighting(*row[:12]), *row[12:]) for row in rows]


async def standing_near(
    conn: Connection, wanted: Mapping[tuple[str, int], datetime]
) -> list[Standing]:
    """The surges that began in these (class, tile) and were reported since then."""
    rows = await (await conn.execute(_SQL.standing_near, _places(wanted))).fetchall()
    return [Standing(*row) for row in rows]


def _places(wanted: Mapping[tuple[str, int], datetime], name: str = "tile") -> dict[str, str]:
    return {
        "class": plain(class_ for class_, _ in wanted),
        name: plain(str(place) for _, place in wanted),
        "since": plain(_moment(since) for since in wanted.values()),
    }


@lru_cache(1024)
def _moment(moment: datetime) -> str:
    return moment.isoformat()


async def at_spots(
    conn: Connection, wanted: Mapping[tuple[str, int], datetime], now: datetime
) -> list[tuple[Sighting, bool]]:
    """What counts for repetition in these (class, spot), seen or closed since then.

    And whether its case was told so already.
    """
    asked = _places(wanted, "spot") | {"now": now}
    rows = await (await conn.execute(_SQL.at_spots, asked)).fetchall()
    return [(Sighting(*row[:12]), row[13]) for row in rows]


async def alike(
    conn: Connection, new: Sequence[Sighting], reach_m: float, within: timedelta, limit: int
) -> list[Alike]:
    """For each of `new` the live cases around it, those of its class and the nearest first."""
    boxes = [box_within(s.lon, s.lat, reach_m, SPOT) for s in new]
    rows = await conn.execute(
        _SQL.alike,
        {
            "case_id": plain(s.case_id for s in new),
            "class": plain(s.class_ for s in new),
            "lon": plain(str(s.lon) for s in new),
            "lat": plain(str(s.lat) for s in new),
            "seen_at": plain(_moment(s.seen_at) for s in new),
            "west": plain(str(box[0]) for box in boxes),
            "east": plain(str(box[1]) for box in boxes),
            "south": plain(str(box[2]) for box in boxes),
            "north": plain(str(box[3]) for box in boxes),
            "within": within,
            "limit": limit,
        },
    )
    return [Alike(*row) for row in await rows.fetchall()]


async def descriptions(conn: Connection, reports: Iterable[str]) -> dict[str, str]:
    """The words of reports that still have any."""
    rows = await conn.execute(_SQL.descriptions, {"ids": plain(sorted(set(reports)))})
    return dict(await rows.fetchall())


async def looked(conn: Connection, cases: Sequence[str]) -> None:
    """These have been looked at."""
    if cases:
        await conn.execute(_SQL.looked, {"ids": plain(cases)})


async def look_again(conn: Connection, cases: Sequence[str], at: datetime) -> None:
    """Something stood in the way: look at these again then."""
    if cases:
        await conn.execute(_SQL.again, {"ids": plain(cases), "at": at})


async def taken(conn: Connection, parents: Mapping[str, str], standing: Sequence[Standing]) -> None:
    """Cases that came under a parent (case → parent), and where and when their surges stand now."""
    if parents:
        await conn.execute(_SQL.taken, {"case_id": list(parents), "parent": list(parents.values())})
    if standing:
        await conn.execute(
            _SQL.stand,
            {
                "parent": [s.parent for s in standing],
                "class": [s.class_ for s in standing],
                "first": [s.first for s in standing],
                "lon": [s.lon for s in standing],
                "lat": [s.lat for s in standing],
                "tile": [square(s.lon, s.lat, TILE) for s in standing],
                "first_at": [s.first_at for s in standing],
                "last_at": [s.last_at for s in standing],
            },
        )


async def children(conn: Connection, cases: Sequence[str]) -> dict[str, list[str]]:
    """The cases under each of these that has any."""
    found: dict[str, list[str]] = {}
    if cases:
        rows = await conn.execute(_SQL.children, {"ids": plain(cases)})
        for parent, child in await rows.fetchall():
            found.setdefault(parent, []).append(child)
    return found


async def recurred(conn: Connection, cases: Sequence[str]) -> None:
    """These were told that they repeat; they are not told again."""
    if cases:
        await conn.execute(_SQL.recurred, {"ids": plain(cases)})
