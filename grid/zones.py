"""Which kinds of places lie at positions: beside a school, along a gas line; whole batches at once.

A position is in the zone of a kind where it lies in, or within the kind's metres of, a place of it.
Metres are measured on the plane that touches the WGS 84 ellipsoid at the position: on a few hundred
metres that is right to some centimetres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    _Floats = NDArray[np.float64]

#: WGS 84: half the equator's diameter (m) and the first eccentricity squared.
_A, _E2 = 6_378_137.0, 6.694_379_990_14e-3
#: Long lines are cut into pieces of so many segments: what is far away is not measured.
_SEGMENTS = 16
#: Boxes are a little wider than what counts.
_WIDER = 1.001


@dataclass(frozen=True, slots=True)
class Shape:
    """A place: its kind, where it lies (WGS 84, longitude first, of any type) and when."""

    kind: str
    geometry: Any
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def metres_per_degree(lat: _Floats) -> tuple[_Floats, _Floats]:
    """Metres in a degree of longitude and of latitude at latitudes (degrees), on the ellipsoid."""
    phi = np.radians(lat)
    curved = 1.0 - _E2 * np.sin(phi) ** 2
    east = np.pi / 180.0 * _A * np.cos(phi) / np.sqrt(curved)
    north = np.pi / 180.0 * _A * (1.0 - _E2) / curved**1.5
    return east, north


class Zones:
    """Places, found by position. `within_m` has the metres of each kind that makes a zone.

    Places of other kinds are left out.
    """

    def __init__(self, shapes: Iterable[Shape], within_m: Mapping[str, float]) -> None:
        kept = [one for one in shapes if one.kind in within_m]
        self._kinds = [one.kind for one in kept]
        self._within = np.array([within_m[kind] for kind in self._kinds])
        self._most = float(self._within.max()) if kept else 0.0
        self._from = np.array([_seconds(one.valid_from, -np.inf) for one in kept])
        self._to = np.array([_seconds(one.valid_to, np.inf) for one in kept])
        flat, owner = _flat(np.array([one.geometry for one in kept], dtype=object))
        solid = shapely.get_type_id(flat) == shapely.GeometryType.POLYGON
        self._solids, self._solid_owner = flat[solid], owner[solid]
        shapely.prepare(self._solids)
        rings, ring_of = shapely.get_rings(self._solids, return_index=True)
        thin = np.concatenate([flat[~solid], rings])
        self._pieces, piece_of = _cut(thin)
        self._piece_owner = np.concatenate([owner[~solid], self._solid_owner[ring_of]])[piece_of]
        self._solid_tree = shapely.STRtree(self._solids)
        self._piece_tree = shapely.STRtree(self._pieces)

    def __len__(self) -> int:
        return len(self._kinds)

    def at(
        self, lon: Sequence[float], lat: Sequence[float], moments: Sequence[datetime] | None = None
    ) -> list[frozenset[str]]:
        """The kinds at each position (degrees), of the places that are there at its moment.

        Without moments of all places, whenever they are there.
        """
        found: list[set[str]] = [set() for _ in lon]
        if not self._kinds or not found:
            return [frozenset() for _ in lon]
        x, y = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
        which, place = self._near(x, y)
        if moments is not None:
            at = np.array([moment.timestamp() for moment in moments])[which]
            there = (self._from[place] <= at) & (at < self._to[place])
            which, place = which[there], place[there]
        for position, owner in zip(which.tolist(), place.tolist(), strict=True):
            found[position].add(self._kinds[owner])
        return [frozenset(kinds) for kinds in found]

    def _near(self, x: _Floats, y: _Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of a position and a place in whose zone it lies; some of them twice."""
        points = shapely.points(x, y)
        inside, solid = self._solid_tree.query(points)
        within = shapely.intersects(self._solids[solid], points[inside])
        east, north = metres_per_degree(y)
        dx, dy = self._most / east * _WIDER, self._most / north * _WIDER
        beside, piece = self._piece_tree.query(shapely.box(x - dx, y - dy, x + dx, y + dy))
        owner = self._piece_owner[piece]
        middle = np.column_stack([x, y])[beside]
        scale = np.column_stack([east, north])[beside]
        close = _metres(self._pieces[piece], middle, scale) <= self._within[owner]
        return (
            np.concatenate([inside[within], beside[close]]),
            np.concatenate([self._solid_owner[solid[within]], owner[close]]),
        )


def _metres(shapes: NDArray[Any], middle: _Floats, scale: _Floats) -> _Floats:
    """How far each shape is from its position `middle`, on the plane that touches there."""
    coordinates, index = shapely.get_coordinates(shapes, return_index=True)
    local = shapely.set_coordinates(shapes.copy(), (coordinates - middle[index]) * scale[index])
    distance: _Floats = shapely.distance(local, shapely.Point(0.0, 0.0))
    return distance


def _flat(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Points, lines and polygons out of whatever collections, each with the index of its shape."""
    owner = np.arange(len(shapes))
    while np.any(shapely.get_type_id(shapes) >= shapely.GeometryType.MULTIPOINT):
        shapes, index = shapely.get_parts(shapes, return_index=True)
        owner = owner[index]
    return shapes, owner


def _cut(shapes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Points as they are, lines in pieces of some segments, each with the index of its shape."""
    pieces: list[Any] = []
    owner: list[int] = []
    sizes = shapely.get_num_coordinates(shapes).tolist()
    for number, (shape, size) in enumerate(zip(shapes, sizes, strict=True)):
        if size <= _SEGMENTS + 1:
            pieces.append(shape)
            owner.append(number)
            continue
        coordinates = shapely.get_coordinates(shape)
        for first in range(0, size - 1, _SEGMENTS):
            pieces.append(shapely.linestrings(coordinates[first : first + _SEGMENTS + 1]))
            owner.append(number)
    return np.array(pieces, dtype=object), np.array(owner, dtype=np.intp)


def _seconds(moment: datetime | None, open_end: float) -> float:
    return open_end if moment is None else moment.timestamp()


NO_ZONES = Zones((), {})
