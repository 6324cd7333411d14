"""Positions are rounded wherever they stand; everything else is as it was."""

from __future__ import annotations

import pytest

from grid.cases.masked import masked

TABLE = [
    ({"lon": 119.123456, "lat": 36.70551}, {"lon": 119.123, "lat": 36.706}),
    ({"data": {"place": {"lon": 1.00049}}}, {"data": {"place": {"lon": 1.0}}}),
    ({"steps": [{"lat": 36.98765}, 7]}, {"steps": [{"lat": 36.988}, 7]}),
    ({"reliability": 0.123456}, {"reliability": 0.123456}),
    ({"lon": None, "note": "36.123456"}, {"lon": None, "note": "36.123456"}),
]


@pytest.mark.parametrize(("plain", "seen"), TABLE)
def test_what_is_seen(plain, seen):
    assert masked(plain) == seen
