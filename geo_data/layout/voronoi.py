"""Dividing an area by points: weighted Voronoi cells, evenly spread centres, clipped cells.

Everything here is plane geometry in metres. Random numbers come from the caller's generator, so
that the same seed draws the same map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Labels = NDArray[np.int64]
    Polygons = NDArray[Any]

#: No weight may push a border past this share of the way to the other seed, squared.
_REACH = 0.7


def sample(area: Any, count: int, random: np.random.Generator) -> Points:
    """About `count` (never fewer) points spread evenly over a polygon, shape (n, 2).

    One point lies at a random place in each square of a grid, which is far more even than
    independent points.
    """
    left, bottom, right, top = shapely.bounds(area)
    shapely.prepare(area)
    step = float(np.sqrt(shapely.area(area) / count))
    while True:
        columns, rows = int((right - left) / step) + 1, int((top - bottom) / step) + 1
        squares = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
        points = (left, bottom) + (squares + random.random(squares.shape)) * step
        inside: Points = points[shapely.contains_xy(area, points[:, 0], points[:, 1])]
        if len(inside) >= count:
            return inside
        step *= 0.95


def farthest(
    candidates: Points, border: Any, seeds: Points, count: int, room: float = 2.0
) -> Points:
    """`count` of the candidates, each as far as possible from all seeds and from the border.

    The distance to the border counts `room` times: a town's seat does not stand on its border.
    Returns shape (count, 2).
    """
    chosen: Points = seeds.reshape(-1, 2)
    free = room * shapely.distance(shapely.points(candidates), border)
    for _ in range(count):
        near = free if not len(chosen) else np.minimum(free, cKDTree(chosen).query(candidates)[0])
        chosen = np.vstack([chosen, candidates[np.argmax(near)]])
    return np.asarray(chosen[len(seeds) :], dtype=np.float64)


def power_weights(seeds: Points, shares: Points, area: float) -> Points:
    """Weights (m²) of a power diagram in which a larger share gets more ground, shape (n,).

    A seed's weight is the squared radius of a circle with its share of the area, lowered where
    it would swallow another seed: every seed stays inside its own cell.
    """
    weights: Points = shares / shares.sum() * area / np.pi
    between = ((seeds[:, None, :] - seeds[None, :, :]) ** 2).sum(axis=2)
    for _ in range(len(seeds)):
        weights = np.min(weights[None, :] + _REACH * between, axis=1)
    return weights


def power_cells(area: Any, seeds: Points, weights: Points) -> Polygons:
    """The part of the area that belongs to each seed by |x − seed|² − weight, n polygons.

    Of a part that the area's outline cuts in several pieces the seed keeps its own; the others
    go to the neighbour with the longest common border, so that every cell is in one piece.
    """
    cells = np.array([_power_cell(area, seeds, weights, i) for i in range(len(seeds))])
    stray: list[tuple[int, Any]] = []
    for i, cell in enumerate(cells):
        pieces = shapely.get_parts(cell)
        own = int(np.argmin(shapely.distance(pieces, shapely.Point(seeds[i]))))
        cells[i] = pieces[own]
        stray += [(i, p) for k, p in enumerate(pieces) if k != own and p.area > 0]
    for former, piece in sorted(stray, key=lambda s: -s[1].area):
        common = shapely.length(shapely.intersection(cells, piece))
        common[former] = 0.0
        to = int(np.argmax(common))
        cells[to] = shapely.union(cells[to], piece)
    return cells


def _power_cell(area: Any, seeds: Points, weights: Points, i: int) -> Any:
    """The area cut by one half-plane for each other seed."""
    left, bottom, right, top = shapely.bounds(area)
    reach = 4.0 * max(right - left, top - bottom)
    cell = area
    for j in range(len(seeds)):
        if j == i:
            continue
        way = seeds[j] - seeds[i]
        distance = float(np.hypot(*way))
        along = way / distance
        across = np.array([-along[1], along[0]])
        border = (distance**2 + weights[i] - weights[j]) / (2.0 * distance)
        foot = seeds[i] + along * border
        corners = [
            foot + across * reach,
            foot - across * reach,
            foot - across * reach - along * reach,
            foot + across * reach - along * reach,
        ]
        cell = shapely.intersection(cell, shapely.Polygon(corners))
    return cell


def relax(points: Points, centres: Points, rounds: int, fixed: int = 0) -> tuple[Points, Labels]:
    """Lloyd's method on sample points: spread the centres evenly over them.

    The first `fixed` centres stay where they are. Returns the centres, each moved onto one of its
    own points (so it lies inside the area) except the fixed ones, and the nearest centre of each
    point.
    """
    centres = centres.copy()
    labels = _nearest(points, centres)
    for _ in range(rounds):
        count = np.bincount(labels, minlength=len(centres))
        filled = count > 0
        filled[:fixed] = False
        for axis in (0, 1):
            total = np.bincount(labels, weights=points[:, axis], minlength=len(centres))
            centres[filled, axis] = total[filled] / count[filled]
        labels = _nearest(points, centres)
    order = np.lexsort((((points - centres[labels]) ** 2).sum(axis=1), labels))
    first = order[np.unique(labels[order], return_index=True)[1]]
    own = labels[first]
    movable = own >= fixed
    centres[own[movable]] = points[first[movable]]
    return centres, labels


def _nearest(points: Points, centres: Points) -> Labels:
    """Index of the nearest centre of each point; few centres are quicker without a tree."""
    if len(centres) <= 8:  # noqa: PLR2004 - measured
        away = ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        return np.asarray(away.argmin(axis=1), dtype=np.int64)
    return np.asarray(cKDTree(centres).query(points)[1], dtype=np.int64)


def clipped(area: Any, seeds: Points) -> Polygons:
    """Voronoi cells of the seeds, cut at the area's outline: n (multi)polygons."""
    if len(seeds) == 1:
        return np.array([area])
    cells = np.asarray(
        shapely.get_parts(
            shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=area, ordered=True)
        )
    )
    shapely.prepare(area)
    cut = ~shapely.contains_properly(area, cells)
    cells[cut] = shapely.intersection(cells[cut], area)
    return cells
