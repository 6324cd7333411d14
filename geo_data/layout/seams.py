"""Making a set of polygons seamless: neighbours share every vertex of their common border.

Polygons that were cut independently touch without sharing vertices. Here all borders are laid
into one network, snapped to a fine grid and crossed with each other; the faces of the network go
to the polygon that holds their inner point. What comes out is a coverage: no gap, no overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Polygons = NDArray[Any]
    Labels = NDArray[np.int64]

#: Degrees are rounded to this: 0.8 mm. A power of two, so that sums, differences and midpoints of
#: coordinates are exact and "on the border" means the same to every program that asks.
GRID_DEGREES = 2.0**-27


def seamless(polygons: Polygons, kin: Labels, grid_m: float) -> Polygons:
    """The polygons, each in one piece, as a coverage (n polygons, metres).

    `kin` (n, k) holds the labels of each polygon's ancestors, the nearest last. A polygon keeps
    its largest piece; each other piece goes to the neighbour that shares most ancestors and then
    most of the border, never across the first label (another county).
    """
    network = shapely.union_all(shapely.boundary(polygons), grid_size=grid_m)
    faces = shapely.get_parts(shapely.polygonize([network]))
    owner = _owners(faces, polygons)
    _give_strays(faces, owner, kin)
    return gathered(faces, owner, len(polygons))


def gathered(parts: Polygons, label: Labels, count: int) -> Polygons:
    """Union of the parts of each label 0 … count − 1; the parts must form a coverage."""
    order = np.argsort(label, kind="stable")
    groups = np.split(order, np.searchsorted(label[order], np.arange(1, count)))
    return np.array(
        [
            parts[group[0]] if len(group) == 1 else shapely.coverage_union_all(parts[group])
            for group in groups
        ],
        dtype=object,
    )


def to_degrees(polygons: Polygons, crs: str) -> Polygons:
    """The polygons in WGS 84, rounded to `GRID_DEGREES`; the same vertex stays the same vertex."""
    transform = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform

    def rounded(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return (
            np.round(np.column_stack(transform(xy[:, 0], xy[:, 1])) / GRID_DEGREES) * GRID_DEGREES
        )

    return np.asarray(shapely.transform(polygons, rounded), dtype=object)


def _owners(faces: Polygons, polygons: Polygons) -> Labels:
    """Which polygon holds each face's inner point; the nearest where none does."""
    tree = shapely.STRtree(polygons)
    inner = shapely.point_on_surface(faces)
    owner = np.full(len(faces), len(polygons), dtype=np.int64)
    face, polygon = tree.query(inner, predicate="intersects")
    np.minimum.at(owner, face, polygon)
    lost = owner == len(polygons)
    owner[lost] = tree.nearest(inner[lost])
    return owner


def _give_strays(faces: Polygons, owner: Labels, kin: Labels) -> None:
    """Change `owner` so that each one's faces hang together (see `seamless`)."""
    area = shapely.area(faces)
    order = np.lexsort((-area, owner))
    largest = order[np.unique(owner[order], return_index=True)[1]]
    settled = np.zeros(len(faces), dtype=bool)
    settled[largest] = True
    tree = shapely.STRtree(faces)
    waiting = sorted(np.flatnonzero(~settled).tolist(), key=lambda f: -area[f])
    while waiting:
        left = []
        for face in waiting:
            to = _next_of_kin(face, faces, owner, kin, settled, tree)
            if to is None:
                left.append(face)
            else:
                owner[face], settled[face] = to, True
        if len(left) == len(waiting):
            raise ValueError(f"{len(left)} pieces touch no polygon of their own county")
        waiting = left


def _next_of_kin(
    face: int,
    faces: Polygons,
    owner: Labels,
    kin: Labels,
    settled: NDArray[np.bool_],
    tree: shapely.STRtree,
) -> int | None:
    """The owner of the best settled neighbour across a border of some length."""
    near = tree.query(faces[face])
    near = near[settled[near] & (kin[owner[near], 0] == kin[owner[face], 0])]
    common = shapely.length(shapely.intersection(faces[near], faces[face]))
    near, common = near[common > 0], common[common > 0]
    if not len(near):
        return None
    shared = (kin[owner[near]] == kin[owner[face]]).sum(axis=1)
    best = np.lexsort((near, -common, -shared))[0]
    return int(owner[near[best]])
