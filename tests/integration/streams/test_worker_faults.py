"""Whatever ends a worker, every report becomes a case, and none becomes two."""

from __future__ import annotations

import asyncio
import signal
import time
from urllib.parse import urlsplit

import pytest

from tests import services, stream_house
from tests.api_house import free_port
from tests.broker import Gate
from tests.stream_house import reports

CASES = "SELECT count(*)::int FROM cases"


async def all_there(house, sent):
    """Every report has its case, and there is no other case."""
    found = {row[0] for row in await house.rows("SELECT id::text FROM reports")}
    assert found == {one.id for one in sent}
    assert await house.one(CASES) == len(sent)
    assert await house.one("SELECT count(DISTINCT case_id)::int FROM reports") == len(sent)


@pytest.fixture
async def gate():
    """A way to the database that can be closed, and its URL."""
    url = urlsplit(services.database_url())
    made = Gate(free_port(), f"{url.hostname}:{url.port}")
    await made.open()
    user, _, _ = url.netloc.rpartition("@")
    yield made, url._replace(netloc=f"{user}@{made.address}").geturl()
    await made.close()


async def broken_off(state, odd):
    """A worker ends in the middle, another one goes on."""
    async with stream_house.house(state) as house:
        sent = reports(2000)
        await house.send(sent)
        broken = await house.start("odd_worker", WANGGE_TEST_ODD=odd, WANGGE_BATCH_MAX="300")
        assert await broken.ended() == 70
        left = await house.one(CASES)
        assert 0 < left < len(sent), "it should end in the middle"
        await house.start("worker")
        await house.until(CASES, len(sent))
        await all_there(house, sent)


async def test_an_exception_or_a_cancellation_in_mid_batch_ends_the_process(tmp_path):
    async with asyncio.TaskGroup() as both:
        both.create_task(broken_off(tmp_path, "raise"))
        both.create_task(broken_off(tmp_path, "cancel"))


async def test_a_worker_that_finds_no_kafka_asks_to_be_started_again(house):
    process = await house.start("worker", WANGGE_KAFKA=f"127.0.0.1:{free_port()}")
    assert await process.ended() == 75, process.log[-3000:]


async def test_sigterm_in_mid_batch_finishes_the_batch(house):
    sent = reports(1500)
    await house.send(sent)
    process = await house.start("odd_worker", WANGGE_TEST_ODD="slow", WANGGE_BATCH_MAX="300")
    await process.ready()
    await house.until("SELECT count(*) > 0 FROM cases", True)
    begin = time.monotonic()
    assert await process.stop() == 0, process.log[-3000:]
    assert time.monotonic() - begin < 25
    await house.start("worker")
    await house.until(CASES, len(sent))
    await all_there(house, sent)


async def test_sigterm_while_the_database_is_away_leaves_all_the_same(house, gate):
    door, url = gate
    sent = reports(1500)
    process = await house.start("worker", WANGGE_DATABASE_URL=url)
    await process.ready()
    await house.send(sent[:500])
    await house.until(CASES, 500)
    await door.close()
    await house.send(sent[500:])
    await process.says("again in")
    begin = time.monotonic()
    assert await process.stop() == 75, process.log[-3000:]
    assert time.monotonic() - begin < 25
    await house.start("worker")
    await house.until(CASES, len(sent))
    await all_there(house, sent)


async def test_a_database_that_is_away_for_a_moment_is_waited_for(house, gate):
    door, url = gate
    sent = reports(600)
    process = await house.start("worker", WANGGE_DATABASE_URL=url)
    await process.ready()
    await house.send(sent[:300])
    await house.until(CASES, 300)
    await door.close()
    await house.send(sent[300:])
    await process.says("again in")
    await asyncio.sleep(2.0)
    await door.open()
    await house.until(CASES, len(sent))
    assert await process.stop() == 0
    await all_there(house, sent)


async def test_a_second_worker_joins_and_leaves_and_one_is_killed_under_load(house):
    sent = reports(9000)
    await house.send(sent[:1000])
    first = await house.start("worker", WANGGE_BATCH_MAX="100")
    await first.ready()

    async def drip():
        for i in range(1000, len(sent), 500):
            await house.send(sent[i : i + 500])
            await asyncio.sleep(0.3)

    dripping = asyncio.create_task(drip())
    second = await house.start("worker", WANGGE_BATCH_MAX="100")
    await second.ready()
    await asyncio.sleep(1.0)
    assert await second.stop() == 0, second.log[-3000:]
    third = await house.start("worker", WANGGE_BATCH_MAX="100")
    await third.ready()
    first.signal(signal.SIGKILL)
    await dripping
    begin = time.monotonic()
    await house.until(CASES, len(sent), within_s=40)
    assert time.monotonic() - begin < 20, "consuming again should take no longer"
    await all_there(house, sent)
