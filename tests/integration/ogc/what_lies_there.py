"""Places of every kind of geometry, and facts of areas that are and of one that is no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.api_house import CITY

if TYPE_CHECKING:
    from geo_data.database import Connection

#: Clockwise outside, as many files have it.
RING = "(118.91 36.51, 118.91 36.52, 118.92 36.52, 118.92 36.51, 118.91 36.51)"
HOLE = "(118.913 36.513, 118.917 36.513, 118.917 36.517, 118.913 36.517, 118.913 36.513)"
PLACES = {
    "point": "POINT(118.91 36.51)",
    "points": "MULTIPOINT(118.91 36.51, 118.92 36.52)",
    "line": "LINESTRING(118.91 36.51, 118.92 36.52)",
    "lines": "MULTILINESTRING((118.91 36.51, 118.92 36.52), (118.93 36.51, 118.93 36.52))",
    "polygon": f"POLYGON({RING}, {HOLE})",
    "polygons": f"MULTIPOLYGON(({RING}, {HOLE}))",
    "several": f"GEOMETRYCOLLECTION(POINT(118.91 36.51), POLYGON({RING}))",
}
#: Since when the places are there, and until when one more was.
BEGAN, ENDED = "2010-01-01T00:00:00+08:00", "2020-01-01T00:00:00+08:00"
FACTS = {CITY.code(0, 0): 120.0, CITY.code(1, 0)[:9]: 3500.5, "370799999": 7.0}


async def build(conn: Connection) -> None:
    """Write them."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO places (source, code, digest, kind, name, geom, valid_from, valid_to)"
            " VALUES ('made up', %s, sha256('x'), 'school', '学校', ST_GeomFromText(%s, 4326),"
            " %s, %s)",
            [
                *((code, text, BEGAN, None) for code, text in PLACES.items()),
                ("gone", PLACES["point"], BEGAN, ENDED),
            ],
        )
        await cursor.executemany(
            "INSERT INTO area_facts (source, area, measure, day, value)"
            " VALUES ('made up', %s, 'people', '2020-11-01', %s)",
            list(FACTS.items()),
        )
