"""Datum conversion: real pairs, the way forth and back, and the box around China."""

import json
from pathlib import Path

import numpy as np
import pytest

from grid.reports.fields import Crs
from ingest.datum import from_wgs84, position_to_wgs84, to_wgs84

PAIRS = json.loads((Path(__file__).parents[1] / "data/weifang_gcj02_wgs84.json").read_text())
GCJ02 = np.array([pair["gcj02"] for pair in PAIRS["points"]])
WGS84 = np.array([pair["wgs84"] for pair in PAIRS["points"]])

MM = 1.0 / 111e6  # degrees of latitude
SHIFTED = [Crs.GCJ02, Crs.BD09]


def test_outlines_of_weifang_come_out_where_they_are():
    lon, lat = to_wgs84(Crs.GCJ02, GCJ02[:, 0], GCJ02[:, 1])
    assert np.abs(lon - WGS84[:, 0]).max() < MM
    assert np.abs(lat - WGS84[:, 1]).max() < MM


def test_the_shift_in_weifang_is_about_500_m():
    east = (GCJ02[:, 0] - WGS84[:, 0]) * 111_320 * np.cos(np.radians(36.7))
    north = (GCJ02[:, 1] - WGS84[:, 1]) * 111_320
    assert 400 < np.hypot(east, north).mean() < 650


def test_bd09_lies_a_further_step_off():
    gcj = np.array(from_wgs84(Crs.GCJ02, WGS84[:, 0], WGS84[:, 1]))
    bd = np.array(from_wgs84(Crs.BD09, WGS84[:, 0], WGS84[:, 1]))
    assert np.allclose((bd - gcj)[0], 0.0065, atol=2e-4)
    assert np.allclose((bd - gcj)[1], 0.006, atol=7e-4)


@pytest.mark.parametrize("crs", Crs)
def test_forth_undoes_back_to_less_than_a_millimetre(crs):
    rng = np.random.default_rng(20261122)
    lon, lat = rng.uniform(72.1, 137.8, 20_000), rng.uniform(0.9, 55.8, 20_000)
    lon[:100], lat[50:150] = 105.0, 35.0  # where the formula has its kink and its zero
    there = from_wgs84(crs, *to_wgs84(crs, lon, lat))
    assert np.abs(there[0] - lon).max() < MM
    assert np.abs(there[1] - lat).max() < MM


@pytest.mark.parametrize("crs", SHIFTED)
def test_one_position_and_many_agree(crs):
    many = to_wgs84(crs, GCJ02[:, 0], GCJ02[:, 1])
    for n, (lon, lat) in enumerate(GCJ02.tolist()):
        assert position_to_wgs84(crs, lon, lat) == pytest.approx(
            (many[0][n], many[1][n]), abs=1e-11
        )


@pytest.mark.parametrize("crs", SHIFTED)
@pytest.mark.parametrize(
    ("lon", "lat"), [(72.0, 36.0), (138.0, 36.0), (119.0, 0.8), (119.0, 56.0), (-73.0, 41.3)]
)
def test_outside_the_box_nothing_moves(crs, lon, lat):
    assert position_to_wgs84(crs, lon, lat) == (lon, lat)
    for convert in (to_wgs84, from_wgs84):
        out = convert(crs, np.array([lon, 119.0]), np.array([lat, 36.7]))
        assert (out[0][0], out[1][0]) == (lon, lat)
        assert (out[0][1], out[1][1]) != (119.0, 36.7)


def test_what_is_given_stays_untouched():
    lon, lat = GCJ02[:, 0].copy(), GCJ02[:, 1].copy()
    to_wgs84(Crs.GCJ02, lon, lat)
    assert (lon == GCJ02[:, 0]).all()
    assert (lat == GCJ02[:, 1]).all()
