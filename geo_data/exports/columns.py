"""A collection as Arrow columns: what is selected for it, and batches of rows turned into columns.

Moments come from the server as eight bytes, microseconds from 2000 on, and become Arrow's without
passing through a Python datetime. A shape is its well-known binary (EPSG:4326, longitude first).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from psycopg import sql
from psycopg.types.numeric import Int8BinaryLoader

from geo_data.features.collections import Kind
from geo_data.features.reading import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from psycopg import AsyncCursor

    from geo_data.features.collections import Collection
    from geo_data.features.reading import Asked

MOMENT = pa.timestamp("us", "UTC")
_2000_US = 946_684_800_000_000

_TYPES = {
    Kind.TEXT: ("text", pa.string()),
    Kind.INTEGER: ("int8", pa.int64()),
    Kind.NUMBER: ("float8", pa.float64()),
    Kind.BOOLEAN: ("bool", pa.bool_()),
    Kind.MOMENT: ("timestamptz", MOMENT),
}


class Batch(NamedTuple):
    """Some rows: `table` has `id` and every column, `wkb` and `shapes` (shapely) their geometry."""

    table: pa.RecordBatch
    wkb: pa.Array
    shapes: Any


def schema(collection: Collection) -> pa.Schema:
    """`id` and every column, in the collection's order."""
    columns = [(column.name, _TYPES[column.kind][1]) for column in collection.columns]
    return pa.schema([("id", pa.string()), *columns])


def selected(asked: Asked) -> tuple[sql.Composed, dict[str, Any]]:
    """A SELECT of `id`, the columns and the geometry's binary, in no order."""
    part = rows(asked)
    columns = sql.SQL(", ").join(
        sql.SQL("f.{}::{}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in (
            ("id", "text"),
            *((column.name, _TYPES[column.kind][0]) for column in asked.collection.columns),
        )
    )
    text = sql.SQL("SELECT {}, public.ST_AsBinary(f.geom) FROM ({}) AS f").format(
        columns, part.text
    )
    return text, part.values


def plain_moments(cursor: AsyncCursor[Any]) -> None:
    """Let the cursor give moments as `batch` takes them. Its answers have to be binary."""
    cursor.adapters.register_loader("timestamptz", Int8BinaryLoader)


def batch(names: pa.Schema, read: Sequence[tuple[Any, ...]]) -> Batch:
    """The columns of the rows that a cursor gave for `selected`; `names` is the `schema`."""
    *columns, wkb = zip(*read, strict=True)
    table = pa.RecordBatch.from_arrays(
        [_column(kept.type, values) for kept, values in zip(names, columns, strict=True)],
        schema=names,
    )
    return Batch(table, pa.array(wkb, pa.binary()), shapely.from_wkb(np.array(wkb, dtype=object)))


def _column(kind: pa.DataType, values: Iterable[Any]) -> pa.Array:
    if kind != MOMENT:
        return pa.array(values, kind)
    return pc.add(pa.array(values, pa.int64()), _2000_US).cast(MOMENT)
