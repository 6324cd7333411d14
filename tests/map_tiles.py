"""What a map gets: tiles decoded by a library that is not ours, put back where they lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mapbox_vector_tile
import shapely
from shapely.geometry import shape

from geo_data.features.web_mercator import EXTENT, Tile, tile_at

if TYPE_CHECKING:
    import httpx

Layers = dict[str, list["Feature"]]


@dataclass(frozen=True)
class Feature:
    """A feature as it comes out of a tile, its shape in WGS 84."""

    properties: dict[str, Any]
    shape: Any


def decoded(body: bytes, at: Tile) -> Layers:
    """The features of each layer."""
    layers = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    side = 1 << at.z

    def in_degrees(points):
        lon = (at.x + points[:, 0] / EXTENT) / side * 360 - 180
        rows = (at.y + points[:, 1] / EXTENT) / side
        lat = [math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row)))) for row in rows]
        return list(zip(lon, lat, strict=True))

    for layer in layers.values():
        assert (layer["extent"], layer["version"]) == (EXTENT, 2)
    return {
        name: [
            Feature(one["properties"], shapely.transform(shape(one["geometry"]), in_degrees))
            for one in layer["features"]
        ]
        for name, layer in layers.items()
    }


async def fetched(client: httpx.AsyncClient, name: str, at: Tile, **asked: Any) -> Layers:
    """A tile's layers; none of an empty one."""
    got = await client.get(address(name, at), params=asked)
    assert got.status_code in (200, 204), got.text
    return decoded(got.content, at) if got.content else {}


def address(name: str, at: Tile) -> str:
    return f"/tiles/{name}/{at.z}/{at.x}/{at.y}.mvt"


def over(west: float, south: float, east: float, north: float, z: int) -> list[Tile]:
    """All tiles of a zoom that touch a box."""
    first, last = tile_at(west, north, z), tile_at(east, south, z)
    return [Tile(z, x, y) for x in range(first.x, last.x + 1) for y in range(first.y, last.y + 1)]


def pixel(z: int) -> float:
    """Degrees of longitude of a pixel, a tile being 512 pixels wide."""
    return 360 / (1 << z) / 512
