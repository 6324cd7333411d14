"""Arithmetic of CQL2 as SQL that fails on no row.

All of it is done in `numeric`, which has no overflow at the sizes that a filter can have. What has
no result is nothing: what is divided by nothing, a root of what is below nothing, a power beyond
what a double could hold.
"""

from __future__ import annotations

from psycopg import sql

#: Operators, each with its SQL of two numerics. Rests have the sign of what is divided.
_SQL = {
    "+": sql.SQL("({} + {})"),
    "-": sql.SQL("({} - {})"),
    "*": sql.SQL("({} * {})"),
    "/": sql.SQL("({} / nullif({}, 0))"),
    "%": sql.SQL("mod({}, nullif({}, 0))"),
    "div": sql.SQL("div({}, nullif({}, 0))"),
    # A power is the one thing that `numeric` refuses, or computes for hours. What it would refuse
    # is taken away before, case by case in this order; e^690 is about 1e300. Of what is small it
    # keeps 16 decimals only, so that is one by its inverse. The values stand in a row of their
    # own, once, and OFFSET keeps the planner from putting them back into each of their places: of
    # powers within powers that would make many times as much at each depth.
    "^": sql.SQL(
        "(SELECT CASE"
        " WHEN n.x = 0 THEN CASE WHEN n.y > 0 THEN 0::numeric WHEN n.y = 0 THEN 1::numeric END"
        " WHEN abs(n.x) NOT BETWEEN 1e-300 AND 1e300 OR abs(n.y) > 10000 THEN NULL"
        " WHEN n.x < 0 AND n.y <> trunc(n.y) THEN NULL"
        " WHEN abs(n.y * ln(abs(n.x)::float8)::numeric) > 690 THEN NULL"
        " WHEN n.y * ln(abs(n.x)::float8)::numeric < -10 THEN 1 / power(n.x, -n.y)"
        " ELSE power(n.x, n.y) END"
        " FROM (SELECT {} AS x, {} AS y OFFSET 0) AS n)"
    ),
}
OPERATORS = frozenset(_SQL)


def computed(name: str, left: sql.Composable, right: sql.Composable) -> sql.Composable:
    """The SQL of an operation on two numerics."""
    return _SQL[name].format(left, right)
