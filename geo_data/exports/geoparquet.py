"""GeoParquet 1.1: well-known binary, a column of boxes to skip row groups by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyproj
import shapely

from geo_data.exports.columns import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_data.exports.columns import Batch
    from geo_data.features.collections import Collection

GEOMETRY, BOX = "geometry", "bbox"
_SIDES = ("xmin", "ymin", "xmax", "ymax")
#: A row group is written when it has so many rows, or so many bytes before packing.
_ROWS, _BYTES = 50_000, 32_000_000


class GeoParquet:
    """Row groups are given away as they are full; the footer comes last, and none reads without."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        boxes = pa.struct([(side, pa.float64()) for side in _SIDES])
        self._schema = schema(collection).append(pa.field(GEOMETRY, pa.binary()))
        self._schema = self._schema.append(pa.field(BOX, boxes))
        self._boxes = boxes
        self._out = _Drained()
        self._file = pq.ParquetWriter(
            pa.PythonFile(self._out, mode="w"), self._schema, compression="zstd"
        )
        self._waiting: list[pa.Table] = []
        self._whole = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self._types: set[str] = set()

    def start(self) -> bytes:
        """The format's first four letters."""
        return self._out.take()

    def add(self, batch: Batch) -> bytes:
        """Row groups that are full."""
        sides = shapely.bounds(batch.shapes)
        empty = np.isnan(sides[:, 0])
        columns = [pa.array(sides[:, i], mask=empty) for i in range(4)]
        boxes = pa.StructArray.from_arrays(columns, fields=list(self._boxes), mask=pa.array(empty))
        arrays = [*batch.table.columns, batch.wkb, boxes]
        self._waiting.append(pa.Table.from_arrays(arrays, schema=self._schema))
        if not empty.all():
            low, high = np.nanmin(sides[:, :2], axis=0), np.nanmax(sides[:, 2:], axis=0)
            self._whole[:2] = np.minimum(self._whole[:2], low)
            self._whole[2:] = np.maximum(self._whole[2:], high)
        self._types |= _types(batch.shapes)
        waiting = sum(table.num_rows for table in self._waiting)
        if waiting >= _ROWS or sum(table.nbytes for table in self._waiting) >= _BYTES:
            self._group()
        return self._out.take()

    def rest(self) -> Iterator[bytes]:
        """The last row group and the footer."""
        self._group()
        self._file.add_key_value_metadata({"geo": json.dumps(self._geo())})
        self._file.close()
        yield self._out.take()

    def close(self) -> None:
        """What was not taken is dropped."""
        self._waiting.clear()
        self._file.close()

    def _group(self) -> None:
        if self._waiting:
            table = pa.concat_tables(self._waiting)
            self._waiting.clear()
            self._file.write_table(table, row_group_size=table.num_rows)

    def _geo(self) -> dict[str, Any]:
        column: dict[str, Any] = {
            "encoding": "WKB",
            "geometry_types": sorted(self._types),
            "crs": pyproj.CRS("OGC:CRS84").to_json_dict(),
            "covering": {"bbox": {side: [BOX, side] for side in _SIDES}},
        }
        if np.isfinite(self._whole).all():
            column["bbox"] = self._whole.tolist()
        return {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}


def _types(shapes: Any) -> set[str]:
    found = np.unique(shapely.get_type_id(shapes))
    return {_NAMES[number] for number in found.tolist() if number >= 0}


_NAMES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)


class _Drained:
    """A file that is only written; what has been written is taken away."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._at += len(part)
        return len(part)

    def take(self) -> bytes:
        """What was written since."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """There is nowhere to flush to."""

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
