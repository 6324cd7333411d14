"""Periods as requests name them: moments or days of China, half-open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BeforeValidator

from api.problems import invalid_parameter
from grid.figures import periods
from grid.figures.counting import Period
from grid.reports.field_kinds import Time

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

_parse_time = Time().parser()
_DAY = len("2026-11-19")


def _moment(given: Any) -> Any:
    """A day's midnight in China, or a moment with its offset."""
    if not isinstance(given, str):
        return given
    if " " in given:
        raise ValueError("has a blank: write the + of the offset as %2B")
    return periods.day(given) if len(given) == _DAY else _parse_time(given)


DayOrMoment = BeforeValidator(_moment)


def period_of(begins: datetime | None, ends: datetime | None, now: datetime) -> Period:
    """The period asked for; by default the month of `now`. 400 where it ends before it begins."""
    first, last = periods.month(periods.this_month(begins or now))
    period = Period(begins or first, ends or last, now)
    if period.begins >= period.ends:
        raise invalid_parameter("to", "must lie after from", "结束须在开始之后")
    return period


def named(
    name: str, text: str, read: Callable[[str], tuple[datetime, datetime]]
) -> tuple[datetime, datetime]:
    """The week, month or year of a parameter. 400 for what is none."""
    try:
        return read(text)
    except ValueError as error:
        raise invalid_parameter(name, f"is wrong: {error}"[:200]) from None
