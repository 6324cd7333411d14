"""GeoPackage 1.3 (older programs read it too): built on disk, as SQLite wants, given away, gone.

The file loses its name as soon as it is open: whatever ends the process, nothing is left behind.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyproj
import shapely

from geo_data.exports import texts
from geo_data.exports.columns import schema
from geo_data.features.collections import Kind
from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo_data.exports.columns import Batch
    from geo_data.features.collections import Collection

_SQL = load("geopackage")

_PIECE = 1 << 20
#: The most that the file may have: 4 GiB; more, and the export ends with an error.
_PAGES = 1 << 20
_TYPES = {
    Kind.TEXT: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.MOMENT: "DATETIME",
}
# The letters GP, version 0, flags: little-endian; with a box of x and y, or empty without.
_HEAD = np.dtype([("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs", "<i4")])
_BOXED = np.dtype([*_HEAD.descr, ("sides", "<f8", (4,))])
_POINT, _BOX = 0b00001, 0b00011
_EMPTY = b"GP\x00\x11" + (4326).to_bytes(4, "little")


class GeoPackage:
    """One layer with the collection's name, `fid` and a spatial index that its editors keep up."""

    def __init__(self, collection: Collection, folder: Path | None) -> None:
        """`folder` is where the file lies while it is built; None: the system's own."""
        self._collection = collection
        self._fid = 0
        self._whole = np.array([np.inf, np.inf, -np.inf, -np.inf])
        number, path = tempfile.mkstemp(".gpkg", "wangge-export-", folder)
        self._read = os.fdopen(number, "rb")
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._begin()
        finally:
            os.unlink(path)  # noqa: PTH108 - it came as text
        marks = ", ".join("?" * (len(schema(collection)) + 2))
        self._insert = f'INSERT INTO "{collection.name}" VALUES ({marks})'  # noqa: S608
        self._index = f'INSERT INTO "rtree_{collection.name}_geom" VALUES (?, ?, ?, ?, ?)'  # noqa: S608

    def _begin(self) -> None:
        name, about = self._collection.name, f"{self._collection.zh} · {self._collection.en}"
        columns = "".join(
            f', "{column.name}" {_TYPES[column.kind]}' for column in self._collection.columns
        )
        kind = self._collection.geometry.upper()
        self._db.executescript(_SQL.settings)
        self._db.execute(f"PRAGMA max_page_count = {_PAGES}")
        self._db.execute("BEGIN")
        for statement in _SQL.tables.split(";\n"):
            self._db.execute(statement)
        self._db.executemany(_SQL.system, _systems())
        self._db.execute(_SQL.contents, {"name": name, "about": about})
        self._db.execute(_SQL.geometry, {"name": name, "type": kind})
        self._db.execute(_SQL.extension, {"name": name})
        self._db.execute(
            f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,'
            f" geom {kind}, id TEXT{columns})"
        )
        self._db.execute(self._of_layer(_SQL.index))

    def start(self) -> bytes:
        """Nothing goes out before the file is whole."""
        return b""

    def add(self, batch: Batch) -> bytes:
        """Store the rows."""
        fids = range(self._fid + 1, self._fid + 1 + len(batch.wkb))
        self._fid += len(batch.wkb)
        sides = shapely.bounds(batch.shapes)
        blobs = _blobs(batch, sides)
        columns = [_values(column) for column in batch.table.columns]
        self._db.executemany(self._insert, zip(fids, blobs, *columns, strict=True))
        known = ~np.isnan(sides[:, 0])
        if known.any():
            held = sides[known]
            west, south, east, north = held.T.tolist()
            ids = np.fromiter(fids, np.int64)[known].tolist()
            self._db.executemany(self._index, zip(ids, west, east, south, north, strict=True))
            self._whole[:2] = np.minimum(self._whole[:2], held[:, :2].min(axis=0))
            self._whole[2:] = np.maximum(self._whole[2:], held[:, 2:].max(axis=0))
        return b""

    def rest(self) -> Iterator[bytes]:
        """The file, a megabyte at a time."""
        if self._fid and np.isfinite(self._whole).all():
            self._db.execute(_SQL.extent, self._whole.tolist())
        self._db.execute("COMMIT")
        self._db.executescript(self._of_layer(_SQL.triggers))
        self._db.close()
        while piece := self._read.read(_PIECE):
            yield piece

    def close(self) -> None:
        """The file's room on disk is free again."""
        self._db.close()
        self._read.close()

    def _of_layer(self, text: str) -> str:
        name = self._collection.name
        return text.replace('"layer"', f'"{name}"').replace("rtree_layer_", f"rtree_{name}_")


def _blobs(batch: Batch, sides: Any) -> list[bytes | None]:
    """The geometries as GeoPackage has them: a head with the box (points need none), then WKB."""
    wkb: list[bytes | None] = batch.wkb.to_pylist()
    points = shapely.get_type_id(batch.shapes) == 0
    if points.all() and not np.isnan(sides[:, 0]).any():
        head = np.array([(b"GP", 0, _POINT, 4326)], _HEAD).tobytes()
        return [head + one for one in wkb if one is not None]
    heads = np.empty(len(wkb), _BOXED)
    heads["magic"], heads["version"], heads["flags"], heads["srs"] = b"GP", 0, _BOX, 4326
    heads["sides"] = sides[:, [0, 2, 1, 3]]
    empty = np.isnan(sides[:, 0])
    return [
        None if one is None else (_EMPTY if none else head.tobytes()) + one
        for head, one, none in zip(heads, wkb, empty.tolist(), strict=True)
    ]


def _values(column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        column = texts.utc_to_millisecond(column)
    values: list[Any] = column.to_pylist()
    return values


def _systems() -> list[tuple[Any, ...]]:
    """The three rows that every GeoPackage has; degrees are longitude first."""
    wgs84 = pyproj.CRS("EPSG:4326").to_wkt("WKT1_GDAL")
    return [
        ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined"),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined"),
        ("WGS 84 geodetic", 4326, "EPSG", 4326, wgs84),
    ]
