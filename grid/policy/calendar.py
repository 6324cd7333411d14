"""Working days and work hours: when a working clock runs.

Working days follow the State Council's yearly notice with its make-up weekends. A year without a
notice falls back to weekends and the holidays that the law fixes by solar date, and says so
(`is_fallback`). All times go in as aware datetimes of any zone and come out in UTC; the calendar
itself is in Asia/Shanghai, +08:00 without summer time since 1992.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import pairwise

ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")

#: New Year's Day, Labour Day (two days since 2025) and National Day, by (month, day): the
#: holidays with a fixed solar date. Those of the lunar calendar need the yearly notice.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})

_OFFSET = timedelta(hours=8)
_NOTHING = timedelta(0)
_REMEMBERED = 4096
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_SATURDAY = 5

Span = tuple[datetime, datetime]


@lru_cache(1024)
def lasting(hours: float) -> timedelta:
    """So many hours. Remembered: a policy has a few dozen amounts, and making one is slow."""
    return timedelta(hours=hours)


@dataclass(frozen=True, slots=True)
class HoursFrom:
    """The work hours of a working day from a date on: spans in order, without overlap."""

    valid_from: date
    spans: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(a >= b for a, b in pairwise(edges)):
            raise ValueError(f"work hours from {self.valid_from} are empty or not in order")

    @property
    def length(self) -> timedelta:
        """The work time of one working day."""
        return sum((_from_midnight(b) - _from_midnight(a) for a, b in self.spans), _NOTHING)


#: 08:00-12:00 and 14:00-18:00, as Yuncheng's municipal table counts working time.
DEFAULT_HOURS = (HoursFrom(date(2000, 1, 1), ((time(8), time(12)), (time(14), time(18)))),)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """A version of the working calendar.

    `holidays` and `makeup_days` are exceptions from "Monday to Friday"; they count in
    `published_years` only. `hours` is a dated table in order of its dates; before its first date
    the first entry holds.
    """

    version: str
    holidays: frozenset[date]
    makeup_days: frozenset[date]
    published_years: frozenset[int]
    hours: tuple[HoursFrom, ...] = DEFAULT_HOURS
    _days: dict[int, tuple[tuple[Span, ...], timedelta]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _ends: dict[tuple[int, int], datetime] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _warns: dict[tuple[datetime, float], datetime] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    #: The span of work time that was asked for last; most questions are about the same one.
    _hot: list[Span] = field(
        default_factory=lambda: [(_EARLIEST, _EARLIEST)], init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        dates = [entry.valid_from for entry in self.hours]
        if not dates or dates != sorted(set(dates)):
            raise ValueError("the table of work hours is empty or not in order of its dates")

    def is_fallback(self, year: int) -> bool:
        """True for a year without a published calendar."""
        return year not in self.published_years

    def uses_fallback(self, start: datetime, end: datetime) -> bool:
        """True when a clock from `start` to `end` runs through a year without a calendar."""
        first, last = _shifted(start).year, _shifted(end).year
        if first == last:
            return first not in self.published_years
        return any(map(self.is_fallback, range(first, last + 1)))

    def is_working_day(self, day: date) -> bool:
        """True when people work on that day."""
        if day.year not in self.published_years:
            return day.weekday() < _SATURDAY and (day.month, day.day) not in FIXED_HOLIDAYS
        if day in self.makeup_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def day_length(self, moment: datetime) -> timedelta:
        """How long people work on a working day, under the hours valid on the moment's day."""
        return self._day(_ordinal(moment))[1]

    def is_work_time(self, moment: datetime) -> bool:
        """True within a span of work hours; its first moment belongs to it, its last does not."""
        begin, end = self._hot[0]
        if begin <= moment < end:
            return True
        for span in self._spans(_ordinal(moment)):
            if span[0] <= moment < span[1]:
                self._hot[0] = span
                return True
        return False

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The spans of work time on a day, in UTC; none on a day off."""
        return self._spans(day.toordinal())

    def next_work_time(self, moment: datetime) -> datetime:
        """The moment itself within work hours, else the next beginning of work; in UTC."""
        day = _ordinal(moment)
        while True:
            for begin, end in self._spans(day):
                if moment < end:
                    return max(begin, moment).astimezone(UTC)
            day += 1

    def add_work_hours(self, start: datetime, hours: float) -> datetime:
        """The earliest moment at which `hours` of work time have run since `start`; in UTC.

        Raises ValueError for negative hours.
        """
        left = lasting(hours)
        begin, end = self._hot[0]
        if begin <= start and left > _NOTHING and start.tzinfo is UTC:
            done = start + left
            if done <= end:  # within the span that was asked for last: most of the time
                return done
        if left <= _NOTHING:
            if left:
                raise ValueError(f"{hours} work hours cannot be added")
            return start.astimezone(UTC)
        day = _ordinal(start)
        while True:
            for begin, end in self._spans(day):
                if end <= start:
                    continue
                room = end - max(begin, start)
                if room >= left:
                    self._hot[0] = (begin, end)
                    return end - room + left
                left -= room
            day += 1

    def leave_work_hours(self, end: datetime, left: timedelta) -> datetime:
        """The earliest moment at which no more than `left` of work time remains until `end`; UTC.

        The counterpart of `add_work_hours`: eight hours before Tuesday 18:00 is Monday 18:00,
        when people go home, not Tuesday 08:00.
        """
        begin, close = self._hot[0]
        if begin < end <= close and end.tzinfo is UTC:
            moment = end - left
            if moment > begin:
                return moment
        day = _ordinal(end)
        while True:
            for begin, close in reversed(self._spans(day)):
                if begin >= end:
                    continue
                stop = close if close < end else end.astimezone(UTC)
                room = stop - begin
                if room > left:
                    return stop - left
                left -= room
            day -= 1

    def last_work_day(self, end: datetime, share: float) -> datetime:
        """When that share of a working day is left until `end`; a whole day from 1 on; in UTC.

        Remembered: limits in working days end when people go home, so the same few ends come back.
        """
        known = self._warns.get((end, share))
        if known is None:
            day = self.day_length(end)
            known = self.leave_work_hours(end, day if share >= 1 else day * share)
            if len(self._warns) >= _REMEMBERED:
                self._warns.clear()
            self._warns[end, share] = known
        return known

    def end_of_nth_working_day(self, start: datetime, n: int) -> datetime:
        """The last work moment of the n-th working day after the day of `start`; in UTC.

        Raises ValueError for n < 1.
        """
        if n < 1:
            raise ValueError(f"there is no {n}-th working day")
        day = _ordinal(start)
        known = self._ends.get((day, n))
        if known is None:
            known = self._ends[day, n] = self._end_of_nth(day, n)
        return known

    def _end_of_nth(self, day: int, n: int) -> datetime:
        while True:
            day += 1
            spans = self._spans(day)
            if spans:
                n -= 1
                if not n:
                    return spans[-1][1]

    def work_hours_between(self, start: datetime, end: datetime) -> timedelta:
        """The work time from `start` to `end`; negative when `end` comes first."""
        if end < start:
            return -self.work_hours_between(end, start)
        total = _NOTHING
        for day in range(_ordinal(start), _ordinal(end) + 1):
            for begin, close in self._spans(day):
                room = min(close, end) - max(begin, start)
                if room > _NOTHING:
                    total += room
        return total

    def _hours_on(self, day: date) -> HoursFrom:
        valid = [entry for entry in self.hours if entry.valid_from <= day]
        return valid[-1] if valid else self.hours[0]

    def _spans(self, ordinal: int) -> tuple[Span, ...]:
        """The work spans of a day, in UTC; none on a day off."""
        return (self._days.get(ordinal) or self._day(ordinal))[0]

    def _day(self, ordinal: int) -> tuple[tuple[Span, ...], timedelta]:
        """Spans and length of a day, remembered: every deadline asks for them."""
        known = self._days.get(ordinal)
        if known is None:
            day = date.fromordinal(ordinal)
            hours = self._hours_on(day)
            working = hours.spans if self.is_working_day(day) else ()
            spans = tuple((_moment(day, begin), _moment(day, end)) for begin, end in working)
            known = self._days[ordinal] = (spans, hours.length)
        return known


def _from_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZONE).astimezone(UTC)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(ZONE)


def _shifted(moment: datetime) -> datetime:
    """A moment whose date and time, whatever its zone says, are those of the calendar."""
    if moment.tzinfo is UTC:  # the common case, five times faster than a conversion
        return moment + _OFFSET
    return _local(moment)


def _ordinal(moment: datetime) -> int:
    return (moment + _OFFSET if moment.tzinfo is UTC else _local(moment)).toordinal()
