"""Reading areas of a layout, that in force or of an instant: names, geometry, what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID  # noqa: TC003 - dataclasses keep it inspectable

from geo_data.queries import load
from geo_data.rights import subtree
from grid.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.rights import RowFilter

_SQL = load("areas")

#: Degrees by which an outline may differ from the border, so that it has some hundred points.
_TOLERANCE = {
    Level.GRID: 0.00002,
    Level.COMMUNITY: 0.00005,
    Level.STREET: 0.0002,
    Level.DISTRICT: 0.001,
    Level.CITY: 0.002,
}


class NoLayout(LookupError):
    """No layout is in force: none was loaded, or the instant lies before the first."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area of a layout; `children` counts those of the next level below."""

    code: str
    level: Level
    name: str
    path: str
    synthetic: bool
    area_m2: float
    lon: float
    lat: float
    children: int


@dataclass(frozen=True, slots=True)
class AreaName:
    """An area on the way down to another one."""

    code: str
    level: Level
    name: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Today:
    """The cases filed since a moment: how many, closed, settled by the team, and escalations.

    `feed` is the feed's number at that time; of a past moment it is not known.
    """

    feed: int | None
    filed: int
    closed: int
    settled: int
    escalated: int


class AreaNames:
    """Names by path, for `grid.cases.why`: the path's last code where the name is unknown."""

    def __init__(self, known: Iterable[AreaName]) -> None:
        self._names = {area.code: area.name for area in known}

    def area(self, path: str) -> str:
        """The area's name in Chinese."""
        code = path.rstrip("/").rpartition("/")[2]
        return self._names.get(code, code)


async def layout_in_force(conn: Connection) -> int:
    """The number of the layout that holds now. Raises NoLayout."""
    row = await (await conn.execute(_SQL.layout)).fetchone()
    if row is None:
        raise NoLayout("no layout of cells is in force: load one first")
    number: int = row[0]
    return number


async def layout_at(conn: Connection, instant: datetime) -> int:
    """The number of the layout that holds, held or will hold at an instant (aware).

    Raises NoLayout, which names the first one's beginning where the instant lies before it.
    """
    row = await (await conn.execute(_SQL.layout_at, {"instant": instant})).fetchone()
    if row is not None:
        number: int = row[0]
        return number
    first = await (await conn.execute(_SQL.first_layout)).fetchone()
    if first is None or first[0] is None:
        raise NoLayout("no layout of cells is in force: load one first")
    raise NoLayout(
        f"no layout of cells held at {instant.isoformat()}: "
        f"the first began at {first[0].astimezone(instant.tzinfo).isoformat()}"
    )


async def find(conn: Connection, layout: int, code: str) -> Area | None:
    """The area of that code in a layout."""
    row = await (await conn.execute(_SQL.find, {"layout": layout, "code": code})).fetchone()
    return Area(row[0], Level(row[1]), *row[2:]) if row else None


async def cell_at(conn: Connection, layout: int, lon: float, lat: float) -> str | None:
    """The path of the cell in which a position (WGS 84) lies; None outside every cell."""
    row = await (
        await conn.execute(_SQL.cell_at, {"layout": layout, "lon": lon, "lat": lat})
    ).fetchone()
    return row[0] if row else None


async def names(conn: Connection, layout: int, paths: Iterable[str]) -> list[AreaName]:
    """Every area that the paths name, from the city down."""
    codes = {code for path in paths for code in path.split("/") if code}
    rows = await (
        await conn.execute(_SQL.names, {"layout": layout, "codes": sorted(codes)})
    ).fetchall()
    return [
        AreaName(path.rstrip("/").rpartition("/")[2], Level(level), name, synthetic)
        for path, level, name, synthetic in rows
    ]


async def geometry(conn: Connection, layout: int, area: Area, *, full: bool) -> str:
    """GeoJSON of the area: as it is stored, or an outline of some hundred points."""
    if full:
        done = await conn.execute(_SQL.full, {"layout": layout, "code": area.code})
    else:
        tolerance = _TOLERANCE[area.level]
        done = await conn.execute(
            _SQL.outline, {"layout": layout, "code": area.code, "tolerance": tolerance}
        )
    row = await done.fetchone()
    assert row is not None
    text: str = row[0]
    return text


async def counters(conn: Connection, path: str) -> dict[str, int]:
    """What the counting follower keeps for the area."""
    rows = await (await conn.execute(_SQL.counters, {"area": path})).fetchall()
    return dict(rows)


async def today(conn: Connection, path: str, since: UUID) -> Today:
    """The cases below `path` with ids from `since` on (`grid.ids.first_id` of a moment)."""
    low, high = subtree(path)
    row = await (
        await conn.execute(_SQL.today, {"since": since, "path_low": low, "path_high": high})
    ).fetchone()
    assert row is not None
    return Today(*row)


async def live_at(conn: Connection, path: str, rights: RowFilter, at: datetime) -> dict[str, int]:
    """The counters of what was live below `path` at an instant, `live.<level>.<status>`.

    Of the cases that the rights show today, as everywhere where it is told what was.
    """
    rows = await (await conn.execute(_SQL.live_at, _then(path, rights, at))).fetchall()
    return dict(rows)


async def today_at(
    conn: Connection, path: str, rights: RowFilter, since: UUID, at: datetime
) -> Today:
    """`today` as it was at an instant of that day, of the cases that the rights show today."""
    given = _then(path, rights, at) | {"since": since}
    row = await (await conn.execute(_SQL.today_at, given)).fetchone()
    assert row is not None
    return Today(*row)


def _then(path: str, rights: RowFilter, at: datetime) -> dict[str, object]:
    low, high = subtree(path)
    own_low, own_high = rights.bounds
    return {"path_low": low, "path_high": high, "own_low": own_low, "own_high": own_high, "at": at}
