"""Distance, confidence and runner-up are what a walk along whole borders says, to the last bit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely

from grid.cells.index import CellIndex
from grid.cells.metres import METRES_PER_DEGREE, SNAP_M
from tests.london import london_cells

ACROSS_M = 0.05
SIGMA_PER_RADIUS = 1.0 / math.sqrt(-2.0 * math.log(0.32))


class Walk:
    """Every edge of every cell, one after the other."""

    def __init__(self, cells: np.ndarray) -> None:
        self.boxes = shapely.bounds(cells)
        middle = np.radians((self.boxes[:, 1] + self.boxes[:, 3]) / 2.0)
        self.scale = METRES_PER_DEGREE * np.cos(middle)
        self.rings = [
            [shapely.get_coordinates(r) for r in shapely.get_rings(shapely.get_parts(c))]
            for c in cells
        ]

    def way(self, cell: int, x: float, y: float) -> tuple[float, float, float]:
        """Metres to the cell's border, and the nearest place on it."""
        least, foot = np.inf, (np.nan, np.nan)
        per_x, per_y = self.scale[cell], METRES_PER_DEGREE
        for ring in self.rings[cell]:
            ax, ay = ((ring[:-1] - [x, y]) * [per_x, per_y]).T
            bx, by = ((ring[1:] - [x, y]) * [per_x, per_y]).T
            dx, dy = bx - ax, by - ay
            long = dx * dx + dy * dy
            with np.errstate(invalid="ignore", divide="ignore"):
                t = np.where(long > 0.0, -(ax * dx + ay * dy) / long, 0.0).clip(0.0, 1.0)
            cx, cy = ax + t * dx, ay + t * dy
            away = cx * cx + cy * cy
            i = int(away.argmin())
            if away[i] < least:
                least, foot = float(away[i]), (x + cx[i] / per_x, y + cy[i] / per_y)
        return math.sqrt(least), *foot

    def near(self, x: float, y: float, metres: float) -> list[int]:
        """Cells whose border is not farther than that; generously preselected by their boxes."""
        high = 2.0 * metres / METRES_PER_DEGREE
        wide = high / math.cos(math.radians(y))
        west, south, east, north = self.boxes.T
        box = (west - wide <= x) & (x <= east + wide) & (south - high <= y) & (y <= north + high)
        return [int(c) for c in np.flatnonzero(box) if self.way(int(c), x, y)[0] <= metres]

    def answer(self, covering: list[int], x: float, y: float, radius: float) -> tuple[object, ...]:
        """Cell, metres, confidence, runner-up, snapped."""
        snapped = not covering
        near = self.near(x, y, SNAP_M) if snapped else covering
        if not near:
            return -1, math.nan, 0.0, -1, False
        cell = min(near, key=lambda c: (self.way(c, x, y)[0], c)) if snapped else min(covering)
        metres, foot_x, foot_y = self.way(cell, x, y)
        if not (radius > 0.0 and metres < 2.0 * radius):
            return cell, metres, 0.0 if snapped else 1.0, -1, snapped
        z = metres / (radius * SIGMA_PER_RADIUS) / math.sqrt(2.0)
        confidence = 0.5 * math.erfc(z if snapped else -z)
        others = [c for c in self.near(foot_x, foot_y, ACROSS_M) if c != cell]
        second = min(others, key=lambda c: (self.way(c, x, y)[0], c), default=-1)
        return cell, metres, round(confidence, 12), second, snapped


def grounds() -> dict[str, np.ndarray]:
    codes, london = london_cells()
    real = london[np.argsort(codes)][:800]
    random = np.random.default_rng(7)
    moved = shapely.transform(real[:250:3], lambda xy: xy + random.uniform(-0.002, 0.002, 2))
    seeds = shapely.MultiPoint(random.uniform((119.0, 36.5), (119.05, 36.53), (80, 2)))
    voronoi = np.asarray(shapely.get_parts(shapely.voronoi_polygons(seeds)))
    squares = [
        shapely.box(119 + i / 512, 36 + j / 512, 119 + (i + 1) / 512, 36 + (j + 1) / 512)
        for i in range(6)
        for j in range(6)
    ]
    angles = np.linspace(0.0, 2.0 * np.pi, 3001)[:-1]
    rim = (0.01 + 0.0005 * np.sin(angles * 90))[:, None]
    coast = shapely.Polygon([119.0, 36.0] + rim * np.column_stack([np.cos(angles), np.sin(angles)]))
    hole = shapely.Point(119.001, 36.001).buffer(0.002)
    parts = shapely.MultiPolygon([coast.difference(hole), shapely.box(119.02, 36.0, 119.03, 36.01)])
    return {
        "real": real,
        "overlapping": np.concatenate([real[:250], moved]),
        "voronoi": voronoi,
        "squares": np.array(squares, dtype=object),
        "a long coast, a hole and two parts": np.array([parts, hole], dtype=object),
        "thin": np.array([shapely.box(i * 1e-6, 0, (i + 1) * 1e-6, 0.01) for i in range(60)]),
    }


GROUNDS = grounds()


def positions(cells: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Corners and places on edges, beside them by some metres and by a last bit, and anywhere."""
    low, high = shapely.total_bounds(cells).reshape(2, 2)
    corners = random.permutation(shapely.get_coordinates(cells))[:60]
    on_edges = (corners[1:] + corners[:-1]) / 2.0
    middles = random.permutation(shapely.get_coordinates(shapely.centroid(cells)))[:60]
    beside = corners + random.normal(0.0, 3e-4, corners.shape)
    far = random.uniform(low - 0.01, high + 0.01, (60, 2))
    inside = random.uniform(low, high, (200, 2))
    nudged = np.nextafter(corners, np.inf)
    return np.vstack([corners, on_edges, middles, beside, nudged, far, inside])


@pytest.mark.parametrize("name", GROUNDS)
def test_the_same_as_a_walk_along_whole_borders(name: str) -> None:
    cells = GROUNDS[name]
    index, walk = CellIndex([f"{i:06}" for i in range(len(cells))], cells), Walk(cells)
    random = np.random.default_rng(1)
    points = positions(cells, random)
    radius = random.choice([np.nan, 0.0, 1e-200, 0.1, 5.0, 20.0, 100.0, 1e4], len(points))
    found = index.locate(points[:, 0], points[:, 1], radius)
    tree = shapely.STRtree(cells)
    covering: list[list[int]] = [[] for _ in points]
    for i, c in zip(*tree.query(shapely.points(points), "covered_by").tolist(), strict=True):
        covering[i].append(c)
    # The one thing that may differ in its last bit: there are several error functions.
    confidence = found.confidence.round(12)
    columns = (found.cell, found.distance_m, confidence, found.runner_up, found.snapped)
    answers = list(zip(*(c.tolist() for c in columns), strict=True))
    expected = [
        walk.answer(covering[i], float(x), float(y), float(radius[i]))
        for i, (x, y) in enumerate(points)
    ]
    for i, (answer, right) in enumerate(zip(answers, expected, strict=True)):
        # Where several cells cover a position the next one need not be known.
        told = slice(3) if len(covering[i]) > 1 else slice(5)
        assert repr(answer[told]) == repr(right[told]), (points[i].tolist(), radius[i])
