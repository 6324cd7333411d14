"""Moments and intervals as OGC API Features writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from api.problems import invalid_parameter

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_OPEN = ("", "..")


def moment(name: str, text: str) -> datetime:
    """A moment (RFC 3339, any year), in UTC. 400 that names the parameter for anything else."""
    if " " in text:
        raise invalid_parameter(name, "has a blank: write the + of the offset as %2B")
    if _RFC3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass  # the 30th of February, 25 o'clock, before the year 1 in UTC
    raise invalid_parameter(
        name,
        "must be a moment with its offset, as 2026-11-22T09:30:00+08:00 (RFC 3339)",
        f"{name} 须为带时区的时刻，例如 2026-11-22T09:30:00+08:00",
    )


def interval(text: str) -> tuple[datetime | None, datetime | None]:
    """`datetime`: a moment, or `begin/end` with one of them open (`..` or empty)."""
    begin, slash, end = text.partition("/")
    if not slash:
        at = moment("datetime", text)
        return at, at
    if begin in _OPEN and end in _OPEN:
        raise invalid_parameter("datetime", "must have a moment at one end at least")
    since = None if begin in _OPEN else moment("datetime", begin)
    until = None if end in _OPEN else moment("datetime", end)
    if since is not None and until is not None and since > until:
        raise invalid_parameter("datetime", "must not end before it begins", "结束不得早于开始")
    return since, until
