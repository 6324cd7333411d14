"""Notices over HTTP: a list that is read, and a stream that resumes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from geo_data import feed
from geo_data.database import open_pool
from grid.model import Source
from streams.followers import one_batch
from streams.notices import Notices
from tests.api_house import GAS

if TYPE_CHECKING:
    from tests.api_house import House


async def tell(house: House) -> None:
    """Do the clerk's work."""
    async with open_pool(house.url, schema=house.schema) as pool:
        async with pool.connection() as conn:
            await feed.add_follower(conn, Notices.name)
        while await one_batch(pool, Notices()):
            pass


@pytest.fixture
async def told(house: House):
    """Three emergencies in the first cell: the city and the district are told of each."""
    await tell(house)  # what other tests have filed
    async with house.database() as conn:
        await conn.execute("DELETE FROM notices")
    for _ in range(3):
        await house.file(category=GAS, source=Source.WORKER, sender="key:worker")
    await tell(house)
    return house


async def ids(client, **asked):
    answer = await client.get("/v1/me/notices", params=asked)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["notices"]]


async def test_the_district_is_told_and_the_neighbours_are_not(told: House):
    async with told.client("operator") as client:
        found = (await client.get("/v1/me/notices")).json()["notices"]
    assert {one["template"] for one in found} == {"emergency"}
    assert len(found) == 3
    one = found[0]
    assert one["number"] in one["zh"]
    assert one["zh"].startswith("紧急事件")
    assert one["en"].startswith("Emergency")
    assert one["read_at"] is None
    async with told.client("staff") as client:
        assert await ids(client) == []


async def test_unread_come_first_page_by_page_and_what_is_read_is_marked(told: House):
    async with told.client("operator") as client:
        new, middle, old = await ids(client)
        read = await client.post("/v1/me/notices/read", json={"ids": [new, "999999-0"]})
        assert read.json() == {"read": 1}
        assert await ids(client) == [middle, old, new]
        assert await ids(client, unread="true") == [middle, old]
        first = (await client.get("/v1/me/notices", params={"limit": 2})).json()
        rest = await ids(client, limit=2, after=first["next"])
        assert [one["id"] for one in first["notices"]] + rest == [middle, old, new]
        await client.post("/v1/me/notices/read", json={"ids": [middle, old]})
        assert await ids(client, unread="true") == []
        assert await ids(client, limit=2) == [new, middle]
        page = (await client.get("/v1/me/notices", params={"limit": 1})).json()
        assert await ids(client, after=page["next"]) == [middle, old]


WRONG = [
    ("GET", "/v1/me/notices?after=x", None, 400),
    ("GET", "/v1/me/notices?limit=0", None, 400),
    ("GET", "/v1/me/notices/stream?last_event_id=4711", None, 400),
    ("GET", "/v1/me/notices/stream?last_event_id=99-1-0", None, 410),
    ("POST", "/v1/me/notices/read", {}, 422),
    ("POST", "/v1/me/notices/read", {"ids": ["all"]}, 422),
    ("POST", "/v1/me/notices/read", {"ids": [], "all": True}, 400),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), WRONG)
async def test_what_is_wrong_is_told(house: House, method, path, body, status):
    async with house.client("operator") as client:
        answer = await client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/v1/me/notices", "/v1/me/notices/stream"])
async def test_without_a_key_nothing(house: House, path):
    async with house.client() as client:
        assert (await client.get(path)).status_code == 401


async def heard(client, n, cursor=None):
    """The ids and texts of the next `n` notices of the stream."""
    headers = {"Last-Event-ID": cursor} if cursor else {}
    found, ident = [], ""
    async with (
        asyncio.timeout(15),
        client.stream("GET", "/v1/me/notices/stream", headers=headers) as stream,
    ):
        assert stream.status_code == 200
        async for line in stream.aiter_lines():
            if line.startswith("id: "):
                ident = line[4:]
            elif line.startswith("data: ") and "template" in line:
                found.append((ident, json.loads(line[6:])))
            if not n and ident:
                return [(ident, {})]
            if n and len(found) == n:
                return found
    raise AssertionError(found)


async def test_the_stream_tells_at_once_and_resumes_without_loss(told: House):
    async with told.client("operator") as client:
        [(start, _)] = await heard(client, 0)
        listening = asyncio.create_task(heard(client, 1))
        await asyncio.sleep(0.3)
        await told.file(category=GAS, source=Source.WORKER)
        await told.file(5, 5, category=GAS, source=Source.WORKER)
        await tell(told)
        [(first, notice)] = await listening
        assert notice["template"] == "emergency"
        again = await heard(client, 2, cursor=start)
        assert again[0] == (first, notice)
        assert await heard(client, 1, cursor=first) == again[1:]


async def test_the_one_who_reported_hears_with_the_key_that_reported(told: House):
    key = told.key["citizen"]
    principal = await told.wiring.keys.principal(key)
    await told.file(sender=principal.id)
    await tell(told)
    async with told.client("citizen") as client:
        [one] = (await client.get("/v1/me/notices")).json()["notices"]
        assert (one["template"], one["zh"][:10]) == ("filed", "您反映的事项已受理，")
    async with told.client("source") as client:
        assert await ids(client) == []


async def test_a_process_that_listened_before_finds_notices_behind_its_ring(
    told: House, monkeypatch
):
    """The ring holds the last ones only: older ones come out of the database."""
    monkeypatch.setattr(told.wiring.notices, "_since", replace_mark(told))
    async with told.client("operator") as client:
        found = await heard(client, 3, cursor="1-0-0")
    assert len(found) == 3


def replace_mark(house: House):
    last = house.wiring.notices.last
    return last._replace(feed=last.feed + 1)
