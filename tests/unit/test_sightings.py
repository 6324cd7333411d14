"""Who saw what, where and when, as the watchers take it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from grid.model import Source
from grid.principal import Role
from grid.reports.report import Report
from grid.watching.sightings import (
    SPOT,
    TILE,
    distance_m,
    outside,
    reporter,
    seen_at,
    square,
    squares_within,
)

NOON = datetime(2026, 11, 19, 4, tzinfo=UTC)


def a_report(**times):
    return Report(
        id="", category="event.05.02", lon=119.1, lat=36.7, source=Source.CITIZEN, sender="",
        received_at=NOON, **times,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("observed", "sent", "minutes"),
    [
        (-10, None, -10),
        (-10, 0, -10),
        (-70, -60, -10),  # the phone's clock is an hour slow
        (50, 60, -10),  # an hour fast
        (5, 0, 0),  # nothing is seen after it came in
        (-60 * 24 * 8, 0, -60 * 24 * 7),  # nothing is believed to be older
    ],
)
def test_when_it_was_seen_by_the_servers_clock(observed, sent, minutes):
    def at(minute):
        return None if minute is None else NOON + timedelta(minutes=minute)

    assert seen_at(a_report(observed_at=at(observed), sent_at=at(sent))) == at(minutes)


WANG = {"name": "王秀英", "phone": "13800000000"}


def who(source, sender="a", report="1", person=None, role=None):
    return reporter(source, sender, report, person, role)


def test_who_counts_as_one_reporter():
    assert who(Source.HOTLINE, "a", "1", WANG) == who(Source.CITIZEN, "b", "2", WANG)
    assert who(Source.WORKER, "a", "1") == who(Source.WORKER, "a", "2")
    assert who(Source.WORKER, "a", "1") != who(Source.WORKER, "b", "1")
    assert who(Source.HOTLINE, "a", "1") != who(Source.HOTLINE, "a", "2")
    assert "13800000000" not in who(Source.HOTLINE, "a", "1", WANG)


def test_a_citizens_key_is_one_person_whatever_names_come_with_it():
    citizen = Role.CITIZEN
    assert who(Source.CITIZEN, "a", "1", role=citizen) == who(
        Source.CITIZEN, "a", "2", role=citizen
    )
    assert who(Source.CITIZEN, "a", "1", WANG, citizen) == who(
        Source.CITIZEN, "a", "2", None, citizen
    )
    assert who(Source.CITIZEN, "a", role=citizen) != who(Source.CITIZEN, "b", role=citizen)
    # a system that hands in what citizens told it speaks for many
    assert who(Source.CITIZEN, "a", "1", role=Role.SOURCE) != who(
        Source.CITIZEN, "a", "2", role=Role.SOURCE
    )


CELL = "3707/370705/370705001/370705001001/370705001001001/"


@pytest.mark.parametrize(
    ("source", "role", "area", "others"),
    [
        (Source.WORKER, Role.WORKER, CELL, False),
        (Source.CITIZEN, Role.WORKER, CELL, False),  # the team's worker, whatever it says
        (Source.WORKER, Role.WORKER, CELL[:-16], False),  # several cells, this one too
        (Source.WORKER, Role.WORKER, "3707/370705/370705001/370705001001/370705001001002/", True),
        (Source.WORKER, Role.SOURCE, "3707/", False),
        (Source.TASK, None, None, False),
        (Source.INSPECTOR, Role.STAFF, "3707/", True),
        (Source.CITIZEN, Role.CITIZEN, "3707/", True),
        (Source.HOTLINE, None, None, True),
    ],
)
def test_who_is_not_of_the_cells_own_team(source, role, area, others):
    assert outside(source, CELL, role, area) is others


@pytest.mark.parametrize("size", [TILE, SPOT])
def test_the_squares_within_reach_hold_everything_within_reach(size):
    rng = Random(3)
    for _ in range(300):
        lon, lat = rng.uniform(-179, 179), rng.uniform(-80, 80)
        reach = rng.choice([50.0, 300.0, 600.0])
        squares = set(squares_within(lon, lat, reach, size))
        there = [lon + rng.uniform(-0.05, 0.05), lat + rng.uniform(-0.02, 0.02)]
        if distance_m(lon, lat, *there) <= reach * 0.999:
            assert square(*there, size) in squares
