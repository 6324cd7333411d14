"""Conditions on rows as values: one writing, read by numpy here and by SQL in the database.

A condition is a conjunction of tests. A test compares a column with a constant, with another column
or with a bound of what was asked. What is not known meets no comparison, as in SQL.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Column(str):
    """The name of a column, where a constant could stand as well."""

    __slots__ = ()


class Bound(StrEnum):
    """A moment of the question: when it is asked; the period's end, or now where that is first."""

    NOW = "now"
    END = "end"


class Test(NamedTuple):
    """One comparison: `op` is `=`, `!=`, `<`, `<=`, `>`, `in`, `known` or `unknown`."""

    column: str
    op: str
    operand: Any = None


Where = tuple[Test, ...]

ALWAYS: Where = ()


def is_(column: str, operand: Any) -> Test:
    """Equal."""
    return Test(column, "=", operand)


def not_(column: str, operand: Any) -> Test:
    """Not equal."""
    return Test(column, "!=", operand)


def among(column: str, *operands: str) -> Test:
    """One of several words."""
    return Test(column, "in", operands)


def known(column: str) -> Test:
    """There is a value."""
    return Test(column, "known")


def unknown(column: str) -> Test:
    """There is none."""
    return Test(column, "unknown")


def over(column: str, operand: Any) -> Test:
    """Greater, later."""
    return Test(column, ">", operand)


def up_to(column: str, operand: Any) -> Test:
    """Not greater, not later."""
    return Test(column, "<=", operand)


def before(column: str, operand: Any) -> Test:
    """Less, earlier."""
    return Test(column, "<", operand)


def columns_in(where: Where) -> set[str]:
    """The columns that a condition reads."""
    found = {test.column for test in where}
    return found | {str(t.operand) for t in where if isinstance(t.operand, Column)}


def meets(
    where: Where, columns: Mapping[str, NDArray[Any]], bounds: Mapping[Bound, float], n: int
) -> NDArray[np.bool_]:
    """Which of `n` rows meet the condition.

    Moments are seconds since 1970 with NaN for none, words are bytes (UTF-8).
    """
    mask = np.ones(n, dtype=bool)
    for test in where:
        mask &= _one(test, columns, bounds)
    return mask


def _one(
    test: Test, columns: Mapping[str, NDArray[Any]], bounds: Mapping[Bound, float]
) -> NDArray[np.bool_]:
    left = columns[test.column]
    right = test.operand
    if isinstance(right, Bound):
        right = bounds[right]
    elif isinstance(right, Column):
        right = columns[right]
    elif isinstance(right, str):
        right = right.encode()
    found: NDArray[np.bool_]
    match test.op:
        case "known":
            found = ~np.isnan(left)
        case "unknown":
            found = np.isnan(left)
        case "in":
            found = np.isin(left, [word.encode() for word in right])
        case "=":
            found = left == right
        case "!=":
            found = left != right
        case "<":
            found = left < right
        case "<=":
            found = left <= right
        case ">":
            found = left > right
        case _:
            raise ValueError(f"no such test: {test.op}")
    return found
