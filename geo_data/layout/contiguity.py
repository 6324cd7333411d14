"""Keeping groups of Voronoi cells in one piece: a village's cells, a street's villages.

Seeds that lie evenly in their group's ground may still get cells away from the rest, where an
outline bends. Such seeds move towards their group; then the cells around them are evened out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.spatial import cKDTree

from geo_data.layout.voronoi import clipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.layout.voronoi import Labels, Points, Polygons

#: How often strays are pulled towards their group, and how often what they crowded is evened.
_PULLS, _ROUNDS = 8, 4


def held_together(area: Any, seeds: Points, groups: Sequence[Labels]) -> tuple[Points, Polygons]:
    """Seeds and their Voronoi cells in the area, moved until every group hangs together.

    `groups` are arrays of indices of seeds. A group that cannot be joined by moving its seeds
    (rare: an outline so narrow that nothing fits) is left in pieces.
    """
    seeds = seeds.copy()
    crowded: set[int] = set()
    cells = clipped(area, seeds)
    for _ in range(_PULLS):
        found = [(i, stray) for i, g in enumerate(groups) if len(stray := strays(g, cells))]
        if not found:
            break
        for i, stray in found:
            pull(area, seeds, stray, groups[i])
            crowded.add(i)
        cells = clipped(area, seeds)
    return _evened(area, seeds, cells, groups, crowded) if crowded else (seeds, cells)


def strays(group: Labels, cells: Polygons) -> Labels:
    """Those of a group of cells that do not hang together with its largest piece.

    Only the largest piece of each cell counts: smaller ones go to a neighbour anyway.
    """
    if len(group) == 1:
        return group[:0]
    bodies = np.array([max(shapely.get_parts(c), key=shapely.area) for c in cells[group]])
    pieces = shapely.get_parts(shapely.union_all(bodies))
    if len(pieces) == 1:
        return group[:0]
    largest = max(pieces, key=shapely.area)
    away: Labels = group[~shapely.covers(largest, shapely.point_on_surface(bodies))]
    return away


def pull(area: Any, seeds: Points, stray: Labels, group: Labels) -> None:
    """Move the stray seeds, in place, towards the nearest other seed of their group.

    Half the way, or so far that they lie inside the area (an outline may bend in between).
    """
    rest = seeds[np.setdiff1d(group, stray)]
    for i, nearest in zip(stray, rest[cKDTree(rest).query(seeds[stray])[1]], strict=True):
        steps = [seeds[i] + (nearest - seeds[i]) * way for way in (0.5, 0.75, 0.9, 0.97)]
        seeds[i] = next((s for s in steps if shapely.contains_xy(area, *s)), steps[-1])


def _evened(
    area: Any, seeds: Points, cells: Polygons, groups: Sequence[Labels], crowded: set[int]
) -> tuple[Points, Polygons]:
    """Lloyd's method on the neighbourhood of what was pulled, while all groups hold together."""
    moved = np.unique(np.concatenate([groups[i] for i in crowded]))
    tree = shapely.STRtree(cells)
    around = np.unique(tree.query(cells[moved], predicate="intersects")[1])
    before = sum(len(strays(g, cells)) for g in groups)
    for _ in range(_ROUNDS):
        middle = shapely.centroid(cells[around])
        inner = np.where(
            shapely.covers(cells[around], middle), middle, shapely.point_on_surface(cells[around])
        )
        trial = seeds.copy()
        trial[around] = shapely.get_coordinates(inner)
        trial_cells = clipped(area, trial)
        if sum(len(strays(g, trial_cells)) for g in groups) > before:
            break
        seeds, cells = trial, trial_cells
    return seeds, cells
