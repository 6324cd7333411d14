"""OGC API Features, Part 1, against the abstract test suite: the way in, and the collections.

Each test has the name of the suite's test that it answers: `/conf/core/fc-limit-response` is
`test_core_fc_limit_response`, and so on for `oas30`, `geojson` and `html`. What a test asks here
goes further than the suite where the city's own data allow it. test_core_features.py goes on.
"""

from __future__ import annotations

import re

import pytest

from api.ogc.landing import CONFORMANCE
from geo_data.features.collections import COLLECTIONS
from tests.api_house import CITY
from tests.integration.ogc.asking import CELLS, get, links

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
GEOJSON = "application/geo+json"


# ── the way in ──────────────────────────────────────────────────────────────────────────────


async def test_core_http(analyst):
    answer = await analyst.get("/ogc")
    assert answer.http_version == "HTTP/1.1"


@pytest.mark.parametrize("path", ["/ogc", "/ogc/"])
async def test_core_root_op(analyst, path):
    assert (await analyst.get(path)).headers["content-type"] == "application/json"


async def test_core_root_success(analyst):
    landing = await get(analyst, "/ogc")
    for rel, path, media in (
        ("self", "", "application/json"),
        ("alternate", "?f=html", "text/html"),
        ("service-desc", "/api", OPENAPI),
        ("service-doc", "/api?f=html", "text/html"),
        ("conformance", "/conformance", "application/json"),
        ("data", "/collections", "application/json"),
    ):
        [link] = links(landing, rel)
        assert link["href"] == f"{analyst.base_url}/ogc{path}".replace("//ogc", "/ogc"), rel
        assert link["type"] == media
        answer = await analyst.get(link["href"])
        assert answer.status_code == 200
        assert answer.headers["content-type"].split(";charset")[0].startswith(media.split(";")[0])


async def test_core_api_definition_op(analyst):
    answer = await analyst.get("/ogc/api")
    assert answer.headers["content-type"] == OPENAPI


async def test_core_api_definition_success(analyst):
    document = await get(analyst, "/ogc/api")
    assert re.fullmatch(r"3\.0\.[0-9]", document["openapi"])
    assert document["servers"][0]["url"].endswith("/ogc")
    for path in ("/", "/conformance", "/api", "/collections"):
        assert (await analyst.get("/ogc" + path)).status_code == 200


async def test_core_conformance_op_and_success(analyst):
    assert (await get(analyst, "/ogc/conformance"))["conformsTo"] == list(CONFORMANCE)


# ── the OpenAPI document ────────────────────────────────────────────────────────────────────


async def test_oas30_definition_and_completeness(analyst):
    """Every path of the document is there, every operation tells its answers and problems."""
    document = await get(analyst, "/ogc/api")
    for path, methods in document["paths"].items():
        assert list(methods) == ["get"]
        told = methods["get"]["responses"]
        assert {"200", "400", "401", "403", "500"} <= set(told)
        assert list(told["400"]["content"]) == ["application/problem+json"]
        if "{" not in path:
            assert (await analyst.get("/ogc" + path)).status_code == 200, path
    named = {f"/collections/{name}{end}" for name in COLLECTIONS for end in ("", "/items")}
    assert named <= set(document["paths"])
    names = [m["get"]["operationId"] for m in document["paths"].values()]
    assert len(set(names)) == len(names)


async def test_oas30_oas_impl_has_nothing_from_elsewhere(analyst):
    document = await get(analyst, "/ogc/api")

    def refs(node):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for one in node.values():
                yield from refs(one)
        elif isinstance(node, list):
            for one in node:
                yield from refs(one)

    found = set(refs(document))
    assert found
    for ref in found:
        assert ref.startswith("#/")
        place = document
        for part in ref[2:].split("/"):
            place = place[part]


async def test_oas30_security(analyst):
    document = await get(analyst, "/ogc/api")
    schemes = document["components"]["securitySchemes"]
    assert {one["scheme"] for one in schemes.values()} == {"bearer", "basic"}
    assert [set(one) for one in document["security"]] == [{"bearer"}, {"basic"}]


async def test_oas30_exceptions_codes(house):
    async with house.client() as nobody, house.client("citizen") as citizen:
        for path in ("/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections", CELLS):
            assert (await get(nobody, path, 401))["type"] == "/problems/key-needed"
            assert (await get(citizen, path, 403))["type"] == "/problems/wrong-role"


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_core_parameter_definitions(analyst, name):
    """fc-limit-definition, fc-bbox-definition, fc-time-definition, and every property."""
    document = await get(analyst, "/ogc/api")
    given = document["paths"][f"/collections/{name}/items"]["get"]["parameters"]
    shared = document["components"]["parameters"]
    told = {
        one["name"]: one
        for one in (shared[g["$ref"].rpartition("/")[2]] if "$ref" in g else g for g in given)
    }
    assert all(
        (one["in"], one["required"], one["style"], one["explode"])
        == ("query", False, "form", False)
        for one in told.values()
    )
    limit = told["limit"]["schema"]
    assert limit == {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100}
    bbox = told["bbox"]["schema"]
    assert bbox == {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    assert told["datetime"]["schema"] == {"type": "string"}
    assert set(told) >= {column.name for column in COLLECTIONS[name].columns}


# ── collections ─────────────────────────────────────────────────────────────────────────────


async def test_core_fc_md_op_and_success(analyst):
    document = await get(analyst, "/ogc/collections")
    assert [one["id"] for one in document["collections"]] == list(COLLECTIONS)
    assert links(document, "self")
    assert links(document, "alternate")


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_core_sfc_md_op_and_success(analyst, name):
    listed = await get(analyst, "/ogc/collections")
    [among] = [one for one in listed["collections"] if one["id"] == name]
    document = await get(analyst, f"/ogc/collections/{name}")
    assert {k: document[k] for k in document if k != "links"} == {
        k: among[k] for k in among if k != "links"
    }
    assert document["itemType"] == "feature"
    [box] = document["extent"]["spatial"]["bbox"]
    size = CITY.across * CITY.step
    assert box == pytest.approx([118.9, 36.5, 118.9 + size, 36.5 + size])
    found = {one["type"]: one["href"] for one in links(document, "items")}
    assert set(found) == {GEOJSON, "text/html"}
    for media, href in found.items():
        assert (await analyst.get(href)).headers["content-type"].startswith(media)


async def test_core_sfc_md_unknown(analyst):
    for path in ("/ogc/collections/dUmmYColLection", "/ogc/collections/nothing/items"):
        problem = await get(analyst, path, 404)
        assert "cells, communities" in problem["detail"]


async def test_the_extent_of_cases_tells_nothing_of_cases(house, analyst):
    before = (await get(analyst, "/ogc/collections/cases"))["extent"]
    await house.file(2, 2)
    assert (await get(analyst, "/ogc/collections/cases"))["extent"] == before
    assert "temporal" not in before
