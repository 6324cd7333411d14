"""How sure is a cell? The way to its border, and the cell that lies across.

┌──────────────┐    Farther from its border than twice the accuracy a cell is certain: the boxes
│ A    ·p      │    of its runs of edges say so, and nothing else is done. Nearer than that, the
│      │ d     │    foot of the way to the border is looked up in the raster: where one edge
├──────f───────┤    passes through its square, the record names the cell across. Elsewhere, at
│ B            │    corners, the tree is asked which cells come to the foot.
└──────────────┘
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from grid.cells.boxes import STACK
from grid.cells.clearance import clear_m
from grid.cells.compiled import compiled
from grid.cells.lookup import edge_around
from grid.cells.metres import METRES_PER_DEGREE
from grid.cells.orientation import TINY
from grid.cells.runs import foot, nearest
from grid.cells.snapping import around, cosine

if TYPE_CHECKING:
    from grid.cells.clearance import Bytes
    from grid.cells.compiled import Bools, Floats, Ints, Ints32

#: Beyond this many accuracy radii from the border the cell counts as certain.
CERTAIN_RADII: Final = 2.0
#: Standard deviation of each axis over the 68 % radius: P(R < r) = 1 − exp(−r² / 2σ²) = 0.68.
SIGMA_PER_RADIUS: Final = 1.0 / math.sqrt(-2.0 * math.log(1.0 - 0.68))
#: How far around the foot on the border the neighbour is looked for, metres.
_ACROSS_M: Final = 0.05
#: Points that go through the steps together.
_TOGETHER: Final = 1024
#: What is certainly farther is not measured; what is hardly nearer is decided by its root.
_LITTLE_MORE: Final = 1.0 + 1e-12


@compiled
def distances(
    lon: Floats,
    lat: Floats,
    cell: Ints32,
    metres: Floats,
    corners: Floats,
    start: Ints,
    scale: Floats,
    runs: Floats,
    runs_begin: Ints,
) -> None:
    """Metres from each point to the border of its cell, NaN where there is none."""
    for k in range(len(cell)):
        metres[k] = np.nan
        if cell[k] >= 0:
            square, _ = nearest(
                cell[k], lon[k], lat[k], np.inf, corners, start, scale, runs, runs_begin
            )
            metres[k] = math.sqrt(square)


@compiled
def judge(
    lon: Floats,
    lat: Floats,
    radius: Floats,
    cell: Ints32,
    snapped: Bools,
    confidence: Floats,
    runner_up: Ints32,
    steps: Bytes,
    frame: Floats,
    words: Ints32,
    records: Floats,
    corners: Floats,
    start: Ints,
    scale: Floats,
    runs: Floats,
    runs_begin: Ints,
    nodes: Floats,
    levels: Ints,
    ids: Ints32,
) -> None:
    """Fill in the confidence and, where it is not certain and not known yet, the runner-up.

    A thousand points go through each step together, as in `grid.cells.lookup.look_up`.
    """
    stack = np.empty(STACK, dtype=np.int64)
    found = np.empty(len(ids) + 1, dtype=np.int32)
    todo, edges = np.empty(_TOGETHER, dtype=np.int64), np.empty(_TOGETHER, dtype=np.int64)
    for begin in range(0, len(cell), _TOGETHER):
        # 1. Those that are not certain at the first sight.
        many = 0
        for k in range(begin, min(begin + _TOGETHER, len(cell))):
            own = cell[k]
            confidence[k] = 1.0 if own >= 0 and not snapped[k] else 0.0
            if own >= 0 and radius[k] > 0.0:
                clear = clear_m(lon[k], lat[k], scale[own], frame, steps)
                todo[many] = k
                many += not clear > CERTAIN_RADII * _LITTLE_MORE * radius[k]
        # 2. Those that are near to the border of their cell, and the foot of the way to it.
        every, many = many, 0
        for t in range(every):
            k = todo[t]
            own, certain = cell[k], CERTAIN_RADII * radius[k]
            square, edge = nearest(
                own, lon[k], lat[k], certain * certain * _LITTLE_MORE + TINY,
                corners, start, scale, runs, runs_begin,
            )  # fmt: skip
            metres = math.sqrt(square)
            if edge < 0 or metres >= certain:
                continue
            z = metres / (radius[k] * SIGMA_PER_RADIUS) / math.sqrt(2.0)
            confidence[k] = 0.5 * math.erfc(z if snapped[k] else -z)
            todo[many], edges[many] = k, edge
            many += runner_up[k] < 0
        # 3. The cell across.
        for t in range(many):
            k = todo[t]
            own = cell[k]
            x, y = foot(edges[t], lon[k], lat[k], scale[own], corners)
            high = 2.0 * _ACROSS_M / METRES_PER_DEGREE
            record = edge_around(x, y, high / cosine(y), high, frame, words)
            if record >= 0 and records[record + 4] == own:
                runner_up[k] = records[record + 5]
            elif record >= 0 and records[record + 5] == own:
                runner_up[k] = records[record + 4]
            else:
                near = around(x, y, _ACROSS_M, nodes, levels, ids, stack, found)
                runner_up[k] = _across(
                    own, x, y, lon[k], lat[k], found[:near],
                    corners, start, scale, runs, runs_begin,
                )  # fmt: skip


@compiled
def _across(
    own: int,
    foot_x: float,
    foot_y: float,
    x: float,
    y: float,
    near: Ints32,
    corners: Floats,
    start: Ints,
    scale: Floats,
    runs: Floats,
    runs_begin: Ints,
) -> int:
    """Of those cells that come to the foot the one nearest to the position itself, -1 for none."""
    least, best = np.inf, -1
    within = _ACROSS_M * _ACROSS_M * _LITTLE_MORE
    for other in near:
        if other == own:
            continue
        square, edge = nearest(
            other, foot_x, foot_y, within, corners, start, scale, runs, runs_begin
        )
        if edge < 0 or math.sqrt(square) > _ACROSS_M:
            continue
        square, _ = nearest(other, x, y, np.inf, corners, start, scale, runs, runs_begin)
        metres = math.sqrt(square)
        if metres < least or (metres == least and other < best):
            least, best = metres, other
    return best
