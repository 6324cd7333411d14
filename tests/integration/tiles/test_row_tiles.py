"""Tiles of cases, reports and places: whose they are, how exact, how many."""

from __future__ import annotations

import itertools
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from geo_data import keys
from geo_data.features.tiles import MOST_FEATURES
from geo_data.features.web_mercator import Tile, tile_at
from grid.principal import Role
from tests import city
from tests.api_house import CITY, RUBBISH
from tests.map_tiles import address, decoded, fetched, over, pixel

SIZE = CITY.across * CITY.step
BOX = (city.WEST, city.SOUTH, city.WEST + SIZE, city.SOUTH + SIZE)
_seconds = itertools.count()


def fresh() -> dict[str, str]:
    """All times, asked for as nobody did before: what is kept for others does not answer."""
    n = next(_seconds)
    return {"datetime": f"1990-01-01T{n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}Z/.."}


def middle_tile(x: int, y: int, z: int) -> Tile:
    return tile_at(*CITY.middle(x, y), z)


async def client_of(house, **who) -> httpx.AsyncClient:
    async with house.database() as conn:
        _, key = await keys.add(conn, by="tests", **who)
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=house.base, headers=headers, verify=False)


async def rows(house, sql, *values):
    async with house.database() as conn:
        return await (await conn.execute(sql, values)).fetchall()


@pytest.mark.parametrize("z", [13, 14, 16, 20, 22])
async def test_a_case_lies_in_its_tile_at_its_place(house, admin, z):
    case = await house.file(3, 6)
    lon, lat = CITY.middle(3, 6)
    found = (await fetched(admin, "cases", middle_tile(3, 6, z), **fresh()))["cases"]
    (one,) = [f for f in found if f.properties["number"] == case.number]
    assert abs(one.shape.x - lon) < pixel(z) / 4
    assert abs(one.shape.y - lat) < pixel(z) / 4
    assert one.properties == {
        "id": str(case.id),
        "number": case.number,
        "status": "open",
        "size": "small",
        "category": RUBBISH,
        "level": "grid",
        "reports": 1,
        "late": False,
    }


@pytest.mark.parametrize("z", [3, 8, 10, 12])
async def test_the_squares_of_a_zoom_count_each_case_once(house, admin, z):
    late = await house.file(7, 7)
    await rows(
        house, "UPDATE cases SET due_at = now() - interval '1 s' WHERE id = %s RETURNING 1", late.id
    )
    squares = [
        one
        for at in over(*BOX, z)
        for one in (await fetched(admin, "cases", at, **fresh())).get("cases_counts", [])
    ]
    ((count, live, overdue),) = await rows(
        house,
        "SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL),"
        " count(*) FILTER (WHERE due_at <= now() AND NOT paused) FROM cases",
    )
    assert sum(one.properties["count"] for one in squares) == count
    assert sum(one.properties["open"] for one in squares) == live
    assert sum(one.properties["late"] for one in squares) == overdue > 0


async def test_what_is_not_the_callers_is_not_in_its_tiles(house, admin):
    await house.file(5, 5)
    at, low = middle_tile(5, 5, 14), middle_tile(5, 5, 9)
    strangers = [
        {"role": Role.STAFF, "area": "3707/370799/"},
        {"role": Role.ANALYST, "area": "3707/370799/"},
        {"role": Role.STAFF, "area": "3707/", "department": "water"},
    ]
    for who in strangers:
        async with await client_of(house, name="stranger", **who) as stranger:
            for name, tile in (("cases", at), ("cases", low), ("reports", at), ("heat", low)):
                got = await stranger.get(address(name, tile), params=fresh())
                assert (got.status_code, got.content) == (204, b""), (who, name)
            assert (await fetched(stranger, "cells", at))["cells"], "borders are for every reader"
    async with house.client("worker") as worker:
        await house.file(0, 0)
        found = await fetched(worker, "cases", middle_tile(0, 0, 9), **fresh())
        ((mine,),) = await rows(
            house, "SELECT count(*) FROM cases WHERE path = %s", CITY.path(0, 0)
        )
        assert sum(f.properties["count"] for f in found["cases_counts"]) == mine


async def test_two_places_that_look_alike_to_a_masked_caller_give_it_the_same_bytes(
    house, admin, analyst
):
    """Whatever a tile says, clusters and heat too, comes from the rounded position alone."""
    case = await house.file(6, 2)
    asked = [
        ("cases", 15), ("cases", 11), ("reports", 16), ("reports", 12), ("heat", 12), ("heat", 7),
    ]  # fmt: skip

    async def seen(client):
        bodies = []
        for name, z in asked:
            got = await client.get(address(name, tile_at(118.931, 36.511, z)), params=fresh())
            assert got.status_code == 200
            bodies.append(got.content)
        return bodies

    async def move(lon, lat):
        point = "ST_SetSRID(ST_MakePoint(%s, %s), 4326)"
        await rows(
            house,
            f"WITH c AS (UPDATE cases SET point = {point} WHERE id = %s)"
            " UPDATE reports SET lon = %s, lat = %s WHERE case_id = %s RETURNING 1",
            lon, lat, case.id, lon, lat, case.id,
        )  # fmt: skip

    await move(118.9311, 36.5112)
    exact, masked = await seen(admin), await seen(analyst)
    await move(118.9307, 36.5114)
    assert await seen(analyst) == masked
    assert all(new != old for new, old in zip((await seen(admin))[:3], exact[:3], strict=True))
    place = decoded(masked[2], tile_at(118.931, 36.511, 16))["reports"]
    spot = next(one.shape for one in place if one.properties["case_id"] == str(case.id))
    assert (spot.x, spot.y) == pytest.approx((118.931, 36.511), abs=pixel(16))


async def test_heat_counts_the_reports_of_an_interval(house, admin):
    for _ in range(3):
        await house.file(1, 7)
    ((total, first, last),) = await rows(
        house, "SELECT count(*), min(received_at), max(received_at) FROM reports"
    )

    async def heat(z, **asked):
        found = [await fetched(admin, "heat", at, **asked) for at in over(*BOX, z)]
        return sum(one.properties["count"] for layers in found for one in layers.get("heat", []))

    for z in (3, 9, 12):
        assert await heat(z, **fresh()) == total
    assert await heat(12, datetime=last.isoformat()) == 1
    assert await heat(12, datetime=f"../{first.isoformat()}") == 1
    assert await heat(12, datetime=f"{first.isoformat()}/{last.isoformat()}") == total
    assert await heat(12, datetime="2001-01-01T00:00:00Z/2001-01-02T00:00:00Z") == 0


async def test_as_of_an_instant_there_is_what_had_come_in_by_then(house, admin):
    await house.file(6, 6)
    ((count, at, before),) = await rows(
        house, "SELECT count(*), max(received_at), max(received_at) - interval '1 us' FROM cases"
    )
    for instant, n in ((at, count), (before, count - 1)):
        found = await fetched(admin, "cases", middle_tile(6, 6, 6), as_of=instant.isoformat())
        assert sum(one.properties["count"] for one in found["cases_counts"]) == n


async def test_a_case_on_a_tile_of_then_is_what_it_was_by_the_clock_of_then(house, admin):
    case = await house.file(1, 3)
    filed, due = case.tally.last_at, min(d.due for d in case.deadlines)
    async with house.client("admin") as client:
        void = {"id": str(uuid4()), "command": "void", "note": "写错了"}
        assert (await client.post(f"/v1/cases/{case.id}/commands", json=void)).status_code == 200

    async def mine(z: int, **asked: str) -> list[dict]:
        found = await fetched(admin, "cases", middle_tile(1, 3, z), **asked)
        return [f.properties for f in found.get("cases", []) if f.properties["id"] == case.id]

    (then,), (now,) = await mine(15, as_of=filed.isoformat()), await mine(15, **fresh())
    assert (then["status"], then["late"]) == ("open", False)
    assert now["status"] == "void"
    assert await mine(15, as_of=(filed - timedelta(microseconds=1)).isoformat()) == []
    async with house.database() as conn:  # as if nobody had touched it until after its limit
        await conn.execute(
            "UPDATE cases SET changed_at = %s WHERE id = %s", [due + timedelta(days=1), case.id]
        )
        await conn.execute(
            "DELETE FROM case_history WHERE case_id = %s AND status = 'void'", [case.id]
        )
        await conn.execute(
            "UPDATE case_history SET until = %s WHERE case_id = %s",
            [due + timedelta(days=1), case.id],
        )
    (late,) = await mine(15, as_of=due.isoformat())
    assert (late["status"], late["late"]) == ("open", True)


async def test_a_tile_with_too_many_features_counts_them(house, admin):
    case = await house.file(4, 1)
    lon, lat = CITY.middle(4, 1)
    at = tile_at(lon, lat, 15)
    await rows(
        house,
        "INSERT INTO reports"
        " (id, case_id, sender, digest, category, received_at, seen_at, lon, lat)"
        " SELECT gen_random_uuid(), %s, 'many', '', 'event.01.10', now(), now(),"
        " %s + random() * 1e-3, %s + random() * 1e-3 FROM generate_series(1, %s) RETURNING 1",
        case.id, lon, lat, MOST_FEATURES,
    )  # fmt: skip
    try:
        found = await fetched(admin, "reports", at, **fresh())
        assert found.keys() == {"reports_counts"}
        assert sum(one.properties["count"] for one in found["reports_counts"]) > MOST_FEATURES
    finally:
        await rows(house, "DELETE FROM reports WHERE sender = 'many' RETURNING 1")
    assert (await fetched(admin, "reports", at, **fresh())).keys() == {"reports"}


async def test_places_that_are_there_now_or_were_then(house, admin):
    lon, lat = CITY.middle(2, 5)
    point = f"SRID=4326;POINT({lon} {lat})"
    line = f"SRID=4326;LINESTRING({lon} {lat}, {lon + 1e-3} {lat})"
    insert = (
        "INSERT INTO places (source, code, digest, kind, name, geom, valid_from, valid_to)"
        " VALUES ('test', %s, sha256('x'), 'school', %s, %s, '2020-01-01', %s) RETURNING id"
    )
    ((here,),) = await rows(house, insert, "a", "小学", point, None)
    await rows(house, insert, "b", "旧校", line, "2021-01-01")
    at = tile_at(lon, lat, 15)
    (one,) = (await fetched(admin, "places", at))["places"]
    assert one.properties == {"id": here, "name": "小学", "kind": "school", "owner": ""}
    then = await fetched(admin, "places", at, datetime="2020-06-01T00:00:00Z")
    assert {(f.properties["name"], f.shape.geom_type) for f in then["places"]} == {
        ("小学", "Point"),
        ("旧校", "LineString"),
    }
    as_of = await fetched(admin, "places", at, as_of="2020-06-01T00:00:00Z")
    assert len(as_of["places"]) == 2
    (square,) = (await fetched(admin, "places", tile_at(lon, lat, 9)))["places_counts"]
    assert square.properties == {"count": 1}
