"""How a deadline was counted, in words: which hours of which days make up a limit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from grid.policy import limits
from grid.policy.calendar import ZONE
from grid.policy.limits import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grid.policy.calendar import WorkCalendar
    from grid.policy.limits import Limit
    from grid.words import Pair

_WEEKDAYS = "一二三四五六日"
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SATURDAY = 5
#: Days named one by one; of longer counts the first and the last.
_NAMED = 4


def counted(start: datetime, limit: Limit, calendar: WorkCalendar) -> Pair:
    """How the limit that began at `start` (aware) comes to its end, Chinese and English."""
    due = limits.due(start, limit, calendar)
    match limit.clock:
        case Clock.URGENT_HOUR | Clock.URGENT_DAY:
            zh, en = _running(start, due, limit)
        case Clock.WORK_HOUR:
            zh, en = _hours(start, due, calendar)
        case Clock.WORK_DAY:
            zh, en = _days(start, due, int(limit.amount), calendar)
    if calendar.uses_fallback(start, due):
        zh += "；该年节假日安排未公布，按周末和固定节日推算"
        en += "; a year without a published calendar: weekends and fixed holidays are used"
    return zh, en


def clock(moment: datetime) -> str:
    """A moment as a clerk reads it: `2026-11-22 17:50`, in China's time."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def _running(start: datetime, due: datetime, limit: Limit) -> Pair:
    if limit.clock is Clock.URGENT_DAY:
        zh, en = f"{limit.amount:g} 个 24 小时", f"{limit.amount:g} times 24 hours"
    else:
        zh, en = _length(due - start)
    return (
        f"从 {clock(start)} 起连续计 {zh}，夜间和节假日不停",
        f"{en} on end from {clock(start)}, nights and holidays too",
    )


def _hours(start: datetime, due: datetime, calendar: WorkCalendar) -> Pair:
    parts = list(_worked(start, due, calendar))
    if len(parts) > _NAMED:
        rest = sum((length for *_, length in parts[2:-1]), timedelta())
        zh, en = _length(rest)
        between = (f"其后 {zh}", f"then {en}")
        told = [*map(_part, parts[:2]), between, _part(parts[-1])]
    else:
        told = list(map(_part, parts))
    zh_off, en_off = _off(start, due, calendar)
    return "、".join(zh for zh, _ in told) + zh_off, ", ".join(en for _, en in told) + en_off


_Part = tuple[date, bool, datetime, datetime, timedelta]


def _worked(start: datetime, due: datetime, calendar: WorkCalendar) -> Iterator[_Part]:
    """The spans of work time from start to due: day, made up for, begin, end, length."""
    for day in _dates(start, due):
        for begin, end in calendar.spans_on(day):
            low, high = max(begin, start), min(end, due)
            if low < high:
                yield day, _made_up(day, calendar), low, high, high - low


def _part(part: _Part) -> Pair:
    day, made_up, begin, end, length = part
    zh_day, en_day = _day(day, made_up=made_up)
    span = f"{_time(begin)}–{_time(end)}"
    zh, en = _length(length)
    return f"{zh_day}{span}（{zh}）", f"{en_day} {span} ({en})"


def _days(start: datetime, due: datetime, n: int, calendar: WorkCalendar) -> Pair:
    first = _local(start)
    days = [day for day in _dates(start, due) if day > first and calendar.is_working_day(day)]
    shown = days if n <= _NAMED else [days[0], days[-1]]
    named = [_day(day, made_up=_made_up(day, calendar)) for day in shown]
    numbers = range(1, n + 1) if n <= _NAMED else (1, n)
    zh = "、".join(
        f"第{number}个工作日{day[0]}" for number, day in zip(numbers, named, strict=True)
    )
    en = ", ".join(
        f"working day {number}: {day[1]}" for number, day in zip(numbers, named, strict=True)
    )
    zh_off, en_off = _off(start, due, calendar)
    return (
        f"{zh}，到当日下班{_time(due)}{zh_off}",
        f"{en}, until work ends at {_time(due)}{en_off}",
    )


def _off(start: datetime, due: datetime, calendar: WorkCalendar) -> Pair:
    """The days off on the way, where there are any."""
    off = [day for day in _dates(start, due) if not calendar.is_working_day(day)]
    if not off:
        return "", ""
    days = f"{off[0]:%m-%d}" if len(off) == 1 else f"{off[0]:%m-%d}…{off[-1]:%m-%d}"
    plural = "s" * (len(off) > 1)
    return (
        f"；其间休息 {len(off)} 天（{days}）",
        f"; {len(off)} day{plural} off on the way ({days})",
    )


def _dates(start: datetime, due: datetime) -> Iterator[date]:
    day, last = _local(start), _local(due)
    while day <= last:
        yield day
        day += _DAY


def _day(day: date, *, made_up: bool) -> Pair:
    zh = f"{day:%m月%d日}（周{_WEEKDAYS[day.weekday()]}{'，调休上班' if made_up else ''}）"
    return zh, f"{day:%a} {day:%m-%d}{' (make-up day)' if made_up else ''}"


def _made_up(day: date, calendar: WorkCalendar) -> bool:
    return day.weekday() >= _SATURDAY and calendar.is_working_day(day)


def _length(span: timedelta) -> Pair:
    hours, rest = divmod(span, _HOUR)
    minutes = round(rest / timedelta(minutes=1))
    zh = f"{hours}小时" * bool(hours) + f"{minutes}分钟" * bool(minutes)
    en = " ".join([f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes))
    return zh or "0分钟", en or "0 min"


def _local(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).astimezone(ZONE).strftime("%H:%M")
