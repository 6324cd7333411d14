"""The working calendar as a sheet (date, kind, name) and the work hours as text."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

from grid.policy.calendar import HoursFrom, WorkCalendar
from grid.policy.sheets import Problems, read_sheet
from grid.policy.sheets import day as day_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The State Council's notice for a year always holds National Day; rows of a year without it are
#: the beginning of a notice that somebody has not finished typing.
NATIONAL_DAY = (10, 1)

_KINDS = ("holiday", "makeup")


def parse_calendar(
    text: str, file: str, version: str, hours: tuple[HoursFrom, ...]
) -> WorkCalendar:
    """The calendar of a sheet with the columns date, kind (`holiday` or `makeup`) and name.

    A year counts as published when National Day stands among its holidays. Raises PolicyError.
    """
    problems = Problems()
    days: dict[str, set[date]] = {kind: set() for kind in _KINDS}
    lines: dict[date, int] = {}
    for row in read_sheet(text, file, ("date", "kind", "name"), (), problems):
        kind = row.code("kind")
        try:
            day = day_of(row.code("date"))
        except ValueError:
            problems.add(file, row.line, f"date '{row.text('date')}' is not like 2026-10-01")
            continue
        if kind not in days:
            problems.add(file, row.line, f"kind '{kind}' is none of {', '.join(_KINDS)}")
            continue
        if day in lines:
            problems.add(file, row.line, f"{day} stands in line {lines[day]} already")
        lines.setdefault(day, row.line)
        days[kind].add(day)
    published = frozenset(
        day.year for day in days["holiday"] if (day.month, day.day) == NATIONAL_DAY
    )
    for day, line in lines.items():
        if day.year not in published:
            message = f"{day}: the year {day.year} has no 1 October among its holidays; unfinished?"
            problems.add(file, line, message)
    problems.raise_any()
    return WorkCalendar(
        version, frozenset(days["holiday"]), frozenset(days["makeup"]), published, hours
    )


def parse_hours(entries: Sequence[Mapping[str, object]]) -> tuple[HoursFrom, ...]:
    """The dated table of work hours: entries of `from` (a date) and `spans` (`08:00-12:00`).

    Raises ValueError saying what is wrong.
    """
    found = []
    for entry in entries:
        day, spans = entry.get("from"), entry.get("spans")
        if not isinstance(day, date) or not isinstance(spans, list) or len(entry) > 2:  # noqa: PLR2004
            raise ValueError('work hours need exactly: from = 2004-01-01, spans = ["08:00-12:00"]')
        found.append(HoursFrom(day, tuple(_span(span) for span in spans)))
    dates = [entry.valid_from for entry in found]
    if not dates or dates != sorted(set(dates)):
        raise ValueError("the table of work hours is empty or not in order of its dates")
    return tuple(found)


def _span(text: object) -> tuple[time, time]:
    try:
        begin, end = str(text).split("-")
        return time.fromisoformat(begin.strip()), time.fromisoformat(end.strip())
    except ValueError:
        raise ValueError(f"'{text}' is no span of work hours like 08:00-12:00") from None
