"""The cell of a point, from the raster: a look into a table, and mostly that is all.

    a raster over all cells:   each of its squares has one word:
    ┌────┬────┬────┬────┐
    │ 7  │ 7  │ 7╱ │ 9  │      0 or more   this cell covers the whole square          → done
    ├────┼────┼─╱──┼────┤      OUTSIDE     no cell touches it                         → done
    │ 7  │ 7  │╱ 9 │ 9  │      EDGE        one edge crosses it: which side?           → done
    ├────┼───╱┼────┼────┤      BLOCK       more do: 8 × 8 smaller squares, again a word each
    │ 7  │ 7╱─┼────┼────┤      LIST        more do, and it is small enough: walk
    ├────┼─╱──┼────┼────┤      UNDECIDED   the polygons must be asked (grid.cells.covering)
    │ 7  │╱ 4 │ 4  │ 4  │
    └────┴────┴────┴────┘

    The walk:   ┌───────────╲──┐   r is a place in the square whose state is known, p the point.
                │  r · · · · ╲·p   Going straight from r to p, each edge that is crossed adds its
                │    ╱        ╲│   gain (grid.cells.outlines). The edges of a list are turned so
                └───╱──────────┘   that r lies to the right: p right of it → not crossed.

Where rounding could decide a side, nobody guesses: the answer is `UNDECIDED`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from grid.cells.compiled import compiled, written_in
from grid.cells.orientation import TINY, UNSURE
from grid.cells.outlines import ONE

if TYPE_CHECKING:
    from grid.cells.compiled import Floats, Ints32

OUTSIDE: Final = -1
#: Ask the polygons.
UNDECIDED: Final = -2

#: Words below these two refer to something: each kind has its range of numbers, and a word is the
#: lowest of it and a place. So comparisons tell the kind.
BLOCK: Final = -(2**31)  # place: which group of 64 words
EDGE: Final = -(2**30)  # place: which record: ax ay bx by, cell on the left, on the right
LIST: Final = -(2**29)  # place: where its record begins: r x, r y, state at r, n,
#                         n × (ax ay bx by gain)

#: A square is divided into 2³ · 2³, and these again, at most so many times.
BITS: Final = 3
DIVIDED: Final = 3
SIDE: Final = 1 << BITS
SQUARES: Final = SIDE * SIDE
#: The smallest squares along one of the raster, and how many of the raster's there may be in a row.
_ALL_BITS: Final = BITS * DIVIDED
FINEST: Final = 1 << _ALL_BITS
MOST: Final = (2**31 - 1) // FINEST
#: Numbers in an edge's record, before a list's edges, and for each of these.
EDGE_LONG: Final = 6
LIST_HEAD: Final = 4
LIST_EACH: Final = 5

#: A state that no cells make: more than one, so that the polygons are asked.
UNKNOWN: Final = 4.0 * ONE
#: Points that go through the steps of a lookup together.
_TOGETHER: Final = 1024


@written_in
def _beside(x: float, y: float, records: Floats, at: int) -> np.int32:
    """The cell on the point's side of the edge."""
    left = (records[at + 2] - records[at]) * (y - records[at + 1])
    right = (records[at + 3] - records[at + 1]) * (x - records[at])
    det = left - right
    # By its place, not by a condition: nobody can foretell the side, and a wrong guess costs more.
    beside = np.int32(records[at + 4 + (det <= 0.0)])
    sure = abs(det) > UNSURE * (abs(left) + abs(right)) + TINY
    return beside if sure else np.int32(UNDECIDED)


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


@written_in
def _within(u: Any, v: Any) -> Any:
    """Which of the 64 squares at each dividing: six bits each, the first dividing's lowest."""
    first = (v >> 3 & 56) | (u >> 6 & 7)
    return first | (v & 56 | u >> 3 & 7) << 6 | ((v & 7) << 3 | u & 7) << 12


@compiled
def look_up_one(x: float, y: float, frame: Floats, words: Ints32, records: Floats) -> int:
    """The number of the cell of a point, `OUTSIDE` or `UNDECIDED`."""
    u, v = (x - frame[0]) * (frame[2] * FINEST), (y - frame[1]) * (frame[3] * FINEST)
    if not (u >= 0.0 and u < frame[4] * FINEST and v >= 0.0 and v < frame[5] * FINEST):
        return OUTSIDE
    column, row = np.int32(u), np.int32(v)
    told = int(words[int(row) // FINEST * int(frame[4]) + int(column) // FINEST])
    within = _within(column, row)
    while told < EDGE:
        told = int(words[(told - BLOCK) * SQUARES + within % SQUARES])
        within //= SQUARES
    if told >= UNDECIDED:
        return told
    if told < LIST:
        return int(_beside(x, y, records, (told - EDGE) * EDGE_LONG))
    return _walk(x, y, records, told - LIST)


@compiled
def edge_around(x: float, y: float, wide: float, high: float, frame: Floats, words: Ints32) -> int:
    """Where the record begins of the only edge in the box x ± wide, y ± high, if that is known.

    That is where the box (degrees) lies within one square of the kind `EDGE`; else -1.
    """
    u, v = (x - frame[0]) * frame[2], (y - frame[1]) * frame[3]
    wide, high = wide * frame[2], high * frame[3]
    if not (u >= 0.0 and u < frame[4] and v >= 0.0 and v < frame[5]):
        return -1
    column, row = int(u), int(v)
    told = int(words[row * int(frame[4]) + column])
    while told < EDGE:
        u, v, wide, high = (u - column) * SIDE, (v - row) * SIDE, wide * SIDE, high * SIDE
        column, row = int(u), int(v)
        told = int(words[(told - BLOCK) * SQUARES + row * SIDE + column])
    u, v = u - column, v - row
    if told >= LIST or u < wide or v < high or u > 1.0 - wide or v > 1.0 - high:
        return -1
    return (told - EDGE) * EDGE_LONG


@compiled
def look_up(
    lon: Floats, lat: Floats, frame: Floats, words: Ints32, records: Floats, cell: Ints32
) -> int:
    """The same for arrays, into `cell`; how many are `UNDECIDED`.

    Points in random order find nothing in the processor's caches. So a thousand go through each
    step together: memory then fetches for many at once, and no step waits to learn what kind of
    word the one before has brought. A step leaves the rows of those points that need another one:
    each is written down at the end of every list, and the end moves on only where it belongs.
    """
    rows = np.empty((5, _TOGETHER), dtype=np.int32)
    square, within, in_block, on_edge, in_list = rows[0], rows[1], rows[2], rows[3], rows[4]
    x0, y0, per_x, per_y = frame[0], frame[1], frame[2] * FINEST, frame[3] * FINEST
    wide, high = frame[4] * FINEST, frame[5] * FINEST
    nx, beyond = np.int32(frame[4]), np.int32(frame[4] * frame[5])
    undecided = 0
    for begin in range(0, len(lon), _TOGETHER):
        many = min(_TOGETHER, len(lon) - begin)
        x, y = lon[begin : begin + many], lat[begin : begin + many]
        told = cell[begin : begin + many]
        # 1. In which square, of the raster and of all blocks that may come. No branches: the
        # compiler makes it eight points at a time.
        for k in range(many):
            u, v = (x[k] - x0) * per_x, (y[k] - y0) * per_y
            inside = (u >= 0.0) & (u < wide) & (v >= 0.0) & (v < high)
            column, row = np.int32(u if inside else 0.0), np.int32(v if inside else 0.0)
            square[k] = (row >> _ALL_BITS) * nx + (column >> _ALL_BITS) if inside else beyond
            within[k] = _within(column, row)
        # 2. The raster's word.
        blocks = edges = lists = 0
        for k in range(many):
            found = words[square[k]]
            told[k] = found
            in_block[blocks], on_edge[edges], in_list[lists] = k, k, k
            blocks += found < EDGE
            edges += (found >= EDGE) & (found < LIST)
            lists += (found >= LIST) & (found < OUTSIDE)
        # 3. Words of blocks, until none is left.
        shift = 0
        while blocks > 0:
            todo, blocks = blocks, 0
            for t in range(todo):
                k = in_block[t]
                found = words[(told[k] - BLOCK) * SQUARES + (within[k] >> shift & SQUARES - 1)]
                told[k] = found
                in_block[blocks], on_edge[edges], in_list[lists] = k, k, k
                blocks += found < EDGE
                edges += (found >= EDGE) & (found < LIST)
                lists += (found >= LIST) & (found < OUTSIDE)
            shift += 2 * BITS
        # 4. One edge: its record, and the side.
        for t in range(edges):
            k = on_edge[t]
            found = _beside(x[k], y[k], records, (told[k] - EDGE) * EDGE_LONG)
            told[k] = found
            undecided += found == UNDECIDED
        # 5. Several: the walk.
        for t in range(lists):
            k = in_list[t]
            if told[k] != UNDECIDED:
                told[k] = _walk(x[k], y[k], records, told[k] - LIST)
            undecided += told[k] == UNDECIDED
    return undecided
