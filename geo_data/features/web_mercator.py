"""The web's grid of tiles (WebMercatorQuad, EPSG:3857): which tile, where it lies, its squares."""

from __future__ import annotations

import math
from typing import NamedTuple

#: Zooms that are served; one more halves a tile's side.
ZOOMS = range(23)

#: Units along a tile's side, and how far features reach beyond it, so that lines join.
EXTENT = 4096
BUFFER = 64

#: West and south end of the grid, metres.
ORIGIN_M = -20037508.342789244


class Tile(NamedTuple):
    """A tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def inside(self) -> bool:
        """True where the grid has such a tile."""
        side = 1 << self.z if self.z in ZOOMS else 0
        return 0 <= self.x < side and 0 <= self.y < side

    def box(self, beyond: float = 0.0) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees, wider by `beyond` tiles on each side."""
        west, east = self.x - beyond, self.x + 1 + beyond
        north, south = self.y - beyond, self.y + 1 + beyond
        return (
            max(_longitude(west, self.z), -180.0),
            max(_latitude(south, self.z), -90.0),
            min(_longitude(east, self.z), 180.0),
            min(_latitude(north, self.z), 90.0),
        )

    def squares(self, along: int) -> tuple[list[float], list[float]]:
        """Longitudes and latitudes, both rising, of the lines of `along` × `along` squares.

        A line that two tiles share has the same value in both: what lies on it is counted once.
        """
        fine = self.z + along.bit_length() - 1
        columns = range(self.x * along, (self.x + 1) * along + 1)
        rows = range((self.y + 1) * along, self.y * along - 1, -1)
        return [_longitude(c, fine) for c in columns], [_latitude(r, fine) for r in rows]


def step_m(z: int) -> float:
    """Half a pixel in metres of the grid, on maps that draw a tile 512 pixels wide."""
    return -2 * ORIGIN_M / (1 << z) / 1024


def tile_at(lon: float, lat: float, z: int) -> Tile:
    """The tile in which a position (WGS 84) lies."""
    side = 1 << z
    column = (lon + 180) / 360 * side
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * side
    return Tile(z, min(max(int(column), 0), side - 1), min(max(int(row), 0), side - 1))


def _longitude(column: float, z: int) -> float:
    return column / (1 << z) * 360 - 180


def _latitude(row: float, z: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / (1 << z)))))
