"""Areas and their outlines."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
import shapely

from geo_data import outlines
from geo_data.outlines import STEP, draw
from grid.model import Level
from tests.api_house import CITY, GAS, House, area_path
from tests.london import london_cells

LEVELS = {"district": 1, "street": 4, "community": 16, "grid": 64}


def rings(drawn: dict) -> list[list[tuple[int, int]]]:
    """Rings as points, in steps."""
    found = []
    for flat in drawn["rings"]:
        x, y = flat[:2]
        ring = [(x, y)]
        for dx, dy in zip(flat[2::2], flat[3::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        found.append(ring)
    return found


async def test_an_area_says_where_it_stands(house: House):
    case = await house.file(5, 5, category=GAS)
    code = CITY.code(5, 5)[:9]
    async with house.client("admin") as client:
        told = (await client.get(f"/v1/areas/{code}")).json()
    assert told["level"] == "street"
    assert told["synthetic"] is True
    assert told["children"] == 4
    assert told["path"] == case.place.path[: len(told["path"])]
    assert [area["level"] for area in told["parents"]] == ["city", "district"]
    assert told["today"]["filed"] >= 1
    assert told["today"]["since"].endswith("T00:00:00+08:00")
    assert told["counters"] == {}
    assert told["lag"]["unnumbered_s"] == 0


async def test_an_area_as_it_was_in_the_layout_of_then(house: House):
    code = CITY.code(5, 5)
    async with house.database() as conn:
        await conn.execute("UPDATE layouts SET valid_from = '2000-06-01T00:00:00Z'")
    async with house.client("admin") as client:

        async def asked(path: str, **parameters: str) -> httpx.Response:
            return await client.get(f"/v1/areas/{path}", params=parameters)

        told = (await asked(code, as_of="2000-06-01T00:00:00Z")).json()
        outlines = await asked("3707/outlines", level="street", as_of="2001-02-03T00:00:00Z")
        early = await asked(code, as_of="2000-05-31T23:59:59Z")
        odd = await asked(f"{code}/outlines", as_of="long ago")
    assert (told["layout"], told["code"]) == (house.layout, code)
    nothing = {"feed": None, "filed": 0, "settled": 0, "closed": 0, "escalated": 0}
    assert told["today"] == {"since": "2000-06-01T00:00:00+08:00"} | nothing
    assert (told["counters"], told["lag"]) == ({}, None)
    assert outlines.json()["layout"] == house.layout
    assert (early.status_code, odd.status_code) == (400, 400)
    assert "the first began at 2000-06-01" in early.json()["detail"]


async def test_what_was_counted_then(house: House):
    """The counters of what was live, and the day until then, of a case that has gone on since."""
    case = await house.file(6, 2)
    code, path = CITY.code(6, 2), CITY.path(6, 2)
    filed = case.tally.last_at

    async def asked(who: str, at: datetime) -> tuple[dict, dict]:
        async with house.client(who) as client:
            answer = await client.get(f"/v1/areas/{code}", params={"as_of": at.isoformat()})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return told["today"], told["counters"]

    today, live = await asked("admin", filed)
    assert (today["filed"], today["closed"], live) == (1, 0, {"live.grid.open": 1})
    assert (await asked("admin", filed - timedelta(microseconds=1)))[1] == {}
    async with house.client("admin") as client:
        done = await client.post(
            f"/v1/cases/{case.number}/commands",
            json={"id": str(uuid4()), "command": "void", "note": "写错了"},
        )
        assert done.status_code == 200, done.text
    now = datetime.now(UTC) + timedelta(days=1)
    assert await asked("admin", filed) == (today, live)
    assert (await asked("admin", now))[1] == {}
    assert (await asked("admin", datetime(2099, 12, 31, 23, 59, tzinfo=UTC)))[1] == {}
    assert not path.startswith(area_path(0, 0, 1))
    assert await asked("staff", filed) == (None, None), "outside its area"


@pytest.mark.parametrize("detail", ["none", "outline", "full"])
async def test_borders_come_as_wanted(house: House, detail):
    async with house.client("citizen") as client:
        answer = await client.get("/v1/areas/3707", params={"geometry": detail})
    geometry = answer.json()["geometry"]
    if detail == "none":
        assert geometry is None
    else:
        assert geometry["type"] == "MultiPolygon"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/areas/9999", 404),
        ("/v1/areas/%00", 404),
        ("/v1/areas/3707?geometry=much", 400),
        ("/v1/areas/3707?colour=red", 400),
        ("/v1/areas/9999/outlines", 404),
        ("/v1/areas/3707/outlines?level=city", 400),
        ("/v1/areas/3707/outlines?level=moon", 400),
        (f"/v1/areas/{CITY.code(0, 0)}/outlines?level=street", 400),
    ],
)
async def test_what_is_wrong_is_said(house: House, path, status):
    async with house.client("admin") as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


@pytest.mark.parametrize("level", LEVELS)
async def test_outlines_of_a_level_fill_the_city(house: House, level):
    async with house.client("worker") as client:
        answer = await client.get("/v1/areas/3707/outlines", params={"level": level})
    told = answer.json()
    assert told["format"] == "wangge-outlines/1"
    assert (told["level"], told["layout"], told["step"]) == (level, house.layout, STEP)
    assert told["synthetic"] is True
    assert len(told["areas"]) == LEVELS[level]
    assert [area["path"] for area in told["areas"]] == sorted(a["path"] for a in told["areas"])
    shapes = [shapely.Polygon(rings(area)[0]) for area in told["areas"]]
    assert shapely.union_all(shapes).area == pytest.approx((8 * CITY.step / STEP) ** 2, rel=1e-3)
    assert sum(shape.area for shape in shapes) == pytest.approx(shapely.union_all(shapes).area)
    west, south = told["origin"]
    lon, lat = CITY.middle(0, 0)
    assert west <= lon <= west + 8 * CITY.step
    assert south <= lat <= south + 8 * CITY.step
    for area, shape in zip(told["areas"], shapes, strict=True):
        assert shape.contains(shapely.Point(area["center"]))


async def test_outlines_below_a_part_are_that_part(house: House):
    code = CITY.code(0, 0)[:9]
    async with house.client("admin") as client:
        told = (await client.get(f"/v1/areas/{code}/outlines", params={"level": "grid"})).json()
    assert len(told["areas"]) == 16
    assert {area["code"][:9] for area in told["areas"]} == {code}


async def test_outlines_are_packed_tagged_and_not_sent_twice(house: House):
    path = "/v1/areas/3707/outlines?level=grid"
    auth = {"Authorization": f"Bearer {house.key['worker']}"}
    async with httpx.AsyncClient(base_url=house.base) as client:
        raw = auth | {"Accept-Encoding": "identity"}
        plain = await client.get(path, headers=raw)
        async with client.stream("GET", path, headers=auth | {"Accept-Encoding": "gzip"}) as got:
            packed = b"".join([part async for part in got.aiter_raw()])
        assert got.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert gzip.decompress(packed) == plain.content
        assert len(packed) < len(plain.content)
        tag = plain.headers["etag"]
        assert tag != got.headers["etag"]
        for given, status in ((tag, 304), (f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200)):
            answer = await client.get(path, headers=raw | {"If-None-Match": given})
            assert answer.status_code == status
            assert answer.headers["etag"] == tag
        assert not (await client.get(path, headers=raw | {"If-None-Match": tag})).content


async def test_who_one_is(house: House):
    async with house.client("staff") as client:
        me = (await client.get("/v1/me")).json()
        words = (await client.get("/v1/categories")).json()["categories"]
    assert (me["role"], me["name"], me["area"]["level"]) == ("staff", "staff", "community")
    assert me["area"]["code"] == CITY.code(0, 0)[:12]
    assert words[GAS]["zh"]
    assert words[GAS]["conditions"]


def test_thirteen_thousand_real_cells_stay_small_and_meet():
    """London's census areas in the place of Weifang's cells."""
    _codes, shapes = london_cells()
    rows = [
        (f"{i:015}", "第1网格", f"3707/{i:06}/", True, 0.0, 51.0, shapely.to_wkb(shape))
        for i, shape in enumerate(shapes)
    ]
    drawn = draw(1, Level.GRID, rows)
    text = json.dumps([asdict(area) for area in drawn.areas], separators=(",", ":"))
    assert len(gzip.compress(text.encode(), 6)) < 1_500_000
    assert len(drawn.areas) == len(rows)
    assert not [area.code for area in drawn.areas if not area.rings]
    some = drawn.areas[:1500]  # the union of all takes ten seconds
    polygons = [shapely.Polygon(ring) for a in some for ring in rings({"rings": a.rings})[:1]]
    whole = shapely.union_all(shapely.make_valid(polygons))
    parts = sum(shapely.area(shapely.make_valid(polygons)))
    assert parts == pytest.approx(whole.area, rel=0.002)  # holes that others fill, rounding


def test_no_areas_are_no_outlines():
    assert outlines.draw(1, Level.GRID, []).areas == []
