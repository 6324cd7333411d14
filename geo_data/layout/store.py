"""Layouts in the database: saved whole with all their areas, read back as an index of cells."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import shapely
from psycopg import errors
from psycopg.types.json import Jsonb

from geo_data import queries
from geo_data.areas import layout_in_force
from geo_data.layout.check import square_metres
from grid.cells.index import CellIndex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.layout.cell_folder import CellFolder
    from geo_data.layout.model import Layout

_SQL = queries.load("layout")


async def save(conn: Connection, layout: Layout, *, valid_from: datetime | None) -> int:
    """Save a layout in one transaction; the one that held until now ends when it begins.

    `valid_from` None makes a draft, which never holds until it is published. Nobody looks at the
    clock here: `geo_data.layout.publishing` does. Returns its number. The very same areas saved
    again while they are a draft or the newest layout are not saved twice: the number they have is
    returned. ValueError where `valid_from` is not after the beginning of the layout that it ends.
    """
    async with conn.transaction():
        await conn.execute(_SQL.alone)
        number, held = await _draft(conn, layout)
        if valid_from is not None and not held:
            await begin(conn, number, valid_from, "")
    return number


async def begin(conn: Connection, number: int, valid_from: datetime, by: str) -> None:
    """Let a draft hold from a moment on, in the running transaction. ValueError as in `save`."""
    await conn.execute(_SQL.lock)
    try:
        async with conn.transaction():
            await conn.execute(_SQL.close_open, {"valid_from": valid_from})
            await conn.execute(_SQL.open, {"id": number, "valid_from": valid_from, "by": by})
    except (errors.CheckViolation, errors.ExclusionViolation, errors.DataException) as error:
        reason = f"a layout that begins at {valid_from} would end one before it begins"
        raise ValueError(reason) from error


async def _draft(conn: Connection, layout: Layout) -> tuple[int, bool]:
    """The number under which these areas are stored, and whether they are the newest layout."""
    digest = _digest(layout)
    known = await (await conn.execute(_SQL.same_drawing, {"digest": digest})).fetchone()
    if known is not None:
        return int(known[0]), bool(known[1])
    about = {
        "name": layout.name,
        "source": layout.source,
        "seed": layout.seed,
        "note": Jsonb({**layout.note, "digest": digest}),
    }
    row = await (await conn.execute(_SQL.add_layout, about)).fetchone()
    assert row is not None
    number = int(row[0])
    async with conn.cursor() as cursor, cursor.copy(_SQL.copy_areas) as copy:
        for area in _rows(layout):
            await copy.write_row((number, *area))
    await conn.execute(_SQL.know_areas)
    return number, False


async def load_cells(
    conn: Connection, layout_id: int | None = None, folder: CellFolder | None = None
) -> CellIndex:
    """The index of a layout's cells, by default of the one that holds now.

    Mapped from the folder where it is kept there, else built in a thread, and kept. LookupError
    where there is no such layout, or (NoLayout) none at all.
    """
    number = await layout_in_force(conn) if layout_id is None else layout_id
    if folder is None:
        return await asyncio.to_thread(_index, await _cells(conn, number), number)
    row = await (await conn.execute(_SQL.cells_digest, {"layout": number})).fetchone()
    if row is None or row[0] is None:
        raise LookupError(f"layout {number} has no cells")
    digest = str(row[0])
    kept = await asyncio.to_thread(folder.find, number, digest)
    if kept is not None:
        return kept
    rows = await _cells(conn, number)
    return await asyncio.to_thread(folder.make, number, digest, lambda: _index(rows, number))


async def _cells(conn: Connection, number: int) -> list[tuple[str, str, bytes]]:
    rows = await (await conn.execute(_SQL.cells, {"layout": number})).fetchall()
    if not rows:
        raise LookupError(f"layout {number} has no cells")
    return rows


def _index(rows: Sequence[tuple[str, str, bytes]], number: int) -> CellIndex:
    codes, paths, wkb = zip(*rows, strict=True)
    return CellIndex(codes, shapely.from_wkb(np.array(wkb, dtype=object)), paths, number)


def _rows(layout: Layout) -> list[tuple[object, ...]]:
    """The areas in the order of the COPY statement, geometries as hex EWKB."""
    areas = layout.areas
    shapes = areas["geometry"].to_numpy()
    multi = np.array([shapely.multipolygons(shapely.get_parts(s)) for s in shapes], dtype=object)
    inner = shapely.point_on_surface(shapes)
    columns = (
        *(areas[c].tolist() for c in ("code", "level", "parent", "name", "path")),
        shapely.to_wkb(shapely.set_srid(multi, 4326), hex=True, include_srid=True).tolist(),
        shapely.to_wkb(shapely.set_srid(inner, 4326), hex=True, include_srid=True).tolist(),
        square_metres(shapes).tolist(),
        areas["ur_class"].tolist(),
        [bool(s) for s in areas["synthetic"]],
    )
    return [
        tuple(None if value != value else value for value in row)  # noqa: PLR0124 - NaN is missing
        for row in zip(*columns, strict=True)
    ]


def _digest(layout: Layout) -> str:
    """What tells two sets of areas apart."""
    digest = hashlib.sha256()
    for code, name, path, shape in zip(
        *(layout.areas[c] for c in ("code", "name", "path", "geometry")), strict=True
    ):
        digest.update(f"{code}\0{name}\0{path}\0".encode())
        digest.update(shapely.to_wkb(shape))
    return digest.hexdigest()
