"""Which cells cover a point, asked of the polygons themselves: exact, for any point, and slower.

    ·p ─ ─ ─│─ ─ ─ ─│─ ─ →     A ray from p to the right crosses the border of a cell an odd number
            │  hole │          of times where p is inside. An edge counts where one end lies above
    ────────┘       └────      the ray and the other not, so that a ray through a corner is counted
                               once; on which side of the edge p lies is decided exactly.

For the points that the raster cannot answer: on a border or a last bit beside it, and where cells
overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.boxes import STACK, search
from grid.cells.compiled import compiled
from grid.cells.orientation import side

if TYPE_CHECKING:
    from grid.cells.compiled import Floats, Ints, Ints32

_NONE: Final = 2**31 - 1


@compiled
def covers(cell: int, x: float, y: float, corners: Floats, start: Ints) -> bool:
    """Whether the cell's polygon holds the point, border included."""
    inside = False
    for i in range(start[cell], start[cell + 1] - 1):
        ax, ay = corners[i, 0], corners[i, 1]
        bx, by = corners[i + 1, 0], corners[i + 1, 1]
        if np.isnan(ax) or np.isnan(bx):
            continue  # from one ring to the next
        if (ay > y) != (by > y):
            where = side(ax, ay, bx, by, x, y)
            if where == 0:
                return True
            if (where > 0) == (by > ay):
                inside = not inside
        elif (ay == y and ax == x) or (by == y and (bx == x or (ay == y and (ax > x) != (bx > x)))):
            return True
    return inside


@compiled
def first_two(
    x: float,
    y: float,
    corners: Floats,
    start: Ints,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
    stack: Ints,
    found: Ints32,
) -> tuple[int, int]:
    """The lowest and the second lowest number of the cells that cover the point; -1 for none."""
    first = second = _NONE
    for k in range(search(x, y, x, y, nodes, levels, ids, stack, found)):
        cell = found[k]
        if cell < second and covers(cell, x, y, corners, start):
            if cell < first:
                first, second = cell, first
            else:
                second = cell
    return (-1 if first == _NONE else first), (-1 if second == _NONE else second)


@compiled
def decide(
    lon: Floats,
    lat: Floats,
    undecided: int,
    cell: Ints32,
    second: Ints32,
    corners: Floats,
    start: Ints,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
) -> None:
    """Replace every `cell` that is `undecided`; the next cell goes to `second`, if it has room."""
    stack = np.empty(STACK, dtype=np.int64)
    found = np.empty(len(ids) + 1, dtype=np.int32)
    for k in range(len(cell)):
        if cell[k] == undecided:
            first, after = first_two(
                lon[k], lat[k], corners, start, nodes, levels, ids, stack, found
            )
            cell[k] = first
            if len(second):
                second[k] = after
