"""The cell of a point, from the raster: a look into a table, and mostly that is all.

    a raster over all cells:   each of its squares has one word:
    ┌────┬────┬────┬────┐
    │ 7  │ 7  │ 7╱ │ 9  │      0 or more   this cell covers the whole square          → done
    ├────┼────┼─╱──┼────┤      OUTSIDE     no cell touches it                         → done
    │ 7  │ 7  │╱ 9 │ 9  │      EDGE        one edge crosses it: which side?           → done
    ├────┼───╱┼────┼────┤      BLOCK       more do: 8 × 8 smaller squares, again a word each
    │ 7  │ 7╱─┼────┼────┤      LIST        more do, and it is small enough: walk
    ├────┼─╱──┼────┼────┤      ASK         the polygons must be asked (grid.cells.covering)
    │ 7  │╱ 4 │ 4  │ 4  │
    └────┴────┴────┴────┘

    The walk:   ┌───────────╲──┐   r is a place in the square whose state is known, p the point.
                │  r · · · · ╲·p   Going straight from r to p, each edge that is crossed adds its
                │    ╱        ╲│   gain (grid.cells.outlines). The edges of a list are turned so
                └───╱──────────┘   that r lies to the right: p right of it → not crossed.

Where rounding could decide a side, nobody guesses: the answer is `UNDECIDED`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import compiled, written_in
from grid.cells.orientation import TINY, UNSURE
from grid.cells.outlines import ONE

if TYPE_CHECKING:
    from grid.cells.compiled import Floats, Ints32

OUTSIDE: Final = -1
#: An answer, never a word: ask the polygons.
UNDECIDED: Final = -2

#: Words below `OUTSIDE` are −2 − (4 · place + kind).
BLOCK: Final = 0  # place: which group of 64 words
EDGE: Final = 1  # place: where its record begins: ax ay bx by, cell on the left, on the right
LIST: Final = 2  # place: where its record begins: r x, r y, state at r, n, n × (ax ay bx by gain)
ASK: Final = 3

#: Squares along a block's side, and in a block.
SIDE: Final = 8
SQUARES: Final = SIDE * SIDE
#: Numbers in an edge's record, before a list's edges, and for each of these.
EDGE_LONG: Final = 6
LIST_HEAD: Final = 4
LIST_EACH: Final = 5


def word(kind: int, place: int) -> int:
    """A word that refers to a block or a record. Works on arrays as well."""
    return -2 - (4 * place + kind)


@written_in
def _look(x: float, y: float, frame: Floats, words: Ints32, records: Floats) -> int:
    u = (x - frame[0]) * frame[2]
    v = (y - frame[1]) * frame[3]
    if not (u >= 0.0 and u < frame[4] and v >= 0.0 and v < frame[5]):  # noqa: PLR1716 - NaN, and speed
        return -1
    column, row = int(u), int(v)
    told = words[row * int(frame[4]) + column]
    while told < -1 and (-2 - told) & 3 == 0:  # BLOCK
        u, v = (u - column) * 8.0, (v - row) * 8.0
        column, row = int(u), int(v)
        told = words[(-2 - told) // 4 * 64 + row * 8 + column]
    if told >= -1:
        return told
    kind, at = (-2 - told) & 3, (-2 - told) >> 2
    if kind == EDGE:
        left = (records[at + 2] - records[at]) * (y - records[at + 1])
        right = (records[at + 3] - records[at + 1]) * (x - records[at])
        det = left - right
        if abs(det) <= UNSURE * (abs(left) + abs(right)) + TINY:
            return UNDECIDED
        return int(records[at + 4]) if det > 0.0 else int(records[at + 5])
    if kind == ASK:
        return UNDECIDED
    rx, ry, state = records[at], records[at + 1], records[at + 2]
    first = at + LIST_HEAD
    for e in range(first, first + LIST_EACH * int(records[at + 3]), LIST_EACH):
        ax, ay, bx, by = records[e], records[e + 1], records[e + 2], records[e + 3]
        left = (bx - ax) * (y - ay)
        right = (by - ay) * (x - ax)
        det = left - right
        doubt = UNSURE * (abs(left) + abs(right)) + TINY
        if det < -doubt:
            continue
        if det <= doubt:
            return UNDECIDED
        # p lies on the other side of the line than r: does the way from r to p meet the edge?
        left = (x - rx) * (ay - ry)
        right = (y - ry) * (ax - rx)
        of_a = left - right
        doubt_a = UNSURE * (abs(left) + abs(right)) + TINY
        left = (x - rx) * (by - ry)
        right = (y - ry) * (bx - rx)
        of_b = left - right
        doubt_b = UNSURE * (abs(left) + abs(right)) + TINY
        if abs(of_a) <= doubt_a or abs(of_b) <= doubt_b:
            return UNDECIDED
        if (of_a > 0.0) != (of_b > 0.0):
            state += records[e + 4]
    if state < ONE:
        return OUTSIDE
    return int(state - ONE) if state < 2.0 * ONE else UNDECIDED


@compiled
def look_up_one(x: float, y: float, frame: Floats, words: Ints32, records: Floats) -> int:
    """The number of the cell of a point, `OUTSIDE` or `UNDECIDED`."""
    return _look(x, y, frame, words, records)


@compiled
def look_up(
    lon: Floats, lat: Floats, frame: Floats, words: Ints32, records: Floats, cell: Ints32
) -> int:
    """The same for arrays, into `cell`; how many are `UNDECIDED`."""
    undecided = 0
    for k in range(len(lon)):
        found = _look(lon[k], lat[k], frame, words, records)
        cell[k] = found
        undecided += found == UNDECIDED
    return undecided
