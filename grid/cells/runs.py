"""How far is it to a cell's border? Its outline in runs of eight edges, each run with a box.

┌──────────╲╱─┐    A box says how far its edges are at least: where that is too far they are
│ run 0 ╲╱    │    not looked at, and around most points all are.
└─────────────┘
│     c        ╱      An edge is measured in metres around the point p: degrees scaled
└·p ·─ ─ ─ ·  ╱       by the cosine of the latitude of the cell's middle, which for a
d   │  ╱        cell of 20 km is wrong by less than 0.2 %. The nearest place on
└─╱         a → b is a + t (b − a), t between 0 and 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import compiled, frozen, written_in
from grid.cells.metres import METRES_PER_DEGREE

if TYPE_CHECKING:
    from grid.cells.compiled import Floats, Ints

RUN: Final = 8
#: Boxes are made wider by so many steps from one number to the next: more than rounding can bring
#: a place on an edge out of the edge's box.
_STEPS: Final = 64.0


def runs(corners: Floats, start: Ints, boxes: Floats) -> tuple[Floats, Ints]:
    """The boxes of all runs (r, 4): west, south, east, north; and where each cell's begin (n + 1).

    `corners`, `start`, `boxes`: see `grid.cells.outlines.Outlines`. Run k of a cell has the edges
    from its corner 8 k to its corner 8 k + 8, of which those that are beyond the cell count not.
    """
    many = -(-(start[1:] - start[:-1] - 1) // RUN)
    begin = np.append(0, np.cumsum(many)).astype(np.int64)
    cell = np.repeat(np.arange(len(many)), many)
    slack = _STEPS * np.spacing(np.abs(boxes).max(axis=1, initial=0.0))[cell]
    made = np.empty((begin[-1], 4))
    _box(corners, start, begin, slack, made)
    return frozen(made), frozen(begin)


@compiled
def _box(corners: Floats, start: Ints, begin: Ints, slack: Floats, made: Floats) -> None:
    for cell in range(len(start) - 1):
        for run in range(begin[cell], begin[cell + 1]):
            first = start[cell] + (run - begin[cell]) * RUN
            west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
            for i in range(first, min(first + RUN + 1, start[cell + 1])):
                x, y = corners[i, 0], corners[i, 1]
                if not np.isnan(x):
                    west, south = min(west, x), min(south, y)
                    east, north = max(east, x), max(north, y)
            wider = slack[run]
            made[run, 0], made[run, 1] = west - wider, south - wider
            made[run, 2], made[run, 3] = east + wider, north + wider


@written_in
def nearest(
    cell: int,
    x: float,
    y: float,
    within: float,
    corners: Floats,
    start: Ints,
    scale: Floats,
    boxes: Floats,
    begin: Ints,
) -> tuple[float, int]:
    """Square metres from the point to the cell's border, and the number of the nearest edge.

    `within` (square metres) and -1 where no edge is nearer than that.
    """
    per_x, per_y = scale[cell], METRES_PER_DEGREE
    least, edge = within, -1
    first, last = start[cell], start[cell + 1] - 1
    for run in range(begin[cell], begin[cell + 1]):
        beside = max(boxes[run, 0] - x, x - boxes[run, 2], 0.0) * per_x
        over = max(boxes[run, 1] - y, y - boxes[run, 3], 0.0) * per_y
        if beside * beside + over * over < least:
            bx, by = (corners[first, 0] - x) * per_x, (corners[first, 1] - y) * per_y
            for i in range(first, min(first + RUN, last)):
                ax, ay = bx, by
                bx, by = (corners[i + 1, 0] - x) * per_x, (corners[i + 1, 1] - y) * per_y
                dx, dy = bx - ax, by - ay
                long = dx * dx + dy * dy
                t = -(ax * dx + ay * dy) / long if long > 0.0 else 0.0
                t = min(max(t, 0.0), 1.0)
                cx, cy = ax + t * dx, ay + t * dy
                away = cx * cx + cy * cy
                if away < least:  # never for NaN, between rings
                    least, edge = away, i
        first += RUN
    return least, edge


@written_in
def foot(edge: int, x: float, y: float, per_x: float, corners: Floats) -> tuple[float, float]:
    """The place on the edge that is nearest to the point, degrees."""
    per_y = METRES_PER_DEGREE
    ax, ay = (corners[edge, 0] - x) * per_x, (corners[edge, 1] - y) * per_y
    bx, by = (corners[edge + 1, 0] - x) * per_x, (corners[edge + 1, 1] - y) * per_y
    dx, dy = bx - ax, by - ay
    long = dx * dx + dy * dy
    t = -(ax * dx + ay * dy) / long if long > 0.0 else 0.0
    t = min(max(t, 0.0), 1.0)
    return x + (ax + t * dx) / per_x, y + (ay + t * dy) / per_y
