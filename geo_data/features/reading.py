"""What is asked of a collection, as SQL over its view: the one way in which features are read.

At an instant another text takes the view's place, with the same columns: what the view showed then
(`geo_data/sql/features_at.sql`). Everything is laid over the values of then, but for the rights.

`rows` gives a SELECT of what the caller may see, positions already as exact as it may see them, so
every filter laid over it works on what is shown: what a position is rounded to cannot be found out
by asking for smaller and smaller boxes, nor by counting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import sql

from geo_data.features.collections import Rows
from geo_data.queries import load
from grid.cases.masked import DECIMALS
from grid.figures.shown import Shown

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.features.collections import Collection
    from geo_data.rights import RowFilter

_AT = load("features_at")

#: The queries that give a collection at an instant together, where it is not the one of its name.
_PARTS = {
    "cases": ("cases", "cases_before", "cases_moved"),
    "reports": ("reports", "reports_before"),
}

#: West, south, east, north in degrees. One that crosses 180° has been cut in two.
Box = tuple[float, float, float, float]

_GRID = 10.0**-DECIMALS
#: Rounded as decimals: what is written of it has three of them, whoever writes it.
_COARSE = sql.SQL(
    "public.ST_SetSRID(public.ST_MakePoint(round(public.ST_X(v.geom)::numeric, {0})::float8,"
    " round(public.ST_Y(v.geom)::numeric, {0})::float8), 4326)"
).format(DECIMALS)
_OWN, _OWN_NOW = (
    sql.SQL(
        "v.{0} >= %(f_low)s AND v.{0} < %(f_high)s AND (%(f_own)s = ''"
        " OR v.{1} = %(f_own)s OR v.{2} @> ARRAY[%(f_own)s])"
    ).format(*map(sql.Identifier, names))
    for names in (
        ("path", "department", "assisting"),
        ("path_now", "department_now", "assisting_now"),
    )
)
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Part(NamedTuple):
    """A piece of SQL and the values of its placeholders; names begin with `f_`."""

    text: sql.Composable
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a collection.

    `layout` is the layout that holds at the asked instant (areas are its areas), `boxes` where the
    features lie (any of them; none: everywhere), `since` and `until` the time that theirs must
    touch, `equals` values of columns, `more` conditions over the collection's columns and `geom`.

    `instant` is when all of it is looked at (None: now); who sees a case today sees what it was.
    What has ended is left out, unless a time is asked for, or `ended` asks for it too. Without
    `facts` the columns that the figures know are empty at an instant, and cost nothing.
    """

    collection: Collection
    rights: RowFilter
    layout: int
    boxes: tuple[Box, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    equals: dict[str, Any] = field(default_factory=dict)
    more: tuple[Part, ...] = ()
    instant: datetime | None = None
    ended: bool = False
    facts: bool = True


def rows(asked: Asked, first: sql.Composable | None = None) -> Part:
    """`SELECT` of `id`, every column and `geom` (EPSG:4326) of the features that fit; no order.

    To be used as a subquery: `SELECT … FROM (rows) AS f`. Where only the first in an order are
    wanted, `first` (`ORDER BY … LIMIT …`) keeps the database from looking for all: it holds for
    each part that the collection is read from, and has to be said of the whole once more.
    """
    views, values = _seen(asked)
    conditions: list[sql.Composable] = []
    for number, box in enumerate(asked.boxes):
        values |= {f"f_box{number}_{i}": side for i, side in enumerate(box)}
    if asked.boxes:
        boxes = sql.SQL(" OR ").join(
            sql.SQL("public.ST_Intersects(f.geom, {})").format(_envelope(number, 0.0))
            for number in range(len(asked.boxes))
        )
        conditions.append(sql.SQL("({})").format(boxes))
    conditions += _touching(asked, values)
    for number, (name, value) in enumerate(sorted(asked.equals.items())):
        values[f"f_equal{number}"] = value
        # A column that is told as text may hold UUIDs, which no other text can be compared with.
        plain = isinstance(value, str) and not _UUID.fullmatch(value)
        equal = sql.SQL("f.{}::text = {}" if plain else "f.{} = {}")
        conditions.append(equal.format(sql.Identifier(name), sql.Placeholder(f"f_equal{number}")))
    for part in asked.more:
        values |= part.values
        conditions.append(sql.SQL("({})").format(part.text))
    where = sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")
    texts = [sql.SQL("SELECT f.* FROM ({}) AS f WHERE {}").format(view, where) for view in views]
    if first is not None:
        texts = [sql.SQL("({} {})").format(text, first) for text in texts]
    return Part(sql.SQL(" UNION ALL ").join(texts), values)


def _seen(asked: Asked) -> tuple[list[sql.Composable], dict[str, Any]]:
    """What the caller may see of each part of the view, as exactly as it may."""
    collection, rights = asked.collection, asked.rights
    low, high = rights.bounds
    values: dict[str, Any] = {}
    conditions: list[sql.Composable] = []
    coarse = collection.rows is Rows.OF_CASES and rights.masked
    if collection.level:
        conditions.append(sql.SQL("v.layout = %(f_layout)s AND v.level = %(f_level)s"))
        values |= {"f_layout": asked.layout, "f_level": collection.level}
    sources: list[sql.Composable] = [sql.Identifier(collection.view)]
    then = asked.instant is not None and not collection.level
    if then:
        parts = _PARTS.get(collection.name, (collection.name,))
        facts = sql.SQL(_AT.facts if _with_facts(asked) else _AT.no_facts)
        sources = [
            sql.SQL("({}\n)").format(sql.SQL(getattr(_AT, part)).format(facts=facts))
            for part in parts
        ]
        values |= {"f_instant": asked.instant, "f_layout": asked.layout}
    elif collection.standing and not (asked.ended or asked.since or asked.until):
        conditions.append(sql.SQL(_AT.standing))
    if collection.rows is Rows.OF_CASES:
        conditions.append(_OWN_NOW if then else _OWN)
        values |= {"f_low": low, "f_high": high, "f_own": rights.department}
    if asked.boxes:  # by index; what is shown is compared afterwards
        wider = _GRID if coarse else 0.0
        boxes = sql.SQL(" OR ").join(
            sql.SQL("v.geom OPERATOR(public.&&) {}").format(_envelope(number, wider))
            for number in range(len(asked.boxes))
        )
        conditions.append(sql.SQL("({})").format(boxes))
    columns = sql.SQL(", ").join(
        sql.SQL("v.{}").format(sql.Identifier(name))
        for name in ("id", *(column.name for column in collection.columns))
    )
    geometry = _COARSE if coarse else sql.SQL("v.geom")
    where = sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true")
    text = sql.SQL("SELECT {}, {} AS geom FROM {} AS v WHERE {}")
    return [text.format(columns, geometry, source, where) for source in sources], values


def _with_facts(asked: Asked) -> bool:
    """True where the figures' columns are wanted, or a condition may look at them."""
    return asked.facts or bool(asked.more) or not asked.equals.keys().isdisjoint(Shown._fields)


def _envelope(number: int, wider: float) -> sql.Composable:
    sides = [
        sql.SQL("{}::float8 {} {}").format(
            sql.Placeholder(f"f_box{number}_{side}"), sql.SQL("-+"[side // 2]), wider
        )
        for side in range(4)
    ]
    # Of its diagonal: a box without width is then the line or the point that it means.
    return sql.SQL(
        "public.ST_SetSRID(public.ST_Envelope(public.ST_MakeLine("
        "public.ST_MakePoint({}, {}), public.ST_MakePoint({}, {}))), 4326)"
    ).format(*sides)


def _touching(asked: Asked, values: dict[str, Any]) -> list[sql.Composable]:
    """The time of a feature touches the asked one, ends included; open ends are for ever."""
    conditions: list[sql.Composable] = []
    begin = sql.Identifier(asked.collection.begin)
    end = sql.Identifier(asked.collection.end or asked.collection.begin)
    if asked.until is not None:
        values["f_until"] = asked.until
        conditions.append(sql.SQL("f.{} <= %(f_until)s").format(begin))
    if asked.since is not None:
        values["f_since"] = asked.since
        conditions.append(sql.SQL("(f.{0} IS NULL OR f.{0} >= %(f_since)s)").format(end))
    return conditions
