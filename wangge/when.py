"""A moment on the command line: a day, which means its midnight in China, or a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from grid.team_sheet import moment_of


class When(click.ParamType):
    """An aware moment; of a day that is its midnight, or `after` later."""

    name = "when"

    def __init__(self, after: timedelta = timedelta(0)) -> None:
        self._after = after

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> datetime:
        """A day of China, or a time with its offset."""
        try:
            return value if isinstance(value, datetime) else moment_of(value, self._after)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a day nor like 2027-01-01T08:00:00+08:00", param, ctx)
