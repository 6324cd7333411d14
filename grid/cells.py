"""Position → cell: which cell covers a point, how sure that is, and which is the next one.

The convention is the same here and in PostGIS: a cell holds a point that its polygon *covers*
(border included), and of several cells that hold it the one with the lowest code wins.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

#: Metres in a degree of latitude (mean, WGS 84); a degree of longitude is this times cos(lat).
METRES_PER_DEGREE = 111_195.0
#: A position outside every cell belongs to the nearest one up to this distance.
SNAP_M = 200.0
#: Beyond this many accuracy radii from the border the cell counts as certain.
CERTAIN_RADII = 2.0
#: Standard deviation of each axis over the 68 % radius: P(R < r) = 1 − exp(−r² / 2σ²) = 0.68.
SIGMA_PER_RADIUS = 1.0 / math.sqrt(-2.0 * math.log(1.0 - 0.68))
#: How far around the foot on the border the neighbour is looked for, metres.
_ACROSS_M = 0.05
#: Points looked at in one go: bounds the memory of a call with millions of points.
_CHUNK = 100_000

_erfc = np.frompyfunc(math.erfc, 1, 1)


@dataclass(frozen=True, slots=True)
class Located:
    """The answer for n positions: arrays of length n.

    `cell` is the index of the cell (int64), -1 outside all; `distance_m` the distance from the
    point to the nearest border of that cell, NaN where there is no cell; `confidence` (0–1) the
    probability that the true point lies in the cell; `runner_up` the index of the cell on the
    other side of the nearest border where the answer is not certain, else -1; `snapped` is true
    where the point lies outside every cell and the nearest one, at most 200 m away, was taken.
    """

    cell: Ints
    distance_m: Floats
    confidence: Floats
    runner_up: Ints
    snapped: Bools


@dataclass(frozen=True, slots=True)
class LocatedPoint:
    """The answer for one position; fields as in `Located`."""

    cell: int
    distance_m: float
    confidence: float
    runner_up: int
    snapped: bool


class CellIndex:
    """An immutable index of one layout's cells.

    Cells are kept in the order of their codes, whatever order they were given in, so that the
    lowest index is the lowest code. Distances are metres in a plane of the cell's own: degrees
    scaled by the cosine of the latitude of its centre, which for a cell of 20 km is wrong by less
    than 0.2 %.
    """

    def __init__(
        self,
        codes: Sequence[str],
        geometries: Sequence[Any] | NDArray[Any],
        paths: Sequence[str] | None = None,
        layout: int = 0,
    ) -> None:
        """Build from n codes and n shapely polygons or multipolygons (WGS 84 lon/lat).

        `paths` are the chains of codes from city to cell. Raises ValueError that names the cell
        for codes that repeat, geometries that are empty, invalid or no polygons, and lengths
        that differ.
        """
        cells = np.asarray(geometries, dtype=object)
        _check(codes, cells, paths)
        order = sorted(range(len(codes)), key=codes.__getitem__)
        self.layout = layout
        self._codes = tuple(codes[i] for i in order)
        self._paths = tuple(paths[i] for i in order) if paths is not None else None
        self._index = {code: i for i, code in enumerate(self._codes)}
        self._cells = cells[order]
        shapely.prepare(self._cells)
        self._tree = shapely.STRtree(self._cells)
        box = shapely.bounds(self._cells).reshape(-1, 4)
        self._centre = np.column_stack([box[:, 0] + box[:, 2], box[:, 1] + box[:, 3]]) / 2.0
        cos_lat = np.cos(np.radians(self._centre[:, 1]))
        self._scale = METRES_PER_DEGREE * np.column_stack([cos_lat, np.ones(len(cells))])
        self._borders = self._scaled_borders()

    def __len__(self) -> int:
        return len(self._codes)

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in order; the position is the cell's index."""
        return self._codes

    def code(self, cell: int) -> str:
        """The code of the cell with this index; IndexError for -1 and what does not exist."""
        return self._codes[self._checked(cell)]

    def path(self, cell: int) -> str:
        """The chain of codes from city to cell; ValueError where none were given."""
        if self._paths is None:
            raise ValueError("this index was built without paths")
        return self._paths[self._checked(cell)]

    def index(self, code: str) -> int:
        """The index of the cell with this code; KeyError where there is none."""
        return self._index[code]

    def geometry(self, cell: int) -> Any:
        """The cell's polygon, WGS 84."""
        return self._cells[self._checked(cell)]

    def locate_one(self, lon: float, lat: float, accuracy_m: float | None = None) -> LocatedPoint:
        """`locate` for a single position (degrees, metres)."""
        found = self.locate([lon], [lat], None if accuracy_m is None else [accuracy_m])
        return LocatedPoint(
            int(found.cell[0]),
            float(found.distance_m[0]),
            float(found.confidence[0]),
            int(found.runner_up[0]),
            bool(found.snapped[0]),
        )

    def locate_codes(self, lon: ArrayLike, lat: ArrayLike) -> list[str | None]:
        """The code of the cell of each position, None outside all."""
        found = self.locate(lon, lat)
        return [self._codes[i] if i >= 0 else None for i in found.cell.tolist()]

    def locate(
        self, lon: ArrayLike, lat: ArrayLike, accuracy_m: ArrayLike | None = None
    ) -> Located:
        """Find the cell of each of n positions (WGS 84 degrees; 1-d arrays of one length).

        `accuracy_m` is the radius that holds the true point with 68 %, as phones report it; NaN
        or anything not above zero means that none is known. A position that is not finite is
        outside of every cell.

        The confidence model: the error is Gaussian and the same in all directions, and the
        nearest border is a straight line. Then the cell's share is Φ(d / σ), with d the distance
        to the border and σ from the radius. It is 1 without accuracy and where d is at least
        twice the radius; for a snapped position, which lies on the wrong side, it is Φ(−d / σ),
        and 0 without accuracy; outside every cell 0.
        """
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        if x.ndim != 1 or x.shape != y.shape:
            raise ValueError(f"lon and lat must be 1-d and of one length, not {x.shape}, {y.shape}")
        radius = np.full(x.shape, np.nan)
        if accuracy_m is not None:
            radius = np.asarray(accuracy_m, dtype=np.float64)
            if radius.shape != x.shape:
                raise ValueError(f"accuracy_m must have the shape {x.shape}, not {radius.shape}")
        chunks = [slice(i, i + _CHUNK) for i in range(0, len(x), _CHUNK)] or [slice(0, 0)]
        parts = [self._locate(x[c], y[c], radius[c]) for c in chunks]
        return parts[0] if len(parts) == 1 else _joined(parts)

    def _locate(self, x: Floats, y: Floats, radius: Floats) -> Located:
        cell, runner_up = self._covering(x, y)
        snapped = self._snap(x, y, cell)
        distance = np.full(x.shape, np.nan)
        inside = np.flatnonzero(cell >= 0)
        points = self._in_plane_of(cell[inside], x[inside], y[inside])
        distance[inside] = shapely.distance(points, self._borders[cell[inside]])
        confidence, doubtful = _confidence(distance, radius, snapped)
        confidence[cell < 0] = 0.0
        self._look_across(doubtful & (cell >= 0) & (runner_up < 0), x, y, cell, runner_up)
        return Located(cell, distance, confidence, runner_up, snapped)

    def _covering(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """The lowest and, where several cells cover the point, the second lowest index."""
        first = np.full(x.shape, -1, dtype=np.int64)
        second = first.copy()
        usable = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        point, cell = self._tree.query(shapely.points(x[usable], y[usable]))
        point = usable[point]
        # The boxes leave one or two candidates a point; a prepared polygon answers each exactly.
        covers = shapely.intersects_xy(self._cells[cell], x[point], y[point])
        point, cell = point[covers], cell[covers]
        order = np.lexsort((cell, point))
        point, cell = point[order], cell[order]
        lowest = np.append(True, point[1:] != point[:-1])[: len(point)]
        first[point[lowest]] = cell[lowest]
        next_up = np.flatnonzero(lowest[:-1] & ~lowest[1:]) + 1
        second[point[next_up]] = cell[next_up]
        return first, second

    def _snap(self, x: Floats, y: Floats, cell: Ints) -> Bools:
        """Give points outside every cell the nearest one up to `SNAP_M`; say which were given."""
        snapped = np.zeros(x.shape, dtype=np.bool_)
        outside = np.flatnonzero((cell < 0) & np.isfinite(x) & np.isfinite(y))
        if not len(outside):
            return snapped
        point, near, distance = self._near(x[outside], y[outside], SNAP_M)
        close = distance <= SNAP_M
        point, near, distance = outside[point[close]], near[close], distance[close]
        order = np.lexsort((near, distance, point))
        point, near = point[order], near[order]
        best = np.append(True, point[1:] != point[:-1])[: len(point)]
        cell[point[best]] = near[best]
        snapped[point[best]] = True
        return snapped

    def _look_across(
        self, wanted: Bools, x: Floats, y: Floats, cell: Ints, runner_up: Ints
    ) -> None:
        """Fill `runner_up` with the cell beyond the nearest border, where `wanted`."""
        rows = np.flatnonzero(wanted)
        if not len(rows):
            return
        own = cell[rows]
        points = self._in_plane_of(own, x[rows], y[rows])
        line = shapely.shortest_line(points, self._borders[own])
        foot = shapely.get_coordinates(shapely.get_point(line, 1)) / self._scale[own]
        foot += self._centre[own]
        point, near, distance = self._near(foot[:, 0], foot[:, 1], _ACROSS_M)
        across = (distance <= _ACROSS_M) & (near != own[point])
        point, near = point[across], near[across]
        # Where more than two cells meet at the foot, the one nearest to the position itself.
        away = shapely.distance(
            self._in_plane_of(near, x[rows[point]], y[rows[point]]), self._borders[near]
        )
        order = np.lexsort((near, away, point))
        point, near = point[order], near[order]
        best = np.append(True, point[1:] != point[:-1])[: len(point)]
        runner_up[rows[point[best]]] = near[best]

    def _near(self, x: Floats, y: Floats, reach_m: float) -> tuple[Ints, Ints, Floats]:
        """Pairs (point, cell) whose box is within reach, with the distance to the border."""
        high = np.clip(np.abs(y), 0.0, 89.0)
        dy = reach_m * 1.01 / METRES_PER_DEGREE
        dx = dy / np.cos(np.radians(high))
        point, near = self._tree.query(shapely.box(x - dx, y - dy, x + dx, y + dy))
        plane = self._in_plane_of(near, x[point], y[point])
        return point, near, shapely.distance(plane, self._borders[near])

    def _in_plane_of(self, cell: Ints, x: Floats, y: Floats) -> NDArray[Any]:
        """Points in metres from the centres of these cells."""
        away = (np.column_stack([x, y]) - self._centre[cell]) * self._scale[cell]
        return np.asarray(shapely.points(away))

    def _scaled_borders(self) -> NDArray[Any]:
        """The border of each cell, in metres from its centre."""
        borders = shapely.boundary(self._cells)
        coordinates, owner = shapely.get_coordinates(borders, return_index=True)
        scaled = (coordinates - self._centre[owner]) * self._scale[owner]
        return np.asarray(shapely.set_coordinates(borders, scaled), dtype=object)

    def _checked(self, cell: int) -> int:
        if not 0 <= cell < len(self._codes):
            raise IndexError(f"no cell has the index {cell}; there are {len(self._codes)}")
        return cell


def _confidence(distance: Floats, radius: Floats, snapped: Bools) -> tuple[Floats, Bools]:
    """The probability of the cell, and where it is not certain (see `CellIndex.locate`)."""
    confidence = np.where(snapped, 0.0, 1.0)
    doubtful = (radius > 0.0) & (distance < CERTAIN_RADII * radius)
    signed = np.where(snapped, -distance, distance)[doubtful]
    z = signed / (radius[doubtful] * SIGMA_PER_RADIUS)
    confidence[doubtful] = 0.5 * np.asarray(_erfc(-z / math.sqrt(2.0)), dtype=np.float64)
    return confidence, doubtful


def _joined(parts: list[Located]) -> Located:
    return Located(
        np.concatenate([p.cell for p in parts]),
        np.concatenate([p.distance_m for p in parts]),
        np.concatenate([p.confidence for p in parts]),
        np.concatenate([p.runner_up for p in parts]),
        np.concatenate([p.snapped for p in parts]),
    )


def _check(codes: Sequence[str], cells: NDArray[Any], paths: Sequence[str] | None) -> None:
    """Raise ValueError for what cannot be indexed."""
    if len(codes) != len(cells) or (paths is not None and len(paths) != len(codes)):
        count = "no" if paths is None else str(len(paths))
        raise ValueError(f"{len(codes)} codes, {len(cells)} geometries and {count} paths")
    if len(set(codes)) != len(codes):
        seen: set[str] = set()
        twice = next(c for c in codes if c in seen or seen.add(c))  # type: ignore[func-returns-value]
        raise ValueError(f"cell {twice}: the code is there twice")
    polygonal = np.isin(shapely.get_type_id(cells), (3, 6))
    valid = polygonal & ~shapely.is_empty(cells) & shapely.is_valid(cells)
    if not valid.all():
        bad = int(np.flatnonzero(~valid)[0])
        reason = shapely.is_valid_reason(cells[bad]) if polygonal[bad] else "no polygon"
        reason = "empty" if polygonal[bad] and shapely.is_empty(cells[bad]) else reason
        raise ValueError(f"cell {codes[bad]}: {reason}")
