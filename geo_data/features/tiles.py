"""Mapbox vector tiles out of collections, drawn by PostGIS from what the caller may see.

Areas are put on a grid of half a pixel before they are cut: a corner that two areas share goes to
the same place in both, so neighbours still meet, which simplifying each by itself does not keep
(docs/reference/tiles.md has the sizes). Points stand in squares at low zooms.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from psycopg import sql

from geo_data.features.collections import COLLECTIONS, Collection
from geo_data.features.reading import Asked, Part, rows
from geo_data.features.tile_sets import CROWDED_SQUARES, TileSet
from geo_data.features.web_mercator import BUFFER, EXTENT, ORIGIN_M, Tile, step_m
from geo_data.patience import patient
from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.rights import RowFilter

_SQL = load("tiles")

#: West, south, east, north in degrees.
Bounds = tuple[float, float, float, float]

#: Features that a tile holds at most; of more there are squares.
MOST_FEATURES = 10_000


#: As far as the grid of tiles reaches.
WORLD: Bounds = (-180.0, -85.051129, 180.0, 85.051129)


@dataclass(frozen=True, slots=True)
class TileAsked:
    """Which tile of which set, for whom.

    Areas are those of `layout`; of what has a time, what touches `since` to `until`, all as it was
    at `as_of`; of all of these those with the values `equals` that fulfil `more`, as `Asked` has
    them.
    """

    tiles: TileSet
    tile: Tile
    rights: RowFilter
    layout: int = 0
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    equals: Mapping[str, Any] = field(default_factory=dict)
    more: tuple[Part, ...] = ()

    @property
    def filtered(self) -> bool:
        """True where not all is wanted that is there then: hardly anybody shares such tiles."""
        return bool(self.equals or self.more)


async def draw(conn: Connection, asked: TileAsked) -> bytes:
    """The tile's bytes, none where nothing lies in it. Raises TooSlow."""
    with patient(f"a tile of {asked.tiles.name}"):
        if asked.tile.z < asked.tiles.features_from:
            return await _squares(conn, asked, asked.tiles.squares)
        row = await _one(conn, asked)
        drawn, crowded = row
        return await _squares(conn, asked, CROWDED_SQUARES) if crowded else bytes(drawn or b"")


async def bounds(conn: Connection, layout: int, area: str) -> Bounds:
    """West, south, east, north of an area by its path; of the city where the layout lacks it."""
    for query in (_SQL.bounds, _SQL.city):
        row = await (await conn.execute(query, {"layout": layout, "path": area})).fetchone()
        if row is not None:
            west, south, east, north = row
            return west, south, east, north
    return WORLD


def statement(asked: TileAsked, squares: int = 0) -> tuple[bytes, dict[str, Any]]:
    """What is asked of the database, with its values: features, or squares along a side."""
    rights = replace(asked.rights, sender="")  # who asks makes no difference to what is seen
    times = (asked.since, asked.until, asked.as_of)
    given = tuple(moment is not None for moment in times)
    about = (asked.tiles, rights, asked.layout, given, squares)
    text, fixed, slots = (
        _compose(*about, asked.equals, asked.more) if asked.filtered else _composed(*about)
    )
    tile = asked.tile
    box = tile.box(0.0 if squares else BUFFER / EXTENT)
    known: dict[str, Any] = {f"box{side}": value for side, value in enumerate(box)}
    known |= zip(_TIMES, times, strict=True)
    values = fixed | {name: known[slot.name] for name, slot in slots.items()}
    values |= {"t_z": tile.z, "t_x": tile.x, "t_y": tile.y, "t_as_of": asked.as_of}
    if squares:
        values["t_lons"], values["t_lats"] = tile.squares(squares)
    elif asked.tiles.lasting:
        values |= {f"t_box{side}": value for side, value in enumerate(box)}
        values["t_step"] = step_m(tile.z)
    return text, values


async def _squares(conn: Connection, asked: TileAsked, along: int) -> bytes:
    row = await _one(conn, asked, along)
    return bytes(row[0] or b"")


async def _one(conn: Connection, asked: TileAsked, squares: int = 0) -> tuple[Any, ...]:
    """The statement's row. In binary: bytes as text are twice as many.

    What is filtered is not prepared: it would push out what every map asks.
    """
    text, values = statement(asked, squares)
    kept = not asked.filtered
    row = await (await conn.execute(text, values, prepare=kept, binary=True)).fetchone()
    assert row is not None
    return row


@dataclass(frozen=True, slots=True)
class _Slot:
    """Stands in the composed statement's values for what differs from tile to tile."""

    name: str


_TIMES = ("since", "until", "as_of")
_Composed = tuple[bytes, dict[str, Any], dict[str, _Slot]]


@lru_cache(maxsize=256)
def _composed(
    tiles: TileSet, rights: RowFilter, layout: int, times: tuple[bool, ...], squares: int
) -> _Composed:
    """The statement for all tiles of one kind: to compose it takes longer than many a tile."""
    return _compose(tiles, rights, layout, times, squares, {}, ())


def _compose(
    tiles: TileSet,
    rights: RowFilter,
    layout: int,
    times: tuple[bool, ...],
    squares: int,
    equals: Mapping[str, Any],
    more: tuple[Part, ...],
) -> _Composed:
    """The statement as bytes, its values, and those that stand open until a tile is named."""
    collection = COLLECTIONS[tiles.collection]
    slots: list[Any] = [
        _Slot(name) if wanted else None for name, wanted in zip(_TIMES, times, strict=True)
    ]
    since, until, instant = slots
    boxes: tuple[Any, ...] = (tuple(_Slot(f"box{side}") for side in range(4)),)
    if tiles.lasting:  # the index is enough: what a box has too much, the tile's edge cuts off
        boxes, more = (), (_TOUCHES, *more)
    part = rows(
        Asked(
            collection, rights, layout,
            boxes=boxes, since=since, until=until, equals=dict(equals), more=more, instant=instant,
            facts=False,
        )
    )  # fmt: skip
    text = _counted(tiles, squares, collection, part) if squares else _features(tiles, part)
    open_ones = {name: value for name, value in part.values.items() if isinstance(value, _Slot)}
    fixed = {name: value for name, value in part.values.items() if name not in open_ones}
    return text.as_bytes(None), fixed, open_ones


_TOUCHES = Part(
    sql.SQL(
        "f.geom OPERATOR(public.&&)"
        " public.ST_MakeEnvelope(%(t_box0)s, %(t_box1)s, %(t_box2)s, %(t_box3)s, 4326)"
    ),
    {},
)


def _features(tiles: TileSet, part: Part) -> sql.Composed:
    shape: sql.Composable = sql.SQL("public.ST_Transform(f.geom, 3857)")
    if tiles.lasting:
        shape = sql.SQL(
            "public.ST_SnapToGrid({0}, {1}, {1}, %(t_step)s::float8, %(t_step)s::float8)"
        ).format(shape, ORIGIN_M)
    columns = [
        *(sql.SQL("f.{}").format(sql.Identifier(name)) for name in ("id", *tiles.fields)),
        *(sql.SQL("({}) AS {}").format(sql.SQL(m.sql), sql.Identifier(m.name)) for m in tiles.made),
        sql.SQL("{} AS geom").format(_on_tile(shape)),
    ]
    return sql.SQL(
        "SELECT public.ST_AsMVT(m, {name}, {extent}, 'geom' ORDER BY m.id)"
        " FILTER (WHERE m.geom IS NOT NULL), {crowded}"
        " FROM (SELECT {columns} FROM ({rows}) AS f {limit}) AS m"
    ).format(
        name=tiles.name,
        extent=EXTENT,
        crowded=sql.SQL("false") if tiles.lasting else _CROWDED,
        columns=sql.SQL(", ").join(columns),
        rows=part.text,
        limit=sql.SQL("") if tiles.lasting else _LIMIT,
    )


_CROWDED = sql.SQL("count(*) > {}").format(MOST_FEATURES)
_LIMIT = sql.SQL("LIMIT {}").format(MOST_FEATURES + 1)


def _counted(tiles: TileSet, along: int, collection: Collection, part: Part) -> sql.Composed:
    """Squares count from 1 in the south-west, as `width_bucket` does: half-open, none twice."""
    is_point = collection.geometry == "Point"
    spot = sql.SQL("f.geom" if is_point else "public.ST_PointOnSurface(f.geom)")
    side = EXTENT // along
    where: sql.Composable = sql.SQL(
        "public.ST_MakePoint({side} * s.across - {half}, {extent} - {side} * s.up + {half})"
    ).format(side=side, half=side // 2, extent=EXTENT)
    if not tiles.centred:
        where = _on_tile(
            sql.SQL(
                "public.ST_Transform("
                "public.ST_SetSRID(public.ST_MakePoint(s.lon, s.lat), 4326), 3857)"
            )
        )
    names = [sql.SQL("s.{}").format(sql.Identifier(one.name)) for one in tiles.counts]
    counts = [
        sql.SQL("count(*) FILTER (WHERE {}) AS {}").format(
            sql.SQL(one.sql), sql.Identifier(one.name)
        )
        for one in tiles.counts
    ]
    return sql.SQL(
        "SELECT public.ST_AsMVT(m, {layer}, {extent}, 'geom') FROM ("
        "SELECT {names}, {where} AS geom FROM ("
        "SELECT width_bucket(f.lon, %(t_lons)s::float8[]) AS across,"
        " width_bucket(f.lat, %(t_lats)s::float8[]) AS up,"
        " avg(f.lon) AS lon, avg(f.lat) AS lat, {counts}"
        " FROM (SELECT f.*, public.ST_X({spot}) AS lon, public.ST_Y({spot}) AS lat"
        " FROM ({rows}) AS f) AS f GROUP BY 1, 2) AS s"
        " WHERE s.across BETWEEN 1 AND {along} AND s.up BETWEEN 1 AND {along}"
        " ORDER BY s.up, s.across) AS m"
    ).format(
        layer=tiles.squares_layer,
        extent=EXTENT,
        names=sql.SQL(", ").join([sql.SQL("s.count"), *names]),
        where=where,
        counts=sql.SQL(", ").join([sql.SQL("count(*) AS count"), *counts]),
        spot=spot,
        rows=part.text,
        along=along,
    )


def _on_tile(shape: sql.Composable) -> sql.Composed:
    return sql.SQL(
        "public.ST_AsMVTGeom({}, public.ST_TileEnvelope(%(t_z)s, %(t_x)s, %(t_y)s), {}, {}, true)"
    ).format(shape, EXTENT, BUFFER)
