"""Every route that reads takes `as_of` or refuses it: none answers as if it had not been asked.

docs/reference/http-api.md names those that take it.
"""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from api.app import create_app
from api.config import ApiConfig
from tests.api_house import CITY, House

DOCS = Path(__file__).parents[3] / "docs" / "reference" / "http-api.md"
AT = "2026-11-01T00:00:00Z"
#: Something that fits each name in a path.
PLACES = {
    "name": "cases", "form": "csv", "code": CITY.code(0, 0), "tiles": "cases", "z": "9", "x": "0",
    "y": "0", "report_id": str(uuid4()), "figure": "1.1", "person": "wang", "ident": "none",
    "number": "1", "feed": "1",
}  # fmt: skip
TAKES = {
    "/v1/cases",
    "/v1/cases/{name}",
    "/v1/cases/{name}/history",
    "/v1/cases/{name}/why",
    "/v1/areas/{code}",
    "/v1/areas/{code}/outlines",
    "/v1/areas/{code}/team",
    "/export/{name}.{form}",
    "/tiles/{tiles}.json",
    "/tiles/{tiles}/{z}/{x}/{y}.mvt",
}
OGC_TAKES = {"/collections/{name}/items", "/collections/{name}/items/{ident}"}


def documented() -> dict[str, set[str]]:
    """The paths of GET, with the query parameters that each has."""
    paths = create_app(ApiConfig(bootstrap="", database_url="")).openapi()["paths"]
    return {
        path: {one["name"] for one in methods["get"].get("parameters", ()) if one["in"] == "query"}
        for path, methods in paths.items()
        if "get" in methods
    }


def filled(path: str) -> str:
    for name, value in PLACES.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, path
    return path


def test_the_document_says_which_routes_take_it():
    assert {path for path, names in documented().items() if "as_of" in names} == TAKES


@pytest.mark.parametrize("path", sorted(documented().keys() - TAKES))
async def test_what_does_not_take_it_refuses_it(house: House, path):
    async with house.client("worker" if path.endswith("/people") else "admin") as client:
        answer = await client.get(filled(path), params={"as_of": AT})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unknown-parameter")


@pytest.mark.parametrize(
    "path", ["", "/conformance", "/api", "/collections", "/collections/cases",
             "/collections/cases/queryables", "/collections/cases/tiles"],
)  # fmt: skip
async def test_what_describes_features_refuses_it(house: House, path):
    async with house.client("admin") as client:
        answer = await client.get(f"/ogc{path}", params={"as_of": AT})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unknown-parameter")


def test_the_page_of_the_routes_names_those_that_take_it():
    text = DOCS.read_text(encoding="utf-8")
    begin = text.index("## As it was")
    said = text[begin : text.index("\n## ", begin + 1)]
    for path in TAKES | {f"/ogc{path}" for path in OGC_TAKES}:
        words = path.replace("{name}", "{…}").replace("{tiles}", "{set}").replace("{ident}", "{id}")
        words = words.replace("/export/{…}.{form}", "/export/{collection}.{format}")
        words = words.replace("/ogc/collections/{…}", "/ogc/collections/{collection}")
        assert f"`{words}`" in said, words
