"""When many reports are one matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from grid.ids import time_ordered
from grid.model import Source
from grid.policy.policy_file import Surge
from grid.reports.report import Report
from grid.watching import surges
from grid.watching.surges import Sighting, Standing, begins, distance_m, joins, tiles_within
from streams.surge_plan import Plan

NOON = datetime(2026, 11, 19, 4, tzinfo=UTC)
LIMITS = Surge(reporters=5, radius_m=300.0, window_min=60.0, quiet_min=60.0)
LON, LAT = 119.1, 36.7
METRE = 1 / 111_195  # of latitude, in degrees


def sighting(n, minute=0.0, north_m=0.0, *, who=None, class_="event.05"):
    at = NOON + timedelta(minutes=minute)
    return Sighting(
        case_id=time_ordered(at, n),
        class_=class_,
        reporter=f"r{n if who is None else who}",
        seen_at=at,
        path="3707/370705/",
        lon=LON,
        lat=LAT + north_m * METRE,
    )


FOUR = [sighting(n, minute=n, north_m=20 * n) for n in range(4)]


@pytest.mark.parametrize(
    ("why", "fifth", "found"),
    [
        ("the fifth reporter completes it", sighting(5, 10, 50), 5),
        ("300 m from the first is near", sighting(5, 10, 299.9), 5),
        ("farther is not", sighting(5, 10, 300.1), 0),
        ("60 min after the first is in time", sighting(5, 60, 0), 5),
        ("later is not", sighting(5, 60.01, 0), 0),
        ("somebody who reported before does not count", sighting(5, 10, 0, who=2), 0),
        ("another class is another matter", sighting(5, 10, 0, class_="event.06"), 0),
        ("seen before all others, it is the first", sighting(5, -5, 0), 5),
    ],
)
def test_what_begins_a_surge(why, fifth, found):
    group = begins(fifth, FOUR, LIMITS)
    assert len(group) == found, why
    assert group == sorted(group, key=lambda s: s.seen_at)


def test_a_group_is_around_its_first_not_around_its_last():
    line = [sighting(n, minute=n, north_m=80 * n) for n in range(5)]
    assert begins(line[4], line[:4], LIMITS) == []  # 320 m from the first
    more = [*line, sighting(9, 9, 100)]
    assert begins(sighting(10, 10, 120), more, LIMITS)[0] == line[0]


STANDING = Standing("p", "event.05", "f", LON, LAT, NOON, NOON + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("new", "taken"),
    [
        (sighting(1, 31, 300 - 0.1), True),
        (sighting(1, 89.9), True),
        (sighting(1, 90), False),
        (sighting(1, 31, 301), False),
        (sighting(1, 31, class_="event.06"), False),
    ],
)
def test_what_joins_a_standing_surge(new, taken):
    assert (joins(new, [STANDING], LIMITS) is STANDING) == taken


def test_of_several_surges_the_first_takes_it():
    earlier = replace(STANDING, parent="q", first_at=NOON - timedelta(minutes=1))
    assert joins(sighting(1, 31), [STANDING, earlier], LIMITS) is earlier


def walk(sightings, sizes):
    """What a feed of these comes to, taken in batches of such sizes."""
    memory, standing, found = {}, {}, []
    left = list(sightings)
    while left:
        batch, left = left[: sizes[0]], left[sizes[0] :]
        sizes = [*sizes[1:], sizes[0]]
        plan = Plan(LIMITS)
        plan.recall(memory.values(), standing.values())
        for one in batch:
            plan.see(one)
        for gone in plan.gone:
            memory.pop(gone, None)
        memory |= plan.fresh
        standing |= plan.standing
        found += [(p, s.case_id) for p, group in plan.founded.items() for s in group]
        found += [(p, s.case_id) for p, group in plan.joined.items() for s in group]
    return sorted(found)


def test_batches_play_no_part():
    rng = Random(7)
    feed = [
        sighting(n, rng.random() * 400, rng.random() * 4000, class_=f"event.0{rng.randint(1, 2)}")
        for n in range(400)
    ]
    whole = walk(feed, [400])
    assert len({parent for parent, _ in whole}) > 5
    for sizes in ([1], [7, 1, 30], [100]):
        assert walk(feed, sizes) == whole


def test_the_parents_id_is_always_the_same_and_of_the_first_cases_moment():
    case = time_ordered(NOON, 1234)
    parent = surges.parent_id(case)
    assert parent == surges.parent_id(case) != case
    assert UUID(parent).version == 7
    assert UUID(parent).int >> 80 == UUID(case).int >> 80


def a_report(**times):
    return Report(
        id="", category="event.05.02", lon=LON, lat=LAT, source=Source.CITIZEN, sender="",
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

    assert surges.seen_at(a_report(observed_at=at(observed), sent_at=at(sent))) == at(minutes)


def test_who_counts_as_one_reporter():
    wang = {"name": "王秀英", "phone": "13800000000"}
    who = surges.reporter
    assert who(Source.HOTLINE, "a", "1", wang) == who(Source.CITIZEN, "b", "2", wang)
    assert who(Source.WORKER, "a", "1", None) == who(Source.WORKER, "a", "2", None)
    assert who(Source.WORKER, "a", "1", None) != who(Source.WORKER, "b", "1", None)
    assert who(Source.HOTLINE, "a", "1", None) != who(Source.HOTLINE, "a", "2", None)
    assert "13800000000" not in who(Source.HOTLINE, "a", "1", wang)


def test_the_squares_within_reach_hold_everything_within_reach():
    rng = Random(3)
    for _ in range(300):
        lon, lat = rng.uniform(-179, 179), rng.uniform(-80, 80)
        reach = rng.choice([100.0, 600.0, 2000.0])
        tiles = set(tiles_within(lon, lat, reach))
        there = [lon + rng.uniform(-0.05, 0.05), lat + rng.uniform(-0.02, 0.02)]
        if distance_m(lon, lat, *there) <= reach * 0.999:
            assert surges.tile(*there) in tiles
