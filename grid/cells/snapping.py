"""Positions outside every cell take the nearest one, if that is near enough.

    ┌──┬──┬──┬──┬──┬──┐     Most such positions are far from everything. A map of 256 × 256 tiles
    │  │  │  │▒▒│▒▒│▒▒│     tells where an edge may be near enough; only there the tree of boxes
    ├──┼──┼──┼──┼──┼──┤     is asked for cells, and these are measured.
    │  │  │▒▒│▒╱──╲▒▒▒│
    ├──┼──┼──┼│┼──┼─╲─┤
    │  │  │▒▒││▒▒▒│▒▒╲│
    └──┴──┴──┴──┴──┴──┘
The dark tiles are those within reach of an edge.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.boxes import STACK, search
from grid.cells.compiled import compiled, frozen
from grid.cells.metres import METRES_PER_DEGREE, SNAP_M
from grid.cells.runs import nearest

if TYPE_CHECKING:
    from grid.cells.compiled import Bools, Floats, Ints, Ints32

TILES: Final = 256
#: Boxes are looked for a little farther than distances are measured.
_WIDER: Final = 1.01 / METRES_PER_DEGREE
_STEEPEST: Final = 89.0
_LITTLE_MORE: Final = 1.0 + 1e-12


def near(edges: Floats, boxes: Floats) -> tuple[Floats, Bools]:
    """The frame (west, south, tiles a degree along x and y) and the map, row by row.

    `edges` (e, 4): ax ay bx by; `boxes` (n, 4): of the cells. No cell that `snap` may take is
    nearer to a tile that is False.
    """
    if not len(edges):
        return frozen(np.array([0.0, 0.0, 1.0, 1.0])), frozen(np.zeros((TILES, TILES), np.bool_))
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    high = SNAP_M * _WIDER
    steepest = min(max(abs(south), abs(north)) + high, _STEEPEST)
    reach = np.array([high / math.cos(math.radians(steepest)), high])
    low = np.array([west, south]) - 2.0 * reach
    per = TILES / (np.array([east, north]) + 2.0 * reach - low)
    # Each edge's box, made wider, adds 1 to its tiles: +1 and -1 at the corners, then sums of sums.
    first = (np.minimum(edges[:, :2], edges[:, 2:]) - reach - low) * per
    last = (np.maximum(edges[:, :2], edges[:, 2:]) + reach - low) * per
    (i, j), (k, m) = first.astype(np.int64).T, last.astype(np.int64).T + 1
    number = np.zeros((TILES + 2, TILES + 2), dtype=np.int64)
    for row, column, step in ((j, i, 1), (j, k, -1), (m, i, -1), (m, k, 1)):
        np.add.at(number, (row.clip(0, TILES), column.clip(0, TILES)), step)
    tiles = number.cumsum(axis=0).cumsum(axis=1)[:TILES, :TILES] > 0
    return frozen(np.concatenate([low, per])), frozen(tiles)


@compiled
def cosine(lat: float) -> float:
    """What a degree of longitude is to one of latitude; never nearly nothing."""
    return math.cos(math.radians(min(abs(lat), _STEEPEST)))


@compiled
def around(
    x: float,
    y: float,
    reach_m: float,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
    stack: Ints,
    found: Ints32,
) -> int:
    """Cells whose box lies within reach of the point, into `found`; how many."""
    high = reach_m * _WIDER
    wide = high / cosine(y)
    return search(x - wide, y - high, x + wide, y + high, nodes, levels, ids, stack, found)


@compiled
def snap(
    lon: Floats,
    lat: Floats,
    reach_m: float,
    cell: Ints32,
    snapped: Bools,
    frame: Floats,
    tiles: Bools,
    corners: Floats,
    start: Ints,
    scale: Floats,
    runs: Floats,
    runs_begin: Ints,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
) -> None:
    """Give points outside every cell the nearest one within reach; say which were given.

    The map knows of `SNAP_M` and less; beyond that the tree is asked for every point.
    """
    stack = np.empty(STACK, dtype=np.int64)
    found = np.empty(len(ids) + 1, dtype=np.int32)
    for k in range(len(cell)):
        if cell[k] >= 0:
            continue
        x, y = lon[k], lat[k]
        if not (math.isfinite(x) and math.isfinite(y)):
            continue
        if reach_m <= SNAP_M:
            column, row = (x - frame[0]) * frame[2], (y - frame[1]) * frame[3]
            if not (column >= 0.0 and column < TILES and row >= 0.0 and row < TILES):
                continue
            if not tiles[int(row), int(column)]:
                continue
        least, best = np.inf, -1
        for i in range(around(x, y, reach_m, nodes, levels, ids, stack, found)):
            other = found[i]
            within = min(least * least, reach_m * reach_m) * _LITTLE_MORE
            square, edge = nearest(other, x, y, within, corners, start, scale, runs, runs_begin)
            metres = math.sqrt(square)
            if edge < 0 or metres > reach_m:
                continue
            if metres < least or (metres == least and other < best):
                least, best = metres, other
        cell[k] = best
        snapped[k] = best >= 0
