"""The web's grid of tiles."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_data.features.web_mercator import Tile, tile_at

PLACES = st.tuples(st.floats(-180, 179.999), st.floats(-85, 85), st.integers(0, 22))


@given(PLACES)
def test_a_place_lies_in_its_tile(place):
    lon, lat, z = place
    at = tile_at(lon, lat, z)
    assert at.inside
    west, south, east, north = at.box(1e-6)
    assert west <= lon <= east
    assert south <= lat <= north


@given(PLACES, st.sampled_from([8, 16, 32, 64]))
def test_squares_fill_the_tile_and_share_lines_with_the_next(place, along):
    at = tile_at(*place)
    lons, lats = at.squares(along)
    assert len(lons) == len(lats) == along + 1
    assert all(a < b for a, b in itertools.pairwise(lons))
    assert all(a < b for a, b in itertools.pairwise(lats))
    assert (lons[0], lats[0], lons[-1], lats[-1]) == at.box()
    east, south = Tile(at.z, at.x + 1, at.y), Tile(at.z, at.x, at.y + 1)
    if east.inside:
        assert east.squares(along)[0][0] == lons[-1]
    if south.inside:
        assert south.squares(along)[1][-1] == lats[0]


@pytest.mark.parametrize(
    ("tile", "inside"),
    [
        (Tile(0, 0, 0), True),
        (Tile(0, 1, 0), False),
        (Tile(0, 0, -1), False),
        (Tile(22, 2**22 - 1, 2**22 - 1), True),
        (Tile(22, 2**22, 0), False),
        (Tile(23, 0, 0), False),
        (Tile(-1, 0, 0), False),
    ],
)
def test_which_tiles_there_are(tile, inside):
    assert tile.inside is inside


def test_weifang_lies_where_every_map_has_it():
    assert tile_at(119.1, 36.7, 12) == Tile(12, 3403, 1598)
