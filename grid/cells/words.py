"""A word for every square, and the records that words refer to (grid.cells.lookup names them).

An edge that passes alone through a square parts it in two: the state on its left is that on its
right and its gain. Nearly always those are the two cells beside it, wherever one looks, so that
one record serves all squares of an edge. Where a third cell lies over both, it does not, and the
square gets a list of one edge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grid.cells.boxes import STACK
from grid.cells.compiled import compiled
from grid.cells.covering import first_two
from grid.cells.lookup import BLOCK, EDGE, LIST, LIST_EACH, LIST_HEAD, UNDECIDED
from grid.cells.orientation import side
from grid.cells.outlines import ONE

if TYPE_CHECKING:
    from grid.cells.compiled import Bools, Floats, Ints, Ints32

#: Beside the kinds of words: nothing but a cell, or nothing at all.
PLAIN = -1


@compiled
def kinds_of(
    gain: Floats,
    edge_records: Floats,
    start: Ints,
    listed: Ints32,
    places: Floats,
    states: Floats,
    divided: Bools,
) -> Ints:
    """The kind of each square's word; fills in the cells beside the edges that need a record."""
    kinds = np.empty(len(states), dtype=np.int64)
    for square in range(len(states)):
        many = start[square + 1] - start[square]
        state = states[square]
        if divided[square]:
            kinds[square] = BLOCK
        elif np.isnan(state):
            kinds[square] = UNDECIDED
        elif many == 0:
            kinds[square] = PLAIN
        elif many == 1:
            e = listed[start[square]]
            ax, ay, bx, by = (
                edge_records[e, 0],
                edge_records[e, 1],
                edge_records[e, 2],
                edge_records[e, 3],
            )
            ours = side(ax, ay, bx, by, places[square, 0], places[square, 1])
            left = state if ours > 0 else state + gain[e]
            right = state if ours < 0 else state - gain[e]
            kinds[square] = LIST
            if 0.0 <= left < 2.0 * ONE and 0.0 <= right < 2.0 * ONE:
                left = left - ONE if left >= ONE else -1.0
                right = right - ONE if right >= ONE else -1.0
                if np.isnan(edge_records[e, 4]):
                    edge_records[e, 4], edge_records[e, 5] = left, right
                if edge_records[e, 4] == left and edge_records[e, 5] == right:
                    kinds[square] = EDGE
        else:
            kinds[square] = LIST
    return kinds


@compiled
def write_lists(
    edges: Floats,
    gain: Floats,
    start: Ints,
    listed: Ints32,
    places: Floats,
    states: Floats,
    kinds: Ints,
    place: Ints,
    lists: Floats,
) -> None:
    """Write the record of each square that has a list, beginning at its `place`."""
    for square in range(len(kinds)):
        if kinds[square] != LIST:
            continue
        at = place[square]
        x, y = places[square, 0], places[square, 1]
        lists[at], lists[at + 1], lists[at + 2] = x, y, states[square]
        lists[at + 3] = start[square + 1] - start[square]
        at += LIST_HEAD
        for k in range(start[square], start[square + 1]):
            e = listed[k]
            ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
            worth = gain[e]
            if side(ax, ay, bx, by, x, y) > 0:
                ax, ay, bx, by, worth = bx, by, ax, ay, -worth
            lists[at], lists[at + 1], lists[at + 2], lists[at + 3] = ax, ay, bx, by
            lists[at + 4] = worth
            at += LIST_EACH


@compiled
def write_words(
    kinds: Ints,
    place: Ints,
    start: Ints,
    listed: Ints32,
    places: Floats,
    states: Floats,
    corners: Floats,
    cell_start: Ints,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
    told: Ints32,
) -> None:
    """Write each square's word; where cells overlap, the polygons say which has the lowest code."""
    stack = np.empty(STACK, dtype=np.int64)
    found = np.empty(len(ids) + 1, dtype=np.int32)
    for square in range(len(kinds)):
        kind = kinds[square]
        if kind == PLAIN:
            if states[square] < ONE:
                told[square] = -1
            elif states[square] < 2.0 * ONE:
                told[square] = int(states[square] - ONE)
            else:
                x, y = places[square, 0], places[square, 1]
                told[square], _ = first_two(
                    x, y, corners, cell_start, nodes, levels, ids, stack, found
                )
        elif kind == EDGE:
            told[square] = EDGE + listed[start[square]]
        elif kind == UNDECIDED:
            told[square] = UNDECIDED
        else:
            told[square] = kind + place[square]
