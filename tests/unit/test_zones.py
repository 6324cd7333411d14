"""Which kinds of places lie at a position: inside, beside, along; by metres and by time."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
import shapely

from grid.zones import NO_ZONES, Shape, Zones, metres_per_degree

LON, LAT = 119.1, 36.7
EAST, NORTH = (float(one[0]) for one in metres_per_degree(np.array([LAT])))
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WITHIN = {"school": 200.0, "gas_line": 50.0}


def moved(east: float, north: float) -> tuple[float, float]:
    """The position so many metres away."""
    return LON + east / EAST, LAT + north / NORTH


def square(half: float):
    return shapely.Polygon([moved(x, y) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                            for x, y in ((x * half, y * half),)])  # fmt: skip


def kinds(zones: Zones, east: float, north: float) -> set[str]:
    lon, lat = moved(east, north)
    return set(zones.at([lon], [lat])[0])


def test_a_degree_is_as_long_as_on_the_ellipsoid():
    # WGS 84 at 45°: 111 131.78 m of latitude, 78 846.84 m of longitude
    east, north = metres_per_degree(np.array([0.0, 45.0]))
    assert north == pytest.approx([110_574.28, 111_131.78], abs=0.01)
    assert east == pytest.approx([111_319.49, 78_846.84], abs=0.01)


@pytest.mark.parametrize(
    ("name", "shape"),
    {
        "a point": shapely.Point(LON, LAT),
        "several points": shapely.MultiPoint([(LON, LAT), (LON + 1, LAT)]),
        "a collection in a collection": shapely.GeometryCollection(
            [shapely.GeometryCollection([shapely.Point(LON, LAT)])]
        ),
        "a line along the meridian": shapely.LineString([(LON, LAT - 0.1), (LON, LAT + 0.1)]),
        "a line of many segments": shapely.LineString(
            [(LON, LAT + n / 10_000) for n in range(-500, 500)]
        ),
    }.items(),
)
def test_within_the_metres_of_its_kind_and_not_one_step_farther(name, shape):
    zones = Zones([Shape("school", shape)], WITHIN)
    assert kinds(zones, 199.9, 0) == {"school"}
    assert kinds(zones, -199.9, 0) == {"school"}
    assert kinds(zones, 200.1, 0) == set(), name


def test_inside_a_polygon_however_far_its_border_is():
    zones = Zones([Shape("gas_line", square(1000))], WITHIN)
    assert kinds(zones, 0, 0) == kinds(zones, 999, 999) == kinds(zones, 1049, 0) == {"gas_line"}
    assert kinds(zones, 1051, 0) == set()


def test_a_hole_is_outside_but_its_border_counts():
    ring = square(1000).difference(square(500))
    zones = Zones([Shape("gas_line", ring)], WITHIN)
    assert kinds(zones, 0, 0) == set()
    assert kinds(zones, 460, 0) == kinds(zones, 700, 0) == {"gas_line"}


def test_each_kind_has_its_own_distance_and_a_position_can_be_in_several():
    here = shapely.Point(LON, LAT)
    zones = Zones([Shape("school", here), Shape("gas_line", here), Shape("hydrant", here)], WITHIN)
    assert len(zones) == 2, "a kind without metres makes no zone"
    assert kinds(zones, 0, 49) == {"school", "gas_line"}
    assert kinds(zones, 0, 51) == {"school"}


def test_only_while_it_is_there():
    shape = Shape("school", shapely.Point(LON, LAT), NOW, NOW + timedelta(days=1))
    moments = [NOW - timedelta(seconds=1), NOW, NOW + timedelta(hours=23), NOW + timedelta(days=1)]
    found = Zones([shape], WITHIN).at([LON] * 4, [LAT] * 4, moments)
    assert [bool(one) for one in found] == [False, True, True, False]


def test_a_whole_batch_is_what_each_position_is_alone():
    rng = np.random.default_rng(5)
    walk = np.cumsum(rng.normal(0, 0.0003, (300, 2)), axis=0) + np.array([LON, LAT])
    zones = Zones(
        [Shape("gas_line", shapely.LineString(walk)), Shape("school", square(150))], WITHIN
    )
    lon, lat = LON + rng.normal(0, 0.003, 400), LAT + rng.normal(0, 0.003, 400)
    batch = zones.at(lon.tolist(), lat.tolist())
    assert batch == [zones.at([x], [y])[0] for x, y in zip(lon, lat, strict=True)]
    assert batch == [frozenset(by_hand(walk, x, y)) for x, y in zip(lon, lat, strict=True)]
    assert {frozenset(), frozenset({"school"}), frozenset({"gas_line"})} <= set(batch)


def by_hand(walk, lon: float, lat: float) -> set[str]:
    """The same, segment by segment and corner by corner."""
    east, north = (float(one[0]) for one in metres_per_degree(np.array([lat])))
    local = [((x - lon) * east, (y - lat) * north) for x, y in walk]
    found = set()
    if min(_to_segment(a, b) for a, b in pairwise(local)) <= 50:
        found.add("gas_line")
    half = (150 / EAST, 150 / NORTH)
    dx, dy = (max(abs(a) - h, 0) for a, h in zip((lon - LON, lat - LAT), half, strict=True))
    if math.hypot(dx * east, dy * north) <= 200:
        found.add("school")
    return found


def _to_segment(a, b) -> float:
    (ax, ay), (bx, by) = a, b
    dx, dy = bx - ax, by - ay
    t = max(0.0, min(1.0, -(ax * dx + ay * dy) / ((dx * dx + dy * dy) or 1.0)))
    return math.hypot(ax + t * dx, ay + t * dy)


def test_nothing_known_nothing_found():
    assert NO_ZONES.at([LON, LON], [LAT, LAT], [NOW, NOW]) == [frozenset(), frozenset()]
    assert Zones([Shape("school", shapely.Point(LON, LAT))], WITHIN).at([], []) == []
