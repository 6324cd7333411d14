"""Compactness of shapes whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from grid.cells.metres import METRES_PER_DEGREE
from grid.layouts.compactness import in_metres, length_to_width, polsby_popper, strays

CIRCLE = shapely.Point(0, 0).buffer(1000, quad_segs=256)
SQUARE = shapely.box(0, 0, 300, 300)
STRIP = shapely.box(0, 0, 1000, 10)
TURNED = shapely.transform(
    STRIP, lambda p: p @ np.array([[np.cos(0.7), np.sin(0.7)], [-np.sin(0.7), np.cos(0.7)]])
)
TWO = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])


def of(*shapes):
    return np.array(shapes, dtype=object)


def test_against_a_circle():
    found = polsby_popper(of(CIRCLE, SQUARE, STRIP, TURNED))
    expected = [1.0, np.pi / 4, 4 * np.pi * 10_000 / 2020**2, 4 * np.pi * 10_000 / 2020**2]
    assert found == pytest.approx(expected, rel=1e-4)


def test_length_over_width_whatever_the_direction():
    assert length_to_width(of(SQUARE, STRIP, TURNED)) == pytest.approx([1.0, 100.0, 100.0])


def test_pieces_away_from_a_cell():
    assert strays(of(SQUARE, TWO)).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("measure", [polsby_popper, length_to_width, strays])
def test_what_has_no_outline_is_unknown(measure):
    found = measure(of(None, shapely.Polygon(), SQUARE))
    assert np.isnan(found).tolist() == [True, True, False]


def test_no_shapes_at_all():
    none = np.empty(0, dtype=object)
    assert [len(f(in_metres(none))) for f in (polsby_popper, length_to_width, strays)] == [0, 0, 0]


def test_degrees_become_metres_at_each_shape_s_own_latitude():
    north, equator = shapely.box(10, 59.99, 10.02, 60.01), shapely.box(10, -0.01, 10.02, 0.01)
    metric = in_metres(of(north, None, equator))
    west, south, east, top = shapely.bounds(metric[0])
    assert (east - west) / (top - south) == pytest.approx(0.5, rel=1e-6)
    assert metric[1] is None
    side = 0.02 * METRES_PER_DEGREE
    assert shapely.area(metric[2]) == pytest.approx(side**2, rel=1e-6)
