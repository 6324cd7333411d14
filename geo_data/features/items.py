"""Features as GeoJSON, page by page in the order of their ids, and how many there are.

The database writes the JSON: a value is turned into text once, where it lies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, LiteralString, NamedTuple, cast
from uuid import UUID

from psycopg import sql

from geo_data.features.reading import Part, rows
from geo_data.patience import TooSlow, patient
from geo_data.queries import load

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.features.collections import Collection
    from geo_data.features.reading import Asked, Box

_SQL = load("items")

#: Seconds that counting may take.
COUNTING_S = 0.1

_LONGEST_ID = 200
_BIGGEST = 2**63 - 1


class Written(NamedTuple):
    """How positions are written: EPSG code, latitude (northing) first or not, decimals."""

    srid: int
    latitude_first: bool
    decimals: int


@dataclass(frozen=True, slots=True)
class Page:
    """GeoJSON of each feature; `last` is the id after which the next page begins, if any."""

    features: list[str]
    last: str | None


class Extent(NamedTuple):
    """Where and when the areas of a layout are; `until` empty: they still hold."""

    box: Box | None
    since: datetime
    until: datetime | None


def fits(collection: Collection, text: str) -> bool:
    """Whether a feature of the collection could have this id at all."""
    kind = collection.id_kind
    if kind == "uuid":
        try:
            return str(UUID(text)) == text.lower()
        except ValueError:
            return False
    if kind == "bigint":
        digits = text.isascii() and text.isdigit() and len(text) <= len(str(_BIGGEST))
        return digits and int(text) <= _BIGGEST
    return text.isprintable() and len(text) <= _LONGEST_ID


async def page(
    conn: Connection, asked: Asked, written: Written, *, after: str | None, limit: int
) -> Page:
    """The first `limit` features after an id that fits (None: from the beginning).

    Ids never change, so what is written meanwhile neither hides nor repeats a feature. Raises
    TooSlow.
    """
    if after is not None:
        asked = replace(asked, more=(*asked.more, _compared(asked.collection, ">", after)))
    key = _key(asked.collection)
    first = sql.SQL("ORDER BY {} LIMIT %(i_limit)s").format(key)
    part = rows(asked, first)
    text = sql.SQL(
        "SELECT f.id::text, {} FROM (SELECT f.* FROM ({}) AS f {}) AS f ORDER BY {}"
    ).format(_feature(asked.collection, written), part.text, first, key)
    found = await _found(conn, text, part.values | {"i_limit": limit + 1})
    more = len(found) > limit
    found = found[:limit]
    return Page([feature for _, feature in found], found[-1][0] if more else None)


async def one(conn: Connection, asked: Asked, written: Written, ident: str) -> str | None:
    """GeoJSON of the feature with an id that fits; None where the caller sees none.

    Raises TooSlow.
    """
    asked = replace(asked, more=(*asked.more, _compared(asked.collection, "=", ident)))
    part = rows(asked)
    text = sql.SQL("SELECT f.id::text, {} FROM ({}) AS f").format(
        _feature(asked.collection, written), part.text
    )
    found = await _found(conn, text, part.values)
    return found[0][1] if found else None


async def count(conn: Connection, asked: Asked, within_s: float = COUNTING_S) -> int | None:
    """How many features there are; None where counting takes longer."""
    part = rows(replace(asked, facts=False))
    text = sql.SQL("SELECT count(*)::text, '' FROM ({}) AS f").format(part.text)
    try:
        async with conn.transaction():  # the limit ends with it
            await conn.execute(_SQL.patience, {"milliseconds": int(within_s * 1000)})
            found = await _found(conn, text, part.values)
    except TooSlow:
        return None
    return int(found[0][0])


async def extent(conn: Connection, layout: int) -> Extent:
    """Where a layout lies and when it holds."""
    row = await (await conn.execute(_SQL.extent, {"layout": layout})).fetchone()
    assert row is not None
    box = None if row[0] is None else (row[0], row[1], row[2], row[3])
    return Extent(box, row[4], row[5])


@cache
def _feature(collection: Collection, written: Written) -> sql.Composable:
    """A feature's JSON, of its row `f`; put together once, as it is long."""
    # GeoJSON wants the inside of a ring on its left (RFC 7946), files often come the other way.
    geometry: sql.Composable = sql.SQL("public.ST_ForcePolygonCCW(f.geom)")
    if written.srid == _WEB_MERCATOR:
        geometry = sql.SQL("public.ST_Transform({}, 3857)").format(geometry)
    if written.latitude_first:
        geometry = sql.SQL("public.ST_FlipCoordinates({})").format(geometry)
    columns = sql.SQL(", ").join(sql.Identifier("f", c.name) for c in collection.columns)
    text = sql.SQL(
        """'{{"type":"Feature","id":' || to_json(f.id::text) || ',"geometry":'"""
        " || coalesce(public.ST_AsGeoJSON({}, {}, 0), 'null')"
        """ || ',"properties":' || (SELECT row_to_json(p) FROM (SELECT {}) AS p) || '}}'"""
    ).format(geometry, sql.Literal(written.decimals), columns)
    return sql.SQL(text.as_string(None))


#: The only one with other numbers than WGS 84: to CGCS2000 EPSG knows a null transformation.
_WEB_MERCATOR = 3857


def _kind(collection: Collection) -> sql.SQL:
    return sql.SQL(collection.id_kind)  # a constant of the table


def _key(collection: Collection) -> sql.Composable:
    return sql.SQL("f.id::{}").format(_kind(collection))


def _compared(collection: Collection, operator: LiteralString, ident: str) -> Part:
    text = sql.SQL("{} {} %(i_id)s::{}").format(
        _key(collection), sql.SQL(operator), _kind(collection)
    )
    return Part(text, {"i_id": ident})


async def _found(
    conn: Connection, text: sql.Composed, values: dict[str, object]
) -> list[tuple[str, str]]:
    """All rows, or TooSlow."""
    with patient("this question"):
        return cast("list[tuple[str, str]]", await (await conn.execute(text, values)).fetchall())
