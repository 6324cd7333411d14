"""The waterline: it rises when what had come in is filed, numbered and remembered, not before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from geo_data import feed, ledger
from geo_data.policies import PolicyStore
from streams.followers import one_batch
from streams.surge import SurgeWatcher
from streams.waterline import Waterline
from tests.sequencing import number_all
from tests.services import bootstrap
from tests.stream_house import intake_of, messages, pool_of, reports


@pytest.fixture
async def pool(house):
    async with pool_of(house) as made:
        yield made


class Watched:
    """A waterline and the database's clock beside it."""

    def __init__(self, pool, line):
        self.pool, self.line = pool, line

    async def clock(self):
        async with self.pool.connection() as conn:
            return await ledger.clock(conn)

    async def rise(self):
        async with self.pool.connection() as conn:
            return await self.line.rise(conn)


@pytest.fixture
async def watched(house, pool):
    async with pool.connection() as conn:
        await feed.add_follower(conn, SurgeWatcher.name)
    line = Waterline(bootstrap(), house.topic, SurgeWatcher.name)
    yield Watched(pool, line)
    await line.close()


async def test_where_nothing_is_under_way_it_is_now(watched):
    before = await watched.clock()
    first = await watched.rise()
    assert before <= first <= await watched.clock()
    assert await watched.rise() > first


async def test_it_waits_for_filing_numbering_and_the_follower_in_turn(house, pool, watched):
    start = await watched.rise()
    sent = reports(20)
    await house.send(sent, partition=0)
    assert await watched.rise() == start, "on Kafka, not filed"
    await (await intake_of(pool)).take(messages(sent[:7], topic=house.topic))
    assert await watched.rise() == start, "some are filed"
    await (await intake_of(pool)).take(messages(sent[7:], topic=house.topic, first=7))
    assert await watched.rise() == start, "filed, not numbered"
    await number_all(pool.connection)
    assert await watched.rise() == start, "numbered, not followed"
    middle = await watched.clock()
    await one_batch(pool, SurgeWatcher(PolicyStore()))
    risen = await watched.rise()
    assert start < risen < middle, "up to when the ends were noted, not to now"
    assert await watched.rise() > middle


async def test_what_comes_in_later_does_not_keep_it(house, pool, watched):
    sent = reports(20)
    await house.send(sent[:10], partition=0)
    assert await watched.rise() is None
    await house.send(sent[10:], partition=0)
    await (await intake_of(pool)).take(messages(sent[:10], topic=house.topic))
    await number_all(pool.connection)
    await one_batch(pool, SurgeWatcher(PolicyStore()))
    first = await watched.rise()
    assert first is not None
    assert await watched.rise() == first, "the other ten are still under way"


async def test_what_nobody_reads_is_waited_for_no_longer_than_that(house, pool):
    async with pool.connection() as conn:
        await feed.add_follower(conn, SurgeWatcher.name)
    line = Waterline(bootstrap(), house.topic, SurgeWatcher.name, timedelta(milliseconds=1))
    watched = Watched(pool, line)
    await house.send(reports(1))
    assert await watched.rise() is None
    assert await watched.rise() is not None
    await line.close()


async def test_without_kafka_it_stays(house, pool):
    line = Waterline("127.0.0.1:1", house.topic, SurgeWatcher.name)
    assert await Watched(pool, line).rise() is None
