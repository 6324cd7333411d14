"""Sequencer, followers and timekeeper on a real database, some of them in real clerks."""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from geo_data import feed
from geo_data.database import connect
from geo_data.health import look
from geo_data.policies import PolicyStore
from geo_data.verify import Wrong, verify
from grid.cases.wire import GENESIS, chain
from streams import followers, publisher, timekeeper
from streams.counters import Counters, tally
from streams.followers import one_batch
from streams.timekeeper import Timekeeper
from streams.wake import Bell
from tests import services
from tests.sequencing import number_all
from tests.services import bootstrap
from tests.stream_house import intake_of, messages, pool_of, report, reports

LONG_AGO = datetime.now(UTC) - timedelta(days=60)


@pytest.fixture
async def pool(house):
    async with pool_of(house) as made:
        yield made


async def whole_feed(pool):
    async with pool.connection() as conn:
        return await feed.read(conn, 0, 1_000_000)


async def file(pool, sent):
    return await (await intake_of(pool)).take(messages(sent))


async def test_two_clerks_number_without_a_gap_and_chain(pool):
    await file(pool, reports(700))
    numbered = []

    async def clerk():
        for _ in range(400):
            async with pool.connection() as conn, conn.transaction():
                done = await feed.number_pending(conn, 10)
                await asyncio.sleep(0)
            if done == 0:
                return
            numbered.append(done)

    await asyncio.gather(clerk(), clerk())
    assert None in numbered, "they should have met"
    link = GENESIS
    for number, entry in enumerate(await whole_feed(pool), 1):
        link = chain(link, number, entry.body)
        assert (entry.number, entry.hash) == (number, link)
    assert number == 700


async def test_an_event_that_commits_late_gets_its_number_later(pool):
    intake = await intake_of(pool)
    begun, go_on = asyncio.Event(), asyncio.Event()
    real = intake.pool.connection

    class Slow:
        """A pool whose first transaction waits before it commits."""

        @asynccontextmanager
        async def connection(self):
            async with real() as conn, conn.transaction():
                yield conn
                begun.set()
                await go_on.wait()

    intake.pool = Slow()
    late = asyncio.create_task(intake.take(messages(reports(3, seed=1), partition=1)))
    await begun.wait()
    await file(pool, reports(3, seed=2))
    await number_all(pool.connection)
    before = await whole_feed(pool)
    go_on.set()
    await late
    await number_all(pool.connection)
    after = await whole_feed(pool)
    assert (len(before), len(after), after[:3]) == (3, 6, before)


async def test_counters_hold_every_event_once_though_clerks_are_killed(house, pool):
    await file(pool, [*reports(1500), report(settled="已清扫")])
    await number_all(pool.connection)
    async with pool.connection() as conn:
        await feed.add_follower(conn, "counters")
    Counters.batch, usual = 40, Counters.batch
    try:
        for _ in range(12):
            doomed = asyncio.create_task(one_batch(pool, Counters()))
            await asyncio.sleep(0.004)
            doomed.cancel()
            await asyncio.gather(doomed, one_batch(pool, Counters()), return_exceptions=True)
        while await one_batch(pool, Counters()):
            pass
    finally:
        Counters.batch = usual
    stored = {(a, m): n for a, m, n in await house.rows("SELECT area, measure, n FROM counters")}
    assert Counter(stored) == tally(await whole_feed(pool))
    assert stored["3707/", "filed"] == 1501
    live = await house.one("SELECT count(*) FROM cases WHERE status = 'open'")
    assert sum(n for (a, m), n in stored.items() if a == "3707/" and m[:5] == "live.") == live


async def test_clerks_together_number_count_publish_and_one_is_enough(house, pool):
    first = await house.start("clerk")
    second = await house.start("clerk")
    await first.says("at work")
    await second.says("at work")
    intake = await intake_of(pool)
    await intake.take(messages(reports(300)))
    first.signal(signal.SIGKILL)
    await intake.take(messages(reports(300, seed=2), first=300))
    await house.until(IDLE, True)
    head = await house.one("SELECT number FROM feed_head")
    published = await on_kafka(house, head)
    assert {event["feed"] for event in published} == set(range(1, head + 1))
    per_case = {}
    for event in published:
        per_case.setdefault(event["subject"], []).append(event["data"]["number"])
    assert all(numbers == sorted(numbers) for numbers in per_case.values())
    assert published[0]["type"] == "wangge.case.filed.v1"
    stored = {(a, m): n for a, m, n in await house.rows("SELECT area, measure, n FROM counters")}
    counted = tally(await whole_feed(pool))
    assert {key: n for key, n in stored.items() if n} == {k: n for k, n in counted.items() if n}
    async with connect(services.database_url(), schema=house.schema) as conn:
        found = await verify(conn)
        health = await look(conn)
    assert (found.reports, found.feed) == (600, head)
    assert (health.unnumbered_s, {f.entries for f in health.followers}) == (0.0, {0})
    assert {f.name for f in health.followers} >= {"counters", "notices", "publisher", "surges"}
    assert await second.stop() == 0, second.log[-3000:]


#: Nothing waits for a number, and all followers are at the feed's end.
IDLE = (
    "SELECT NOT EXISTS (SELECT FROM feed_pending) AND h.number >= 600 AND h.number = ("
    "SELECT min(cursor) FROM followers WHERE name <> 'anchor') FROM feed_head AS h"
)


async def on_kafka(house, at_least):
    """Everything on `case-events` but the anchors."""
    consumer = AIOKafkaConsumer(
        f"{house.prefix}case-events", bootstrap_servers=bootstrap(), auto_offset_reset="earliest"
    )
    await consumer.start()
    found = []
    try:
        while len(found) < at_least:
            for batch in (await consumer.getmany(timeout_ms=10_000)).values():
                found += [json.loads(record.value) for record in batch]
            found = [event for event in found if event["type"] != "wangge.feed.head.v1"]
    finally:
        await consumer.stop()
    return found


async def test_kafka_away_stops_nobody_but_the_publisher(house, pool):
    clerk = await house.start("clerk", WANGGE_KAFKA="127.0.0.1:1")
    await clerk.says("at work")
    await file(pool, reports(50))
    await house.until("SELECT cursor >= 50 FROM followers WHERE name = 'counters'", True)
    await clerk.says("publisher waits")
    assert await clerk.stop() == 0


class Choosy:
    """A follower that stumbles over one entry until it is mended."""

    name, batch = "choosy", 10

    def __init__(self):
        self.mended, self.stumbled, self.taken = False, 0, []

    async def take(self, conn, entries):  # noqa: ARG002 - as every follower's
        if not self.mended and entries[-1].number > 20:
            self.stumbled += 1
            raise KeyError("a word that it does not know")
        self.taken += [entry.number for entry in entries]


async def test_a_follower_that_stumbles_waits_alone_and_goes_on_when_mended(pool, monkeypatch):
    monkeypatch.setattr(followers, "STUCK_S", 0.05)
    monkeypatch.setattr(followers, "IDLE_S", 0.05)
    await file(pool, reports(30))
    await number_all(pool.connection)
    stop, choosy = asyncio.Event(), Choosy()
    bell = Bell(stop)
    task = asyncio.create_task(followers.follow(pool, choosy, bell, stop))
    while choosy.stumbled < 2:
        assert not task.done()
        await asyncio.sleep(0.02)
    assert choosy.taken == list(range(1, 21))
    choosy.mended = True
    while len(choosy.taken) < 30:  # noqa: ASYNC110 - the follower knows no event of ours
        await asyncio.sleep(0.02)
    assert choosy.taken == list(range(1, 31))
    stop.set()
    bell.ring()
    await task


@pytest.fixture
async def keeper(pool):
    stop = asyncio.Event()
    return Timekeeper(pool, PolicyStore(), Bell(stop), stop)


async def rounds(keeper):
    """Tick until nothing is due; how many ticks."""
    done = 0
    while found := await keeper.tick_due():
        done += found
        assert done < 10_000
    return done


DUE = "SELECT count(*) FROM cases WHERE next_tick <= now()"


async def test_cases_of_long_ago_rise_and_are_supervised(house, pool, keeper):
    await file(pool, reports(20, received_at=LONG_AGO, observed_at=LONG_AGO))
    await rounds(keeper)
    assert await house.one(DUE) == 0
    kinds = dict(await house.rows("SELECT type, count(*) FROM case_events GROUP BY 1"))
    assert kinds["filed"] == 20
    assert kinds["escalated"] >= 20
    assert kinds["supervised"] == 20, "for the promise"
    late = "SELECT count(*) FROM case_events WHERE type = 'escalated' AND level = level_before"
    assert await house.one(late) == 0


async def test_many_clerks_tick_each_miss_once(house, pool, keeper, monkeypatch):
    monkeypatch.setattr(timekeeper, "BATCH", 5)
    await file(pool, reports(60, received_at=LONG_AGO, observed_at=LONG_AGO))
    together = await asyncio.gather(*(rounds(keeper) for _ in range(4)))
    await rounds(keeper)
    assert sum(done > 0 for done in together) > 1, "they should have met"
    misses = (
        "SELECT max(n) FROM (SELECT count(*) AS n FROM case_events WHERE type <> 'filed'"
        " GROUP BY case_id, body::jsonb -> 'data' ->> 'stage') AS found"
    )
    assert (await house.one(DUE), await house.one(misses)) == (0, 1)
    await number_all(pool.connection)
    async with connect(services.database_url(), schema=house.schema) as conn:
        assert (await verify(conn)).cases == 60
        await conn.execute("UPDATE cases SET due_at = now() WHERE number LIKE '%7'")
        with pytest.raises(Wrong, match="due_at is"):
            await verify(conn)


async def test_a_tick_that_fails_is_put_off_and_the_others_go_on(house, pool, keeper, monkeypatch):
    await file(pool, reports(6, received_at=LONG_AGO, observed_at=LONG_AGO))
    bad = await house.one("SELECT id::text FROM cases ORDER BY id LIMIT 1")
    real = timekeeper.apply

    def apply(case, *args):
        if case.id == bad:
            raise ZeroDivisionError
        return real(case, *args)

    monkeypatch.setattr(timekeeper, "apply", apply)
    await rounds(keeper)
    waiting = await house.rows(
        "SELECT id::text, tick_failures, retry_at > now() FROM cases WHERE next_tick <= now()"
    )
    assert waiting == [(bad, 1, True)]
    async with pool.connection() as conn:
        assert (await look(conn)).ticks_failing == 1
        await conn.execute("UPDATE cases SET retry_at = NULL")
    monkeypatch.setattr(timekeeper, "apply", real)
    await rounds(keeper)
    assert await house.one(DUE) == 0


async def test_a_case_that_cannot_be_read_is_put_off_and_the_others_go_on(house, pool, keeper):
    """As a newer version running beside would write it."""
    await file(pool, reports(6, received_at=LONG_AGO, observed_at=LONG_AGO))
    bad = await house.one("SELECT id::text FROM cases ORDER BY id LIMIT 1")
    async with pool.connection() as conn:
        await conn.execute(
            "UPDATE cases SET version = version + 1, state = replace(state, '{', '{\"new\":1,')"
            " WHERE id = %s",
            [bad],
        )
    await rounds(keeper)
    waiting = await house.rows("SELECT id::text FROM cases WHERE next_tick <= now()")
    assert waiting == [(bad,)]


async def test_the_feed_and_its_anchor_share_one_connection_to_kafka(house, monkeypatch):
    made = []

    def make(**settings):
        made.append(AIOKafkaProducer(**settings))
        return made[-1]

    monkeypatch.setattr(publisher, "AIOKafkaProducer", make)
    sender = publisher.Publisher(bootstrap(), f"{house.prefix}case-events")
    try:
        await asyncio.gather(*(sender.send([(key, "{}")]) for key in "ab"))
    finally:
        await sender.close()
        for producer in made:
            await producer.stop()
    assert len(made) == 1


async def test_a_month_that_cannot_be_made_stops_no_clerk(house, pool, keeper):
    """An API whose clock was wrong may have filed into it: its events lie with the rest."""
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    table = f"case_events_{month:%Y_%m}"
    async with pool.connection() as conn:
        await conn.execute(f"DROP TABLE {table}")
    await file(pool, reports(1))
    with pytest.raises(Exception, match="default partition"):
        await keeper._make_months()
    await keeper._look_after_months()
    assert await house.one("SELECT count(*) FROM case_events_rest") == 1
