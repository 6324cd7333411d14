"""The index answers as the polygons do: `covers`, and the lowest code, for whatever is valid.

Each table or property below is a place where such an index can go wrong.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grid.cells.index import CellIndex
from grid.cells.orientation import side
from tests.london import london_cells
from tests.positions import lowest_covering, probes

SEEDS = st.integers(0, 2**32 - 1)
some = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def index_of(cells: np.ndarray) -> CellIndex:
    return CellIndex([f"{i:06}" for i in range(len(cells))], cells)


def check(cells: np.ndarray, seed: int, n: int = 120) -> CellIndex:
    """Every answer is shapely's, for arrays, one by one, and from the bytes of a saved index."""
    index, random = index_of(cells), np.random.default_rng(seed)
    points = probes(cells, random, n, index)
    truth = lowest_covering(cells, points)
    found = index.cells_of(points[:, 0], points[:, 1])
    wrong = np.flatnonzero(found != truth)
    assert not len(wrong), f"{len(wrong)}: {points[wrong[0]].tolist()} {found[wrong[0]]}"
    for i in random.integers(0, len(points), 50):
        assert index.cell_of(*points[i]) == truth[i]
    saved = CellIndex.unpacked(b"".join(index.packed()))
    assert np.array_equal(saved.cells_of(points[:, 0], points[:, 1]), truth)
    return index


def polygons(shapes: list[shapely.Geometry]) -> np.ndarray:
    """Those that are valid and have an area."""
    cells = np.array(shapes, dtype=object)
    return cells[shapely.is_valid(cells) & (shapely.area(cells) > 0)]


@pytest.fixture(scope="module")
def london() -> tuple[np.ndarray, CellIndex]:
    codes, cells = london_cells()
    cells = cells[np.argsort(codes)]
    return cells, index_of(cells)


def test_real_cells(london: tuple[np.ndarray, CellIndex]) -> None:
    cells, index = london
    points = probes(cells, np.random.default_rng(1), 12_000, index)
    assert np.array_equal(
        index.cells_of(points[:, 0], points[:, 1]), lowest_covering(cells, points)
    )


def test_real_cells_fit_into_40_mb(london: tuple[np.ndarray, CellIndex]) -> None:
    assert london[1].nbytes < 40e6


@some
@given(seed=SEEDS, cells=st.integers(1, 40))
def test_overlaps_holes_and_parts(seed: int, cells: int) -> None:
    random = np.random.default_rng(seed)

    def star() -> shapely.Polygon:
        angles = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 12)))
        away = random.uniform(0.2, 1.0, len(angles))[:, None]
        ring = away * np.column_stack([np.cos(angles), np.sin(angles)])
        return shapely.Polygon(random.uniform(0, 5, 2) + ring)

    shapes = polygons([star() for _ in range(cells * 3)])
    shapes = [a.difference(b).union(c) for a, b, c in zip(*[iter(shapes)] * 3, strict=False)]
    cut = [s for s in shapes if s.geom_type in ("Polygon", "MultiPolygon")]
    if cut:
        check(polygons(cut), seed)


@some
@given(seed=SEEDS, side_=st.integers(1, 9), step=st.sampled_from([1.0, 0.1, 1 / 3, 2.0**-20]))
def test_regular_squares_whatever_lines_the_raster_has(seed: int, side_: int, step: float) -> None:
    cells = [
        shapely.box(i * step, j * step, (i + 1) * step, (j + 1) * step)
        for i in range(side_)
        for j in range(side_)
    ]
    random = np.random.default_rng(seed)
    check(np.array(cells, dtype=object)[random.permutation(len(cells))], seed)


@some
@given(
    seed=SEEDS,
    origin=st.sampled_from([0.0, 1e-9, 119.0, -75.3, 1e6, -1e9]),
    steps=st.sampled_from([2, 5, 40, 1000, 300_000]),
)
def test_far_from_the_origin_and_hardly_larger_than_a_rounding(
    seed: int, origin: float, steps: int
) -> None:
    # Corners a few representable numbers apart: no place between them is left to look from.
    random = np.random.default_rng(seed)
    step = np.spacing(abs(origin) + 1e-300) * 4
    corners = origin + step * random.integers(0, steps + 1, (20, 3, 2))
    cells = polygons([shapely.Polygon(c) for c in corners])
    if len(cells):
        check(cells, seed)


@some
@given(seed=SEEDS, thin=st.floats(1e-9, 1e-2), lean=st.floats(-3, 3), cells=st.integers(1, 60))
def test_cells_thinner_than_the_raster(seed: int, thin: float, lean: float, cells: int) -> None:
    wide = np.arange(cells + 1) * thin
    strips = [
        shapely.Polygon([(a, 0), (b, 0), (b + lean, 1), (a + lean, 1)]) for a, b in pairwise(wide)
    ]
    check(polygons([*strips, shapely.box(-1, 0.2, 0, 0.7)]), seed)


@pytest.mark.parametrize("rays", [3, 50, 700])
def test_many_cells_around_one_corner(rays: int) -> None:
    angles = np.linspace(0, 2 * np.pi, rays + 1)
    rim = 0.3 + np.column_stack([np.cos(angles), np.sin(angles)])
    rim[-1] = rim[0]
    wedges = [shapely.Polygon([(0.3, 0.3), a, b]) for a, b in pairwise(rim)]
    check(polygons(wedges), rays)


@pytest.mark.parametrize("sizes", [(1e-6, 1.0), (1e-9, 100.0)])
def test_a_town_of_tiny_cells_in_a_wide_country(sizes: tuple[float, float]) -> None:
    random = np.random.default_rng(4)
    seeds = [random.normal((119.0, 36.0), size, (150, 2)) for size in sizes]
    cells = shapely.voronoi_polygons(shapely.MultiPoint(np.vstack(seeds)))
    check(polygons(list(shapely.get_parts(cells))), 4)


def test_the_same_cell_twice_and_one_inside_another() -> None:
    outer = shapely.box(0, 0, 4, 4)
    cells = [shapely.box(1, 1, 2, 2), outer, outer, shapely.box(1, 1, 3, 3)]
    check(np.array(cells, dtype=object), 3)
    check(np.array(cells[::-1], dtype=object), 3)


def test_repeated_corners_and_negative_zero() -> None:
    ring = [(-1.0, -0.0), (-1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 1.0), (-1.0, 1.0)]
    below = shapely.box(-1.0, -1.0, 1.0, -0.0)
    index = check(np.array([shapely.Polygon(ring), below], dtype=object), 5)
    assert index.cell_of(0.0, -0.0) == index.cell_of(-0.0, 0.0) == 0


@pytest.mark.parametrize("lon", [math.nan, math.inf, -math.inf, 1e300, -1e300, 0.5])
@pytest.mark.parametrize("lat", [math.nan, math.inf, 1e300, 95.0])
def test_positions_that_are_nowhere(lon: float, lat: float) -> None:
    index = index_of(np.array([shapely.box(0, 0, 1, 1)], dtype=object))
    assert index.cell_of(lon, lat) == -1
    assert index.cells_of([lon, 0.5], [lat, 0.5]).tolist() == [-1, 0]


@pytest.mark.parametrize(
    "shape",
    [
        shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(1, 1), (2, 2)])]),
        shapely.LineString([(0, 0), (1, 1)]),
    ],
)
def test_what_make_valid_may_leave_behind_is_refused(shape: shapely.Geometry) -> None:
    with pytest.raises(ValueError, match="cell 000000: no polygon"):
        index_of(np.array([shape], dtype=object))


@pytest.mark.parametrize("kind", [np.float32, np.int64, list])
def test_positions_of_any_kind_of_array(kind: type) -> None:
    index = index_of(np.array([shapely.box(0, 0, 4, 4), shapely.box(4, 0, 8, 4)], dtype=object))
    columns = np.array([[1.0, 0.0], [5.0, 0.0], [9.0, 0.0]])
    lon = columns[:, 0].tolist() if kind is list else columns[:, 0].astype(kind)
    assert index.cells_of(lon, [1, 1, 1]).tolist() == [0, 1, -1]
    assert index.cells_of(columns[:, 0], columns[:, 1]).tolist() == [0, 1, -1]  # with strides


def test_bytes_of_something_else_are_refused() -> None:
    index = index_of(np.array([shapely.box(0, 0, 1, 1)], dtype=object))
    written = b"".join(index.packed())
    with pytest.raises(ValueError, match="no index of cells"):
        CellIndex.unpacked(b"GeoParquet" * 10)
    for end in (20, 200, len(written) - 100):
        with pytest.raises(ValueError, match="damaged"):
            CellIndex.unpacked(written[:end])


def test_a_saved_index_keeps_names_and_layout() -> None:
    cells = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    index = CellIndex(["乙", "a"], cells, ["城/乙/", "城/a/"], layout=9)
    again = CellIndex.unpacked(memoryview(b"".join(index.packed())))
    assert (again.codes, again.layout, again.path(1)) == (("a", "乙"), 9, "城/乙/")
    assert again.locate_one(0.999, 0.5, 500.0) == index.locate_one(0.999, 0.5, 500.0)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    base=st.sampled_from([0.0, 1.0, 119.123456789, -36.7, 1e6]),
    numbers=st.lists(st.integers(-3, 3), min_size=6, max_size=6),
    scale=st.sampled_from([1e-14, 1e-9, 0.1, 12.0]),
)
def test_a_side_is_never_wrong(base: float, numbers: list[int], scale: float) -> None:
    # Points of a small lattice are very often on one line, and after rounding hardly off it.
    a, b, c, d, e, f = (base + n * scale for n in numbers)
    left = (Fraction(c) - Fraction(a)) * (Fraction(f) - Fraction(b))
    right = (Fraction(d) - Fraction(b)) * (Fraction(e) - Fraction(a))
    assert side(a, b, c, d, e, f) == (left > right) - (left < right)
