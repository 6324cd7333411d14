"""Weeks, months, years and days as people say them, in the zone of the policy's calendar."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from grid.policy.calendar import ZONE

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")


def midnight(day: date) -> datetime:
    """When the day begins."""
    return datetime.combine(day, time(), ZONE)


def week(text: str) -> tuple[datetime, datetime]:
    """From when until before when `2026-W47` lasts (ISO 8601). Raises ValueError."""
    match = _WEEK.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no week: write it like 2026-W47")
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return midnight(monday), midnight(monday + timedelta(days=7))
    except (ValueError, OverflowError):
        raise ValueError(f"there is no week {text}") from None


def month(text: str) -> tuple[datetime, datetime]:
    """From when until before when `2026-11` lasts. Raises ValueError."""
    match = _MONTH.fullmatch(text)
    if match is None:
        raise ValueError(f"'{text}' is no month: write it like 2026-11")
    try:
        first = date(int(match[1]), int(match[2]), 1)
        return midnight(first), midnight((first + timedelta(days=31)).replace(day=1))
    except (ValueError, OverflowError):
        raise ValueError(f"there is no month {text}") from None


def year(text: str) -> tuple[datetime, datetime]:
    """From when until before when `2026` lasts. Raises ValueError."""
    if not _YEAR.fullmatch(text) or not date.min.year <= int(text) < date.max.year:
        raise ValueError(f"'{text}' is no year: write it like 2026")
    return midnight(date(int(text), 1, 1)), midnight(date(int(text) + 1, 1, 1))


def day(text: str) -> datetime:
    """When `2026-11-19` begins. Raises ValueError."""
    return midnight(date.fromisoformat(text))


def this_week(now: datetime) -> str:
    """The week of a moment, as `2026-W47`."""
    of = now.astimezone(ZONE).isocalendar()
    return f"{of.year}-W{of.week:02d}"


def this_month(now: datetime) -> str:
    """The month of a moment, as `2026-11`."""
    return f"{now.astimezone(ZONE):%Y-%m}"
