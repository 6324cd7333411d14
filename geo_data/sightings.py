"""What the watchers remember: reports with the fate of their cases, as the feed tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_data.arrays import plain
from geo_data.queries import load
from grid.model import Source
from grid.principal import Role
from grid.watching.sightings import (
    SPOT,
    TILE,
    class_of,
    outside,
    reporter,
    square,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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


async def add(conn: Connection, filed: Sequence[Filed], settle: timedelta) -> None:
    """Remember reports, to be looked at `settle` after they had come in.

    What is known already stays as it is; what has no report (the parent of a surge) is left out.
    """
    told = {
        row[0]: row[1:]
        for row in await (
            await conn.execute(_SQL.told, {"ids": plain(f.report for f in filed)})
        ).fetchall()
    }
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    for one in filed:
        if one.report not in told:
            continue
        seen_at, received_at, person, key_role, area = told[one.report]
        role = Role(key_role) if key_role else None
        source = Source(one.source)
        row = (
            one.case_id,
            one.report,
            one.category,
            class_of(one.category),
            reporter(source, one.sender, one.report, person, role),
            seen_at.isoformat(),
            received_at.isoformat(),
            one.at.isoformat(),
            (received_at + settle).isoformat(),
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
        await conn.execute(
            _SQL.add, {name: plain(map(str, values)) for name, values in columns.items()}
        )


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


async def rezone(conn: Connection, paths: Mapping[str, tuple[int, str]]) -> None:
    """Put cases under other areas, their positions as they were: (event, path) for each case.

    As with `move`, tell their fates afterwards.
    """
    if paths:
        events, now = zip(*paths.values(), strict=True)
        columns = {"case_id": list(paths), "version": list(events), "path": list(now)}
        await conn.execute(_SQL.rezone, columns)


async def forget(conn: Connection, before: datetime) -> None:
    """Forget what was filed before that and is over."""
    await conn.execute(_SQL.forget, {"before": before})
