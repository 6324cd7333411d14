"""The zones of the decision table out of the stored places: all in memory, or those near by."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_data.places.kinds import within_m
from geo_data.queries import load
from grid.model import Status
from grid.zones import NO_ZONES, Shape, Zones, metres_per_degree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_data.database import Connection
    from grid.cases.case import Case

_SQL = load("places")


class ZonesNow:
    """The zones as a process knows them: read again whenever the places have changed."""

    def __init__(self) -> None:
        self._stamp = -1
        self._zones = NO_ZONES

    async def get(self, conn: Connection) -> Zones:
        """The zones of this moment; asks whether there are others each time."""
        row = await (await conn.execute(_SQL.stamp)).fetchone()
        assert row is not None
        if row[0] != self._stamp:
            asked = {"kinds": list(within_m())}
            rows = await (await conn.execute(_SQL.zones, asked)).fetchall()
            self._zones = await asyncio.to_thread(_zones, rows)
            self._stamp = row[0]  # read before the places: it must never be newer than they
        return self._zones


async def zones_at(
    conn: Connection, positions: Sequence[tuple[float, float]]
) -> list[frozenset[str]]:
    """The kinds of places in whose zones some positions (WGS 84, degrees) lie now."""
    if not positions:
        return []
    metres = within_m()
    lon, lat = ([position[axis] for position in positions] for axis in (0, 1))
    east, north = metres_per_degree(np.array(lat))
    reach = 1.01 * max(metres.values()) / np.minimum(east, north)
    asked = {"kinds": list(metres), "lon": lon, "lat": lat, "reach": reach.tolist()}
    rows = await (await conn.execute(_SQL.zones_near, asked)).fetchall()
    return _zones([(kind, wkb, None, None) for kind, wkb in rows]).at(lon, lat)


async def zones_of(conn: Connection, cases: Iterable[Case]) -> dict[str, frozenset[str]]:
    """The same for cases, by their ids; without cases nothing is asked."""
    listed = list(cases)
    found = await zones_at(conn, [(case.place.lon, case.place.lat) for case in listed])
    return {case.id: kinds for case, kinds in zip(listed, found, strict=True)}


async def zones_of_waiting(conn: Connection, cases: Iterable[Case]) -> dict[str, frozenset[str]]:
    """The same for those cases that wait for a look: their clock lets the table decide again."""
    return await zones_of(conn, (case for case in cases if case.status is Status.RECEIVED))


def _zones(rows: list[tuple[Any, ...]]) -> Zones:
    if not rows:
        return NO_ZONES
    shapes = shapely.from_wkb(np.array([row[1] for row in rows], dtype=object))
    made = (Shape(row[0], shape, *row[2:]) for row, shape in zip(rows, shapes, strict=True))
    return Zones(made, within_m())
