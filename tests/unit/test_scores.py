"""Points and scores, by the policy's formulas, with what earns nothing and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from geo_data.policies import load_shipped
from grid.figures.answers import Answer
from grid.figures.score import Deed, area_score, credit, worker_points

SCORE = load_shipped("default").score
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
PLAIN = Deed("settled", MONDAY, "1", "event.01.10", 119.16, 36.7)
HOUR = timedelta(hours=1)
#: 0.001 degrees of latitude are 111 m, 0.0001 are 11 m.
FAR, NEAR = {"lat": 36.701}, {"lat": 36.7001}


def second(**changes):
    return replace(PLAIN, **({"number": "2", "at": PLAIN.at + HOUR} | changes))


EARNS = [
    ("elsewhere", second(**FAR), ""),
    ("the same place within a day", second(**NEAR), "same_place"),
    ("the same place after a day", second(**NEAR | {"at": MONDAY + 25 * HOUR}), ""),
    ("the same case again", second(**NEAR | {"number": "1"}), ""),
    ("the same photo elsewhere", second(**FAR, photos=frozenset({"a"})), "same_photo"),
    ("another part at the same place", second(**NEAR, part="confirmed_reports"), ""),
    ("failed its check", second(**FAR, void="recheck_failed"), "recheck_failed"),
    ("a rework is never withheld", second(**NEAR, part="rework"), ""),
]


@pytest.mark.parametrize(("case", "deed", "why"), EARNS, ids=[row[0] for row in EARNS])
def test_what_earns_and_what_does_not(case, deed, why):
    made = credit([replace(PLAIN, photos=frozenset({"a"})), deed], SCORE)
    assert [reason for _, reason in made.withheld] == ([why] if why else [])
    assert sum(map(len, made.earned.values())) == 2 - bool(why)


def test_a_category_earns_so_often_a_day_and_no_more():
    deeds = [
        replace(PLAIN, number=str(i), at=MONDAY + i * timedelta(minutes=1), lat=36.0 + i / 100)
        for i in range(SCORE.daily_cap + 3)
    ]
    made = credit(deeds, SCORE)
    assert len(made.earned["settled"]) == SCORE.daily_cap
    assert [why for _, why in made.withheld] == ["daily_cap"] * 3
    tomorrow = [replace(d, at=d.at + 24 * HOUR) for d in deeds[:1]]
    assert len(credit([*deeds, *tomorrow], SCORE).earned["settled"]) == SCORE.daily_cap + 1


@pytest.mark.parametrize(("full_time", "points"), [(True, 2 * 2 + 1 - 2), (False, 2 * 3 + 1.5 - 2)])
def test_points_by_the_formula_of_the_kind(full_time, points):
    deeds = [PLAIN, second(**FAR), replace(PLAIN, part="verified_in_time"),
             replace(PLAIN, part="rework")]  # fmt: skip
    made = worker_points(SCORE, credit(deeds, SCORE), len(deeds), full_time=full_time)
    assert made.value == points
    parts = {part.name: part for part in made.parts}
    assert sum(part.points for part in made.parts) == points
    assert (parts["visited_on_time"].value, parts["visited_on_time"].reason) == (None, "no_patrols")
    assert parts["raw_counts"].points == 0


def rates(**values):
    names = ("handled_in_time", "closed", "rework", "satisfied", "found")
    known = dict.fromkeys(names, 1.0) | {"rework": 0.0} | values
    return {n: Answer(v, 0, 0, reason="" if v is not None else "nothing") for n, v in known.items()}


def test_everything_right_is_a_hundred():
    assert area_score(SCORE, rates()).value == pytest.approx(100)


def test_rework_costs():
    assert area_score(SCORE, rates(rework=0.5)).value == pytest.approx(90)


def test_a_part_without_a_value_is_left_out_with_its_weight():
    made = area_score(SCORE, rates(satisfied=None, closed=0.5))
    assert made.of == 80
    assert made.value == pytest.approx(100 * 70 / 80)
    assert {part.reason for part in made.parts} == {"", "nothing"}


def test_without_any_value_there_is_no_score():
    names = ("handled_in_time", "closed", "rework", "satisfied", "found")
    assert area_score(SCORE, rates(**dict.fromkeys(names))).value is None
