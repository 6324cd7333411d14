"""Tiles of what a filter or values of columns ask for: the same features as `items` gives."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from geo_data.features.web_mercator import tile_at
from tests.api_house import CITY
from tests.integration.tiles.test_tile_door import AT, HERE
from tests.map_tiles import fetched, over

WEST, SOUTH = CITY.middle(0, 0)
EAST, NORTH = CITY.middle(7, 7)
CELLS = over(WEST, SOUTH, EAST, NORTH, 12)


async def drawn(client, name, tiles, layer=None, **asked):
    """Ids of the features in all of the tiles."""
    found = set()
    for at in tiles:
        layers = await fetched(client, name, at, **asked)
        found |= {one.properties["id"] for one in layers.get(layer or name, [])}
    return found


async def itemised(client, name, **asked):
    got = await client.get(f"/ogc/collections/{name}/items", params={"limit": 10_000, **asked})
    assert got.status_code == 200, got.text
    return {one["id"] for one in got.json()["features"]}


BOX = f"S_INTERSECTS(geometry, BBOX({WEST},{SOUTH},{WEST + 0.008},{SOUTH + 0.008}))"
ASKED = [
    {"filter": f"id = '{CITY.code(2, 3)}'"},
    {"filter": "name LIKE '%1'"},
    {"filter": BOX},
    {"filter": json.dumps({"op": "=", "args": [{"property": "community"}, CITY.code(2, 2)[:12]]}),
     "filter-lang": "cql2-json"},
    {"community": CITY.code(2, 2)[:12]},
    {"synthetic": "true", "filter": "NOT (name LIKE '%1')"},
    {"filter": "name = '100% “%s” %(f)s'"},
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED, ids=str)
async def test_areas_in_tiles_are_those_of_items(admin, asked):
    wanted = await itemised(admin, "cells", **asked)
    assert await drawn(admin, "cells", CELLS, **asked) == wanted
    assert bool(wanted) == ("100%" not in str(asked))
    assert len(wanted) < 64


async def test_cases_in_tiles_are_those_of_items_near_and_counted_from_far(house, admin):
    await house.file(1, 6)
    kept = await house.file(2, 6, category="event.02.07")
    asked = {"filter": f"number = '{kept.number}'"}
    at = tile_at(*CITY.middle(2, 6), 14)
    assert await drawn(admin, "cases", [at], **asked) == {kept.id}
    assert await drawn(admin, "cases", [at], category="event.02.07", number=kept.number) == {
        kept.id
    }
    then = {"as_of": datetime.now(UTC).isoformat(), "datetime": "2026-01-01T00:00:00Z/.."}
    assert await drawn(admin, "cases", [at], **asked, **then) == {kept.id}
    assert await drawn(admin, "cases", [at], **asked, as_of="2026-01-01T00:00:00Z") == set()
    far = await fetched(admin, "cases", tile_at(*CITY.middle(2, 6), 9), **asked)
    assert [one.properties["count"] for one in far["cases_counts"]] == [1]
    heat = await fetched(admin, "heat", tile_at(*CITY.middle(2, 6), 9), number=kept.number)
    assert [one.properties["count"] for one in heat["heat"]] == [1]


async def test_a_filter_works_on_what_the_caller_may_see(house, analyst):
    case = await house.file(3, 6)
    at = tile_at(*CITY.middle(3, 6), 14)
    lon, lat = CITY.middle(3, 6)
    near = f"S_INTERSECTS(geometry, BBOX({lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}))"
    asked = {"filter": f"number = '{case.number}' AND {near}"}
    assert await drawn(analyst, "cases", [at], **asked) == set()  # 0.001° is all that is shown
    async with house.client("admin") as admin:
        assert await drawn(admin, "cases", [at], **asked) == {case.id}
    elsewhere = await house.file(7, 7)
    async with house.client("worker") as worker:
        asked = {"filter": f"number = '{elsewhere.number}'"}
        assert await drawn(worker, "cases", [tile_at(*CITY.middle(7, 7), 14)], **asked) == set()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("filter=nothing%20%3D%201", "/filter"),
        ("filter=pg_sleep(9)%20%3D%201", "/filter"),
        ("filter=" + "(" * 500, "/filter"),
        ("filter=" + "x" * 20_000, "/filter"),
        ("filter=id%20%3D%20%27a%27&filter-lang=sql", "/filter-lang"),
        ("filter-crs=here", "/filter-crs"),
        ("synthetic=perhaps", "/synthetic"),
        ("bbox=1,2,3,4", "/bbox"),
        ("limit=1", "/limit"),
    ],
)
async def test_what_items_refuse_tiles_refuse_and_their_description_too(admin, query, field):
    for path in (
        f"/tiles/cells/{HERE}.mvt",
        "/tiles/cells.json",
        f"/ogc/collections/cells/tiles/WebMercatorQuad/{AT.z}/{AT.y}/{AT.x}",
    ):
        got = await admin.get(f"{path}?{query}")
        assert (got.status_code, got.json()["field"]) == (400, field), got.text


async def test_tilejson_carries_the_filter_on_to_the_tiles(admin):
    asked = {"filter": "name LIKE '%{z}1' OR name = 'a&b'", "filter-lang": "cql2-text"}
    told = (await admin.get("/tiles/cells.json", params=asked)).json()
    [template] = told["tiles"]
    assert template.count("{z}") == 1
    path = template.format(z=AT.z, x=AT.x, y=AT.y)
    got = await admin.get(path)
    assert got.status_code in (200, 204)
    assert dict(got.url.params) == asked


async def test_filtered_tiles_are_not_kept_and_have_a_tag_of_their_own(house, admin):
    store = house.wiring.tiles
    path = f"/tiles/cells/{HERE}.mvt"
    plain = await admin.get(path)
    before = len(store._kept)
    asked = {"filter": f"id <> '{CITY.code(4, 4)}'"}
    first = await admin.get(path, params=asked)
    assert first.headers["etag"] != plain.headers["etag"]
    assert (len(store._kept), len(store._drawing)) == (before, 0)
    again = await admin.get(path, params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert (await admin.get(path)).content == plain.content
