"""Places in the database: a file becomes what holds; what it left out is closed, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - dataclasses keep it inspectable
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_data import ledger
from geo_data.areas import NoLayout, layout_in_force
from geo_data.loaded import Loaded
from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.database import Connection
    from geo_data.places.file import Given

_SQL = load("places")


@dataclass(frozen=True, slots=True)
class Listed:
    """How many places of a kind a source names, and how many of all there ever were hold now."""

    source: str
    kind: str
    named: int
    now: int
    loaded_at: datetime


async def city_box(conn: Connection) -> tuple[float, float, float, float]:
    """West, south, east and north (degrees) of the city in the layout in force. Raises NoLayout."""
    layout = await layout_in_force(conn)
    row = await (await conn.execute(_SQL.city_box, {"layout": layout})).fetchone()
    if row is None:
        raise NoLayout(f"layout {layout} has no city")
    west, south, east, north = row
    return west, south, east, north


async def save(conn: Connection, source: str, places: Sequence[Given]) -> Loaded:
    """What the source says from now on, in one transaction; the same again changes nothing.

    A place without a beginning is there from now on. One that says something else than before, or
    comes again, begins anew: now, or later where the file says so. What it was stays on record.
    """
    async with conn.transaction():
        await conn.execute(_SQL.lock)
        now = await ledger.clock(conn)
        rows = await (await conn.execute(_SQL.latest, {"source": source})).fetchall()
        latest = {code: (number, bytes(digest)) for code, number, digest in rows}
        known = await (await conn.execute(_SQL.known_codes, {"source": source})).fetchall()
        before = {row[0] for row in known}
        closing: list[tuple[int, datetime]] = []
        coming: list[tuple[Given, datetime]] = []
        changed = same = 0
        for place in places:
            held = latest.pop(place.code, None)
            if held is not None and held[1] == place.digest:
                same += 1
                continue
            begins = _begins(place, now, again=place.code in before)
            coming.append((place, begins))
            if held is not None:
                closing.append((held[0], begins))
                changed += 1
        gone = len(latest)
        closing += [(number, now) for number, _ in latest.values()]
        if closing:
            ids, ends = ([one[i] for one in closing] for i in (0, 1))
            await conn.execute(_SQL.close, {"now": now, "ids": ids, "ends": ends})
        if coming:
            await _copy(conn, source, coming, now)
    return Loaded(len(coming) - changed, changed, gone, same)


async def counts(conn: Connection) -> list[Listed]:
    """What there is, by source and kind."""
    return [Listed(*row) for row in await (await conn.execute(_SQL.counts)).fetchall()]


def _begins(place: Given, now: datetime, *, again: bool) -> datetime:
    begins = place.valid_from or now
    if again:
        begins = max(begins, now)
    return begins if place.valid_to is None else min(begins, place.valid_to)


async def _copy(
    conn: Connection, source: str, coming: Sequence[tuple[Given, datetime]], now: datetime
) -> None:
    shapes = shapely.from_wkb(np.array([place.wkb for place, _ in coming], dtype=object))
    ewkb = shapely.to_wkb(shapely.set_srid(shapes, 4326), hex=True, include_srid=True)
    async with conn.cursor() as cursor, cursor.copy(_SQL.copy) as copy:
        for (place, begins), geometry in zip(coming, ewkb, strict=True):
            await copy.write_row(
                (
                    source,
                    place.code,
                    place.digest,
                    place.kind,
                    place.name,
                    place.owner,
                    geometry,
                    begins,
                    place.valid_to,
                    now,
                )
            )
