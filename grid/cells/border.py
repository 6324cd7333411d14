"""The way to the border, the nearest cell, and the one that lies across the border.

         c        ╱      The border of a cell as metres around the point p: degrees scaled by the
p ·─ ─ ─ ·       ╱       cosine of the latitude of the cell's middle, which for a cell of 20 km is
     d   │ A    ╱  B     wrong by less than 0.2 %. The nearest place on an edge a → b is
         └─────╱         a + t (b − a), t between 0 and 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.boxes import STACK, search
from grid.cells.compiled import compiled
from grid.cells.metres import METRES_PER_DEGREE, SNAP_M

if TYPE_CHECKING:
    from grid.cells.compiled import Bools, Floats, Ints, Ints32

#: Beyond this many accuracy radii from the border the cell counts as certain.
CERTAIN_RADII: Final = 2.0
#: Standard deviation of each axis over the 68 % radius: P(R < r) = 1 − exp(−r² / 2σ²) = 0.68.
SIGMA_PER_RADIUS: Final = 1.0 / math.sqrt(-2.0 * math.log(1.0 - 0.68))
#: How far around the foot on the border the neighbour is looked for, metres.
_ACROSS_M: Final = 0.05
#: Boxes are looked for a little farther than distances are measured.
_WIDER: Final = 1.01 / METRES_PER_DEGREE
_STEEPEST: Final = 89.0


@compiled
def nearest(
    cell: int, x: float, y: float, corners: Floats, start: Ints, scale: Floats
) -> tuple[float, float, float]:
    """Metres from the point to the cell's border, and the place on the border, degrees."""
    per_x, per_y = scale[cell], METRES_PER_DEGREE
    least, foot_x, foot_y = np.inf, 0.0, 0.0
    begin, end = start[cell], start[cell + 1]
    bx, by = (corners[begin, 0] - x) * per_x, (corners[begin, 1] - y) * per_y
    for i in range(begin + 1, end):
        ax, ay = bx, by
        bx, by = (corners[i, 0] - x) * per_x, (corners[i, 1] - y) * per_y
        dx, dy = bx - ax, by - ay
        long = dx * dx + dy * dy
        t = -(ax * dx + ay * dy) / long if long > 0.0 else 0.0
        t = min(max(t, 0.0), 1.0)
        cx, cy = ax + t * dx, ay + t * dy
        away = cx * cx + cy * cy
        if away < least:  # never for NaN, between rings
            least, foot_x, foot_y = away, cx, cy
    return math.sqrt(least), x + foot_x / per_x, y + foot_y / per_y


@compiled
def _near(
    x: float,
    y: float,
    reach_m: float,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
    stack: Ints,
    found: Ints32,
) -> int:
    """Cells whose box lies within reach of the point, into `found`; how many."""
    high = reach_m * _WIDER
    wide = high / math.cos(math.radians(min(abs(y), _STEEPEST)))
    return search(x - wide, y - high, x + wide, y + high, nodes, levels, ids, stack, found)


@compiled
def snap(
    lon: Floats,
    lat: Floats,
    cell: Ints32,
    snapped: Bools,
    corners: Floats,
    start: Ints,
    scale: Floats,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
) -> None:
    """Give points outside every cell the nearest one up to `SNAP_M`; say which were given."""
    stack = np.empty(STACK, dtype=np.int64)
    found = np.empty(len(ids), dtype=np.int32)
    for k in range(len(cell)):
        x, y = lon[k], lat[k]
        if cell[k] >= 0 or not (math.isfinite(x) and math.isfinite(y)):
            continue
        least, best = np.inf, -1
        for i in range(_near(x, y, SNAP_M, nodes, levels, ids, stack, found)):
            other = found[i]
            away, _, _ = nearest(other, x, y, corners, start, scale)
            if away <= SNAP_M and (away < least or (away == least and other < best)):
                least, best = away, other
        cell[k] = best
        snapped[k] = best >= 0


@compiled
def measure(
    lon: Floats,
    lat: Floats,
    radius: Floats,
    cell: Ints32,
    snapped: Bools,
    distance: Floats,
    confidence: Floats,
    runner_up: Ints32,
    corners: Floats,
    start: Ints,
    scale: Floats,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
) -> None:
    """Fill in distance, confidence and, where it is not certain and not known yet, runner-up."""
    stack = np.empty(STACK, dtype=np.int64)
    found = np.empty(len(ids), dtype=np.int32)
    for k in range(len(cell)):
        own, x, y = cell[k], lon[k], lat[k]
        if own < 0:
            distance[k], confidence[k] = np.nan, 0.0
            continue
        away, foot_x, foot_y = nearest(own, x, y, corners, start, scale)
        distance[k] = away
        if not (radius[k] > 0.0 and away < CERTAIN_RADII * radius[k]):
            confidence[k] = 0.0 if snapped[k] else 1.0
            continue
        z = away / (radius[k] * SIGMA_PER_RADIUS) / math.sqrt(2.0)
        confidence[k] = 0.5 * math.erfc(z if snapped[k] else -z)
        if runner_up[k] >= 0:
            continue
        # Where more than two cells meet at the foot, the one nearest to the position itself.
        least = np.inf
        for i in range(_near(foot_x, foot_y, _ACROSS_M, nodes, levels, ids, stack, found)):
            other = found[i]
            if other == own:
                continue
            reach, _, _ = nearest(other, foot_x, foot_y, corners, start, scale)
            if reach <= _ACROSS_M:
                reach, _, _ = nearest(other, x, y, corners, start, scale)
                if reach < least or (reach == least and other < runner_up[k]):
                    least, runner_up[k] = reach, other
