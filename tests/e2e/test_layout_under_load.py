"""Two people publish a layout while reports come in by HTTP, and a worker is killed."""

from __future__ import annotations

import asyncio
import signal
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from geo_data import keys, verify
from geo_data.database import connect
from geo_data.layout import publishing
from grid.principal import Role
from tests import city, services, stream_house
from tests.api_house import free_port
from tests.stream_house import reports

#: What is ahead of a layout here, in place of two minutes; its beginning, the kill and the end.
LEAD = timedelta(seconds=5)
AFTER_S = 3.0

#: Reports that were put under a layout which did not hold, or into a cell where they do not lie.
MISPLACED = """
    SELECT count(*) FROM reports AS r
      JOIN case_events AS e ON e.case_id = r.case_id AND e.type = 'filed'
     CROSS JOIN LATERAL (SELECT e.body::jsonb -> 'data' -> 'place' AS place) AS p
      JOIN layouts AS l ON l.id = (p.place ->> 'layout')::int
      LEFT JOIN areas AS a ON a.layout = l.id AND a.code = p.place ->> 'cell'
     WHERE NOT tstzrange(l.valid_from, l.valid_to) @> r.received_at
        OR NOT coalesce(
               a.path = p.place ->> 'path' AND public.ST_Covers(a.geom, public.ST_SetSRID(
                   public.ST_MakePoint((p.place ->> 'lon')::float8, (p.place ->> 'lat')::float8),
                   4326)), false)"""


@pytest.fixture
async def house(tmp_path):
    async with stream_house.house(tmp_path) as made:
        yield made


async def drafts(house):
    """Two layouts with wider cells, each of which puts most positions into another one."""
    async with connect(services.database_url(), schema=house.schema) as conn:
        return [await city.build(conn, city.City(step=s), draft=True) for s in (0.006, 0.007)]


async def publish(house, number):
    """As `wangge layout publish` does it; the words of the refusal for who came second."""
    async with connect(services.database_url(), schema=house.schema) as conn:
        try:
            return await publishing.publish(conn, number, None, f"publisher of {number}")
        except publishing.CannotPublish as no:
            return str(no)


async def send(client, seed, until):
    """Reports all over the city until a moment; the ids that the API says it has."""
    acknowledged = []
    while (now := datetime.now(UTC)) < until():
        seed += 1000
        made = reports(4, seed=seed)
        plain = [
            {
                "id": one.id, "category": one.category, "lon": one.lon, "lat": one.lat,
                "observed_at": now.isoformat(), "source": "citizen",
            }
            for one in made
        ]  # fmt: skip
        answer = await client.post("/v1/reports", json=plain)
        assert answer.status_code == 200, answer.text
        acknowledged += [one["id"] for one in answer.json()["items"] if one["code"] == 202]
        await asyncio.sleep(0.03)
    return acknowledged


@asynccontextmanager
async def up(house):
    """API, two workers and a clerk; a client that may report."""
    async with connect(services.database_url(), schema=house.schema) as conn:
        _, key = await keys.add(conn, role=Role.SOURCE, area="3707/", name="phones", by="tests")
    port = free_port()
    await house.start("api", WANGGE_API_PORT=str(port))
    workers = [await house.start("worker") for _ in range(2)]
    await house.start("clerk")
    for worker in workers:
        await worker.ready()
    headers = {"Authorization": f"Bearer {key}"}
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:
        async with asyncio.timeout(30):
            while True:
                with suppress(httpx.HTTPError):
                    if (await client.get("/health/ready")).is_success:
                        break
                await asyncio.sleep(0.1)
        yield client, workers


async def test_every_report_that_was_acknowledged_has_the_cell_of_its_time(house, monkeypatch):
    monkeypatch.setattr(publishing, "LEAD", LEAD)
    monkeypatch.setattr(publishing, "_ROOM", timedelta(0))
    first, second = await drafts(house)
    begin = None

    def until():
        return datetime.now(UTC) + LEAD if begin is None else begin + timedelta(seconds=AFTER_S)

    async with up(house) as (client, workers):
        sending = [asyncio.create_task(send(client, seed, until)) for seed in range(3)]
        await asyncio.sleep(0.5)
        done = await asyncio.gather(publish(house, first), publish(house, second))
        [won] = [one for one in done if not isinstance(one, str)]
        [refused] = [one for one in done if isinstance(one, str)]
        assert f"layout {won.number}" in refused
        assert "waits to begin" in refused
        begin = won.valid_from
        await asyncio.sleep((begin - datetime.now(UTC)).total_seconds() - 0.3)
        workers[0].signal(signal.SIGKILL)  # its partitions go to the other one
        assert await workers[0].ended() == -signal.SIGKILL
        sent = [report_id for ids in await asyncio.gather(*sending) for report_id in ids]

    await house.done(len(sent))
    stored = {str(row[0]) for row in await house.rows("SELECT id FROM reports")}
    assert stored == set(sent)
    assert await house.one("SELECT count(*) FROM rejects") == 0
    assert await house.one(MISPLACED) == 0
    under = await house.rows(
        "SELECT DISTINCT (body::jsonb -> 'data' -> 'place' ->> 'layout')::int FROM case_events"
        " WHERE type = 'filed' ORDER BY 1"
    )
    assert under == [(1,), (won.number,)]
    await house.until("SELECT count(*) FROM cases WHERE closed_at IS NULL AND layout = 1", 0)
    await house.until("SELECT count(*) FROM feed_pending", 0)
    api, _killed, worker, clerk = house.processes
    await api.stop()
    assert [await process.stop() for process in (worker, clerk)] == [0, 0]
    async with connect(services.database_url(), schema=house.schema) as conn:
        assert (await verify.verify(conn)).reports == len(sent)
