"""What the database knows beside the outlines: the layout before, cases, people and households."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import geopandas as gpd
import numpy as np
import shapely

from geo_data.areas import layout_in_force
from geo_data.layout.listing import before as came_before
from geo_data.layout.model import COLUMNS, Layout
from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_data.database import Connection

_SQL = load("layout_report")

#: Our measures of a cell's size, by what facts of areas call them.
_MEASURES: Final = {"households": "households", "population": "people"}


@dataclass(frozen=True, slots=True)
class Known:
    """What a report needs beside the layout itself.

    `cases` are the positions (lon, lat) of the last year's cases, shape (n, 2); `facts` values by
    measure (`households`, `people`) and code of the area; both None where no database was asked.
    `before` are the areas of the layout before, `before_called` its number or file.
    """

    cases: NDArray[np.float64] | None = None
    facts: Mapping[str, Mapping[str, float]] | None = None
    before: gpd.GeoDataFrame | None = None
    before_called: str | None = None


async def stored(conn: Connection, number: int | None) -> tuple[int, Layout]:
    """A stored layout whole, and its number; None: the one that holds now.

    LookupError where there is no such layout (NoLayout where none holds).
    """
    if number is None:
        number = await layout_in_force(conn)
    about = await (await conn.execute(_SQL.about, {"layout": number})).fetchone()
    rows = await (await conn.execute(_SQL.areas, {"layout": number})).fetchall()
    if about is None or not rows:
        raise LookupError(f"there is no layout {number}")
    columns: dict[str, Any] = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    columns["geometry"] = _as_drawn(np.array(columns["geometry"], dtype=object))
    areas = gpd.GeoDataFrame(columns, geometry="geometry", crs="EPSG:4326")
    return number, Layout(areas, *about)


async def known(conn: Connection, number: int | None, before: int | None) -> Known:
    """What the database knows for a report on the layout of a number, or (None) on a file's.

    `before` names the layout to compare with; None: the one that this one ended, for drafts and
    files the newest. LookupError where there is no such layout.
    """
    if before is None:
        before = await came_before(conn, number)
    last = None if before is None else (await stored(conn, before))[1].areas
    cases = await (await conn.execute(_SQL.cases)).fetchall()
    facts: dict[str, dict[str, float]] = {name: {} for name in _MEASURES.values()}
    asked = {"measures": list(_MEASURES)}
    for measure, area, value in await (await conn.execute(_SQL.facts, asked)).fetchall():
        facts[_MEASURES[measure]][area] = value
    return Known(
        cases=np.array(cases, dtype=np.float64).reshape(-1, 2),
        facts=facts,
        before=last,
        before_called=None if before is None else str(before),
    )


def _as_drawn(wkb: NDArray[Any]) -> NDArray[Any]:
    """Outlines of one piece as polygons: stored they are all multipolygons."""
    shapes: NDArray[Any] = shapely.from_wkb(wkb)
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    return shapes
