"""Filters over HTTP: `filter`, `filter-lang`, `filter-crs`, the queryables, everything hostile."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import jsonschema
import pytest
from pyproj import Transformer

from api.ogc.crs import SYSTEMS
from api.ogc.filtering import CONFORMANCE
from geo_data.database import open_pool
from geo_data.features.collections import COLLECTIONS
from geo_data.patience import quick
from tests.api_house import CITY

CRS = {code: f"http://www.opengis.net/def/crs/EPSG/0/{code}" for code in (4326, 3857, 4490)}
CODE = CITY.code(2, 3)


async def ask(house, name, who="admin", **given):
    async with house.client(who) as client:
        given = {key.replace("_", "-"): value for key, value in given.items()}
        return await client.get(f"/ogc/collections/{name}/items", params=given)


async def codes(house, **given):
    answer = await ask(house, "cells", **given)
    assert answer.status_code == 200, answer.text
    document = answer.json()
    found = [feature["id"] for feature in document["features"]]
    assert document["numberMatched"] == len(found)
    return found


async def test_text_and_json_find_the_same(house):
    as_text = f"id = '{CODE}' AND synthetic = true"
    tree = {
        "op": "and",
        "args": [
            {"op": "=", "args": [{"property": "id"}, CODE]},
            {"op": "=", "args": [{"property": "synthetic"}, True]},
        ],
    }
    for given in (
        {"filter": as_text},
        {"filter": as_text, "filter_lang": "cql2-text"},
        {"filter": json.dumps(tree), "filter_lang": "cql2-json"},
    ):
        assert await codes(house, **given) == [CODE]


async def test_a_filter_narrows_what_other_parameters_leave(house):
    lon, lat = CITY.middle(2, 3)
    box = f"{lon},{lat},{lon + CITY.step},{lat}"
    assert await codes(house, bbox=box, filter=f"id = '{CODE}'") == [CODE]
    assert await codes(house, bbox=box, filter=f"id <> '{CODE}'") == [CITY.code(3, 3)]
    assert await codes(house, level="street", filter="true") == []


@pytest.mark.parametrize("uri", [None, *SYSTEMS])
async def test_positions_are_in_the_system_of_filter_crs(house, uri):
    lon, lat = CITY.middle(2, 3)
    x, y = lon, lat
    if uri == CRS[3857]:
        x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    elif uri in (CRS[4326], CRS[4490]):
        x, y = lat, lon
    given = {} if uri is None else {"filter_crs": uri}
    assert await codes(house, filter=f"S_INTERSECTS(geom, POINT({x!r} {y!r}))", **given) == [CODE]


async def test_pages_go_on_with_the_filter(house):
    async with house.client("admin") as client:
        wanted = {CITY.code(x, y) for x in range(8) for y in range(8)} - {CODE}
        found, pages = [], 0
        answer = await client.get(
            "/ogc/collections/cells/items", params={"filter": f"id <> '{CODE}'", "limit": "20"}
        )
        while True:
            document = answer.json()
            found += [feature["id"] for feature in document["features"]]
            pages += 1
            links = [one["href"] for one in document["links"] if one["rel"] == "next"]
            if not links:
                break
            parts = urlsplit(links[0])
            answer = await client.get(f"{parts.path}?{parts.query}")
    assert (pages, len(found), set(found)) == (4, len(wanted), wanted)


HOSTILE = {
    "function": "pg_sleep(10) = 1",
    "function as a condition": "pg_sleep(10)",
    "function within": "id = version()",
    "unknown property": "assisting = 'x'",
    "column of the table that is none of the collection": "geom2 IS NULL",
    "quoted": '"id"; DROP TABLE areas" = \'x\'',
    "second statement": "id = 'x'; DROP TABLE areas",
    "comment": "id = 'x' --",
    "comment within": "id = /* */ 'x'",
    "union": "id = 'x' UNION SELECT 1",
    "open quote": "id = 'x",
    "type": "area_m2 = 'x'",
    "moment as text": "valid_from > '2026-01-01'",
    "nul": "id = 'a\x00b'",
    "infinite": "area_m2 < 1e999",
    "brackets": "(" * 4000 + "true" + ")" * 4000,
    "open brackets": "(" * 40,
    "brackets that fail": "(" * 15 + "id = 'x' !" + ")" * 15,
    "not": "NOT " * 3000 + "true",
    "minus": "area_m2 = " + "-" * 4000 + "1",
    "chain": "area_m2 " + "= area_m2 " * 1000,
    "sum": "area_m2 = 1" + "-1" * 5000,
    "long": "id = '" + "x" * 17_000 + "'",
    "many": " OR ".join(["id = 'x'"] * 300),
    "list": f"id IN ({','.join(['1'] * 600)})",
    "polygon that is none": "S_INTERSECTS(geom, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))",
    "empty geometry": "S_INTERSECTS(geom, POINT EMPTY)",
    "outside the earth": "S_INTERSECTS(geom, POINT(500 500))",
    "like": "id LIKE 'x\\'",
    "empty": "",
}

#: What has no result, or would take for ever: no cell, at once.
ENDLESS = ("area_m2 ^ 100000 > 1", "9 ^ 9 ^ 9 ^ 9 > 1", "area_m2 / 0 = 1", "area_m2 % 0 > -1")


@pytest.mark.parametrize("text", ENDLESS)
async def test_what_cannot_be_computed_gives_no_feature(house, text):
    answer = await ask(house, "cells", filter=text)
    assert answer.status_code == 200, answer.text
    assert answer.json()["features"] == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_everything_else_is_refused(house, name):
    answer = await ask(house, "cells", filter=HOSTILE[name])
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["type"], told["field"]) == ("/problems/invalid-parameter", "/filter")
    assert len(told["detail"]) < 1000
    assert told["zh"].startswith("filter：")


HOSTILE_JSON = {
    "nothing": "",
    "no json": "id = 'x'",
    "twice": '{"op":"=","op":"<","args":[{"property":"id"},"x"]}',
    "nan": '{"op":"=","args":[{"property":"area_m2"},NaN]}',
    "infinite": '{"op":"=","args":[{"property":"area_m2"},1e999]}',
    "digits": '{"op":"=","args":[{"property":"area_m2"},' + "9" * 5000 + "]}",
    "half a character": '{"op":"=","args":[{"property":"id"},"\\ud800"]}',
    "half a character in a name": '{"op":"=","args":[{"property":"\\ud800"},"x"]}',
    "nul": '{"op":"=","args":[{"property":"id"},"\\u0000"]}',
    "deep": "[" * 15_000,
    "deep operators": '{"op":"not","args":[' * 300 + "true" + "]}" * 300,
    "function": '{"op":"pg_sleep","args":[10]}',
    "member": '{"op":"=","args":[{"property":"id"},"x"],"sql":"1"}',
    "args": '{"op":"=","args":{"property":"id"}}',
    "name": '{"op":["="],"args":[]}',
    "property": '{"op":"=","args":[{"property":["id"]},"x"]}',
    "null": "null",
}


@pytest.mark.parametrize("name", HOSTILE_JSON)
async def test_everything_else_in_json_is_refused(house, name):
    answer = await ask(house, "cells", filter=HOSTILE_JSON[name], filter_lang="cql2-json")
    assert answer.status_code == 400, answer.text
    assert answer.json()["field"] == "/filter"


async def test_the_answer_says_where_and_what(house):
    told = (await ask(house, "cells", filter="id = 'x' AND nmae = 'y'")).json()
    assert told["at"] == "/args/1/args/0"
    assert "nmae" in told["detail"]
    assert "name, level" in told["detail"]
    told = (await ask(house, "cells", filter="id = = 'x'")).json()
    assert told["at"] == "line 1, character 6"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("/filter-lang", {"filter": "true", "filter_lang": "sql"}),
        ("/filter-crs", {"filter": "true", "filter_crs": "http://example.org/crs"}),
        ("/filter-crs", {"filter_crs": "4326"}),
    ],
)
async def test_languages_and_systems_that_are_not_known(house, field, given):
    answer = await ask(house, "cells", **given)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_two_filters_are_one_too_many(house):
    async with house.client("admin") as client:
        answer = await client.get("/ogc/collections/cells/items?filter=true&filter=false")
    assert answer.status_code == 400


async def test_a_filter_that_takes_too_long_is_given_up(house, monkeypatch):
    slow = " OR ".join(["CASEI(path) LIKE CASEI('%1%2%3%4%5%6%7%8%9%x%')"] * 60)
    async with open_pool(house.url, schema=house.schema, single=quick(0.001)) as hurried:
        await house.wiring.reads.layout()  # remembered: the haste is for the filter
        monkeypatch.setattr(house.wiring.reads, "_pool", hurried)
        answer = await ask(house, "cells", filter=slow)
    assert answer.status_code == 503
    assert "takes longer" in answer.json()["detail"]


async def test_a_layout_that_is_not_told_in_time_is_no_fault_of_ours(house, monkeypatch):
    async with open_pool(house.url, schema=house.schema, single=quick(0.001)) as hurried:

        async def slow(conn):
            await conn.execute("SELECT pg_sleep(1)")

        monkeypatch.setattr("geo_data.areas.layout_in_force", slow)
        monkeypatch.setattr(house.wiring.reads, "_pool", hurried)
        monkeypatch.setattr(house.wiring.reads, "_layouts", {})
        answer = await ask(house, "cells")
    assert answer.status_code == 503


async def test_an_analyst_cannot_find_a_place_by_asking(house):
    """Halving boxes around the place: each answer and each count is about the rounded place."""
    lon, lat = CITY.middle(5, 1)
    lon, lat = round(lon, 3) + 0.0004, round(lat, 3) - 0.0003
    case = await house.file(5, 1, lon=lon, lat=lat)
    exact = await house.file(5, 1, lon=round(lon, 3), lat=round(lat, 3))
    async with house.database() as conn:
        for one in (case, exact):
            x, y = (lon, lat) if one is case else (round(lon, 3), round(lat, 3))
            await conn.execute(
                "UPDATE reports SET lon = %s, lat = %s WHERE case_id = %s", (x, y, one.id)
            )
    mine = f"case_id = '{case.id}'"
    told = {}
    for who in ("admin", "analyst"):
        answer = await ask(house, "reports", who, filter=mine)
        (feature,) = answer.json()["features"]
        told[who] = feature["geometry"]["coordinates"]
    assert told["admin"] == pytest.approx([lon, lat], abs=1e-9)
    assert told["analyst"] == pytest.approx([round(lon, 3), round(lat, 3)], abs=1e-9)
    both = f"case_id IN ('{case.id}', '{exact.id}')"
    for half in (0.00035, 0.0001, 0.00001):
        box = f"S_INTERSECTS(geom, BBOX({lon - half},{lat - half},{lon + half},{lat + half}))"
        seen = {}
        for who in ("admin", "analyst"):
            document = (await ask(house, "reports", who, filter=f"{both} AND {box}")).json()
            seen[who] = (document["numberMatched"], document["numberReturned"])
        # of two cases whose rounded places are one, no question tells them apart
        assert seen == {"admin": (1, 1), "analyst": (0, 0)}


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_each_queryable_can_be_asked(house, name):
    async with house.client("analyst") as client:
        answer = await client.get(f"/ogc/collections/{name}/queryables")
        page = await client.get(f"/ogc/collections/{name}/queryables", params={"f": "html"})
        description = (await client.get(f"/ogc/collections/{name}")).json()
        wrong = await client.get(f"/ogc/collections/{name}/queryables", params={"x": "1"})
    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert urlsplit(schema["$id"]).path == f"/ogc/collections/{name}/queryables"
    roles = [told["x-ogc-role"] for told in schema["properties"].values() if "x-ogc-role" in told]
    assert len(roles) == len(set(roles)) >= 3
    for property_ in schema["properties"]:
        asked = await ask(house, name, "analyst", filter=f'"{property_}" IS NULL', limit="1")
        assert asked.status_code == 200, asked.text
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    (linked,) = [one for one in description["links"] if one["rel"].endswith("/queryables")]
    assert linked["href"] == schema["$id"]
    assert wrong.status_code == 400


async def test_queryables_need_a_key_and_a_collection(house):
    async with house.client() as client:
        assert (await client.get("/ogc/collections/cells/queryables")).status_code == 401
    async with house.client("admin") as client:
        assert (await client.get("/ogc/collections/nothing/queryables")).status_code == 404


async def test_filters_are_declared(house):
    async with house.client("admin") as client:
        declared = (await client.get("/ogc/conformance")).json()["conformsTo"]
        definition = (await client.get("/ogc/api")).json()
    assert set(CONFORMANCE) <= set(declared)
    for name in COLLECTIONS:
        told = definition["paths"][f"/collections/{name}/items"]["get"]["parameters"]
        refs = {one.get("$ref") for one in told}
        for parameter in ("filter", "filter-lang", "filter-crs"):
            assert f"#/components/parameters/{parameter}" in refs
        assert f"/collections/{name}/queryables" in definition["paths"]
