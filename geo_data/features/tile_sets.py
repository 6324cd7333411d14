"""The table of tile sets: which collection, which zooms, which few properties, what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, LiteralString

from geo_data.features.collections import COLLECTIONS, Kind
from geo_data.features.web_mercator import ZOOMS

#: Squares along a tile's side where a tile from `features_from` on would hold too many features.
CROWDED_SQUARES = 64

#: `t_as_of` is the instant that is asked for, if any.
_LATE: Final = "f.due_at <= coalesce(%(t_as_of)s::timestamptz, now()) AND NOT f.paused"


@dataclass(frozen=True, slots=True)
class Made:
    """A property that is no column: an expression over the collection's columns as `f`.

    In squares it is the condition of a count.
    """

    name: str
    kind: Kind
    sql: LiteralString
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class TileSet:
    """Tiles over one collection.

    Tiles from `features_from` on hold the features, in a layer of the set's name, with their `id`,
    the columns `fields` and `made`. Below it they hold squares, `squares` along a tile's side (a
    power of two), in the layer `squares_layer`, with how many features lie in each (`count`) and
    how many of them fulfil each of `counts`. `centred` puts a square's point in its middle instead
    of in the middle of what lies in it. Tiles are there from `minzoom` on; `maxzoom` is as deep as
    maps need to ask, `deepest` as deep as is answered.
    """

    name: str
    collection: str
    zh: str
    en: str
    minzoom: int
    maxzoom: int
    features_from: int
    fields: tuple[str, ...] = ()
    made: tuple[Made, ...] = ()
    squares: int = 16
    counts: tuple[Made, ...] = ()
    centred: bool = False
    deepest: int = ZOOMS[-1]

    @property
    def squares_layer(self) -> str:
        """The layer of squares: of its own, for a map draws it in another way."""
        return f"{self.name}_counts" if self.features_from <= self.maxzoom else self.name

    @property
    def lasting(self) -> bool:
        """True where a layout's number says all about the content: areas never change in it."""
        return bool(COLLECTIONS[self.collection].level)


def _areas(name: str, minzoom: int) -> TileSet:
    one = COLLECTIONS[name]
    fields = ("name", "level", "parent", "synthetic")
    return TileSet(name, name, one.zh, one.en, minzoom, 14, minzoom, fields)


_OPEN = Made("open", Kind.INTEGER, "f.closed_at IS NULL", "未结案数", "cases not closed")
_LATE_ONES = Made("late", Kind.INTEGER, _LATE, "超期数", "cases whose limit has run out")
_IS_LATE = Made("late", Kind.BOOLEAN, _LATE, "当前时限已超期", "its limit has run out")

#: A heat square is never smaller than what masked positions are rounded to, 0.001 degrees, up to
#: 53° of latitude: that a square holds one report tells no more than the report's own position.
_HEAT_ZOOM = 12

TILE_SETS: dict[str, TileSet] = {
    one.name: one
    for one in (
        _areas("cells", 9),
        _areas("communities", 8),
        _areas("streets", 5),
        _areas("districts", 3),
        TileSet(
            "cases", "cases", "案件", "Cases", 3, 16, 13,
            ("number", "status", "size", "category", "level", "reports"),
            (_IS_LATE,),
            counts=(_OPEN, _LATE_ONES),
        ),
        TileSet(
            "reports", "reports", "报告", "Reports", 3, 16, 14,
            ("case_id", "number", "category", "source", "status"),
        ),
        TileSet(
            "places", "places", "地点设施", "Places", 3, 16, 14, ("name", "kind", "owner")
        ),
        TileSet(
            "heat", "reports", "报告热力", "Where reports came from", 3, _HEAT_ZOOM,
            ZOOMS[-1] + 1, squares=32, centred=True, deepest=_HEAT_ZOOM,
        ),
    )
}  # fmt: skip
