"""A place in every square whose state is known: what covers it, counted (grid.cells.outlines).

    outside                     Along a row of the raster, from one place to the next, beginning
     ·──→·───→·──→·───→·        outside of everything with state 0: each edge that the step crosses
    0    │  r₀│ r₁│  r₂│        adds its gain.

    ┌──┬──┬──┬──┐               Within a block: from the place of the big square to one in each
    ├──┼──┼──┼──┤               small square, across the big square's edges.
    ├──┼──r──┼──┤
    └──┴──┴──┴──┘               All sides are exact here, so an error never spreads.

A place must not lie on the line of an edge of its square; of several tried the first that does not
is taken. Where none is found the state is NaN, and the polygons will be asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import compiled
from grid.cells.lookup import SIDE, SQUARES
from grid.cells.orientation import TINY, UNSURE, side

if TYPE_CHECKING:
    from grid.cells.compiled import Floats, Ints, Ints32

#: Where in a square a place is looked for: first near its middle, in no regular pattern.
_GOLDEN: Final = 0.6180339887498949
_SILVER: Final = 0.4142135623730951
_TRIES: Final = np.array(
    [
        (0.35 + 0.3 * ((0.37 + i * _GOLDEN) % 1.0), 0.35 + 0.3 * ((0.59 + i * _SILVER) % 1.0))
        for i in range(24)
    ]
)


@compiled
def _crossed(
    of_r: int,
    ax: float,
    ay: float,
    bx: float,
    by: float,
    rx: float,
    ry: float,
    px: float,
    py: float,
) -> int:
    """+1 where the way from r to p crosses the edge to its left, -1 to its right, else 0.

    `of_r` is the side of r. An end of the edge that lies on the line of the way counts as left of
    it: as if the way were moved to the right by less than any number. Neither r nor p may lie on
    the edge itself.
    """
    of_p = side(ax, ay, bx, by, px, py)
    if of_p in (of_r, 0) or of_r == 0:
        return 0
    if (side(rx, ry, px, py, ax, ay) >= 0) == (side(rx, ry, px, py, bx, by) >= 0):
        return 0
    return of_p


@compiled
def _place(
    west: float, south: float, wide: float, high: float, edges: Floats, listed: Ints32
) -> tuple[float, float, bool]:
    """A place in the square that lies on the line of none of its edges, and whether there is."""
    x = y = 0.0
    for attempt in range(len(_TRIES)):
        x = west + wide * _TRIES[attempt, 0]
        y = south + high * _TRIES[attempt, 1]
        free = True
        for k in range(len(listed)):
            e = listed[k]
            if side(edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3], x, y) == 0:
                free = False
                break
        if free:
            return x, y, True
    return x, y, False


@compiled
def along_rows(
    frame: Floats,
    edges: Floats,
    gain: Floats,
    start: Ints,
    listed: Ints32,
    places: Floats,
    states: Floats,
) -> None:
    """Fill `places` (nx · ny, 2) and `states` of the whole raster."""
    nx, ny = int(frame[4]), int(frame[5])
    wide, high = 1.0 / frame[2], 1.0 / frame[3]
    passed = np.full(len(edges), -1, dtype=np.int64)
    for row in range(ny):
        y = frame[1] + (row + 0.4879) * high
        x, state, behind = frame[0], 0.0, row * nx
        owing = False  # whether edges of the squares behind may still have to be crossed
        for square in range(row * nx, row * nx + nx):
            west, south = frame[0] + (square - row * nx) * wide, frame[1] + row * high
            mine = listed[start[square] : start[square + 1]]
            if len(mine) == 0 and not owing:
                states[square] = state
                places[square, 0], places[square, 1] = west + 0.5 * wide, south + 0.5 * high
                continue
            to_x, to_y, free = _place(west, south, wide, high, edges, mine)
            places[square, 0], places[square, 1] = to_x, to_y
            if not free:
                states[square], owing = np.nan, True
                continue
            for other in range(behind, square + 1):
                for k in range(start[other], start[other + 1]):
                    e = listed[k]
                    if passed[e] != square:
                        passed[e] = square
                        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
                        of_r = side(ax, ay, bx, by, x, y)
                        state += gain[e] * _crossed(of_r, ax, ay, bx, by, x, y, to_x, to_y)
            states[square] = state
            x, y, behind, owing = to_x, to_y, square, len(mine) > 0


@compiled
def in_blocks(
    frame: Floats,
    edges: Floats,
    gain: Floats,
    corner: Floats,
    times: float,
    over_start: Ints,
    over_listed: Ints32,
    over_places: Floats,
    over_states: Floats,
    start: Ints,
    listed: Ints32,
    places: Floats,
    states: Floats,
) -> None:
    """Fill `places` and `states` of the blocks that refine divided squares (`over`)."""
    wide, high = 1.0 / (frame[2] * times), 1.0 / (frame[3] * times)
    for block in range(len(over_states)):
        first = block * SQUARES
        west = frame[0] + corner[block, 0] / frame[2]
        south = frame[1] + corner[block, 1] / frame[3]
        state = over_states[block]
        for square in range(first, first + SQUARES):
            x = west + (square - first) % SIDE * wide
            y = south + (square - first) // SIDE * high
            states[square] = state
            if start[square] == start[square + 1]:
                places[square, 0] = x + wide * _TRIES[0, 0]
                places[square, 1] = y + high * _TRIES[0, 1]
            else:
                mine = listed[start[square] : start[square + 1]]
                x, y, free = _place(x, y, wide, high, edges, mine)
                places[square, 0], places[square, 1] = x, y
                if not free:
                    states[square] = np.nan
        rx, ry = over_places[block, 0], over_places[block, 1]
        for k in range(over_start[block], over_start[block + 1]):
            e = over_listed[k]
            ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
            of_r, worth = side(ax, ay, bx, by, rx, ry), gain[e]
            for square in range(first, first + SQUARES):
                x, y = places[square, 0], places[square, 1]
                # Most lie on the same side as r, and clearly: then nothing is crossed.
                left, right = (bx - ax) * (y - ay), (by - ay) * (x - ax)
                if of_r * (left - right) <= UNSURE * (abs(left) + abs(right)) + TINY:
                    states[square] += worth * _crossed(of_r, ax, ay, bx, by, rx, ry, x, y)
