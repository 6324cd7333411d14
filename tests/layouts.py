"""Made-up layouts of square cells, right until a test bends one."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from grid.cells.metres import METRES_PER_DEGREE

#: South-west corner; a cell is 2⁻⁷ degree wide, about 700 × 870 m.
WEST, SOUTH, STEP = 119.0, 36.5, 0.0078125
#: Metres along x and y of a degree here.
NORTHWARD = METRES_PER_DEGREE
EASTWARD = METRES_PER_DEGREE * float(np.cos(np.radians(SOUTH + STEP)))


def square(x: float, y: float, width: float = 1, height: float = 1) -> shapely.Polygon:
    """A box in steps from the south-west corner."""
    left, bottom = WEST + x * STEP, SOUTH + y * STEP
    return shapely.box(left, bottom, left + width * STEP, bottom + height * STEP)


def metres(x: float, y: float, east: float, north: float) -> shapely.Polygon:
    """A box of so many metres with its south-west corner at a place in steps."""
    left, bottom = WEST + x * STEP, SOUTH + y * STEP
    return shapely.box(left, bottom, left + east / EASTWARD, bottom + north / NORTHWARD)


def layout(across: int = 4, ur_class: str = "111") -> gpd.GeoDataFrame:
    """A city of one district and street, two rows of cells a community; codes C00, C01 …"""
    whole = square(0, 0, across, across)
    rows: list[tuple[Any, ...]] = [
        ("city", "1", None, "城", None, whole),
        ("district", "11", "1", "区", None, whole),
        ("street", "111", "11", "街道", None, whole),
    ]
    for y in range(0, across, 2):
        strip = square(0, y, across, min(2, across - y))
        rows.append(("community", f"V{y}", "111", f"社区{y}", ur_class, strip))
    rows += [
        ("grid", f"C{x}{y}", f"V{y - y % 2}", f"第{x}{y}网格", ur_class, square(x, y))
        for y in range(across)
        for x in range(across)
    ]
    columns = ("level", "code", "parent", "name", "ur_class", "geometry")
    frame = gpd.GeoDataFrame(
        [dict(zip(columns, row, strict=True)) for row in rows], geometry="geometry", crs="EPSG:4326"
    )
    return frame.assign(feature=frame["code"], synthetic=False)


def changed(areas: gpd.GeoDataFrame, code: str, /, **to: Any) -> gpd.GeoDataFrame:
    """The layout with other values in the row of that code."""
    areas = areas.copy()
    row = areas.index[areas["code"] == code][0]
    for column, value in to.items():
        areas[column] = [value if i == row else old for i, old in areas[column].items()]
    return areas.set_geometry("geometry", crs="EPSG:4326")
