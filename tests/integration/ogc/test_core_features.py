"""OGC API Features, Part 1, against the abstract test suite: features (test_core.py begins)."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import jsonschema
import pytest
import shapely

from geo_data.features.collections import COLLECTIONS, Kind
from tests.api_house import CITY
from tests.integration.ogc.asking import CASES, CELLS, REPORTS, get, ids, links, refused
from tests.integration.ogc.what_lies_there import FACTS, PLACES

GEOJSON = "application/geo+json"


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_core_fc_op_and_fc_response(house, analyst, name):
    await house.file(1, 1)
    answer = await analyst.get(f"/ogc/collections/{name}/items")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == GEOJSON
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    assert document["numberReturned"] == len(document["features"])
    assert document["features"]


async def test_core_fc_links_and_rel_types(analyst):
    first = await get(analyst, CELLS, limit=10)
    [own], [other] = links(first, "self"), links(first, "alternate")
    assert (own["type"], other["type"]) == (GEOJSON, "text/html")
    assert (await get(analyst, own["href"]))["features"] == first["features"]
    assert (await analyst.get(other["href"])).headers["content-type"].startswith("text/html")
    [following], [collection] = links(first, "next"), links(first, "collection")
    assert following["type"] == GEOJSON
    assert "offset" not in following["href"]
    assert (await get(analyst, collection["href"]))["id"] == "cells"
    last = await get(analyst, CELLS, limit=64)
    assert not links(last, "next")


async def test_core_fc_time_stamp(analyst):
    stamp = (await get(analyst, CELLS, limit=1))["timeStamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)
    assert datetime.fromisoformat(stamp)


async def test_core_fc_number_matched_and_returned(analyst):
    page = await get(analyst, CELLS, limit=10)
    assert (page["numberReturned"], page["numberMatched"]) == (10, 64)
    [following] = links(page, "next")
    assert "numberMatched" not in await get(analyst, following["href"]), "it was told already"
    box = ",".join(map(str, (118.901, 36.501, 118.909, 36.509)))
    assert (await get(analyst, CELLS, limit=2, bbox=box))["numberMatched"] == 4


async def test_core_fc_limit_response(analyst):
    assert len(await ids(analyst, CELLS, limit=7)) == 7
    assert len(await ids(analyst, CELLS, limit=1)) == 1
    assert len(await ids(analyst, CELLS)) == 64
    assert len(await ids(analyst, CELLS, limit=10_001)) == 64, "more than the maximum is no error"


@pytest.mark.parametrize("value", ["0", "-5", "x", "1.5", ""])
async def test_core_fc_limit_invalid(analyst, value):
    await refused(analyst, CELLS, "limit", limit=value)


def around(*at, half=1e-4):
    lon, lat = CITY.middle(*at)
    return lon - half, lat - half, lon + half, lat + half


@pytest.mark.parametrize("heights", [False, True])
async def test_core_fc_bbox_response(analyst, heights):
    west, south, east, north = around(3, 5)
    numbers = (west, south, -10, east, north, 10) if heights else (west, south, east, north)
    assert await ids(analyst, CELLS, bbox=",".join(map(str, numbers))) == [CITY.code(3, 5)]


@pytest.mark.parametrize(
    ("box", "n"),
    [
        ("-180,-90,180,90", 64),
        ("118,-90,119,90", 64),
        ("118,36,-118,37", 64),  # east over 180° to the other side
        ("-120,36,119,37", 64),
        ("119,36,118,37", 0),  # round the world, but not here
        ("170,-90,-170,90", 0),
        ("-180,85,180,90", 0),
        ("118.9,36.5,118.9,36.5", 1),  # the very corner
        ("118.905,36.505,118.905,36.505", 4),  # where four meet
        ("118.905,36.5,118.905,36.54", 16),  # a line between two columns
    ],
)
async def test_core_fc_bbox_edges(analyst, box, n):
    assert (await get(analyst, CELLS, bbox=box))["numberMatched"] == n


@pytest.mark.parametrize(
    "box", ["1,2,3", "a,b,c,d", "118,37,119,36", "118,36,119,91", "200,0,201,1"]
)
async def test_core_fc_bbox_invalid(analyst, box):
    await refused(analyst, CELLS, "bbox", bbox=box)


async def test_core_fc_time_response(house, analyst):
    case = await house.file(4, 4)
    [told] = [f for f in (await get(analyst, CASES))["features"] if f["id"] == case.id]
    at = datetime.fromisoformat(told["properties"]["received_at"])
    early, late = at - timedelta(seconds=1), at + timedelta(seconds=1)

    async def found(text):
        return case.id in await ids(analyst, CASES, datetime=text, limit=10_000)

    assert await found(at.isoformat())
    assert await found(late.isoformat()), "it is open: its time goes on"
    assert not await found(early.isoformat())
    assert await found(f"{early.isoformat()}/{late.isoformat()}")
    assert await found(f"../{at.isoformat()}")
    assert await found(f"{late.isoformat()}/..")
    assert not await found(f"../{early.isoformat()}")
    mine = {"case_id": case.id}
    assert await ids(analyst, REPORTS, datetime=at.isoformat(), **mine)
    assert not await ids(analyst, REPORTS, datetime=late.isoformat(), **mine), "it was a moment"
    assert not await ids(analyst, REPORTS, datetime=f"{late.isoformat()}/", **mine)


@pytest.mark.parametrize("text", ["", "2026-11-22", "now", "../..", "2026-11-22T12:00:00"])
async def test_core_fc_time_invalid(analyst, text):
    await refused(analyst, CASES, "datetime", datetime=text)


async def test_core_param_unknown(analyst):
    """query-param-unknown: everywhere, also parameters that other routes have."""
    for path in ("/ogc", "/ogc/conformance", "/ogc/api", "/ogc/collections", CELLS, CASES):
        problem = await get(analyst, path, 400, unknown="1")
        assert (problem["type"], problem["field"]) == ("/problems/unknown-parameter", "/unknown")
    one = f"{CELLS}/{CITY.code(0, 0)}"
    for path in ("/ogc", "/ogc/collections/cells", one):
        assert (await get(analyst, path, 400, limit="5"))["field"] == "/limit"
    assert (await get(analyst, CELLS, 400, status="open"))["field"] == "/status"


async def test_core_param_invalid(analyst):
    """query-param-invalid: every parameter, and every property that is not text."""
    await refused(analyst, CELLS, "f", f="xml")
    await refused(analyst, CELLS, "after", after="x")
    await refused(analyst, CELLS, "as_of", as_of="yesterday")
    await refused(analyst, CELLS, "crs", crs="EPSG:4326")
    for collection in COLLECTIONS.values():
        for column in collection.columns:
            if column.kind is not Kind.TEXT:
                path = f"/ogc/collections/{collection.name}/items"
                await refused(analyst, path, column.name, **{column.name: "x"})


async def test_a_parameter_stands_once(analyst):
    answer = await analyst.get(f"{CELLS}?limit=1&limit=2")
    assert (answer.status_code, answer.json()["field"]) == (400, "/limit")


async def test_a_column_is_compared_with_one_value(analyst):
    """Elsewhere `status` takes a list; here the second of two would hold, and nobody would know."""
    for name in ("status", "level", "size"):
        for path in (CASES, "/export/cases.csv"):
            answer = await analyst.get(f"{path}?{name}=a&{name}=b")
            assert (answer.status_code, answer.json()["field"]) == (400, f"/{name}")


async def test_core_property_filters(house, analyst):
    code = CITY.code(2, 6)
    assert await ids(analyst, CELLS, path=CITY.path(2, 6)) == [code]
    assert len(await ids(analyst, CELLS, community=code[:12])) == 4
    assert len(await ids(analyst, CELLS, synthetic="true", layout="1", area_m2="1")) == 64
    assert await ids(analyst, CELLS, synthetic="false") == []
    assert len(await ids(analyst, CELLS, valid_from="2000-01-01T08:00:00+08:00")) == 64
    case = await house.file(2, 6)
    assert case.id in await ids(analyst, CASES, cell=code, status="open", paused="false")
    assert await ids(analyst, CASES, cell=code, status="closed") == []
    assert await ids(analyst, CELLS, name="' OR 1=1 --") == []


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_every_property_can_be_asked_for_with_the_value_that_it_shows(house, analyst, name):
    await house.file(1, 2)
    path = f"/ogc/collections/{name}/items"
    document = await get(analyst, path, limit=1)
    for feature in document["features"]:
        for key, value in feature["properties"].items():
            if value is not None:
                text = str(value).lower() if isinstance(value, bool) else str(value)
                found = await ids(analyst, path, limit=10_000, **{key: text})
                assert feature["id"] in found, (key, text)


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_no_text_is_too_odd_to_be_compared_with(analyst, name):
    texts = [column.name for column in COLLECTIONS[name].columns if column.kind is Kind.TEXT]
    odd = (
        "",
        "x",
        "%",
        "6f1c2a34-8b1d-4c55-9e0a-1f2e3d4c5b6a",
        "{6f1c2a348b1d4c559e0a1f2e3d4c5b6a}",
    )
    for column in texts:
        for text in odd:
            path = f"/ogc/collections/{name}/items"
            answer = await analyst.get(path, params={column: text, "limit": 1})
            assert answer.status_code == 200, (column, text)


async def test_core_f_op_and_success(house, analyst):
    case = await house.file(5, 5)
    for path, ident in ((CELLS, CITY.code(1, 1)), (CASES, case.id)):
        answer = await analyst.get(f"{path}/{ident}")
        assert answer.headers["content-type"] == GEOJSON
        feature = answer.json()
        assert feature["id"] == ident
        for rel in ("self", "alternate", "collection"):
            [link] = links(feature, rel)
            assert (await analyst.get(link["href"])).status_code == 200
        [same] = [one for one in (await get(analyst, path))["features"] if one["id"] == ident]
        assert same == {k: feature[k] for k in same}


@pytest.mark.parametrize("name", COLLECTIONS)
@pytest.mark.parametrize(
    "ident", ["0", "nobody", "a b", "%00", "6f1c2a34-8b1d-4c55-9e0a-1f2e3d4c5b6a"]
)
async def test_core_f_unknown(analyst, name, ident):
    answer = await analyst.get(f"/ogc/collections/{name}/items/{ident}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
GEOMETRIES = {
    "Point": POSITION,
    "MultiPolygon": {
        "type": "array",
        "items": {
            "type": "array",
            "items": {"type": "array", "minItems": 4, "items": POSITION},
        },
    },
}


@pytest.mark.parametrize("name", [n for n in COLLECTIONS if n not in ("places", "area_facts")])
async def test_geojson_definition_and_content(house, analyst, name):
    await house.file(3, 3)
    collection = COLLECTIONS[name]
    features = (await get(analyst, f"/ogc/collections/{name}/items"))["features"]
    assert features
    schema = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "additionalProperties": False,
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "geometry": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "type": {"const": collection.geometry},
                    "coordinates": GEOMETRIES[collection.geometry],
                },
            },
            "properties": {
                "type": "object",
                "required": [column.name for column in collection.columns],
                "maxProperties": len(collection.columns),
            },
        },
    }
    for feature in features:
        jsonschema.validate(feature, schema)
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert all(shapely.is_ccw(part.exterior) for part in getattr(shape, "geoms", ()))
        lon, lat = feature["geometry"]["coordinates"] if name in ("cases", "reports") else (119, 36)
        assert 118 < lon < 120
        assert 36 <= lat < 37


async def test_geojson_content_of_places(analyst):
    """Geometries of every kind, rings with their inside on the left, whatever the file had."""
    found = (await get(analyst, "/ogc/collections/places/items"))["features"]
    shapes = {
        one["properties"]["code"]: shapely.from_geojson(json.dumps(one["geometry"]))
        for one in found
    }
    assert set(shapes) == set(PLACES)
    for code, shape in shapes.items():
        assert shape.equals_exact(shapely.from_wkt(PLACES[code]), 1e-9, normalize=True), code
    for polygon in (shapes["polygon"], shapes["polygons"].geoms[0]):
        assert polygon.exterior.is_ccw
        assert not polygon.interiors[0].is_ccw
    assert shapes["several"].geoms[1].exterior.is_ccw


async def test_geojson_of_a_fact_whose_area_is_no_more(analyst):
    """It has its value and no geometry."""
    facts = (await get(analyst, "/ogc/collections/area_facts/items"))["features"]
    told = {one["properties"]["area"]: one for one in facts}
    assert {code: one["properties"]["value"] for code, one in told.items()} == FACTS
    assert told["370799999"]["geometry"] is None
    assert told[CITY.code(0, 0)]["geometry"]["type"] == "MultiPolygon"
    page = await analyst.get("/ogc/collections/area_facts/items", params={"f": "html"})
    assert page.status_code == 200


async def test_what_the_openapi_document_says_of_features_is_so(house, analyst):
    await house.file(6, 6)
    document = await get(analyst, "/ogc/api")
    for name in COLLECTIONS:
        schema = resolved(document["components"]["schemas"][f"{name}Page"], document)
        jsonschema.validate(await get(analyst, f"/ogc/collections/{name}/items"), schema)


def resolved(node, document):
    """A schema of OpenAPI 3.0 as JSON Schema: references put in, `nullable` as a type."""
    if isinstance(node, list):
        return [resolved(one, document) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return resolved(
            document["components"]["schemas"][node["$ref"].rpartition("/")[2]], document
        )
    made = {k: resolved(v, document) for k, v in node.items()}
    if made.pop("nullable", False):
        made["type"] = [made["type"], "null"]
    return made
