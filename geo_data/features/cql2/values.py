"""Values: columns, literals, arithmetic and `casei`, each with its kind and its SQL.

Nothing here can fail on a row: a failure that depends on rows would tell of rows that the caller
does not see.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from psycopg import sql

from geo_data.features.collections import Kind
from geo_data.features.cql2 import arithmetic, moments
from geo_data.features.cql2.nodes import count, only, operation, text_of
from geo_data.features.cql2.refusal import FilterRefused, shown
from geo_data.features.cql2.scope import GEOMETRY

if TYPE_CHECKING:
    from geo_data.features.cql2.scope import Scope

_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER})
#: What a kind is called in answers.
WORDS = {
    Kind.TEXT: ("text", "文本"),
    Kind.INTEGER: ("a number", "数字"),
    Kind.NUMBER: ("a number", "数字"),
    Kind.BOOLEAN: ("true or false", "布尔值"),
    Kind.MOMENT: ("a moment", "时间"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a row or of the filter.

    `end` is the last instant of a day that is written as such. `exact` says that the
    SQL is a numeric. `folded` text has its own collation.
    """

    kind: Kind
    text: sql.Composable
    shown: str
    end: sql.Composable | None = None
    literal: bool = False
    exact: bool = False
    folded: bool = False

    @property
    def numeric(self) -> sql.Composable:
        """The SQL as a numeric."""
        return self.text if self.exact else sql.SQL("{}::numeric").format(self.text)


def value(scope: Scope, node: Any, at: str) -> Value:
    """The value that a node stands for. Raises FilterRefused for predicates and for no value."""
    if isinstance(node, bool):
        return Value(Kind.BOOLEAN, scope.bound(node, "boolean"), shown(node).lower(), literal=True)
    if isinstance(node, str):
        text = scope.bound(text_of(node, at), "text")
        return Value(Kind.TEXT, text, f"'{shown(node)}'", literal=True)
    if isinstance(node, int | float):
        number = scope.bound(_finite(node, at), "float8")
        return Value(Kind.NUMBER, number, f"{node}", literal=True)
    called = operation(node, at)
    if called is not None:
        name, args = called[0].lower(), called[1]
        if name in arithmetic.OPERATORS:
            return _computed(scope, name, args, at)
        if name == "casei":
            return _folded(scope, args, at)
        raise FilterRefused(
            at,
            f"{shown(called[0])} gives no value here;"
            " functions that give one: casei, + - * / % div ^",
            f"此处不能使用 {shown(called[0])}；可用的函数：casei、+ - * / % div ^",
        )
    if isinstance(node, dict):
        if "property" in node:
            only(node, ("property",), at)
            name = node["property"]
            kind, column = column_of(scope, name, at)
            return Value(kind, column, shown(name))
        span = moments.literal(scope, node, at)
        if span is not None:
            end = None if span.end is span.begin else span.end
            written = shown(next(iter(node.values())))
            return Value(Kind.MOMENT, span.begin, written, end=end, literal=True)
    if node is None:
        raise FilterRefused(
            at, "null is compared with nothing: write IS NULL", "判断空值请用 IS NULL"
        )
    raise FilterRefused(
        at, f"{shown(node)} is no value that can be compared", f"{shown(node)} 不能用于比较"
    )


def column_of(scope: Scope, name: Any, at: str) -> tuple[Kind, sql.Composable]:
    """Kind and SQL of a property. Refuses names that the collection does not have."""
    if name == "id":
        return Kind.TEXT, sql.SQL("f.id::text")
    if name in GEOMETRY:
        raise FilterRefused(
            at,
            f"{name} is a geometry: only spatial functions such as S_INTERSECTS take it",
            f"{name} 是几何字段，只能用于空间函数",
        )
    column = scope.collection.column(name) if isinstance(name, str) else None
    if column is None:
        raise FilterRefused(
            at,
            f"{scope.collection.name} has no property {shown(name)};"
            f" it has {', '.join(scope.names())}",
            f"{scope.collection.zh}没有属性 {shown(name)}",
        )
    text: sql.Composable = sql.SQL("f.{}").format(sql.Identifier(column.name))
    if column.kind is Kind.TEXT:
        text = sql.SQL("{}::text").format(text)  # ids are uuids in some views
    return column.kind, text


def of_kind(found: Value, kinds: frozenset[Kind], name: str, at: str) -> Value:
    """The same value, refused if it is of another kind."""
    if found.kind not in kinds:
        wanted, zh = WORDS[min(kinds)]
        raise FilterRefused(
            at,
            f"{name} takes {wanted}, and {found.shown} is {WORDS[found.kind][0]}",
            f"{name} 需要{zh}，而 {found.shown} 是{WORDS[found.kind][1]}",
        )
    return found


def _finite(given: float, at: str) -> float:
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FilterRefused(at, "the number is too large", "数字过大")
    return number


def _computed(scope: Scope, name: str, args: list[Any], at: str) -> Value:
    count(args, 2, name, at)
    sides = []
    for number, arg in enumerate(args):
        here = f"{at}/args/{number}"
        if isinstance(arg, int | float) and not isinstance(arg, bool):
            # as it is written, not as the nearest binary number
            written = Decimal(repr(_finite(arg, here)))
            sides.append(scope.bound(written, "numeric"))
        else:
            sides.append(of_kind(value(scope, arg, here), _NUMBERS, name, here).numeric)
    text = arithmetic.computed(name, *sides)
    return Value(Kind.NUMBER, text, "what is computed", exact=True)


def _folded(scope: Scope, args: list[Any], at: str) -> Value:
    count(args, 1, "casei", at)
    here = f"{at}/args/0"
    inner = of_kind(value(scope, args[0], here), frozenset({Kind.TEXT}), "casei", here)
    # lower in the database's own collation ("C" knows ASCII only), compared by code points
    text = sql.SQL('(lower({} COLLATE "default") COLLATE "C")').format(inner.text)
    return replace(inner, text=text, shown=f"casei({inner.shown})", folded=True)
