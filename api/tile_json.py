"""What a map must know of a tile set before it asks for tiles: TileJSON 3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_data.features.collections import COLLECTIONS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_data.features.tile_sets import TileSet
    from geo_data.features.tiles import Bounds

_KINDS = {Kind.INTEGER: "Number", Kind.NUMBER: "Number", Kind.BOOLEAN: "Boolean"}


def document(tiles: TileSet, template: str, bounds: Bounds) -> dict[str, Any]:
    """The document; `template` is the address of a tile with {z}, {x} and {y} in it."""
    west, south, east, north = bounds
    return {
        "tilejson": "3.0.0",
        "name": f"{tiles.zh} {tiles.en}",
        "scheme": "xyz",
        "tiles": [template],
        "minzoom": tiles.minzoom,
        "maxzoom": tiles.maxzoom,
        "bounds": list(bounds),
        "center": [(west + east) / 2, (south + north) / 2, tiles.minzoom],
        "vector_layers": layers(tiles),
    }


def layers(tiles: TileSet) -> list[dict[str, Any]]:
    """The layers with their properties: `Number`, `Boolean` or `String`, and what they mean."""
    columns = {column.name: column for column in COLLECTIONS[tiles.collection].columns}
    told = []
    if tiles.minzoom < tiles.features_from:
        counts = {"count": f"Number: 数量, how many {tiles.collection}"}
        counts |= _fields(tiles.counts)
        last = min(tiles.features_from - 1, tiles.maxzoom)
        told.append(_layer(tiles.squares_layer, tiles, tiles.minzoom, last, counts))
    if tiles.features_from <= tiles.maxzoom:
        fields = {"id": "String: 标识, what it is known by everywhere"}
        fields |= _fields(columns[name] for name in tiles.fields) | _fields(tiles.made)
        first = max(tiles.minzoom, tiles.features_from)
        told.append(_layer(tiles.name, tiles, first, tiles.maxzoom, fields))
    return told


def _layer(
    name: str, tiles: TileSet, minzoom: int, maxzoom: int, fields: dict[str, str]
) -> dict[str, Any]:
    return {
        "id": name,
        "description": f"{tiles.zh} {tiles.en}",
        "minzoom": minzoom,
        "maxzoom": maxzoom,
        "fields": fields,
    }


def _fields(properties: Iterable[Any]) -> dict[str, str]:
    return {one.name: f"{_KINDS.get(one.kind, 'String')}: {one.zh}, {one.en}" for one in properties}
