"""Predicates: one table of what each operator of CQL2 means in SQL.

Three-valued, as CQL2 and SQL have it: what is compared with an empty property is unknown, and a
feature is given where the filter is true.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from geo_data.features.collections import Kind
from geo_data.features.cql2.moments import Span, temporal
from geo_data.features.cql2.nodes import count, only, operation
from geo_data.features.cql2.refusal import FilterRefused, shown
from geo_data.features.cql2.scope import GEOMETRY
from geo_data.features.cql2.shapes import spatial
from geo_data.features.cql2.values import WORDS, Value, column_of, of_kind, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_data.features.cql2.scope import Scope

    Predicate = Callable[[Scope, str, list[Any], str], sql.Composable]

COMPARED = ("=", "<>", "<", ">", "<=", ">=")
SPATIAL = {
    f"s_{name}": sql.SQL("public.{}").format(sql.SQL(f"ST_{name.capitalize()}"))
    for name in (
        "contains",
        "crosses",
        "disjoint",
        "equals",
        "intersects",
        "overlaps",
        "touches",
        "within",
    )
}
#: Of a, from when until when, and b: Allen's relations, and three that join several of them.
TEMPORAL = {
    "t_after": "{a} > {y}",
    "t_before": "{z} < {b}",
    "t_contains": "{a} < {b} AND {z} > {y}",
    "t_disjoint": "({z} < {b} OR {a} > {y})",
    "t_during": "{a} > {b} AND {z} < {y}",
    "t_equals": "{a} = {b} AND {z} = {y}",
    "t_finishedby": "{a} < {b} AND {z} = {y}",
    "t_finishes": "{a} > {b} AND {z} = {y}",
    "t_intersects": "{z} >= {b} AND {a} <= {y}",
    "t_meets": "{z} = {b}",
    "t_metby": "{a} = {y}",
    "t_overlappedby": "{a} > {b} AND {a} < {y} AND {z} > {y}",
    "t_overlaps": "{a} < {b} AND {z} > {b} AND {z} < {y}",
    "t_startedby": "{a} = {b} AND {z} > {y}",
    "t_starts": "{a} = {b} AND {z} < {y}",
}
#: These make sense of instants too; the others ask how two lengths of time lie.
_OF_INSTANTS = frozenset(
    {"t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_intersects"}
)
_TEXT = frozenset({Kind.TEXT})
_NUMBERS = frozenset({Kind.INTEGER, Kind.NUMBER})


def condition(scope: Scope, node: Any, at: str = "") -> sql.Composable:
    """The SQL of a predicate over the row `f`. Raises FilterRefused for anything unknown."""
    if isinstance(node, bool):
        return sql.SQL("true") if node else sql.SQL("false")
    called = operation(node, at)
    if called is None:
        raise _no_predicate(node, at)
    name, args = called[0].lower(), called[1]
    known = _PREDICATES.get(name)
    if known is None:
        raise FilterRefused(
            at,
            f"{shown(called[0])} is no operator or function that is known here;"
            f" known: {', '.join(_PREDICATES)}",
            f"没有运算符或函数 {shown(called[0])}",
        )
    return sql.SQL("({})").format(known(scope, name, args, at))


def _no_predicate(node: Any, at: str) -> FilterRefused:
    if isinstance(node, dict) and "property" in node:
        name = shown(node["property"])
        return FilterRefused(
            at, f"{name} alone asks nothing: write {name} = true", f"请写成 {name} = true"
        )
    return FilterRefused(at, f"{shown(node)} asks nothing", f"{shown(node)} 不是条件")


def _joined(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    if len(args) < 2:  # noqa: PLR2004 - two things are joined
        raise FilterRefused(at, f"{name} joins two conditions or more", f"{name} 至少需要两个条件")
    parts = [condition(scope, arg, f"{at}/args/{number}") for number, arg in enumerate(args)]
    return (sql.SQL(" AND ") if name == "and" else sql.SQL(" OR ")).join(parts)


def _not(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    count(args, 1, name, at)
    return sql.SQL("NOT {}").format(condition(scope, args[0], f"{at}/args/0"))


def _is_null(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    count(args, 1, name, at)
    here = f"{at}/args/0"
    if isinstance(args[0], dict) and args[0].get("property") in GEOMETRY:
        only(args[0], ("property",), here)
        return sql.SQL("f.geom IS NULL")
    return sql.SQL("{} IS NULL").format(value(scope, args[0], here).text)


def _compare(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    count(args, 2, name, at)
    left, right = _values(scope, args, at)
    _alike(left, right, name, at)
    if left.kind is Kind.BOOLEAN and name not in ("=", "<>"):
        raise FilterRefused(
            at, f"true and false have no order: {name} does not take them", "布尔值没有大小"
        )
    return _compared(name, left, right)


def _between(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    count(args, 3, name, at)
    found, low, high = _values(scope, args, at)
    for bound in (low, high):
        _alike(found, bound, name, at)
    if found.kind is Kind.BOOLEAN:
        raise FilterRefused(at, "true and false have no order", "布尔值没有大小")
    return sql.SQL("{} AND {}").format(_compared(">=", found, low), _compared("<=", found, high))


def _in(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    count(args, 2, name, at)
    found = value(scope, args[0], f"{at}/args/0")
    listed = args[1]
    if not isinstance(listed, list) or not listed:
        raise FilterRefused(f"{at}/args/1", "in takes a list of values", "in 需要一个值列表")
    others = []
    for number, one in enumerate(listed):
        others.append(value(scope, one, f"{at}/args/1/{number}"))
        _alike(found, others[-1], name, f"{at}/args/1/{number}")
    if found.kind is not Kind.MOMENT and not found.exact and all(one.literal for one in others):
        texts = sql.SQL(", ").join(one.text for one in others)
        return sql.SQL("{} IN ({})").format(found.text, texts)  # looked up in a hash table
    return sql.SQL(" OR ").join(_compared("=", found, other) for other in others)


def _like(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    """`%` any characters, `_` one, a backslash takes the next character as it is: as in SQL."""
    count(args, 2, name, at)
    found, pattern = _values(scope, args, at)
    of_kind(found, _TEXT, name, f"{at}/args/0")
    of_kind(pattern, _TEXT, name, f"{at}/args/1")
    written = args[1]
    if isinstance(written, dict):  # casei('…')
        written = written.get("args", [None])[0]
    if not isinstance(written, str):
        raise FilterRefused(
            f"{at}/args/1", "the pattern must be written out as text", "like 的模式须为文本"
        )
    if (len(written) - len(written.rstrip("\\"))) % 2:
        raise FilterRefused(
            f"{at}/args/1",
            "the pattern ends with a backslash that takes nothing; write two for one",
            "模式以未完成的反斜杠结尾",
        )
    return sql.SQL("{} LIKE {} ESCAPE '\\'").format(found.text, pattern.text)


def _spatial(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    count(args, 2, name, at)
    left, right = (spatial(scope, arg, f"{at}/args/{i}") for i, arg in enumerate(args))
    return sql.SQL("{}({}, {})").format(SPATIAL[name], left, right)


def _temporal(scope: Scope, name: str, args: list[Any], at: str) -> sql.Composable:
    count(args, 2, name, at)

    def column(named: str, where: str) -> tuple[Kind, sql.Composable]:
        return column_of(scope, named, where)

    spans: list[Span] = []
    for number, arg in enumerate(args):
        here = f"{at}/args/{number}"
        span = temporal(scope, arg, here, column)
        if not span.interval and name not in _OF_INSTANTS:
            raise FilterRefused(
                here,
                f"{name} compares intervals: write INTERVAL('…', '…')",
                f"{name} 只比较时间区间 INTERVAL('…', '…')",
            )
        spans.append(span)
    a, b = spans
    return sql.SQL(TEMPORAL[name]).format(a=a.begin, z=a.end, b=b.begin, y=b.end)


def _values(scope: Scope, args: list[Any], at: str) -> list[Value]:
    return [value(scope, arg, f"{at}/args/{number}") for number, arg in enumerate(args)]


def _alike(left: Value, right: Value, name: str, at: str) -> None:
    """Only values of one kind are compared."""
    if left.kind is right.kind or (left.kind in _NUMBERS and right.kind in _NUMBERS):
        return
    hint, zh = "", ""
    if Kind.MOMENT in (left.kind, right.kind):
        hint = "; moments are written TIMESTAMP('2026-11-22T09:30:00+08:00') or DATE('2026-11-22')"
        zh = "；时间写作 TIMESTAMP('…') 或 DATE('…')"
    raise FilterRefused(
        at,
        f"{name} compares values of one kind: {left.shown} is {WORDS[left.kind][0]},"
        f" {right.shown} is {WORDS[right.kind][0]}{hint}",
        f"{name} 只比较同类值：{left.shown} 是{WORDS[left.kind][1]}，"
        f"{right.shown} 是{WORDS[right.kind][1]}{zh}",
    )


def _compared(name: str, left: Value, right: Value) -> sql.Composable:
    operator = sql.SQL(name)
    if left.kind is Kind.MOMENT:
        return _compared_spans(name, left, right)
    a, b = left.text, right.text
    if left.exact or right.exact:
        a, b = left.numeric, right.numeric
    elif left.kind is Kind.TEXT and not left.folded and _collated(name, left, right):
        a = sql.SQL('{} COLLATE "C"').format(a)
    return sql.SQL("{} {} {}").format(a, operator, b)


def _collated(name: str, left: Value, right: Value) -> bool:
    """Columns of two collations have none in common; order is that of code points everywhere."""
    return name not in ("=", "<>") or not (left.literal or right.literal)


def _compared_spans(name: str, left: Value, right: Value) -> sql.Composable:
    """A day equals each of its moments; before is before all of it, after is after all of it."""
    a, z, b, y = left.text, left.end or left.text, right.text, right.end or right.text
    texts = {
        "=": "({z} >= {b} AND {a} <= {y})",
        "<>": "({z} < {b} OR {a} > {y})",
        "<": "{z} < {b}",
        ">": "{a} > {y}",
        "<=": "{a} <= {y}",
        ">=": "{z} >= {b}",
    }
    return sql.SQL(texts[name]).format(a=a, z=z, b=b, y=y)


_PREDICATES: dict[str, Predicate] = {
    "and": _joined,
    "or": _joined,
    "not": _not,
    **dict.fromkeys(COMPARED, _compare),
    "isnull": _is_null,
    "between": _between,
    "in": _in,
    "like": _like,
    **dict.fromkeys(SPATIAL, _spatial),
    **dict.fromkeys(TEMPORAL, _temporal),
}
