"""Working days, work hours and the arithmetic on them."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_data.policies import shipped_files
from grid.policy.calendar import ZONE, HoursFrom, WorkCalendar
from grid.policy.calendar_file import parse_calendar, parse_hours
from grid.policy.sheets import PolicyError

HOURS = parse_hours([{"from": date(2004, 1, 1), "spans": ["08:00-12:00", "14:00-18:00"]}])
CALENDAR = parse_calendar(shipped_files()["calendar-cn.csv"], "calendar-cn.csv", "cn", HOURS)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    """A moment in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def every_day(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize("year", range(2004, 2027))
def test_working_days_are_those_of_the_state_council(year: int) -> None:
    for day in every_day(year):
        assert CALENDAR.is_working_day(day) == chinese_calendar.is_workday(day), day


def test_a_year_without_a_notice_falls_back_to_weekends_and_fixed_holidays() -> None:
    assert CALENDAR.is_fallback(2027)
    assert not CALENDAR.is_fallback(2026)
    off = [day for day in every_day(2027) if not CALENDAR.is_working_day(day) and day.weekday() < 5]
    assert off == [date(2027, 1, 1), date(2027, 10, 1)]
    off = [day for day in every_day(2029) if not CALENDAR.is_working_day(day) and day.weekday() < 5]
    assert [(day.month, day.day) for day in off] == [
        (1, 1),
        (5, 1),
        (5, 2),
        (10, 1),
        (10, 2),
        (10, 3),
    ]


@pytest.mark.parametrize(
    ("start", "end", "uses"),
    [
        ("2026-11-20 09:00", "2026-12-31 23:59", False),
        ("2026-12-31 17:00", "2027-01-04 11:00", True),
        ("2003-12-31 17:00", "2004-01-05 11:00", True),
        ("2027-01-04 09:00", "2027-01-04 11:00", True),
    ],
)
def test_a_clock_that_touches_such_a_year_uses_the_fallback(
    start: str, end: str, uses: bool
) -> None:
    assert CALENDAR.uses_fallback(at(start), at(end)) is uses


def test_the_year_is_that_of_shanghai() -> None:
    new_year = datetime(2026, 12, 31, 17, tzinfo=UTC)
    assert CALENDAR.uses_fallback(new_year, new_year)


@pytest.mark.parametrize(
    ("moment", "works", "then"),
    [
        ("2026-11-16 07:59", False, "2026-11-16 08:00"),
        ("2026-11-16 08:00", True, "2026-11-16 08:00"),
        ("2026-11-16 12:00", False, "2026-11-16 14:00"),
        ("2026-11-16 17:59", True, "2026-11-16 17:59"),
        ("2026-11-16 18:00", False, "2026-11-17 08:00"),
        ("2026-09-18 18:00", False, "2026-09-20 08:00"),  # a make-up Sunday
        ("2026-09-30 18:00", False, "2026-10-08 08:00"),
        ("2026-10-10 09:00", True, "2026-10-10 09:00"),  # a make-up Saturday
    ],
)
def test_work_time(moment: str, works: bool, then: str) -> None:
    assert CALENDAR.is_work_time(at(moment)) is works
    assert CALENDAR.next_work_time(at(moment)) == at(then)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-16 09:00", 0, "2026-11-16 09:00"),
        ("2026-11-16 06:00", 0.5, "2026-11-16 08:30"),
        ("2026-11-16 11:59", 1, "2026-11-16 14:59"),
        ("2026-11-16 08:00", 4, "2026-11-16 12:00"),
        ("2026-11-16 08:00", 8, "2026-11-16 18:00"),
        ("2026-11-16 08:00", 8.5, "2026-11-17 08:30"),
        ("2026-09-18 17:50", 2, "2026-09-20 09:50"),
        ("2026-09-30 17:00", 4, "2026-10-08 11:00"),
        ("2026-10-07 12:00", 16, "2026-10-09 18:00"),
        ("2026-02-14 17:00", 2, "2026-02-24 09:00"),  # Spring Festival
    ],
)
def test_adding_work_hours(start: str, hours: float, end: str) -> None:
    assert CALENDAR.add_work_hours(at(start), hours) == at(end)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2026-11-16 00:00", 1, "2026-11-17 18:00"),
        ("2026-11-16 23:59", 1, "2026-11-17 18:00"),
        ("2026-11-20 17:50", 1, "2026-11-23 18:00"),
        ("2026-09-18 17:50", 1, "2026-09-20 18:00"),
        ("2026-10-03 10:00", 3, "2026-10-10 18:00"),
        ("2026-09-30 10:00", 15, "2026-10-27 18:00"),
        ("2026-12-31 10:00", 1, "2027-01-04 18:00"),
    ],
)
def test_the_end_of_the_nth_working_day(start: str, n: int, end: str) -> None:
    assert CALENDAR.end_of_nth_working_day(at(start), n) == at(end)


def test_moments_of_any_zone_come_out_in_utc() -> None:
    start = at("2026-11-16 09:00")
    for zone in (UTC, ZONE, timezone(timedelta(hours=-11))):
        moved = start.astimezone(zone)
        for got in (
            CALENDAR.add_work_hours(moved, 2),
            CALENDAR.add_work_hours(moved, 0),
            CALENDAR.next_work_time(moved),
            CALENDAR.end_of_nth_working_day(moved, 1),
            CALENDAR.leave_work_hours(moved, timedelta(minutes=6)),
        ):
            assert got.tzinfo is UTC
        assert CALENDAR.add_work_hours(moved, 2) == at("2026-11-16 11:00")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        CALENDAR.end_of_nth_working_day(datetime(2026, 11, 16), 1)  # noqa: DTZ001


@pytest.mark.parametrize(("hours", "n"), [(-1, 1), (1, 0)])
def test_what_cannot_be_counted_is_refused(hours: float, n: int) -> None:
    with pytest.raises(ValueError, match=r"cannot be added|no 0-th"):
        CALENDAR.end_of_nth_working_day(CALENDAR.add_work_hours(at("2026-11-16 09:00"), hours), n)


def test_work_hours_change_from_a_date_on() -> None:
    summer = HoursFrom(date(2026, 6, 1), ((time(8), time(12)), (time(15), time(18))))
    autumn = HoursFrom(date(2026, 10, 1), HOURS[0].spans)
    calendar = WorkCalendar(
        "t", CALENDAR.holidays, CALENDAR.makeup_days, CALENDAR.published_years,
        (*HOURS, summer, autumn),
    )  # fmt: skip
    assert calendar.add_work_hours(at("2026-05-29 11:00"), 2) == at("2026-05-29 15:00")
    assert calendar.add_work_hours(at("2026-06-01 11:00"), 2) == at("2026-06-01 16:00")
    assert calendar.add_work_hours(at("2026-10-08 11:00"), 2) == at("2026-10-08 15:00")
    assert calendar.day_length(at("2026-06-02 00:00")) == timedelta(hours=7)


def naive_add(start: datetime, minutes: int) -> datetime:
    """Minute by minute, as a patient person would count."""
    moment = start
    while minutes:
        local = moment.astimezone(ZONE)
        open_now = 8 <= local.hour < 12 or 14 <= local.hour < 18
        if open_now and CALENDAR.is_working_day(local.date()):
            minutes -= 1
        moment += MINUTE
    return moment


starts = st.datetimes(datetime(2025, 1, 1), datetime(2027, 3, 1)).map(  # noqa: DTZ001
    lambda t: t.replace(second=0, microsecond=0, tzinfo=UTC)
)


@settings(max_examples=60, deadline=None)
@given(starts, st.integers(1, 20 * 60))
def test_adding_equals_counting_minute_by_minute(start: datetime, minutes: int) -> None:
    assert CALENDAR.add_work_hours(start, minutes / 60) == naive_add(start, minutes)


@given(starts, st.integers(1, 200 * 60))
def test_between_is_the_inverse_of_adding(start: datetime, minutes: int) -> None:
    end = CALENDAR.add_work_hours(start, minutes / 60)
    assert CALENDAR.work_hours_between(start, end) == minutes * MINUTE
    assert CALENDAR.work_hours_between(end, start) == -minutes * MINUTE


@given(starts, st.integers(0, 100 * 60))
def test_leaving_is_the_earliest_moment_with_no_more_than_that_left(
    end: datetime, minutes: int
) -> None:
    left = minutes * MINUTE
    moment = CALENDAR.leave_work_hours(end, left)
    assert CALENDAR.work_hours_between(moment, end) == left
    assert CALENDAR.work_hours_between(moment - MINUTE, end) > left


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        ("2027-10-01,holiday,国庆\n1.10.2027,holiday,国庆", 3, "is not like 2026-10-01"),
        ("2027-10-01,holiday,国庆\n2027-10-02,feast,国庆", 3, "is none of holiday, makeup"),
        ("2027-10-01,holiday,国庆\n2027-10-01,holiday,国庆", 3, "stands in line 2 already"),
        ("2027-01-01,holiday,元旦", 2, "no 1 October among its holidays"),
    ],
)
def test_a_faulty_sheet_is_refused_with_its_line(rows: str, line: int, said: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_calendar(f"date,kind,name\n{rows}\n", "c.csv", "t", HOURS)
    assert [(p.file, p.line) for p in caught.value.problems] == [("c.csv", line)]
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([], "empty"),
        ([{"from": "2026-01-01", "spans": ["08:00-12:00"]}], "need exactly"),
        ([{"from": date(2026, 1, 1), "spans": ["8 to 12"]}], "no span"),
        ([{"from": date(2026, 1, 1), "spans": ["12:00-08:00"]}], "not in order"),
        (
            [
                {"from": date(2026, 2, 1), "spans": ["08:00-12:00"]},
                {"from": date(2026, 1, 1), "spans": ["08:00-12:00"]},
            ],
            "not in order of its dates",
        ),
    ],
)
def test_faulty_work_hours_are_refused(entries: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_hours(entries)
