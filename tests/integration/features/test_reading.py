"""Features as they are read: rights, coarse positions, boxes and time, laid over each view."""

from __future__ import annotations

from datetime import timedelta

import pytest
from psycopg import sql

from geo_data.areas import layout_in_force
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked, rows
from geo_data.rights import RowFilter
from tests.stream_house import CITY, intake_of, messages, report

EVERYTHING = RowFilter(CITY.path(0, 0)[:5], "", masked=False)


async def read(pool, name, rights=EVERYTHING, **asked):
    async with pool.connection() as conn:
        layout = await layout_in_force(conn)
        part = rows(Asked(COLLECTIONS[name], rights, layout, **asked))
        text = sql.SQL(
            "SELECT f.*, public.ST_X(public.ST_Centroid(f.geom)) AS x,"
            " public.ST_Y(public.ST_Centroid(f.geom)) AS y FROM ({}) AS f ORDER BY id"
        ).format(part.text)
        done = await conn.execute(text, part.values)
        names = [column.name for column in done.description]
        return [dict(zip(names, row, strict=True)) for row in await done.fetchall()]


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_each_view_has_the_columns_of_its_collection(pool, name):
    async with pool.connection() as conn:
        part = rows(Asked(COLLECTIONS[name], EVERYTHING, await layout_in_force(conn)))
        done = await conn.execute(part.text, part.values)
    told = [column.name for column in done.description]
    assert told == ["id", *(c.name for c in COLLECTIONS[name].columns), "geom"]


async def test_areas_are_those_of_one_level(pool):
    cells = await read(pool, "cells")
    assert len(cells) == CITY.across**2
    assert {c["level"] for c in cells} == {"grid"}
    lon, lat = CITY.middle(3, 4)
    box = (lon - 1e-5, lat - 1e-5, lon + 1e-5, lat + 1e-5)
    assert [c["path"] for c in await read(pool, "cells", boxes=(box,))] == [CITY.path(3, 4)]


async def file(pool, *sent):
    await (await intake_of(pool)).take(messages(list(sent)))


async def test_a_case_is_seen_from_its_area_and_its_department_only(pool):
    lon, lat = CITY.middle(2, 2)
    await file(pool, report(lon=lon, lat=lat))
    (case,) = await read(pool, "cases")
    assert (case["path"], case["cell"]) == (CITY.path(2, 2), CITY.path(2, 2).split("/")[-2])
    inside, beside = (RowFilter(CITY.path(*at), "", masked=False) for at in ((2, 2), (5, 5)))
    assert len(await read(pool, "cases", inside)) == len(await read(pool, "reports", inside)) == 1
    assert await read(pool, "cases", beside) == await read(pool, "reports", beside) == []
    other = RowFilter(EVERYTHING.area, "", masked=False, department="nobody")
    assert await read(pool, "cases", other) == []


@pytest.mark.parametrize("name", ["cases", "reports"])
async def test_a_position_that_is_masked_cannot_be_found_by_smaller_and_smaller_boxes(pool, name):
    lon, lat = CITY.middle(2, 2)
    lon, lat = round(lon, 3) + 0.0004, round(lat, 3) - 0.0003
    await file(pool, report(lon=lon, lat=lat))
    analyst = RowFilter(EVERYTHING.area, "", masked=True)
    (shown,) = await read(pool, name, analyst)
    assert (shown["x"], shown["y"]) == pytest.approx((round(lon, 3), round(lat, 3)), abs=1e-9)
    (exact,) = await read(pool, name)
    assert (exact["x"], exact["y"]) == pytest.approx((lon, lat), abs=1e-9)

    def around(x, y):
        return ((x - 1e-5, y - 1e-5, x + 1e-5, y + 1e-5),)

    assert await read(pool, name, analyst, boxes=around(lon, lat)) == []
    assert len(await read(pool, name, analyst, boxes=around(shown["x"], shown["y"]))) == 1
    assert len(await read(pool, name, boxes=around(lon, lat))) == 1


async def test_time_touches(pool):
    await file(pool, report())
    (case,) = await read(pool, "cases")
    at, second = case["received_at"], timedelta(seconds=1)
    assert len(await read(pool, "cases", until=at)) == 1
    assert await read(pool, "cases", until=at - second) == []
    assert len(await read(pool, "cases", since=at + second)) == 1, "it is not closed yet"
    assert await read(pool, "reports", since=at + second) == []


async def test_equal_to(pool):
    await file(pool, report())
    assert len(await read(pool, "cases", equals={"status": "open", "paused": False})) == 1
    assert await read(pool, "cases", equals={"status": "closed"}) == []
