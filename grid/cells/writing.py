"""Words and records, written part by part as the raster is built.

words    │ raster, row by row │ 64 of block 0 │ 64 of block 1 │ …   coarse ones first
records  │ edges, once each   │ list │ list │ …
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grid.cells.lookup import (
    BLOCK,
    EDGE,
    EDGE_LONG,
    LIST,
    LIST_EACH,
    LIST_HEAD,
    OUTSIDE,
    SQUARES,
    UNDECIDED,
)
from grid.cells.words import kinds_of, write_lists, write_words

if TYPE_CHECKING:
    from grid.cells.boxes import Tree
    from grid.cells.compiled import Floats, Ints, Ints32
    from grid.cells.listing import Squares
    from grid.cells.outlines import Outlines


class Writer:
    """Writes squares' words in the order in which it gets them: the raster's, then level by level.

    Blocks are numbered in the order of the squares that they divide, which is that of their words.
    """

    def __init__(self, shapes: Outlines, tree: Tree, squares: int) -> None:
        """`squares`: how many the raster has."""
        self._shapes, self._tree = shapes, tree
        self._edges = np.full((len(shapes.edges), EDGE_LONG), np.nan)
        self._edges[:, :4] = shapes.edges
        self._lists: list[Floats] = []
        self._words: list[Ints32] = []
        # The raster's own words fill whole groups, with one to spare for points beyond it.
        self._groups = squares // SQUARES + 1
        self._spare = self._groups * SQUARES - squares
        self._long = self._edges.size

    def write(self, squares: Squares, places: Floats, states: Floats, divided: Ints) -> None:
        """Write the words of squares; `divided` are the numbers of those that get a block."""
        shapes, tree = self._shapes, self._tree
        is_divided = np.zeros(len(states), dtype=np.bool_)
        is_divided[divided] = True
        kinds = kinds_of(
            shapes.gain, self._edges, squares.start, squares.edges, places, states, is_divided
        )
        # Where each list's record begins among all records.
        size = np.where(kinds == LIST, LIST_HEAD + LIST_EACH * np.diff(squares.start), 0)
        place = np.cumsum(size) - size
        lists = np.empty(int(size.sum()))
        write_lists(
            shapes.edges, shapes.gain, squares.start, squares.edges, places, states, kinds,
            place, lists,
        )  # fmt: skip
        place += self._long
        place[divided] = self._groups + np.arange(len(divided))
        told = np.empty(len(kinds), dtype=np.int32)
        write_words(
            kinds, place, squares.start, squares.edges, places, states,
            shapes.corners, shapes.start, tree.nodes, tree.levels, tree.ids, told,
        )  # fmt: skip
        self._long += len(lists)
        self._groups += len(divided)
        self._lists.append(lists)
        self._words.append(told)
        if self._spare:  # after the raster's own
            self._words.append(np.full(self._spare, OUTSIDE, dtype=np.int32))
            self._spare = 0

    def written(self) -> tuple[Ints32, Floats]:
        """All words and all records. ValueError where there are more than words can refer to."""
        edges = len(self._edges)
        if self._groups >= EDGE - BLOCK or edges >= LIST - EDGE or self._long >= UNDECIDED - LIST:
            raise ValueError(f"{edges} edges are more than one index can take")
        return np.concatenate(self._words), np.concatenate([self._edges.ravel(), *self._lists])
