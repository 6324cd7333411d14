"""A layout as a small picture (PNG): one hue a district, one shade a street, borders by level."""

from __future__ import annotations

import colorsys
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import shapely

from grid.cells.index import CellIndex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_data.layout.model import Layout

    Pixels = NDArray[np.int64]

_SHADES = 5
#: Brightness of the borders between cells, communities, streets and districts.
_BORDERS = (("grid", 0.80), ("community", 0.62), ("street", 0.40), ("district", 0.10))


def png(layout: Layout, width: int, within: str | None = None) -> bytes:
    """The layout, or the area with the code `within`, as a PNG of that width in pixels.

    Borders of cells and communities are left out where they would cover everything. KeyError for
    a code that the layout does not have.
    """
    areas = layout.areas.set_index("code")
    if within is not None and within not in areas.index:
        raise KeyError(f"the layout has no area {within}")
    frame = areas.geometry[within] if within else areas.geometry.iloc[0]
    west, south, east, north = shapely.bounds(frame)
    flat = float(np.cos(np.radians((south + north) / 2)))
    height = max(1, round(width * (north - south) / ((east - west) * flat)))
    lon = west + (np.arange(width) + 0.5) * (east - west) / width
    lat = north - (np.arange(height) + 0.5) * (north - south) / height
    cell, chains = _rastered(layout, lon, lat)
    hues = len(layout.level("district"))
    picture = 1 + chains["district"] * _SHADES + chains["street"] % _SHADES
    first_border = 1 + hues * _SHADES
    metres = (north - south) * 111_195 / height
    for i, (level, _) in enumerate(_BORDERS):
        size = areas.geometry[areas["level"] == level]
        spacing = 111_195 * float(np.sqrt(np.median(shapely.area(size.to_numpy()))))
        if level in {"street", "district"} or spacing > 8 * metres:
            picture[_edges(chains[level], both=level == "district")] = first_border + i
    picture[cell < 0] = 0
    return _encoded(picture.astype(np.uint8), _palette(hues))


def _rastered(
    layout: Layout, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> tuple[Pixels, dict[str, Pixels]]:
    """The cell of each pixel (-1 outside), and for each level the number of the area there."""
    cells = layout.level("grid")
    paths = cells["path"].tolist()
    index = CellIndex(cells["code"].tolist(), cells["geometry"].to_numpy(), paths)
    x, y = np.meshgrid(lon, lat)
    found = index.locate(x.ravel(), y.ravel())
    cell = np.where(found.snapped, -1, found.cell).reshape(x.shape)
    chains = {}
    for depth, level in ((1, "district"), (2, "street"), (3, "community"), (4, "grid")):
        codes = [index.path(i).split("/")[depth] for i in range(len(index))]
        number = np.unique(codes, return_inverse=True)[1]
        chains[level] = np.where(cell < 0, -1, number[cell])
    return cell, chains


def _edges(area: Pixels, *, both: bool) -> NDArray[np.bool_]:
    """Pixels whose area differs from that of the next one, right or below; or of any next one."""
    edge = np.zeros(area.shape, dtype=np.bool_)
    across, down = area[:, :-1] != area[:, 1:], area[:-1] != area[1:]
    edge[:, :-1] |= across
    edge[:-1] |= down
    if both:
        edge[:, 1:] |= across
        edge[1:] |= down
    return edge


def _palette(hues: int) -> bytes:
    """White for outside, the shades of every hue, the borders."""
    colours = [(1.0, 1.0, 1.0)]
    for hue in range(hues):
        for shade in range(_SHADES):
            turned = hue * 0.381966 % 1.0  # the golden section keeps neighbours apart
            colours.append(colorsys.hls_to_rgb(turned, 0.93 - 0.045 * shade, 0.55))
    colours += [(dark, dark, dark) for _, dark in _BORDERS]
    return bytes(round(255 * part) for colour in colours for part in colour)


def _encoded(picture: NDArray[np.uint8], palette: bytes) -> bytes:
    """A PNG with a palette: signature, header, palette, rows, end."""
    height, width = picture.shape
    rows = np.column_stack([np.zeros(height, dtype=np.uint8), picture]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*chunks, (b"IEND", b""))
    )
