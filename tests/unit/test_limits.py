"""Limits on four clocks; the worked examples are those of docs/reference/clocks.md."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_data.policies import load_shipped
from grid.model import Deadline, Stage
from grid.policy.calendar import ZONE
from grid.policy.limits import Clock, Light, Limit, due, light, moved, warn_at

CALENDAR = load_shipped().calendar
DOC = Path(__file__).parents[2] / "docs" / "reference" / "clocks.md"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def table_under(heading: str, text: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its header."""
    lines = text.split(f"\n{heading}\n")[1].split("\n")
    start = next(n for n, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


EXAMPLES = table_under("## Worked examples", DOC.read_text(encoding="utf-8"))


def test_the_document_has_its_examples() -> None:
    assert len(EXAMPLES) >= 12
    assert ["2026-09-18 17:50", "1 work_day"] in [row[:2] for row in EXAMPLES]


@pytest.mark.parametrize(("start", "limit", "yellow", "end", "why"), EXAMPLES)
def test_worked_example(start: str, limit: str, yellow: str, end: str, why: str) -> None:
    parsed = Limit.parse(limit)
    got = due(at(start), parsed, CALENDAR)
    assert got == at(end), why
    assert warn_at(at(start), got, parsed, CALENDAR) == at(yellow), why


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2 work_hour", Limit(2, Clock.WORK_HOUR)),
        ("15 work_day", Limit(15, Clock.WORK_DAY)),
        (" 0.5urgent_hour ", Limit(0.5, Clock.URGENT_HOUR)),
        ("2/3 urgent_hour", Limit(2 / 3, Clock.URGENT_HOUR)),
        ("7/999 work_hour", Limit(7 / 999, Clock.WORK_HOUR)),
        ("1 urgent_day", Limit(1, Clock.URGENT_DAY)),
    ],
)
def test_a_limit_is_read_and_written(text: str, limit: Limit) -> None:
    assert Limit.parse(text) == limit
    assert Limit.parse(str(limit)) == limit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no limit"),
        ("2 hours", "one of urgent_hour"),
        ("-2 work_hour", "is no limit"),
        ("0 work_hour", "is no limit"),
        ("2/0 work_hour", "is no limit"),
        ("1.5 work_day", "whole"),
        ("2 work_hour or so", "is no limit"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Limit.parse(text)


def test_for_ever_is_no_limit() -> None:
    with pytest.raises(ValueError, match="a limit of inf urgent_day is no limit"):
        Limit(math.inf, Clock.URGENT_DAY)


def test_thirds_are_written_as_thirds() -> None:
    assert str(Limit(2 / 3, Clock.URGENT_HOUR)) == "2/3 urgent_hour"
    assert str(Limit(0.5, Clock.URGENT_HOUR)) == "0.5 urgent_hour"


def test_which_clocks_run_through_the_night() -> None:
    assert {clock for clock in Clock if clock.nonstop} == {Clock.URGENT_HOUR, Clock.URGENT_DAY}


def test_a_week_has_168_hours_40_work_hours_and_5_working_days() -> None:
    weeks = ("168 urgent_hour", "7 urgent_day", "40 work_hour", "5 work_day")
    assert [Limit.parse(week).wall_hours for week in weeks] == pytest.approx([168.0] * 4)


@pytest.mark.parametrize(
    ("stricter", "milder"),
    [
        ("2 urgent_hour", "4 urgent_hour"),
        ("4 urgent_hour", "1 work_hour"),
        ("4 work_hour", "1 urgent_day"),
        ("1 urgent_day", "1 work_day"),
        ("1 work_day", "2 urgent_day"),
        ("2 urgent_day", "2 work_day"),
    ],
)
def test_which_of_two_limits_is_stricter(stricter: str, milder: str) -> None:
    assert Limit.parse(stricter).wall_hours < Limit.parse(milder).wall_hours


starts = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 1)).map(  # noqa: DTZ001
    lambda t: t.replace(tzinfo=UTC)
)
limits = st.builds(Limit, st.integers(1, 40), st.sampled_from(Clock))


@given(starts, limits)
def test_yellow_comes_after_the_start_and_before_red(start: datetime, limit: Limit) -> None:
    end = due(start, limit, CALENDAR)
    assert start <= warn_at(start, end, limit, CALENDAR) < end


@given(starts, limits, st.integers(1, 5000))
def test_starting_later_is_never_due_earlier(start: datetime, limit: Limit, minutes: int) -> None:
    later = start + timedelta(minutes=minutes)
    assert due(start, limit, CALENDAR) <= due(later, limit, CALENDAR)


def test_a_due_that_was_cut_short_turns_yellow_no_earlier_than_it_starts() -> None:
    start = at("2026-11-16 09:00")
    limit = Limit.parse("10 work_day")
    assert warn_at(start, at("2026-11-16 10:00"), limit, CALENDAR) == start


def test_moments_are_told_in_utc() -> None:
    start = at("2026-11-16 09:00")
    for text in ("2 urgent_hour", "1 urgent_day", "2 work_hour", "1 work_day"):
        limit = Limit.parse(text)
        end = due(start, limit, CALENDAR)
        assert (end.tzinfo, warn_at(start, end, limit, CALENDAR).tzinfo) == (UTC, UTC)
    assert warn_at(start, start, Limit.parse("2 work_hour"), CALENDAR).tzinfo is UTC


#: A Monday; due at 15:00, yellow from 11:00. What a pause from one moment to another makes of it.
PAUSES = [
    # from, to, nonstop: yellow and red; working hours (08:00-12:00, 14:00-18:00): yellow and red
    ("09:00", "10:00", ("12:00", "16:00"), ("12:00", "16:00")),
    ("09:00", "13:00", ("15:00", "19:00"), ("16:00", "18:00")),  # nobody worked after 12:00
    ("11:00", "12:00", ("11:00", "16:00"), ("11:00", "16:00")),  # yellow already
    ("10:59", "11:59", ("12:00", "16:00"), ("12:00", "16:00")),
    ("15:00", "16:00", ("11:00", "15:00"), ("11:00", "15:00")),  # red already
    ("14:59", "15:59", ("11:00", "16:00"), ("11:00", "16:00")),
]


@pytest.mark.parametrize(("paused", "resumed", "nonstop", "working"), PAUSES)
def test_a_clock_that_stood_gets_its_time_back(
    paused: str, resumed: str, nonstop: tuple[str, str], working: tuple[str, str]
) -> None:
    def on(time: str) -> datetime:
        return at(f"2026-11-16 {time}")

    for runs, (yellow, red) in ((True, nonstop), (False, working)):
        before = Deadline(Stage.RESOLVE, on("08:00"), on("11:00"), on("15:00"), nonstop=runs)
        after = moved(before, on(paused), on(resumed), CALENDAR)
        assert (after.warn, after.due) == (on(yellow), on(red))
        if after != before:
            assert (after.warn.tzinfo, after.due.tzinfo) == (UTC, UTC)


def test_what_does_not_stand_still_is_not_grey() -> None:
    assert light(at("2026-11-16 09:00"), at("2026-11-16 10:00"), at("2026-11-16 11:00")) == "green"


@pytest.mark.parametrize(
    ("now", "paused", "colour"),
    [
        ("2026-11-16 09:59", False, Light.GREEN),
        ("2026-11-16 10:00", False, Light.YELLOW),
        ("2026-11-16 10:59", False, Light.YELLOW),
        ("2026-11-16 11:00", False, Light.RED),
        ("2026-11-16 12:00", True, Light.GREY),
    ],
)
def test_lights(now: str, paused: bool, colour: Light) -> None:
    warn, end = at("2026-11-16 10:00"), at("2026-11-16 11:00")
    assert light(at(now), warn, end, paused) is colour
