"""What HTTP itself asks of every door: methods, routes that are not there, packing."""

from __future__ import annotations

import asyncio

import pytest

from tests.api_house import House


async def test_routes_and_methods_that_do_not_exist(house: House):
    async with house.client("admin") as client:
        for path in ("/v1/nothing", "/v1/cases/", "/docs", "/redoc"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        answer = await client.delete("/v1/cases")
        assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method")
        assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("given", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("identity, gzip; q=0.0", False),
    ],
)
async def test_what_is_packed_is_packed_for_who_takes_it(house: House, given, packed):
    async with house.client("admin") as client:
        for path in ("/openapi.json", "/export/cells.csv", "/tiles/districts/9/425/200.mvt"):
            answer = await client.get(path, headers={"Accept-Encoding": given})
            assert answer.status_code == 200
            assert ("content-encoding" in answer.headers) is packed, path


@pytest.mark.parametrize(
    "path",
    ["/v1/cases", "/v1/events", "/ogc", "/ogc/collections/cells/items", "/tiles/cells.json",
     "/export/cells.csv", "/export/cells.gpkg", "/v1/nothing", "/v1/reports", "/health/live"],
)  # fmt: skip
async def test_head_is_get_without_its_body(house: House, path):
    async with house.client("admin") as client:
        async with client.stream("GET", path) as got:
            pass
        async with asyncio.timeout(5):
            while house.wiring.exports.taken:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            answer = await client.head(path)
        assert answer.content == b""
        assert answer.status_code == got.status_code
        for name in ("content-type", "cache-control", "content-encoding"):
            assert answer.headers.get(name) == got.headers.get(name)
        async with asyncio.timeout(3):
            while house.wiring.exports.taken:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
