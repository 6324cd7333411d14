"""The small map: everything on it, north up, one scale for both axes."""

from __future__ import annotations

import re

import pytest

from api.ogc.drawing import HEIGHT, WIDTH, Thing, drawing

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]


def drawn(geometry):
    made = drawing([Thing(geometry, "href", "title")])
    assert made is not None
    [shape] = made.shapes
    return made, shape


def positions(shape):
    found = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", shape.path)
    return [(float(x), float(y)) for x, y in found] + list(shape.points)


@pytest.mark.parametrize(
    ("geometry", "lines", "points", "closed"),
    [
        ({"type": "Point", "coordinates": [119, 36]}, 0, 1, False),
        ({"type": "MultiPoint", "coordinates": [[119, 36], [120, 37, 5]]}, 0, 2, False),
        ({"type": "LineString", "coordinates": [[119, 36], [120, 37]]}, 1, 0, False),
        ({"type": "MultiLineString", "coordinates": [SQUARE[:2], SQUARE[2:4]]}, 2, 0, False),
        ({"type": "Polygon", "coordinates": [SQUARE]}, 1, 0, True),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE]]}, 2, 0, True),
        (
            {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Point", "coordinates": [0, 0]},
                    {"type": "Polygon", "coordinates": [SQUARE]},
                ],
            },
            1,
            1,
            True,
        ),
    ],
)
def test_every_kind_of_geometry(geometry, lines, points, closed):
    _, shape = drawn(geometry)
    assert shape.path.count("M") == lines
    assert shape.path.count("Z") == (lines if closed else 0)
    assert len(shape.points) == points
    assert shape.closed is closed
    for x, y in positions(shape):
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


def test_north_is_up_and_a_square_of_metres_is_a_square():
    made, shape = drawn({"type": "Polygon", "coordinates": [SQUARE]})
    (left, bottom), (right, _), (_, top), *_ = positions(shape)
    assert right > left
    assert top < bottom
    assert right - left == pytest.approx(bottom - top, rel=1e-3), "at the equator"
    assert made.bar_words == "20 km"
    assert made.bar == pytest.approx((right - left) * 20_000 / 111_320, abs=0.1)


def test_degrees_of_longitude_shrink_towards_the_pole():
    north = [[lon, lat + 59.5] for lon, lat in SQUARE]
    _, shape = drawn({"type": "Polygon", "coordinates": [north]})
    (left, bottom), (right, _), (_, top), *_ = positions(shape)
    assert (right - left) / (bottom - top) == pytest.approx(0.5, abs=0.01)


def test_a_single_point_is_in_the_middle():
    made, shape = drawn({"type": "Point", "coordinates": [119, 36]})
    assert shape.points == ((WIDTH / 2, HEIGHT / 2),)
    assert made.bar_words == "50 m"


def test_nothing_is_no_map():
    assert drawing([]) is None
    assert drawing([Thing({"type": "MultiPoint", "coordinates": []}, "", "")]) is None
