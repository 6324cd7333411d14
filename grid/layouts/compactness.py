"""How compact an outline is: against a circle, and as a box around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from grid.cells.metres import METRES_PER_DEGREE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shapes = NDArray[Any]
    Floats = NDArray[np.float64]


def in_metres(shapes: Shapes) -> Shapes:
    """WGS 84 polygons with metres as units: degrees scaled at the middle of each, shape (n,)."""
    box = shapely.bounds(shapes)
    flat = np.cos(np.radians((box[:, 1] + box[:, 3]) / 2.0))
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    points = points * METRES_PER_DEGREE
    points[:, 0] *= flat[owner]
    metric: Shapes = shapely.set_coordinates(shapes.copy(), points)
    return metric


def polsby_popper(metric: Shapes) -> Floats:
    """4π·area over the square of the perimeter: 1 for a circle, 0.785 for a square, shape (n,).

    Polsby and Popper, “The Third Criterion”, 1991. NaN for shapes without a border.
    """
    length = shapely.length(metric)
    around = np.where(length > 0.0, length, np.nan)
    return np.asarray(4.0 * np.pi * shapely.area(metric) / around**2, dtype=np.float64)


def length_to_width(metric: Shapes) -> Floats:
    """The long side over the short one of the smallest box, however turned, around each shape.

    Shape (n,); NaN for shapes without ground.
    """
    ring = shapely.get_exterior_ring(shapely.oriented_envelope(metric))
    corners = [shapely.get_coordinates(shapely.get_point(ring, i)) for i in range(3)]
    found = np.full(len(metric), np.nan)
    whole = ~(shapely.is_missing(ring) | shapely.is_empty(ring))
    sides = np.column_stack([np.hypot(*(corners[i + 1] - corners[i]).T) for i in range(2)])
    with np.errstate(divide="ignore"):
        found[whole] = sides.max(axis=1) / sides.min(axis=1)
    return found


def strays(shapes: Shapes) -> Floats:
    """How many pieces each outline has beyond one, shape (n,); NaN where there is none."""
    count = shapely.get_num_geometries(shapes) - 1.0
    return np.where(shapely.is_missing(shapes) | shapely.is_empty(shapes), np.nan, count)
