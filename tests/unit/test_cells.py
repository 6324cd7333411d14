"""Position → cell: covers, the lowest code on borders, snapping, confidence, runner-up."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.cells.index import CellIndex
from grid.cells.metres import METRES_PER_DEGREE, SNAP_M
from tests.london import london_cells

#: Two unit squares and a third with a hole, 0.01° each (about 900 × 1,100 m), at Weifang's place.
S = 0.0078125  # 2⁻⁷ degree: sums and halves of it are exact
X, Y = 119.0, 36.5
SOUTH = 1.0 / math.cos(math.radians(Y + S / 2))


def square(column: int, row: int, side: float = S) -> shapely.Polygon:
    return shapely.box(X + column * S, Y + row * S, X + column * S + side, Y + row * S + side)


HOLED = square(0, 1).difference(shapely.box(X + S / 4, Y + S * 1.25, X + S / 2, Y + S * 1.5))
PARTS = shapely.MultiPolygon([square(1, 1), square(3, 1)])
INDEX = CellIndex(
    ["B", "A", "D", "C"],
    [square(0, 0), square(1, 0), HOLED, PARTS],
    ["city/B/", "city/A/", "city/D/", "city/C/"],
    layout=7,
)
METRE_LAT = 1.0 / METRES_PER_DEGREE
METRE_LON = METRE_LAT / math.cos(math.radians(Y + S / 2))


@pytest.mark.parametrize(
    ("what", "lon", "lat", "code"),
    [
        ("inside", X + S / 2, Y + S / 2, "B"),
        ("on the outer border", X, Y + S / 2, "B"),
        ("on the outer corner", X, Y, "B"),
        ("on a shared border: the lowest code", X + S, Y + S / 2, "A"),
        ("one step left of it", math.nextafter(X + S, 0), Y + S / 2, "B"),
        ("on a corner of four", X + S, Y + S, "A"),
        ("on the border of a hole", X + S / 4, Y + S * 1.3, "D"),
        ("second part of a multipart cell", X + S * 3.5, Y + S * 1.5, "C"),
    ],
)
def test_covers_and_lowest_code(what: str, lon: float, lat: float, code: str) -> None:
    found = INDEX.locate_one(lon, lat)
    assert (INDEX.code(found.cell), found.snapped) == (code, False)


@pytest.mark.parametrize("metres", [0.001, 50.0, SNAP_M - 0.5])
def test_outside_but_near_is_snapped(metres: float) -> None:
    found = INDEX.locate_one(X - metres * METRE_LON, Y + S / 2)
    assert (INDEX.code(found.cell), found.snapped) == ("B", True)
    assert found.distance_m == pytest.approx(metres, rel=1e-3)
    assert found.confidence == 0.0


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (X - (SNAP_M + 0.5) * METRE_LON, Y + S / 2),
        (0.0, 0.0),
        (math.nan, Y),
        (X, math.inf),
        (-math.inf, math.nan),
        (1e300, 1e300),
        (X, 95.0),
    ],
)
def test_outside_every_cell(lon: float, lat: float) -> None:
    found = INDEX.locate_one(lon, lat, 10.0)
    assert (found.cell, found.runner_up, found.confidence, found.snapped) == (-1, -1, 0.0, False)
    assert math.isnan(found.distance_m)


def test_deep_in_a_hole_is_outside_and_near_its_border_is_snapped() -> None:
    # The hole is S/4 wide, about 174 m: its middle is within 200 m of the cell around it.
    found = INDEX.locate_one(X + S * 0.375, Y + S * 1.375)
    assert (INDEX.code(found.cell), found.snapped) == ("D", True)


@pytest.mark.parametrize(
    ("metres", "accuracy", "confidence", "runner_up"),
    [
        (100.0, None, 1.0, None),
        (100.0, math.nan, 1.0, None),
        (100.0, 0.0, 1.0, None),
        (100.0, -5.0, 1.0, None),
        (100.0, 49.0, 1.0, None),  # farther than twice the accuracy
        (0.0, 20.0, 0.5, "B"),
        (20.0, 20.0, 0.9344, "B"),  # Φ(1.5096)
        (20.0, 200.0, 0.5600, "B"),
    ],
)
def test_confidence_and_runner_up(
    metres: float, accuracy: float | None, confidence: float, runner_up: str | None
) -> None:
    found = INDEX.locate_one(X + S + metres * METRE_LON, Y + S / 2, accuracy)
    assert INDEX.code(found.cell) == "A"
    assert found.distance_m == pytest.approx(metres, abs=1e-3)
    assert found.confidence == pytest.approx(confidence, abs=1e-4)
    assert (INDEX.code(found.runner_up) if found.runner_up >= 0 else None) == runner_up


def test_confidence_is_the_share_of_true_points_in_the_cell() -> None:
    # Simulated: true points scattered so that 68 % fall within the radius.
    radius, metres, random = 30.0, 18.0, np.random.default_rng(5)
    sigma = radius / math.sqrt(-2 * math.log(0.32))
    errors = random.normal(0.0, sigma, (100_000, 2))
    assert (np.hypot(*errors.T) <= radius).mean() == pytest.approx(0.68, abs=0.005)
    lon = X + S + metres * METRE_LON
    truth = INDEX.locate(lon + errors[:, 0] * METRE_LON, Y + S / 2 + errors[:, 1] * METRE_LAT)
    share = (truth.cell == INDEX.index("A")).mean()
    assert INDEX.locate_one(lon, Y + S / 2, radius).confidence == pytest.approx(share, abs=0.005)


def test_a_snapped_position_is_more_likely_outside_and_names_no_certain_cell() -> None:
    found = INDEX.locate_one(X - 20 * METRE_LON, Y + S / 2, 20.0)
    assert found.snapped
    assert found.confidence == pytest.approx(1 - 0.9344, abs=1e-3)


def test_a_point_on_a_shared_border_names_the_other_cell() -> None:
    found = INDEX.locate_one(X + S, Y + S / 2)
    assert (INDEX.code(found.cell), INDEX.code(found.runner_up)) == ("A", "B")


def test_codes_paths_and_layout() -> None:
    assert INDEX.codes == ("A", "B", "C", "D")
    assert (len(INDEX), INDEX.layout) == (4, 7)
    assert INDEX.path(INDEX.index("C")) == "city/C/"
    assert INDEX.locate_codes([X + S / 2, 0.0], [Y + S / 2, 0.0]) == ["B", None]
    with pytest.raises(IndexError, match="-1"):
        INDEX.code(-1)
    with pytest.raises(ValueError, match="without paths"):
        CellIndex(["A"], [square(0, 0)]).path(0)


def test_no_cells_and_no_points() -> None:
    assert CellIndex([], []).locate_one(X, Y, 5.0).cell == -1
    assert INDEX.locate([], []).cell.shape == (0,)


BOWTIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


@pytest.mark.parametrize(
    ("codes", "cells", "message"),
    [
        (["A", "A"], [square(0, 0), square(1, 0)], "cell A: the code is there twice"),
        (["A", "B"], [square(0, 0)], "2 codes, 1 geometries"),
        (["A"], [shapely.Polygon()], "cell A: empty"),
        (["A"], [BOWTIE], "cell A: Self-intersection"),
        (["A"], [shapely.Point(0, 0)], "cell A: no polygon"),
        (["A"], [None], "cell A: no polygon"),
    ],
)
def test_what_cannot_be_indexed_is_named(codes: list[str], cells: list, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CellIndex(codes, cells)


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        INDEX.locate([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="accuracy_m"):
        INDEX.locate([1.0, 2.0], [1.0, 2.0], [5.0])


def brute_force(cells: np.ndarray, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The first cell, in the order given, that covers each point."""
    covers = shapely.covers(cells[None, :], shapely.points(lon, lat)[:, None])
    return np.where(covers.any(axis=1), covers.argmax(axis=1), -1)


def probes(cells: np.ndarray, random: np.random.Generator, n: int) -> tuple[np.ndarray, ...]:
    """Random points of the box, vertices, edge midpoints and neighbours one ulp away."""
    box = shapely.total_bounds(cells)
    corners = shapely.get_coordinates(cells)
    middles = (corners[1:] + corners[:-1]) / 2
    picked = [random.choice(c, min(n, len(c)), replace=False) for c in (corners, middles)]
    nudged = np.nextafter(picked[0], random.choice([-np.inf, np.inf], picked[0].shape))
    spread = random.uniform(box[:2], box[2:], (n, 2))
    return tuple(np.vstack([*picked, nudged, spread]).T)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cells=st.integers(1, 30))
def test_equals_brute_force_on_random_coverages(seed: int, cells: int) -> None:
    random = np.random.default_rng(seed)
    seeds = shapely.MultiPoint(random.uniform((X, Y), (X + 0.2, Y + 0.2), (cells, 2)))
    frame = shapely.box(X, Y, X + 0.2, Y + 0.2)
    tiles = np.asarray(shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame)))
    tiles = tiles[random.permutation(len(tiles))]
    tiles = tiles[: max(1, len(tiles) * 3 // 4)]  # leave gaps
    index = CellIndex([f"{i:03}" for i in range(len(tiles))], tiles)
    lon, lat = probes(tiles, random, 60)
    found = index.locate(lon, lat)
    expected = brute_force(tiles, lon, lat)
    assert np.array_equal(np.where(found.snapped, -1, found.cell), expected)


def test_equals_brute_force_on_real_cells_in_any_order() -> None:
    codes, cells = london_cells()
    cells, codes = cells[:600], codes[:600]
    random = np.random.default_rng(11)
    shuffled = random.permutation(len(codes))
    index = CellIndex([codes[i] for i in shuffled], cells[shuffled])
    in_order = cells[np.argsort(codes)]
    lon, lat = probes(cells, random, 300)
    found = index.locate(lon, lat)
    assert np.array_equal(np.where(found.snapped, -1, found.cell), brute_force(in_order, lon, lat))


@pytest.mark.parametrize("snap_m", [0.0, 30.0, SNAP_M, 900.0])
def test_the_nearest_cell_is_the_one_that_snaps(snap_m: float) -> None:
    codes, cells = london_cells()
    index = CellIndex(codes[:600], cells[:600])
    random = np.random.default_rng(3)
    corners = shapely.get_coordinates(shapely.union_all(cells[:600]).boundary)
    lon, lat = random.choice(corners, 200).T + random.normal(0.0, 0.001, (2, 200))
    found = index.locate(lon, lat, snap_m=snap_m)
    in_order = cells[:600][np.argsort(codes[:600])]
    plane = [METRES_PER_DEGREE * math.cos(math.radians(51.5)), METRES_PER_DEGREE]
    flat = shapely.transform(in_order, lambda c: c * plane)
    points = shapely.points(np.column_stack([lon, lat]) * plane)
    metres = shapely.distance(flat[None, :], points[:, None])
    snapped = found.snapped
    assert snapped.sum() > (20 if snap_m else -1)
    # 1 % for the latitude of the plane: what was taken is the nearest, and near enough.
    taken = metres[np.flatnonzero(snapped), found.cell[snapped]]
    assert (taken <= metres[snapped].min(axis=1) * 1.01 + 1e-6).all()
    assert (taken <= snap_m * 1.01).all()
    assert (metres[found.cell < 0].min(axis=1) > snap_m * 0.99).all()
    assert (index.locate([np.nan, 0.0], [51.5, np.inf], snap_m=snap_m).cell == -1).all()
