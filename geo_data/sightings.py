"""What the watchers remember: reports with the fate of their cases, and the surges that stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_data.queries import load
from grid.model import Source
from grid.principal import Role
from grid.watching.sightings import (
    SPOT,
    TILE,
    Sighting,
    box_within,
    class_of,
    outside,
    reporter,
    square,
)
from grid.watching.surges import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from geo_data.database import Connection

_SQL = load("sightings")


@dataclass(frozen=True, slots=True)
class Filed:
    """A report that became a case, as the feed tells it."""

    case_id: str
    event: int
    report: str
    sender: str
    source: str
    category: str
    path: str
    lon: float
    lat: float
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What an event, the `event`-th of the case, made of it: a status, a parent, on its own again.

    `status` None: the same as before. `apart` says that people took it out from under a parent.
    """

    case_id: str
    event: int
    at: datetime
    status: str | None = None
    parent: str | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A case whose category was put right, or its place (longitude, latitude; else None)."""

    case_id: str
    event: int
    category: str
    path: str
    place: tuple[float, float] | None
    look_at: datetime


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


async def add(conn: Connection, filed: Sequence[Filed], wait: tuple[timedelta, timedelta]) -> None:
    """Remember reports, each to be looked at as long after as it was under way itself.

    `wait` is the least and the most of that. What is known already stays as it is; what has no
    report (the parent of a surge) is left out.
    """
    told = {
        row[0]: row[1:]
        for row in await (
            await conn.execute(_SQL.told, {"ids": [f.report for f in filed]})
        ).fetchall()
    }
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for one in filed:
        if one.report not in told:
            continue
        seen_at, received_at, person, key_role, area = told[one.report]
        role = Role(key_role) if key_role else None
        source = Source(one.source)
        least, most = wait
        row = (
            one.case_id,
            one.report,
            one.category,
            class_of(one.category),
            reporter(source, one.sender, one.report, person, role),
            seen_at,
            received_at,
            one.at,
            one.at + min(max(least, one.at - received_at), most),
            one.path,
            one.lon,
            one.lat,
            square(one.lon, one.lat, TILE),
            square(one.lon, one.lat, SPOT),
            one.status,
            one.event,
            outside(source, one.path, role, area),
        )
        for name, value in zip(_COLUMNS, row, strict=True):
            columns[name].append(value)
    if columns["case_id"]:
        await conn.execute(_SQL.add, columns)


_COLUMNS = (
    "case_id", "report", "category", "class", "reporter", "seen_at", "received_at", "at", "look_at",
    "path", "lon", "lat", "tile", "spot", "status", "version", "outside",
)  # fmt: skip


async def follow(conn: Connection, fates: Sequence[Fate]) -> None:
    """Write down what became of cases, and of those under them; one fate for each case.

    A fate that is known already changes nothing.
    """
    if not fates:
        return
    await conn.execute(
        _SQL.follow,
        {
            "case_id": [f.case_id for f in fates],
            "version": [f.event for f in fates],
            "status": [f.status for f in fates],
            "at": [f.at for f in fates],
            "parent": [f.parent for f in fates],
            "apart": [f.apart for f in fates],
        },
    )


async def follow_parents(
    conn: Connection, closed: Mapping[str, datetime | None], over: Sequence[str]
) -> None:
    """Tell what is under these cases when they were closed (None: not closed any more).

    The surges whose parent is over take nothing more.
    """
    if closed:
        await conn.execute(
            _SQL.follow_parents, {"parent": list(closed), "closed_at": list(closed.values())}
        )
    if over:
        await conn.execute(_SQL.end_surges, {"ids": list(over)})


async def move(conn: Connection, moved: Sequence[Moved]) -> None:
    """Put sightings where their cases are now; what is under no parent is looked at again.

    Tell the cases' fates afterwards, or the same move changes them once more.
    """
    for one in moved:
        lon, lat = one.place or (None, None)
        await conn.execute(
            _SQL.move,
            {
                "case_id": one.case_id,
                "version": one.event,
                "category": one.category,
                "class": class_of(one.category),
                "path": one.path,
                "lon": lon,
                "lat": lat,
                "tile": square(*one.place, TILE) if one.place else None,
                "spot": square(*one.place, SPOT) if one.place else None,
                "look_at": one.look_at,
            },
        )


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


def _places(wanted: Mapping[tuple[str, int], datetime]) -> dict[str, Any]:
    return {
        "class": [class_ for class_, _ in wanted],
        "tile": [tile for _, tile in wanted],
        "since": list(wanted.values()),
    }


async def at_spots(
    conn: Connection, wanted: Mapping[tuple[str, int], datetime], now: datetime
) -> list[tuple[Sighting, bool]]:
    """What counts for repetition in these (class, spot), seen or closed since then.

    And whether its case was told so already.
    """
    asked = {
        "class": [class_ for class_, _ in wanted],
        "spot": [spot for _, spot in wanted],
        "since": list(wanted.values()),
        "now": now,
    }
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
            "case_id": [s.case_id for s in new],
            "class": [s.class_ for s in new],
            "lon": [s.lon for s in new],
            "lat": [s.lat for s in new],
            "seen_at": [s.seen_at for s in new],
            "west": [box[0] for box in boxes],
            "east": [box[1] for box in boxes],
            "south": [box[2] for box in boxes],
            "north": [box[3] for box in boxes],
            "within": within,
            "limit": limit,
        },
    )
    return [Alike(*row) for row in await rows.fetchall()]


async def descriptions(conn: Connection, reports: Iterable[str]) -> dict[str, str]:
    """The words of reports that still have any."""
    rows = await conn.execute(_SQL.descriptions, {"ids": sorted(set(reports))})
    return dict(await rows.fetchall())


async def looked(conn: Connection, cases: Sequence[str]) -> None:
    """These have been looked at."""
    if cases:
        await conn.execute(_SQL.looked, {"ids": list(cases)})


async def look_again(conn: Connection, cases: Sequence[str], at: datetime) -> None:
    """Something stood in the way: look at these again then."""
    if cases:
        await conn.execute(_SQL.again, {"ids": list(cases), "at": at})


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


async def recurred(conn: Connection, cases: Sequence[str]) -> None:
    """These were told that they repeat; they are not told again."""
    if cases:
        await conn.execute(_SQL.recurred, {"ids": list(cases)})


async def forget(conn: Connection, before: datetime) -> None:
    """Forget what was filed before that and is over."""
    await conn.execute(_SQL.forget, {"before": before})
