"""Outlines of many areas at once for a map: seamless, simplified, in small whole numbers.

Neighbours share their borders, so they are simplified together (`shapely.coverage_simplify`) and
rounded to one raster: what met before still meets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_data.queries import load
from geo_data.rights import subtree
from grid.model import Level

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("areas")

#: Degrees of one step: 1e-5 is about a metre, far below what a screen shows.
STEP = 1e-5

#: Tolerance in degrees: the side of the square that a removed corner may cover.
_TOLERANCE = {
    Level.GRID: 0.00025,
    Level.COMMUNITY: 0.0003,
    Level.STREET: 0.0006,
    Level.DISTRICT: 0.0015,
    Level.CITY: 0.002,
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """An area as it is drawn: centre and rings in steps from the origin.

    A ring is x, y of its first point and then differences from point to point; the last point is
    not repeated. Outer rings and holes stand together: filled by the even-odd rule.
    """

    code: str
    name: str
    path: str
    center: tuple[int, int]
    rings: list[list[int]]


@dataclass(frozen=True, slots=True)
class Outlines:
    """All areas of one level below a path. `origin` is the south-west corner in degrees."""

    layout: int
    level: Level
    origin: tuple[float, float]
    synthetic: bool
    areas: list[Drawn]


async def read(conn: Connection, layout: int, level: Level, path: str) -> list[tuple[Any, ...]]:
    """The rows that `draw` takes, in the order of their paths."""
    low, high = subtree(path)
    done = await conn.execute(
        _SQL.below,
        {"layout": layout, "level": level.value, "path_low": low, "path_high": high},
    )
    return await done.fetchall()


def draw(layout: int, level: Level, rows: list[tuple[Any, ...]]) -> Outlines:
    """Simplify and round; half a second of work for 13,000 cells, so not for an event loop."""
    if not rows:
        return Outlines(layout, level, (0.0, 0.0), False, [])
    shapes = shapely.from_wkb([row[6] for row in rows])
    shapes = shapely.coverage_simplify(shapes, _TOLERANCE[level])
    west, south = (float(np.floor(v / STEP) * STEP) for v in shapely.total_bounds(shapes)[:2])
    origin = (round(west, 6), round(south, 6))
    rings = _rings(shapes, origin)
    areas = [
        Drawn(code, name, path, (_steps(lon, origin[0]), _steps(lat, origin[1])), rings[i])
        for i, (code, name, path, _, lon, lat, _) in enumerate(rows)
    ]
    return Outlines(layout, level, origin, any(row[3] for row in rows), areas)


def _steps(value: float, origin: float) -> int:
    return round((value - origin) / STEP)


def _rings(shapes: Any, origin: tuple[float, float]) -> list[list[list[int]]]:
    """Each area's rings as differences; rings that rounding made smaller than a triangle go."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    lines, part = shapely.get_rings(parts, return_index=True)
    points, line = shapely.get_coordinates(lines, return_index=True)
    whole = np.rint((points - np.array(origin)) / STEP).astype(np.int64)
    starts = np.searchsorted(line, np.arange(len(lines) + 1))
    found: list[list[list[int]]] = [[] for _ in range(len(shapes))]
    owners = owner[part].tolist()
    for i, whose in enumerate(owners):
        ring = whole[starts[i] : starts[i + 1] - 1]  # the last point is the first again
        step = np.diff(ring, axis=0)
        moved = step.any(axis=1)
        if np.count_nonzero(moved) + 1 < 3:  # noqa: PLR2004 - a ring has three corners
            continue
        found[whose].append([*ring[0].tolist(), *step[moved].ravel().tolist()])
    return found
