"""Far from every border? The raster knows, before any border is measured.

┌───┬───┬───┬───┬───┐     For each square of the raster that no edge passes through: how many
│ 0 │ 1 │ 1 │ 1 │ 2 │     squares it is to the nearest one with an edge, going like a king on a
├───╲───┼───┼───┼───┤     chessboard. A point in a square with 2 has at least one whole square
│ 1 │ 0╲│ 0 │ 1 │·p │     between it and every edge, and the way to the side of its own.
└───┴───┴─╲─┴───┴───┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import compiled, frozen, written_in
from grid.cells.lookup import OUTSIDE
from grid.cells.metres import METRES_PER_DEGREE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grid.cells.compiled import Floats, Ints32

    Bytes = NDArray[np.uint8]

_MOST: Final = 255


def clearance(frame: Floats, words: Ints32) -> Bytes:
    """The map, row by row; see `grid.cells.raster.Raster`."""
    nx, ny = int(frame[4]), int(frame[5])
    steps = np.where(words[: nx * ny] < OUTSIDE, 0, _MOST).astype(np.uint8).reshape(ny, nx)
    _spread(steps)
    _spread(steps[::-1, ::-1])
    return frozen(steps)


@compiled
def _spread(steps: Bytes) -> None:
    """One way through: what comes from the row before and from the square before."""
    ny, nx = steps.shape
    for row in range(ny):
        for column in range(nx):
            least = int(steps[row, column])
            if column > 0:
                least = min(least, steps[row, column - 1] + 1)
            if row > 0:
                for other in range(max(column - 1, 0), min(column + 2, nx)):
                    least = min(least, steps[row - 1, other] + 1)
            steps[row, column] = least


@written_in
def clear_m(x: float, y: float, per_x: float, frame: Floats, steps: Bytes) -> float:
    """No border of a cell is nearer to the point than that; `per_x`: metres in a degree."""
    u, v = (x - frame[0]) * frame[2], (y - frame[1]) * frame[3]
    if not (u >= 0.0 and u < frame[4] and v >= 0.0 and v < frame[5]):
        return 0.0
    column, row = int(u), int(v)
    between = float(steps[row, column]) - 1.0
    u, v = u - column, v - row
    along = float((between + min(u, 1.0 - u)) * per_x / frame[2])
    up = float((between + min(v, 1.0 - v)) * METRES_PER_DEGREE / frame[3])
    return max(min(along, up), 0.0)
