"""A moment on the command line: a day, which means its midnight in China, or a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from grid.team_sheet import moment_of


class When(click.ParamType):
    """An aware moment."""

    name = "when"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> datetime:
        """A day's midnight in China, or a time with its offset."""
        try:
            return value if isinstance(value, datetime) else moment_of(value)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is neither a day nor like 2027-01-01T08:00:00+08:00", param, ctx)
