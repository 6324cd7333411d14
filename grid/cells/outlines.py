"""From polygons to numbers: each cell's border as a chain of corners, and the edges once each.

    ┌───────┬───────┐      The edge between A and B is there twice, once in each ring. Kept once,
    │       │       │      from its lower-left end a to its upper-right end b, it knows what is
    │   A   a→→b  B │      gained by crossing it from right to left:
    │       │       │
    └───────┴───────┘          gain = worth(cells on its left) − worth(cells on its right)

A cell's worth is 2³² + its number. The sum of the worths of the cells that cover a place is that
place's *state*: how many they are (in units of 2³²) and, where it is one, which. Walking from a
place whose state is known, adding the gain of every edge crossed, one knows the state of any other
place. Nothing is assumed: gaps, overlaps, holes and parts need no rule of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from grid.cells.compiled import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from grid.cells.compiled import Floats, Ints

#: What one covering cell adds to a state, besides its number.
ONE: Final = 2.0**32
_POLYGON: Final = 3


@dataclass(frozen=True, slots=True)
class Outlines:
    """The borders of n cells.

    `corners` (m, 2), degrees: all rings of all cells, each closed, with a row of NaN between any
    two; those of cell i are rows `start[i]` to `start[i + 1]`. `edges` (e, 4): ax ay bx by of each
    undirected edge, a before b by x, then y. `gain` (e): what crossing it from right to left adds
    to the state. `boxes` (n, 4): west, south, east, north of each cell.
    """

    corners: Floats
    start: Ints
    edges: Floats
    gain: Floats
    boxes: Floats


def outlines(cells: NDArray[Any]) -> Outlines:
    """Read n valid polygons or multipolygons."""
    parts, cell_of_part = cells, np.arange(len(cells))
    if not (shapely.get_type_id(cells) == _POLYGON).all():
        parts, cell_of_part = shapely.get_parts(cells, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    corners = corners + 0.0  # no negative zeros: equal coordinates have equal bits
    cell_of_ring = cell_of_part[part_of_ring]
    # A part's first ring is its shell. The inside lies left of shells that run counterclockwise
    # and of holes that run clockwise.
    shell = np.diff(part_of_ring, prepend=-1) > 0
    inside_left = shapely.is_ccw(rings) == shell
    step = np.flatnonzero((ring[1:] == ring[:-1]) & (corners[1:] != corners[:-1]).any(axis=1))
    edges, gain = _once(
        corners[step], corners[step + 1], cell_of_ring[ring[step]], inside_left[ring[step]]
    )
    spread = np.full((len(corners) + len(rings), 2), np.nan)
    spread[np.arange(len(corners)) + ring] = corners
    long = np.bincount(cell_of_ring[ring], minlength=len(cells))
    long += np.bincount(cell_of_ring, minlength=len(cells))
    start = np.append(0, np.cumsum(long)).astype(np.int64)
    boxes = shapely.bounds(cells).reshape(-1, 4)
    return Outlines(frozen(spread), frozen(start), edges, gain, boxes)


def _once(
    p: Floats, q: Floats, cell: Ints, inside_left: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Each edge once, with its gain. Rows that were taken for different do no harm."""
    turned = (p[:, 0] > q[:, 0]) | ((p[:, 0] == q[:, 0]) & (p[:, 1] > q[:, 1]))
    edges = np.hstack([np.where(turned[:, None], q, p), np.where(turned[:, None], p, q)])
    worth = np.where(inside_left != turned, ONE + cell, -(ONE + cell))
    order = np.argsort(_mixed(edges))
    edges, worth = edges[order], worth[order]
    first = np.append(True, (edges[1:] != edges[:-1]).any(axis=1))[: len(edges)]
    begin = np.flatnonzero(first)
    if not len(begin):
        return edges, worth
    # In the order in which the cells have them: neighbours on the map are neighbours in memory.
    again = np.argsort(np.minimum.reduceat(order, begin))
    return edges[begin[again]], np.add.reduceat(worth, begin)[again]


def _mixed(edges: Floats) -> NDArray[np.uint64]:
    """A number for each edge: the same for the same edge, and hardly ever for two."""
    bits = edges.view(np.uint64)
    mixed = np.zeros(len(edges), dtype=np.uint64)
    for column in range(4):
        mixed ^= bits[:, column]
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed
