"""One report all the way: HTTP, Kafka, case, officers, and everybody who watches."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from geo_data import keys
from geo_data.database import connect
from grid.principal import Role
from tests import services, stream_house
from tests.api_house import free_port
from tests.services import bootstrap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.stream_house import House


@dataclass
class Running:
    """API, worker and clerk, and the keys of two officers."""

    house: House
    url: str
    keys: dict[str, str]

    def client(self, who: str) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=20)


@pytest.fixture(scope="module")
async def running(tmp_path_factory) -> AsyncIterator[Running]:
    async with stream_house.house(tmp_path_factory.mktemp("whole")) as house:
        made = {}
        async with connect(services.database_url(), schema=house.schema) as conn:
            for who in ("officer", "checker"):
                _, made[who] = await keys.add(
                    conn, role=Role.ADMIN, area="3707/", name=who, by="tests"
                )
        port = free_port()
        await house.start("api", WANGGE_API_PORT=str(port))
        await house.start("clerk")
        worker = await house.start("worker")
        await worker.ready()
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient() as client, asyncio.timeout(30):
            while True:
                with suppress(httpx.HTTPError):
                    if (await client.get(f"{url}/health/ready")).is_success:
                        break
                await asyncio.sleep(0.1)
        yield Running(house, url, made)


def submission(**changes: Any) -> dict[str, Any]:
    lon, lat = stream_house.CITY.middle(3, 5)
    return {
        "id": str(uuid4()),
        "category": stream_house.RUBBISH,
        "lon": lon,
        "lat": lat,
        "observed_at": datetime.now(UTC).isoformat(),
        "source": "worker",
        "description": "楼道堆物",
    } | changes


async def fate(client: httpx.AsyncClient, report_id: str) -> dict[str, Any]:
    """What became of the report, once it is known."""
    async with asyncio.timeout(20):
        while True:
            answer = await client.get(f"/v1/reports/{report_id}")
            told: dict[str, Any] = answer.json()
            if answer.status_code == 200 and told["status"] != "accepted":
                return told
            await asyncio.sleep(0.05)


@asynccontextmanager
async def listening(client: httpx.AsyncClient) -> AsyncIterator[list[dict[str, Any]]]:
    """Everything that is heard on SSE from now on, in the order in which it is heard."""
    heard: list[dict[str, Any]] = []
    begun = asyncio.Event()

    async def listen() -> None:
        async with client.stream("GET", "/v1/events", timeout=None) as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                begun.set()
                if line.startswith("data: "):
                    heard.append(json.loads(line[6:]))

    task = asyncio.create_task(listen())
    await asyncio.wait_for(begun.wait(), 10)
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def heard_of(heard: list[dict[str, Any]], case: str, n: int) -> list[dict[str, Any]]:
    """The first `n` entries about a case."""
    async with asyncio.timeout(20):
        while True:
            mine = [entry for entry in heard if entry.get("event", {}).get("case") == case]
            if len(mine) >= n:
                return mine
            await asyncio.sleep(0.05)


async def on_kafka(house: House, case: str, n: int) -> list[dict[str, Any]]:
    """The first `n` events about a case on the topic `case-events`."""
    consumer = AIOKafkaConsumer(
        f"{house.prefix}case-events", bootstrap_servers=bootstrap(), auto_offset_reset="earliest"
    )
    await consumer.start()
    found: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < n:
                message = await consumer.getone()
                event = json.loads(message.value)
                if message.key == case.encode():
                    assert event["subject"] == case
                    found.append(event)
    finally:
        await consumer.stop()
    return found


async def command(client: httpx.AsyncClient, case: str, name: str, **said: Any) -> dict[str, Any]:
    body = {"id": str(uuid4()), "command": name} | said
    answer = await client.post(f"/v1/cases/{case}/commands", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_report_becomes_a_case_that_is_closed_and_everybody_sees_it(running):
    async with (
        running.client("officer") as officer,
        running.client("checker") as checker,
        listening(checker) as heard,
    ):
        sent = submission()
        answer = await officer.post("/v1/reports", json=sent)
        assert answer.status_code == 202
        told = await fate(officer, sent["id"])
        assert told["status"] == "filed"
        case = told["case"]["id"]
        before = (await officer.get(f"/v1/cases/{case}")).json()
        assert (before["status"], before["level"]) == ("open", "grid")
        assert before["path"] == stream_house.CITY.path(3, 5)

        assert (await command(officer, case, "accept"))["status"] == "working"
        assert (await command(officer, case, "handle"))["status"] == "handled"
        closed = await command(checker, case, "verify", passed=True, note="现场已清理干净")
        assert (closed["status"], closed["number"]) == ("closed", told["number"])

        steps = ["filed", "accepted", "handled", "verified"]
        seen = await heard_of(heard, case, len(steps))
        assert [entry["event"]["type"] for entry in seen] == steps
        assert [entry["event"]["number"] for entry in seen] == [1, 2, 3, 4]
        assert [entry["status"] for entry in seen] == ["open", "working", "handled", "closed"]
        numbers = [entry["feed"] for entry in seen]
        assert numbers == sorted(set(numbers))
        published = await on_kafka(running.house, case, len(steps))
        assert [event["data"] for event in published] == [entry["event"] for entry in seen]
        assert [event["feed"] for event in published] == numbers
        assert [event["type"] for event in published] == [f"wangge.case.{s}.v1" for s in steps]


async def test_the_same_report_ten_times_from_two_phones_at_once_is_one_case(running):
    sent = submission(id=str(uuid4()))
    async with running.client("officer") as one, running.client("officer") as other:
        answers = await asyncio.gather(
            *(
                phone.post("/v1/reports", json=sent | {"sent_at": datetime.now(UTC).isoformat()})
                for _ in range(5)
                for phone in (one, other)
            )
        )
        assert [answer.status_code for answer in answers] == [202] * 10
        told = await fate(one, sent["id"])
        found = (await one.get("/v1/cases", params={"report": sent["id"]})).json()["cases"]
        assert [case["id"] for case in found] == [told["case"]["id"]]
    # The last of the ten may still be on its way: wait until nothing is.
    ends = await ends_of(running.house)
    await running.house.until("SELECT coalesce(sum(next_offset), 0)::int FROM consumed", ends)
    filed = await running.house.rows(
        "SELECT case_id::text FROM case_events WHERE type = 'filed' AND body LIKE %s",
        f"%{sent['id']}%",
    )
    assert filed == [(told["case"]["id"],)]


async def ends_of(house: House) -> int:
    """How many messages the topic of reports has."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap())
    await consumer.start()
    try:
        await consumer._client.force_metadata_update()
        partitions = consumer.partitions_for_topic(house.topic) or set()
        topic = [TopicPartition(house.topic, p) for p in partitions]
        return sum((await consumer.end_offsets(topic)).values())
    finally:
        await consumer.stop()


async def test_a_late_report_rises_by_itself_from_grid_to_community_to_district(running):
    async with running.client("officer") as officer, listening(officer) as heard:
        long_ago = datetime.now(UTC) - timedelta(days=20)
        late = stream_house.report(received_at=long_ago, observed_at=long_ago)
        await running.house.send([late])
        case = (await fate(officer, late.id))["case"]["id"]
        seen = await heard_of(heard, case, 3)
        assert [entry["event"]["type"] for entry in seen[:3]] == ["filed", "escalated", "escalated"]
        assert [entry["level"] for entry in seen[:3]] == ["grid", "community", "district"]
        assert {entry["event"]["by"] for entry in seen[1:]} == {"system:clock"}
        now = (await officer.get(f"/v1/cases/{case}")).json()
        assert (now["status"], now["level"]) == ("open", "district")
        assert now["handler"]["kind"] == "team"  # being late releases nobody
        told = (await officer.get(f"/v1/cases/{case}/why")).json()["told"]
        assert all(step["zh"] and step["en"] for step in told)
