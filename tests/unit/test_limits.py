"""Limits on four clocks; the worked examples are those of docs/reference/clocks.md."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_data.policies import load_shipped
from grid.policy.calendar import ZONE
from grid.policy.limits import Clock, Light, Limit, due, light, warn_at

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
        ("1.5 work_day", "whole"),
        ("2 work_hour or so", "is no limit"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Limit.parse(text)


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
