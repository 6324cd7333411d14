"""GeoJSON (RFC 7946): one FeatureCollection, a feature to a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo_data.exports import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_data.exports.columns import Batch
    from geo_data.features.collections import Collection


class GeoJson:
    """Features as they are read. Without its last two brackets the document is no JSON."""

    def __init__(self, collection: Collection) -> None:
        self._name = collection.name
        self._begun = False

    def start(self) -> bytes:
        """Up to the list of features."""
        name = json.dumps(self._name)
        return f'{{"type":"FeatureCollection","name":{name},"features":['.encode()

    def add(self, batch: Batch) -> bytes:
        """A feature for each row, each after a comma but the first."""
        ids, *columns = batch.table.columns
        names = batch.table.schema.names[1:]
        parts: list[pa.Array | str] = [',\n{"type":"Feature","id":', _value(ids), ',"geometry":']
        shapes = pa.array(shapely.to_geojson(batch.shapes), pa.string())
        parts += [pc.fill_null(shapes, "null"), ',"properties":{']
        for i, (name, column) in enumerate(zip(names, columns, strict=True)):
            parts += [f"{',' if i else ''}{json.dumps(name)}:", _value(column)]
        text = texts.joined(*parts, "}}")
        first, self._begun = not self._begun, True
        return text[1:] if first else text

    def rest(self) -> Iterator[bytes]:
        """The end of list and document."""
        yield b"\n]}\n"

    def close(self) -> None:
        """Nothing is held."""


def _value(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        text = texts.beside('"', texts.utc(column), '"')
    elif pa.types.is_string(column.type):
        text = texts.json_text(column)
    else:
        text = texts.plain(column)
    return pc.fill_null(text, "null")
