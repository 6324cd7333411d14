"""Which layout holds when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grid.cells.layouts import Begin, Layouts

NOON = datetime(2026, 11, 19, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
THREE = Layouts([Begin(7, NOON + HOUR), Begin(1, NOON - HOUR), Begin(4, NOON)])


@pytest.mark.parametrize(
    ("hours", "number"), [(-99, 1), (-1, 1), (-0.001, 1), (0, 4), (0.999, 4), (1, 7), (99, 7)]
)
def test_each_moment_has_one_and_before_the_first_it_is_the_first(hours: float, number: int):
    assert THREE.at(NOON + hours * HOUR) == number


def test_from_a_moment_on_it_is_the_one_that_holds_and_those_to_come():
    assert THREE.from_now(NOON - 2 * HOUR) == [1, 4, 7]
    assert THREE.from_now(NOON) == [4, 7]
    assert THREE.from_now(NOON + 2 * HOUR) == [7]


def test_the_newest_tells_sets_apart():
    assert THREE.newest == Begin(7, NOON + HOUR)
    assert THREE.newest == (7, NOON + HOUR), "as a row of the database has it"


def test_none_at_all_is_none():
    with pytest.raises(ValueError, match="no layout"):
        Layouts([])
