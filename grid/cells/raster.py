"""Building the raster that `grid.cells.lookup` reads: level by level, from coarse to fine.

    squares of the raster ──► which edges pass through each (grid.cells.listing)
                          ──► what covers a place in each   (grid.cells.states)
                          ──► few edges: its word is final  (grid.cells.words, grid.cells.writing)
                              more:      8 × 8 smaller squares, and the same again

There are about `_PER_EDGE` squares for each edge; how many in a row and how many rows depends on
which way the edges run, so that thin cells side by side get squares as thin as they are.

Of a whole country the blocks have fifty million squares. They are made some thousand blocks at a
time, so that what is known of a square lies in the processor's caches until its word is written;
only what the next level needs of the squares to be divided is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import frozen
from grid.cells.listing import Divided, Squares, chosen_of, joined, refined, whole
from grid.cells.lookup import DIVIDED, MOST, OUTSIDE, SIDE
from grid.cells.states import along_rows, in_blocks
from grid.cells.writing import Writer

if TYPE_CHECKING:
    from grid.cells.boxes import Tree
    from grid.cells.compiled import Floats, Ints, Ints32
    from grid.cells.outlines import Outlines

_PER_EDGE: Final = 8.0
_FEWEST: Final = 64.0
#: Edges that a square may keep before it is divided, by level.
_KEPT: Final = (1, 6, 10)
assert len(_KEPT) == DIVIDED
#: Squares are not made smaller than so many steps from one number to the next: places in them
#: must lie where they are meant to.
_STEPS: Final = 256.0
#: Entries in the lists of one level, for each edge and at least: what bounds time and memory.
_ENTRIES: Final = (24, 200_000)
_ENTRIES_OF_ALL: Final = 8.0
#: An edge in a square passes through about so many of its 8 × 8.
_THROUGH: Final = 11
#: Blocks that are made together.
_TOGETHER: Final = 2048
#: How far the raster begins before the first corner, in squares: no number that corners may have.
_MARGIN: Final = 0.3719


@dataclass(frozen=True, slots=True)
class Raster:
    """What `grid.cells.lookup` takes.

    `frame`: x and y of the lower left corner, squares a degree along x and y, nx, ny. `words`:
    row by row of the raster, then 64 of each block. `records`: of edges and lists.
    """

    frame: Floats
    words: Ints32
    records: Floats


def nothing() -> Raster:
    """The raster of no cells: every point is outside."""
    frame = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    words = np.array([OUTSIDE], dtype=np.int32)
    return Raster(frozen(frame), frozen(words), frozen(np.empty(0)))


def raster(shapes: Outlines, tree: Tree) -> Raster:
    """Build from at least one cell."""
    frame = _frame(shapes)
    x, y, per_x, per_y, nx, ny = frame.tolist()
    uv = (shapes.edges - [x, y, x, y]) * [per_x, per_y, per_x, per_y]
    # How often squares can be divided and still be larger than `_STEPS`.
    finest = float((_STEPS * _step(shapes) * (per_x, per_y)).max())
    kept = [k for times, k in enumerate(_KEPT, 1) if finest * SIDE**times <= 1.0]
    room = max(_ENTRIES[0] * len(uv), _ENTRIES[1])
    writer = Writer(shapes, tree, int(nx) * int(ny))
    squares = whole(uv, int(nx), int(ny))
    places, states = _unknown(squares)
    along_rows(frame, shapes.edges, shapes.gain, squares.start, squares.edges, places, states)
    chosen = _to_divide(squares, states, kept[0], room) if kept else _NONE
    writer.write(squares, places, states, chosen)
    over = chosen_of(squares, places, states, chosen)
    for limit in (*kept[1:], None):
        parts = []
        for first in range(0, len(over.states), _TOGETHER):
            part = over.part(first, first + _TOGETHER)
            squares, places, states = _blocks(shapes, frame, uv, part)
            share = room * len(part.edges) / len(over.edges)
            chosen = _NONE if limit is None else _to_divide(squares, states, limit, share)
            writer.write(squares, places, states, chosen)
            parts.append(chosen_of(squares, places, states, chosen))
        if not parts:
            break
        over = joined(parts)
    words, records = writer.written()
    return Raster(frame, frozen(words), frozen(records))


_NONE = np.empty(0, dtype=np.int64)


def _blocks(
    shapes: Outlines, frame: Floats, uv: Floats, over: Divided
) -> tuple[Squares, Floats, Floats]:
    """The squares of the blocks that refine these, a place in each and its state."""
    squares = refined(uv, over)
    places, states = _unknown(squares)
    in_blocks(
        frame, shapes.edges, shapes.gain, over.corner, squares.times,
        over.start, over.edges, over.places, over.states,
        squares.start, squares.edges, places, states,
    )  # fmt: skip
    return squares, places, states


def _unknown(squares: Squares) -> tuple[Floats, Floats]:
    many = len(squares.start) - 1
    return np.empty((many, 2)), np.empty(many)


def _to_divide(squares: Squares, states: Floats, kept: int, room: float) -> Ints:
    """The squares with more edges than may stay, those with the most first, while there is room."""
    number = np.diff(squares.start)
    chosen = np.flatnonzero((number > kept) & ~np.isnan(states))
    if number[chosen].sum() * _THROUGH > room:
        chosen = chosen[np.argsort(-number[chosen], kind="stable")]
        chosen = np.sort(chosen[np.cumsum(number[chosen]) * _THROUGH <= room])
    return chosen


def _frame(shapes: Outlines) -> Floats:
    low, high = shapes.boxes[:, :2].min(axis=0), shapes.boxes[:, 2:].max(axis=0)
    size, many = high - low, len(shapes.edges)
    # How far all edges go together along x and along y, as parts of the whole.
    along = np.abs(shapes.edges[:, 2:] - shapes.edges[:, :2]).sum(axis=0) / size
    squares = max(_PER_EDGE * many, _FEWEST)
    shape = np.sqrt(squares * along[::-1] / along)
    shape *= min(1.0, _ENTRIES_OF_ALL * many / float((shape * along).sum()))
    shape = np.minimum(np.minimum(shape, min(squares, MOST)), size / (_STEPS * _step(shapes)))
    shape = np.maximum(np.floor(shape), 1.0)
    square = size / (shape - 2.0 * _MARGIN)
    return frozen(np.concatenate([low - _MARGIN * square, 1.0 / square, shape]))


def _step(shapes: Outlines) -> Floats:
    """From one number to the next, where they are farthest apart; along x and y."""
    largest = np.abs(shapes.boxes).max(axis=0)
    return np.asarray(np.spacing(np.maximum(largest[:2], largest[2:])))
