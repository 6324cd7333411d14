"""Building the raster that `grid.cells.lookup` reads: level by level, from coarse to fine.

    squares of the raster ──► which edges pass through each (grid.cells.listing)
                          ──► what covers a place in each   (grid.cells.states)
                          ──► few edges: its word is final  (grid.cells.words)
                              more:      8 × 8 smaller squares, and the same again

There are about `_PER_EDGE` squares for each edge; how many in a row and how many rows depends on
which way the edges run, so that thin cells side by side get squares as thin as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.compiled import frozen
from grid.cells.listing import Squares, refined, whole
from grid.cells.lookup import (
    BLOCK,
    EDGE,
    EDGE_LONG,
    LIST,
    LIST_EACH,
    LIST_HEAD,
    MOST,
    OUTSIDE,
    SIDE,
    SQUARES,
    UNDECIDED,
)
from grid.cells.states import along_rows, in_blocks
from grid.cells.words import kinds_of, write_lists, write_words

if TYPE_CHECKING:
    from grid.cells.boxes import Tree
    from grid.cells.compiled import Bools, Floats, Ints, Ints32
    from grid.cells.outlines import Outlines

_PER_EDGE: Final = 8.0
_FEWEST: Final = 64.0
#: Edges that a square may keep, by level, before it is divided: `DIVIDED` times at most.
_KEPT: Final = (1, 6, 10)
#: Squares are not made smaller than so many steps from one number to the next: places in them
#: must lie where they are meant to.
_STEPS: Final = 256.0
#: Entries in the lists of one level, for each edge and at least: what bounds time and memory.
_ENTRIES: Final = (24, 200_000)
_ENTRIES_OF_ALL: Final = 8.0
#: An edge in a square passes through about so many of its 8 × 8.
_THROUGH: Final = 11
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


@dataclass(frozen=True, slots=True)
class _Level:
    squares: Squares
    places: Floats
    states: Floats
    divided: Bools


def raster(shapes: Outlines, tree: Tree) -> Raster:
    """Build from at least one cell."""
    frame = _frame(shapes)
    levels = _levels(shapes, frame)
    records: list[Floats] = [np.full((len(shapes.edges), EDGE_LONG), np.nan)]
    records[0][:, :4] = shapes.edges
    words: list[Ints32] = []
    # The raster's own words fill whole groups, with one to spare for points beyond it.
    long, groups = records[0].size, levels[0].squares.nx * levels[0].squares.ny // SQUARES + 1
    spare = groups * SQUARES - len(levels[0].states)
    for level in levels:
        squares = level.squares
        kinds = kinds_of(
            shapes.gain, records[0], squares.start, squares.edges, level.places, level.states,
            level.divided,
        )  # fmt: skip
        number = np.diff(squares.start)
        place, size = _list_places(kinds, number, long)
        lists = np.empty(size)
        write_lists(
            shapes.edges, shapes.gain, squares.start, squares.edges, level.places, level.states,
            kinds, place - long, lists,
        )  # fmt: skip
        block = np.flatnonzero(level.divided)
        place[block] = groups + np.arange(len(block))
        groups += len(block)
        told = np.empty(len(kinds), dtype=np.int32)
        write_words(
            kinds, place, squares.start, squares.edges, level.places, level.states,
            shapes.corners, shapes.start, tree.nodes, tree.levels, tree.ids, told,
        )  # fmt: skip
        words.append(told)
        records.append(lists)
        long += size
    if groups >= EDGE - BLOCK or len(records[0]) >= LIST - EDGE or long >= UNDECIDED - LIST:
        raise ValueError(f"{len(shapes.edges)} edges are more than one index can take")
    words[0] = np.append(words[0], np.full(spare, OUTSIDE, dtype=np.int32))
    joined = np.concatenate([r.ravel() for r in records])
    return Raster(frame, frozen(np.concatenate(words)), frozen(joined))


def _list_places(kinds: Ints, number: Ints, begin: int) -> tuple[Ints, int]:
    """Where each list's record begins among all records, and how long the lists are together."""
    long = np.where(kinds == LIST, LIST_HEAD + LIST_EACH * number, 0)
    end = np.cumsum(long)
    return begin + end - long, int(end[-1])


def _levels(shapes: Outlines, frame: Floats) -> list[_Level]:
    x, y, per_x, per_y, nx, ny = frame.tolist()
    uv = (shapes.edges - [x, y, x, y]) * [per_x, per_y, per_x, per_y]
    squares = whole(uv, int(nx), int(ny))
    places, states = _room(squares)
    along_rows(frame, shapes.edges, shapes.gain, squares.start, squares.edges, places, states)
    smallest = _STEPS * _step(shapes) * (per_x, per_y)
    levels = []
    for kept in (*_KEPT, None):
        chosen = np.empty(0, dtype=np.int64)
        if kept is not None and (smallest * squares.times * SIDE <= 1.0).all():
            chosen = _to_divide(squares, states, kept, len(shapes.edges))
        divided = np.zeros(len(states), dtype=np.bool_)
        divided[chosen] = True
        levels.append(_Level(squares, places, states, divided))
        if not len(chosen):
            break
        finer = refined(uv, squares, chosen)
        above = (squares.start, squares.edges, places, states)
        places, states = _room(finer)
        in_blocks(
            frame, shapes.edges, shapes.gain, finer.corner, finer.times, chosen, *above,
            finer.start, finer.edges, places, states,
        )  # fmt: skip
        squares = finer
    return levels


def _room(squares: Squares) -> tuple[Floats, Floats]:
    many = len(squares.start) - 1
    return np.empty((many, 2)), np.empty(many)


def _to_divide(squares: Squares, states: Floats, kept: int, edges: int) -> Ints:
    """The squares with more edges than may stay, those with the most first, while there is room."""
    number = np.diff(squares.start)
    chosen = np.flatnonzero((number > kept) & ~np.isnan(states))
    room = max(_ENTRIES[0] * edges, _ENTRIES[1])
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
