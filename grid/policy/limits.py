"""Limits on four clocks, when they are due, and the light they show."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from grid.policy.calendar import lasting

if TYPE_CHECKING:
    from grid.model import Deadline
    from grid.policy.calendar import WorkCalendar


class Clock(StrEnum):
    """What a limit counts: `urgent_*` run through nights and holidays, `work_*` do not."""

    URGENT_HOUR = "urgent_hour"
    URGENT_DAY = "urgent_day"  # 24 hours
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"  # ends with the n-th working day after the start

    @property
    def nonstop(self) -> bool:
        """True for the clocks that run through nights and holidays."""
        return self in _NONSTOP


_NONSTOP = frozenset({Clock.URGENT_HOUR, Clock.URGENT_DAY})

#: About how long one unit takes on the wall, in hours: a week of 168 hours has 40 work hours and
#: 5 working days. Only for comparing limits of different clocks.
_WALL_HOURS = {
    Clock.URGENT_HOUR: 1.0,
    Clock.URGENT_DAY: 24.0,
    Clock.WORK_HOUR: 168 / 40,
    Clock.WORK_DAY: 168 / 5,
}

_LIMIT = re.compile(
    r"(\d+(?:\.\d+)?)(?:/([1-9]\d*))?\s*(urgent_hour|urgent_day|work_hour|work_day)"
)


@dataclass(frozen=True, slots=True)
class Limit:
    """So much on such a clock. Working days are whole."""

    amount: float
    clock: Clock

    def __post_init__(self) -> None:
        if not (self.amount > 0 and math.isfinite(self.amount)):
            raise ValueError(f"a limit of {self.amount:g} {self.clock} is no limit")
        if self.clock is Clock.WORK_DAY and self.amount != int(self.amount):
            raise ValueError(f"{self.amount:g} work_day: working days are whole")

    @classmethod
    def parse(cls, text: str) -> Limit:
        """The limit that `2 work_hour`, `2/3 urgent_hour` or `15 work_day` names.

        Raises ValueError with the four clocks' names for anything else.
        """
        match = _LIMIT.fullmatch(text.strip())
        if match is None:
            clocks = ", ".join(Clock)
            raise ValueError(f"'{text}' is no limit; write a number and one of {clocks}")
        return cls(float(match[1]) / float(match[2] or "1"), Clock(match[3]))

    @property
    def wall_hours(self) -> float:
        """About how many hours pass on the wall; for telling which of two limits is stricter."""
        return self.amount * _WALL_HOURS[self.clock]

    def __str__(self) -> str:
        amount = f"{self.amount:g}"
        if float(amount) != self.amount:  # thirds of an hour are written as they are in the sheet
            amount = str(Fraction(self.amount).limit_denominator(1000))
        return f"{amount} {self.clock}"


def due(start: datetime, limit: Limit, calendar: WorkCalendar) -> datetime:
    """When a limit that began at `start` (aware) is up; in UTC."""
    match limit.clock:
        case Clock.WORK_DAY:
            return calendar.end_of_nth_working_day(start, int(limit.amount))
        case Clock.WORK_HOUR:
            return calendar.add_work_hours(start, limit.amount)
        case Clock.URGENT_HOUR:
            return start.astimezone(UTC) + lasting(limit.amount)
        case Clock.URGENT_DAY:
            return start.astimezone(UTC) + timedelta(days=limit.amount)


def warn_at(start: datetime, due: datetime, limit: Limit, calendar: WorkCalendar) -> datetime:
    """When the light turns yellow; in UTC, never before `start`.

    One working day before `due`, or a fifth of the limit where that is shorter, both counted on
    the limit's own clock (on running clocks a day is 24 hours). `due` may lie before the limit's
    own end, since a stage never runs past the promise.
    """
    match limit.clock:
        case Clock.WORK_DAY:
            warn = calendar.last_work_day(due, limit.amount / 5)
        case Clock.WORK_HOUR:
            left = min(calendar.day_length(due), lasting(limit.amount / 5))
            warn = calendar.leave_work_hours(due, left)
        case Clock.URGENT_HOUR:
            warn = due - lasting(min(24.0, limit.amount / 5))
        case Clock.URGENT_DAY:
            warn = due - timedelta(days=min(1.0, limit.amount / 5))
    warn = max(warn, start)
    return warn if warn.tzinfo is UTC else warn.astimezone(UTC)


def moved(
    deadline: Deadline, paused: datetime, resumed: datetime, calendar: WorkCalendar
) -> Deadline:
    """The deadline after its clock stood from `paused` to `resumed`.

    A clock that runs through the nights gets the time on the wall back, a working clock the work
    time that was lost. What was due before the pause stays due then.
    """
    if deadline.due <= paused:
        return deadline
    if deadline.nonstop:
        lost = resumed - paused
        due_at, warn = deadline.due + lost, deadline.warn + lost
    else:
        hours = calendar.work_hours_between(paused, resumed) / timedelta(hours=1)
        due_at = calendar.add_work_hours(deadline.due, hours)
        warn = calendar.add_work_hours(deadline.warn, hours)
    if deadline.warn <= paused:
        warn = deadline.warn
    return replace(deadline, warn=warn.astimezone(UTC), due=due_at.astimezone(UTC))


class Light(StrEnum):
    """What a deadline looks like now."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"  # paused


def light(now: datetime, warn: datetime, due: datetime, paused: bool = False) -> Light:
    """The light of a deadline: yellow from `warn`, red from `due`, grey while paused."""
    if paused:
        return Light.GREY
    if now >= due:
        return Light.RED
    return Light.YELLOW if now >= warn else Light.GREEN
