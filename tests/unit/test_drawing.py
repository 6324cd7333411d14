"""Drawing areas: Hilbert order, weighted Voronoi, even spread, seams — on a made-up county."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from geo_data.layout import codes, contiguity, seams, voronoi, weifang
from geo_data.layout.weifang_sources import Village

#: Ten by ten kilometres with a bay in the north.
COUNTY = shapely.Polygon(
    shapely.box(0, 0, 10_000, 10_000)
    .difference(shapely.Polygon([(6_000, 10_000), (5_000, 3_000), (4_000, 10_000)]))
    .exterior
)


@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_the_hilbert_curve_visits_every_square_once_and_never_jumps(order: int) -> None:
    side = 2**order
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side)))
    along = codes.hilbert(x, y, order)
    assert sorted(along) == list(range(side * side))
    visit = np.argsort(along)
    steps = np.abs(np.diff(x[visit])) + np.abs(np.diff(y[visit]))
    assert (steps == 1).all()


def test_neighbours_along_the_curve_are_near() -> None:
    points = np.random.default_rng(1).random((400, 2)) * (8_000, 3_000) + (600_000, 4_000_000)
    order = codes.along_curve(points)
    assert sorted(order) == list(range(400))
    hops = np.hypot(*np.diff(points[order], axis=0).T)
    assert np.median(hops) < 400  # the mean distance between two of them is 3,000


def test_the_curve_over_nothing_and_one_point() -> None:
    assert codes.along_curve(np.empty((0, 2))).tolist() == []
    assert codes.along_curve(np.array([[5.0, 5.0]])).tolist() == [0]


@pytest.mark.parametrize(
    ("committee", "cell"),
    [
        ("曹家巷居委会", "曹家巷第1网格"),
        ("翠竹园社区居委会", "翠竹园社区第1网格"),
        ("杨家庄村委会", "杨家庄第1网格"),
        ("豪德社区居民委员会", "豪德社区第1网格"),
        ("西岭村民委员会", "西岭第1网格"),
        ("西利渔村", "西利渔村第1网格"),
        ("居委会", "居委会第1网格"),
    ],
)
def test_cells_are_named_after_the_place(committee: str, cell: str) -> None:
    assert codes.cell_name(committee, 1) == cell


@pytest.mark.parametrize("count", [1, 7, 500])
def test_samples_lie_inside_and_are_enough(count: int) -> None:
    points = voronoi.sample(COUNTY, count, np.random.default_rng(2))
    assert len(points) >= count
    assert shapely.contains_xy(COUNTY, points[:, 0], points[:, 1]).all()


def test_the_farthest_point_keeps_away_from_seeds_and_border() -> None:
    square = shapely.box(0, 0, 1000, 1000)
    candidates = voronoi.sample(square, 4000, np.random.default_rng(3))
    seeds = np.array([[100.0, 100.0]])
    first, second = voronoi.farthest(candidates, square.boundary, seeds, 2)
    assert min(np.hypot(*(first - seeds[0])), 2 * min(*first, *(1000 - first))) > 600
    assert np.hypot(*(second - first)) > 400


def test_a_larger_share_gets_more_ground_and_nobody_is_swallowed() -> None:
    seeds = np.array([[2_000.0, 2_000.0], [2_200.0, 2_000.0], [8_000.0, 5_000.0]])
    area = shapely.area(COUNTY)
    even = voronoi.power_weights(seeds, np.array([1.0, 1.0, 1.0]), area)
    uneven = voronoi.power_weights(seeds, np.array([1.0, 1.0, 20.0]), area)
    before = shapely.area(voronoi.power_cells(COUNTY, seeds, even))
    cells = voronoi.power_cells(COUNTY, seeds, uneven)
    assert shapely.area(cells)[2] > before[2] * 1.2
    assert shapely.contains_xy(cells, seeds[:, 0], seeds[:, 1]).all()


def test_weighted_cells_fill_the_county_each_in_one_piece() -> None:
    # The bay cuts the strip that belongs to the western seed in two.
    seeds = np.array([[1_000.0, 9_000.0], [5_000.0, 1_000.0], [2_000.0, 4_000.0]])
    cells = voronoi.power_cells(COUNTY, seeds, np.zeros(3))
    assert set(shapely.get_type_id(cells)) == {3}
    assert shapely.area(cells).sum() == pytest.approx(shapely.area(COUNTY))
    for one, other in itertools.combinations(cells, 2):
        assert shapely.intersection(one, other).area == pytest.approx(0.0, abs=1e-3)


def test_lloyd_spreads_evenly_and_leaves_fixed_centres() -> None:
    random = np.random.default_rng(4)
    ground = voronoi.sample(COUNTY, 4000, random)
    start = np.vstack([[9_000.0, 9_000.0], random.choice(ground[ground[:, 0] < 2000], 19)])
    before = np.bincount(voronoi.relax(ground, start, 0)[1], minlength=20)
    centres, label = voronoi.relax(ground, start, 40, fixed=1)
    after = np.bincount(label, minlength=20)
    assert centres[0].tolist() == [9_000.0, 9_000.0]
    assert after.max() / after.min() < 4 < before.max() / max(before.min(), 1)
    assert shapely.contains_xy(COUNTY, centres[:, 0], centres[:, 1]).all()


def test_strays_are_found_and_pulled_towards_their_group() -> None:
    seeds = np.array([[500.0, 9_500.0], [1_500.0, 9_500.0], [9_500.0, 9_500.0], [9_000.0, 500.0]])
    cells = voronoi.clipped(COUNTY, seeds)
    group = np.array([0, 1, 2])
    stray = contiguity.strays(group, cells)
    assert len(stray) == 1
    contiguity.pull(COUNTY, seeds, stray, group)
    assert shapely.contains_xy(COUNTY, seeds[:, 0], seeds[:, 1]).all()
    assert contiguity.strays(np.array([3]), cells).tolist() == []


def test_seams_close_what_was_cut_apart() -> None:
    random = np.random.default_rng(6)
    east = shapely.box(10_000, 0, 20_000, 10_000)
    seeds = [voronoi.sample(c, 60, random) for c in (COUNTY, east)]
    cut = np.concatenate(
        [voronoi.clipped(c, s) for c, s in zip((COUNTY, east), seeds, strict=True)]
    )
    kin = np.array([[0, 0, 0]] * len(seeds[0]) + [[1, 1, 1]] * len(seeds[1]))
    assert not shapely.coverage_is_valid(cut)
    cells = seams.seamless(cut, kin, 0.01)
    assert shapely.coverage_is_valid(cells)
    assert set(shapely.get_type_id(cells)) == {3}
    united = seams.gathered(cells, kin[:, 0], 2)
    for county, outline in zip(united, (COUNTY, east), strict=True):
        assert shapely.symmetric_difference(county, outline).area < 0.01 * outline.length
    degrees = seams.to_degrees(shapely.transform(cells, np.array((6e5, 4e6)).__add__), "EPSG:32650")
    assert shapely.coverage_is_valid(degrees)
    steps = shapely.get_coordinates(degrees) / seams.GRID_DEGREES
    assert (steps == np.round(steps)).all()


def test_a_stray_piece_goes_to_its_nearest_kin() -> None:
    # Cell 0 has a second piece between cells 1 (same village) and 2 (same street only).
    pieces = [
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]),
        shapely.box(1, 0, 2, 1),
        shapely.box(3, 0, 4, 1).union(shapely.box(2, 1, 4, 2)),
    ]
    kin = np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1]])
    cells = seams.seamless(np.array(pieces, dtype=object), kin, 1e-6)
    assert shapely.area(cells).tolist() == [1.0, 2.0, 3.0]


def test_cells_by_class_then_topped_up_the_most_urban_first() -> None:
    classes = {"370705001001": "220", "370705001002": "111", "370782001001": None}
    villages = [Village(c, c, c[:9], u, None) for c, u in classes.items()]
    numbers = weifang.cell_numbers(villages)
    assert sum(numbers.values()) == weifang.CELLS
    extra = weifang.CELLS - (1 + 6 + 2)
    share = extra // 3
    assert numbers["370705001002"] == 6 + share + (extra % 3 > 0)
    assert numbers["370705001001"] - 1 in (share, share + 1)
