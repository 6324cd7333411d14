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

#: A state that no cells make: more than one, so that the polygons are asked.
UNKNOWN: Final = 4.0 * ONE
#: Points that go through the steps of a lookup together.
_TOGETHER: Final = 1024


def word(kind: int, place: int) -> int:
    """A word that refers to a block or a record. Works on arrays as well."""
    return -2 - (4 * place + kind)


@written_in
def _beside(x: float, y: float, records: Floats, at: int) -> int:
    """The cell on the point's side of the edge."""
    left = (records[at + 2] - records[at]) * (y - records[at + 1])
    right = (records[at + 3] - records[at + 1]) * (x - records[at])
    det = left - right
    beside = records[at + 4] if det > 0.0 else records[at + 5]
    sure = abs(det) > UNSURE * (abs(left) + abs(right)) + TINY
    return int(beside) if sure else UNDECIDED


@written_in
def _walk(x: float, y: float, records: Floats, at: int) -> int:
    """The cell at the end of the way from the list's place to the point."""
    rx, ry, state = records[at], records[at + 1], records[at + 2]
    first = at + LIST_HEAD
    for e in range(first, first + LIST_EACH * int(records[at + 3]), LIST_EACH):
        ax, ay, bx, by = records[e], records[e + 1], records[e + 2], records[e + 3]
        left, right = (bx - ax) * (y - ay), (by - ay) * (x - ax)
        doubt = UNSURE * (abs(left) + abs(right)) + TINY
        if left - right < -doubt:
            continue
        if left - right <= doubt:
            state = UNKNOWN
            break
        # The point lies on the other side of the line: does the way meet the edge itself?
        left, right = (x - rx) * (ay - ry), (y - ry) * (ax - rx)
        of_a = left - right
        doubt_a = UNSURE * (abs(left) + abs(right)) + TINY
        left, right = (x - rx) * (by - ry), (y - ry) * (bx - rx)
        of_b = left - right
        doubt_b = UNSURE * (abs(left) + abs(right)) + TINY
        if abs(of_a) <= doubt_a or abs(of_b) <= doubt_b:
            state = UNKNOWN
            break
        if (of_a > 0.0) != (of_b > 0.0):
            state += records[e + 4]
    if state < ONE:
        return OUTSIDE
    return int(state - ONE) if state < 2.0 * ONE else UNDECIDED


@compiled
def look_up_one(x: float, y: float, frame: Floats, words: Ints32, records: Floats) -> int:
    """The number of the cell of a point, `OUTSIDE` or `UNDECIDED`."""
    u, v = (x - frame[0]) * frame[2], (y - frame[1]) * frame[3]
    if not (u >= 0.0 and u < frame[4] and v >= 0.0 and v < frame[5]):
        return OUTSIDE
    column, row = int(u), int(v)
    told = int(words[row * int(frame[4]) + column])
    while told < OUTSIDE and (-2 - told) % 4 == BLOCK:
        u, v = (u - column) * SIDE, (v - row) * SIDE
        column, row = int(u), int(v)
        told = int(words[(-2 - told) // 4 * SQUARES + row * SIDE + column])
    if told >= OUTSIDE:
        return told
    kind, place = (-2 - told) % 4, (-2 - told) // 4
    if kind == EDGE:
        return _beside(x, y, records, place)
    return _walk(x, y, records, place) if kind == LIST else UNDECIDED


@compiled
def look_up(
    lon: Floats, lat: Floats, frame: Floats, words: Ints32, records: Floats, cell: Ints32
) -> int:
    """The same for arrays, into `cell`; how many are `UNDECIDED`.

    Points in random order find nothing in the processor's caches. So a thousand go through each
    step together: memory then fetches for many at once, and no step waits to learn what kind of
    word the one before has brought. A step leaves the rows of those points that need the next one.
    """
    rows, within = np.empty((4, _TOGETHER), dtype=np.int32), np.empty((2, _TOGETHER))
    row_of, on_edge, in_list, told = rows[0], rows[1], rows[2], rows[3]
    across, up = within[0], within[1]  # where in its square, 0 to 1
    x0, y0, per_x, per_y, wide, high = frame[0], frame[1], frame[2], frame[3], frame[4], frame[5]
    nx, undecided = int(wide), 0
    for begin in range(0, len(lon), _TOGETHER):
        # 1. The raster's word.
        todo = 0
        for k in range(min(_TOGETHER, len(lon) - begin)):
            u, v = (lon[begin + k] - x0) * per_x, (lat[begin + k] - y0) * per_y
            if u >= 0.0 and u < wide and v >= 0.0 and v < high:
                column, row = int(u), int(v)
                across[k], up[k] = u - column, v - row
                found = words[row * nx + column]
            else:
                found = np.int32(OUTSIDE)
            told[k] = found
            cell[begin + k] = found
            row_of[todo] = k
            todo += found < OUTSIDE
        # 2. Blocks, until none is left.
        edges = lists = 0
        while todo > 0:
            blocks = 0
            for t in range(todo):
                k = row_of[t]
                kind, place = (-2 - told[k]) & 3, (-2 - told[k]) >> 2
                on_edge[edges] = k
                edges += kind == EDGE
                in_list[lists] = k
                lists += kind >= LIST
                row_of[blocks] = k
                blocks += kind == BLOCK
            todo = 0
            for t in range(blocks):
                k = row_of[t]
                u, v = across[k] * SIDE, up[k] * SIDE
                column, row = int(u), int(v)
                across[k], up[k] = u - column, v - row
                found = words[((-2 - told[k]) >> 2) * SQUARES + row * SIDE + column]
                told[k] = found
                cell[begin + k] = found
                row_of[todo] = k
                todo += found < OUTSIDE
        # 3. One edge: its record, and the side.
        for t in range(edges):
            k = on_edge[t]
            place = (-2 - told[k]) >> 2
            found = _beside(lon[begin + k], lat[begin + k], records, place)
            cell[begin + k] = found
            undecided += found == UNDECIDED
        # 4. Several: the walk.
        for t in range(lists):
            k = in_list[t]
            kind, place = (-2 - told[k]) & 3, (-2 - told[k]) >> 2
            x, y = lon[begin + k], lat[begin + k]
            found = _walk(x, y, records, place) if kind == LIST else UNDECIDED
            cell[begin + k] = found
            undecided += found == UNDECIDED
    return undecided
