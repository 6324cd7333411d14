"""Moments, days and intervals: each is from when until when it lasts, ends included.

A day is the city's day (+08:00), its last instant a microsecond before midnight, which is as exact
as what is stored. An instant begins and ends at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from psycopg import sql

from geo_data.features.collections import Kind
from geo_data.features.cql2.nodes import count, only, operation, text_of
from geo_data.features.cql2.refusal import FilterRefused, shown
from grid.policy.calendar import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_data.features.cql2.scope import Scope

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
#: Ends of an interval that is open.
OPEN = ("..", "")
_YEARS = range(1900, 2201)


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when, as SQL of timestamps with zone; `interval` if it was written as one."""

    begin: sql.Composable
    end: sql.Composable
    interval: bool = False


def literal(scope: Scope, node: dict[str, Any], at: str) -> Span | None:
    """`{"date": …}` or `{"timestamp": …}`; None for anything else."""
    for name, pattern in (("date", _DAY), ("timestamp", _MOMENT)):
        if name in node:
            only(node, (name,), at)
            given = node[name]
            if not isinstance(given, str) or pattern.fullmatch(given) is None:
                raise _no_moment(given, at)
            begin, end = _read(given, at)
            return _bound(scope, begin, end)
    return None


def temporal(
    scope: Scope, node: Any, at: str, column: Callable[[str, str], tuple[Kind, sql.Composable]]
) -> Span:
    """An operand of a temporal function: a column of moments, a literal, an interval.

    `column` gives kind and SQL of a property by its name and place.
    """
    if isinstance(node, dict):
        if "interval" in node:
            return _interval(scope, node, at, column)
        if "property" in node:
            text = _moment_column(node, at, column)
            return Span(text, text)
        found = literal(scope, node, at)
        if found is not None:
            return found
    called = operation(node, at)
    what = shown(called[0]) if called else shown(node)
    raise FilterRefused(
        at,
        f"{what} is no moment: write TIMESTAMP('2026-11-22T09:30:00+08:00'), DATE('2026-11-22'),"
        " INTERVAL('2026-11-01', '..') or a column of moments",
        f"{what} 不是时间",
    )


def _interval(
    scope: Scope,
    node: dict[str, Any],
    at: str,
    column: Callable[[str, str], tuple[Kind, sql.Composable]],
) -> Span:
    only(node, ("interval",), at)
    ends = node["interval"]
    if not isinstance(ends, list):
        raise FilterRefused(at, "an interval has two ends", "时间区间需要两端")
    count(ends, 2, "interval", at)
    sides: list[sql.Composable] = []
    known: list[datetime] = []
    for number, given in enumerate(ends):
        here = f"{at}/interval/{number}"
        if isinstance(given, dict):
            text = _moment_column(given, here, column)
            if number and given["property"] == scope.collection.end:
                # what has not ended goes on
                text = sql.SQL("coalesce({}, 'infinity')").format(text)
            sides.append(text)
        elif given in OPEN:
            sides.append(sql.SQL(("'-infinity'::timestamptz", "'infinity'::timestamptz")[number]))
        else:
            side = _read(given, here)[number]
            known.append(side)
            sides.append(scope.bound(side, "timestamptz"))
    if len(known) == 2 and known[0] > known[1]:  # noqa: PLR2004 - both ends
        raise FilterRefused(at, "the interval ends before it begins", "时间区间的结束早于开始")
    return Span(sides[0], sides[1], interval=True)


def _moment_column(
    node: dict[str, Any], at: str, column: Callable[[str, str], tuple[Kind, sql.Composable]]
) -> sql.Composable:
    only(node, ("property",), at)
    kind, text = column(node.get("property", ""), at)
    if kind is not Kind.MOMENT:
        name = shown(node["property"])
        raise FilterRefused(at, f"{name} holds no moments", f"{name} 不是时间")
    return text


def _bound(scope: Scope, begin: datetime, end: datetime) -> Span:
    text = scope.bound(begin, "timestamptz")
    return Span(text, text if begin == end else scope.bound(end, "timestamptz"))


def check_written(text: str, at: str) -> None:
    """Refuse what is neither a day nor a moment with its offset."""
    if _DAY.fullmatch(text) is None and _MOMENT.fullmatch(text) is None:
        raise _no_moment(text, at)


def _read(given: Any, at: str) -> tuple[datetime, datetime]:
    """First and last instant of a day or a moment, in UTC."""
    if not isinstance(given, str):
        raise _no_moment(given, at)
    text_of(given, at)
    try:
        if _DAY.fullmatch(given):
            day = date.fromisoformat(given)
            begin, end = (datetime.combine(day, t, ZONE) for t in (time.min, time.max))
        elif _MOMENT.fullmatch(given):
            begin = end = datetime.fromisoformat(given)
        else:
            raise _no_moment(given, at)
        if begin.year in _YEARS:
            return begin.astimezone(UTC), end.astimezone(UTC)
    except FilterRefused:
        raise
    except (ValueError, OverflowError):
        raise FilterRefused(at, f"there is no {shown(given)}", f"没有 {shown(given)}") from None
    raise FilterRefused(
        at,
        f"{shown(given)} is not in the years {_YEARS[0]} to {_YEARS[-1]}",
        f"{shown(given)} 超出年份范围",
    )


def _no_moment(given: Any, at: str) -> FilterRefused:
    return FilterRefused(
        at,
        f"{shown(given)} is no day (2026-11-22) and no moment with its offset"
        " (2026-11-22T09:30:00+08:00)",
        f"{shown(given)} 不是日期，也不是带时区的时间",
    )
