"""Positions that are hard to place, and the truth about them, by shapely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from grid.cells.index import CellIndex


def probes(
    cells: np.ndarray, random: np.random.Generator, n: int, index: CellIndex | None = None
) -> np.ndarray:
    """n of each kind, shape (m, 2): corners, middles of edges, places on edges, their neighbours.

    Neighbours are one step away, in both coordinates or in one. Then any place of the box, a
    little wider; x and y of two corners; and, with the index, places on its raster's lines and
    corners, also those of blocks.
    """
    corners, ring = shapely.get_coordinates(cells, return_index=True)
    edge = np.flatnonzero(ring[1:] == ring[:-1])
    start, end = corners[edge], corners[edge + 1]
    picked = [
        corners[random.integers(0, len(corners), n)],
        ((start + end) / 2)[random.integers(0, len(edge), n)],
        (start + (end - start) * random.random((len(edge), 1)))[random.integers(0, len(edge), n)],
    ]
    low, high = shapely.total_bounds(cells).reshape(2, 2)
    margin = (high - low) / 50
    mixed = [corners[random.integers(0, len(corners), n), axis] for axis in (0, 1)]
    picked.append(np.column_stack(mixed))
    if index is not None:
        x, y, per_x, per_y, nx, ny = index.frame
        finer = 8 ** random.integers(0, 3, (n, 1))
        lines = random.integers(0, 1 + finer * [int(nx), int(ny)], (n, 2)) / finer
        crossings = lines / [per_x, per_y] + [x, y]
        anywhere = random.uniform(low, high, (n, 2))
        along = np.arange(n) % 2 == 0
        picked.append(crossings)
        picked.append(np.where(np.column_stack([along, ~along]), crossings, anywhere))
    every = np.vstack(picked)
    steps = random.choice([-np.inf, 0.0, np.inf], every.shape)
    nudged = np.where(steps == 0.0, every, np.nextafter(every, steps))
    return np.vstack([every, nudged, random.uniform(low - margin, high + margin, (n, 2))])


def lowest_covering(cells: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The first of the cells, in the order given, that covers each point; -1 for none."""
    point, cell = shapely.STRtree(cells).query(shapely.points(points), predicate="intersects")
    none = len(cells)
    first = np.full(len(points), none)
    np.minimum.at(first, point, cell)
    return np.where(first == none, -1, first)
