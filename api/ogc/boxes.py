"""`bbox`: four or six numbers in the axes of a reference system, as boxes in degrees."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from api.problems import invalid_parameter

if TYPE_CHECKING:
    from api.ogc.crs import Crs
    from geo_data.features.reading import Box

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_FLAT, _WITH_HEIGHTS = 4, 6
_FARTHEST, _POLE = 180.0, 90.0
_ROUNDING = 1e-9  # the world's edge in metres comes out a little beyond 180°


def boxes(text: str, crs: Crs) -> tuple[Box, ...]:
    """One box, or two where it crosses 180°. Heights are looked at and left: no feature has any.

    400 for anything else. A box that crosses 180° has its west end east of its east end.
    """
    numbers = [number(part) for part in text.split(",")]
    if len(numbers) not in (_FLAT, _WITH_HEIGHTS) or None in numbers:
        raise invalid_parameter("bbox", "must be four numbers, or six with heights")
    given = [one for one in numbers if one is not None]
    half = len(given) // 2
    if given[2:half] > given[half + 2 :]:
        raise invalid_parameter("bbox", "must have its lower height first")
    west, south = crs.lon_lat(*given[:2])
    east, north = crs.lon_lat(*given[half : half + 2])
    west, east = _edge(west), _edge(east)
    if not (-_POLE <= south <= north <= _POLE):
        raise invalid_parameter(
            "bbox",
            f"must have south <= north within -90 and 90 degrees; these are {south:g}, {north:g}"
            " (axes in the order of bbox-crs)",
            "bbox 的南界不得大于北界，且须在 -90 到 90 度之间（坐标轴顺序依 bbox-crs）",
        )
    if not (-_FARTHEST <= west <= _FARTHEST and -_FARTHEST <= east <= _FARTHEST):
        raise invalid_parameter(
            "bbox",
            f"must have west and east within -180 and 180 degrees; these are {west:g}, {east:g}",
            "bbox 的东西界须在 -180 到 180 度之间",
        )
    if west <= east:
        return ((west, south, east, north),)
    return (west, south, _FARTHEST, north), (-_FARTHEST, south, east, north)


def number(text: str) -> float | None:
    """A finite decimal number; None for any other text."""
    if not _NUMBER.fullmatch(text):
        return None
    found = float(text)
    return found if math.isfinite(found) else None


def _edge(lon: float) -> float:
    if _FARTHEST < abs(lon) <= _FARTHEST + _ROUNDING:
        return math.copysign(_FARTHEST, lon)
    return lon
