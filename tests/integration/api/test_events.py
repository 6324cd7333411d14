"""The feed over HTTP: nothing lost, nothing twice, nobody hears what is not theirs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from api import feed_reader
from api import listening as streams
from api.feed_reader import FeedReader
from geo_data import feed, keys
from geo_data.database import open_pool
from grid.principal import Role
from tests.api_house import CITY, GAS, House, file_case, free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.config import ApiConfig


@dataclass
class Heard:
    id: str
    event: str
    data: dict[str, Any]


@asynccontextmanager
async def listening(
    house: House,
    who: str,
    *,
    base: str | None = None,
    headers: dict[str, str] | None = None,
    **asked,
) -> AsyncIterator[AsyncIterator[Heard]]:
    """An open stream; the first thing heard is a heartbeat."""
    auth = {"Authorization": f"Bearer {house.key[who]}"} | (headers or {})
    async with (
        httpx.AsyncClient(
            base_url=base or house.base, headers=auth, timeout=20, verify=False
        ) as client,
        client.stream("GET", "/v1/events", params=asked) as stream,
    ):
        assert stream.status_code == 200, (await stream.aread()).decode()
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield parsed(stream)


async def parsed(stream: httpx.Response) -> AsyncIterator[Heard]:
    fields: dict[str, str] = {}
    async for line in stream.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Heard(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}


async def cases_heard(stream: AsyncIterator[Heard], count: int) -> list[Heard]:
    found: list[Heard] = []
    async with asyncio.timeout(15):
        async for heard in stream:
            if heard.event == "case":
                found.append(heard)
            if len(found) >= count:
                break
    return found


async def test_what_happens_is_heard_in_order_with_its_number(house: House):
    async with listening(house, "admin") as stream:
        first = await anext(stream)
        assert first.event == "heartbeat"
        begun = time.monotonic()
        case = await house.file()
        [heard] = await cases_heard(stream, 1)
        assert time.monotonic() - begun < 2
    _epoch, number = heard.id.split("-")
    assert heard.data["feed"] == int(number) == first.data["feed"] + 1
    assert heard.data["event"]["case"] == case.id
    assert heard.data["event"]["type"] == "filed"
    assert heard.data["path"] == case.place.path
    assert heard.data["status"] == "open"
    assert heard.data["status_before"] is None
    async with house.database() as conn:
        done = await conn.execute("SELECT body FROM case_events WHERE case_id = %s", [case.id])
        [(body,)] = await done.fetchall()
    assert heard.data["event"] == json.loads(body)


@pytest.mark.parametrize(
    ("who", "asked", "hears"),
    [
        ("admin", {}, {"near", "far", "gas"}),
        ("operator", {}, {"near", "far", "gas"}),
        ("worker", {}, {"near", "gas"}),
        ("admin", {"area": CITY.code(7, 7)}, {"far"}),
        ("admin", {"level": "district"}, {"gas"}),
        ("admin", {"level": "grid,district"}, {"near", "far", "gas"}),
        ("admin", {"kind": "filed"}, {"near", "far", "gas"}),
        ("admin", {"kind": "escalated,settled"}, set()),
        ("worker", {"area": "3707"}, {"near", "gas"}),
    ],
)
async def test_filters_and_subtrees(house: House, who, asked, hears):
    async with listening(house, who, **asked) as stream:
        start = await anext(stream)
        made = {
            "near": await house.file(0, 0),
            "far": await house.file(7, 7),
            "gas": await house.file(0, 0, category=GAS),
        }
        names = {case.id: name for name, case in made.items()}
        heard = await cases_heard(stream, len(hears)) if hears else []
    assert {names[h.data["event"]["case"]] for h in heard} == hears
    async with house.client(who) as client:  # and the same as pages of JSON
        page = (await client.get("/v1/events", params={"after": start.id, **asked})).json()
    assert {
        names[e["event"]["case"]] for e in page["events"] if e["event"]["case"] in names
    } == hears
    assert page["next"] == page["head"]
    assert page["more"] is False


@pytest.mark.parametrize("way", ["header", "parameter"])
async def test_who_comes_back_hears_what_was_missed(house: House, way):
    async with listening(house, "admin") as stream:
        await anext(stream)
        before = await house.file()
        [last] = await cases_heard(stream, 1)
    assert last.data["event"]["case"] == before.id
    missed = [await house.file() for _ in range(3)]
    resume = (
        {"headers": {"Last-Event-ID": last.id}} if way == "header" else {"last_event_id": last.id}
    )
    async with listening(house, "admin", **resume) as stream:
        heard = await cases_heard(stream, 3)
    assert [h.data["event"]["case"] for h in heard] == [case.id for case in missed]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("1-0", 200),
        ("2-0", 410),
        ("0-0", 410),
        ("1-999999999", 410),
        ("1", 400),
        ("x-1", 400),
        ("1--1", 400),
        ("１-1", 400),
    ],
)
async def test_a_cursor_of_another_time_is_told_where_to_begin(house: House, given, status):
    async with house.client("admin") as client:
        params = {"last_event_id": given}
        async with client.stream("GET", "/v1/events", params=params) as answer:
            assert answer.status_code == status
            if status == 410:
                problem = json.loads(await answer.aread())
                async with house.database() as conn:
                    epoch, number, *_ = await feed.head(conn)
                assert problem["type"] == "/problems/other-epoch"
                assert problem["start"] == f"{epoch}-{number}"


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "magic"},
        {"level": "moon"},
        {"after": "x"},
        {"after": "1", "limit": "0"},
        {"x": "1"},
    ],
)
async def test_a_wrong_parameter_is_named(house: House, asked):
    async with house.client("admin") as client:
        answer = await client.get("/v1/events", params=asked)
    assert (answer.status_code, answer.json()["field"]) == (400, f"/{list(asked)[-1]}")


@pytest.mark.parametrize("given", ["x", "1-", "1-x", "１-１", "1-" + "9" * 5000])
async def test_a_wrong_last_event_id_is_named(house: House, given):
    async with house.client("admin") as client:
        answer = await client.get("/v1/events", headers={"Last-Event-ID": given.encode()})
    assert (answer.status_code, answer.json()["field"]) == (400, "/last_event_id")


async def test_a_number_beyond_all_numbers_is_the_end_of_the_feed(house: House):
    async with house.client("admin") as client:
        page = (await client.get("/v1/events", params={"after": "9" * 40})).json()
    assert (page["events"], page["more"]) == ([], False)
    assert page["next"] < 2**63, "a bigint, so that the index finds it"


async def test_pages_lead_through_the_whole_feed(house: House):
    for _ in range(3):
        await house.file()
    found, after = [], "0"
    async with house.client("admin") as client:
        while True:
            asked = {"after": after, "limit": "2"}
            page = (await client.get("/v1/events", params=asked)).json()
            found += [event["feed"] for event in page["events"]]
            after = str(page["next"])
            if not page["more"]:
                break
    assert found == list(range(1, page["head"] + 1))


async def test_a_listener_far_behind_reads_on_from_the_database(house: House, monkeypatch):
    """The ring holds four lines here, a page two; a listener that starts at 0 misses none."""
    monkeypatch.setattr(feed_reader, "PAGE", 2)
    async with house.database() as conn, conn.transaction():
        for _ in range(8):
            await file_case(conn, house.layout, 0, 0)
        await feed.number_pending(conn, 100)
    config = house.config
    async with open_pool(config.database_url, schema=config.schema) as pool:
        reader = FeedReader(pool, config.database_url, config.schema)
        reader._ring = type(reader._ring)(maxlen=4)
        reader.start()
        async with asyncio.timeout(5):
            while reader.head is None:
                await reader.news.wait()
        async with house.database() as conn, conn.transaction():
            for _ in range(8):
                await file_case(conn, house.layout, 0, 0)
            await feed.number_pending(conn, 100)
        async with house.database() as conn:
            _, head, *_ = await feed.head(conn)
        async with asyncio.timeout(5):
            while reader.head < head:
                await reader.news.wait()
        numbers, cursor = [], 0
        while lines := await reader.after(cursor):
            assert len(lines) <= 2
            numbers += [line.number for line in lines]
            cursor = numbers[-1]
        assert numbers == list(range(1, head + 1))
        assert await reader.after(head) == []
        assert len(reader._ring) == 4
        await reader.stop()


async def test_a_new_epoch_sends_listeners_home(house: House):
    """As a restore does it: the epoch is raised, old cursors get 410."""
    async with listening(house, "admin") as stream:
        first = await anext(stream)
        try:
            async with house.database() as conn:
                await conn.execute("UPDATE feed_head SET epoch = epoch + 1")
            async with asyncio.timeout(5):
                assert [heard async for heard in stream if heard.event == "case"] == []
            async with house.client("admin") as client:
                answer = await client.get("/v1/events", params={"last_event_id": first.id})
            assert answer.status_code == 410
        finally:
            async with house.database() as conn:
                await conn.execute("UPDATE feed_head SET epoch = epoch - 1")
            async with asyncio.timeout(5):
                while house.wiring.feed.epoch != int(first.id.split("-")[0]):
                    await house.wiring.feed.news.wait()


async def test_a_new_epoch_is_seen_though_the_feed_never_rests(house: House):
    """As a forced restore beside running processes does it: numbers begin lower, and move on."""
    async with house.wiring.pool.connection() as conn:
        epoch, number, *_ = await feed.head(conn)
    reader = FeedReader(house.wiring.pool, house.wiring.config.database_url, house.schema)

    async def never_rest() -> None:
        async with house.database() as conn:
            while True:
                await conn.execute("NOTIFY feed")
                await asyncio.sleep(0.1)

    reader.start()
    restless = asyncio.create_task(never_rest())
    try:
        async with asyncio.timeout(5):
            while reader.head is None:
                await reader.news.wait()
            reader.epoch, reader.head = epoch - 1, number + 100  # what it knew before
            while (reader.epoch, reader.head) != (epoch, number):
                await reader.news.wait()
    finally:
        restless.cancel()
        await reader.stop()


async def test_heartbeats_carry_the_number_past_what_was_not_for_the_listener(house, monkeypatch):
    monkeypatch.setattr(streams, "BEAT_S", 0.3)
    async with listening(house, "worker") as stream:
        first = await anext(stream)
        await house.file(7, 7)  # not the worker's
        async with asyncio.timeout(5):
            async for heard in stream:
                assert heard.event == "heartbeat"
                if heard.data["feed"] > first.data["feed"]:
                    break
    assert datetime.fromisoformat(heard.data["at"]) <= datetime.now(UTC)


async def test_a_stream_ends_when_its_key_is_revoked(house: House, monkeypatch):
    monkeypatch.setattr(streams, "LOOK_AGAIN_S", 0.2)
    monkeypatch.setattr(house.wiring.keys, "_memory_s", 0.1)
    async with house.database() as conn:
        key_id, house.key["leaver"] = await keys.add(
            conn, role=Role.STAFF, area="3707/", by="tests"
        )
    async with listening(house, "leaver") as stream:
        await anext(stream)
        async with house.database() as conn:
            await keys.revoke(conn, key_id, by="tests")
        async with asyncio.timeout(5):
            assert [heard async for heard in stream if heard.event == "case"] == []


PROGRAM = """
import json, sys
from api.config import ApiConfig
from api.serve import run
run(ApiConfig(**json.loads(sys.argv[1])))
"""


async def serve_apart(config: ApiConfig) -> asyncio.subprocess.Process:
    """The API in a process of its own, ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, json.dumps(asdict(config))
    )
    async with httpx.AsyncClient(timeout=5, verify=False) as client, asyncio.timeout(30):
        while True:
            await asyncio.sleep(0.05)
            try:
                ready = await client.get(f"http://127.0.0.1:{config.port}/health/ready")
            except httpx.TransportError:
                continue
            if ready.status_code == 200:
                return process


async def test_a_killed_server_loses_no_listener_anything(house: House):
    """kill -9 twice in the middle of the stream: every event is heard, none twice."""
    config = replace(house.config, port=free_port())
    base = f"http://127.0.0.1:{config.port}"
    made: list[str] = []
    heard: list[str] = []
    last: str | None = None
    for _round in range(3):
        process = await serve_apart(config)
        try:
            headers = {"Last-Event-ID": last} if last else {}
            async with listening(house, "admin", base=base, headers=headers) as stream:
                start = await anext(stream)
                last = last or start.id
                made += [(await house.file()).id for _ in range(3)]
                for event in await cases_heard(stream, len(made) - len(heard) - 1):
                    heard.append(event.data["event"]["case"])
                    last = event.id
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        made.append((await house.file()).id)  # while nobody serves
    async with listening(house, "admin", headers={"Last-Event-ID": last}) as stream:
        rest = await cases_heard(stream, len(made) - len(heard))
    heard += [event.data["event"]["case"] for event in rest]
    assert heard == made


async def test_sigterm_sends_listeners_home_and_leaves_quickly(house: House):
    config = replace(house.config, port=free_port())
    base = f"http://127.0.0.1:{config.port}"
    process = await serve_apart(config)
    async with listening(house, "admin", base=base) as stream:
        await anext(stream)
        begun = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        async with asyncio.timeout(10):
            assert [heard async for heard in stream if heard.event == "case"] == []
        async with asyncio.timeout(10):
            await process.wait()
    assert time.monotonic() - begun < 10
