"""A layout of cells published while everything runs: each report gets the cell of its time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from geo_data import verify
from geo_data.areas import NoLayout
from geo_data.database import connect
from geo_data.layout import publishing, store
from streams.cells import prepare
from tests import city, services
from tests.stream_house import CITY, intake_of, messages, pool_of, report, reports

SECOND = timedelta(seconds=1)
#: The same city with cells that are a little wider: most positions lie in another one.
WIDER = city.City(step=0.006)


@pytest.fixture
async def pool(house):
    async with pool_of(house) as pool:
        yield pool


@pytest.fixture
async def intake(pool):
    return await intake_of(pool)


async def change(house, begin, drawn=WIDER, *, withdraw=False):
    """Let another layout hold from a moment on, however near; its number."""
    async with connect(services.database_url(), schema=house.schema) as conn, conn.transaction():
        number = await city.build(conn, drawn, draft=True)
        await store.begin(conn, number, begin, "test")
        if withdraw:
            await publishing.withdraw(conn)
    return number


def at(moment, x=5, y=5):
    """A report from a place that both cities cover, each with another cell."""
    lon, lat = CITY.middle(x, y)
    return report(lon=lon, lat=lat, received_at=moment, observed_at=moment)


async def found(house):
    """Layout and cell of every case, in the order in which they were received."""
    return await house.rows("SELECT layout, cell FROM cases ORDER BY received_at")


async def test_each_report_gets_the_layout_of_when_it_was_received(house, intake):
    now = datetime.now(UTC)
    second = await change(house, now)
    sent = [at(now - timedelta(days=9)), at(now - SECOND), at(now), at(now + SECOND)]
    await intake.take(messages(sent[::-1]))
    old, new = (second - 1, CITY.code(5, 5)), (second, WIDER.code(4, 4))
    assert await found(house) == [old, old, new, new]


async def test_a_report_from_before_all_layouts_gets_the_first(house, intake):
    await house.rows("UPDATE layouts SET valid_from = now() + interval '1 hour' RETURNING id")
    await intake.take(messages([at(datetime.now(UTC))]))
    assert await found(house) == [(1, CITY.code(5, 5))]


async def test_a_layout_that_ended_without_a_next_stops_the_worker_and_says_so(house, intake):
    await house.rows("UPDATE layouts SET valid_to = now() RETURNING id")
    with pytest.raises(NoLayout, match="layout 1 is over and none follows it"):
        await intake.take(messages([at(datetime.now(UTC))]))


async def test_what_is_published_between_two_batches_is_known_in_the_second(house, intake):
    now = datetime.now(UTC)
    await intake.take(messages([at(now)]))
    second = await change(house, now + SECOND)
    await intake.take(messages([at(now + 2 * SECOND)], first=1))
    assert await found(house) == [(second - 1, CITY.code(5, 5)), (second, WIDER.code(4, 4))]


async def test_what_is_withdrawn_is_not_used(house, intake, pool):
    later = datetime.now(UTC) + timedelta(minutes=5)
    await change(house, later, withdraw=True)
    async with pool.connection() as conn:
        await intake.cells.load(conn)
    draft = await change(house, later + SECOND, city.City(step=0.007))
    async with pool.connection() as conn:
        await publishing.withdraw(conn)
    await intake.take(messages([at(later + 2 * SECOND)]))
    assert await found(house) == [(draft - 2, CITY.code(5, 5))]


async def test_a_layout_to_come_is_loaded_before_any_report_needs_it(house, intake, pool):
    begin = datetime.now(UTC) + timedelta(minutes=3)
    second = await change(house, begin)
    await prepare(pool, intake.cells)
    assert intake.cells.lacks([begin - SECOND, begin]) == set()
    assert intake.cells.at(begin).layout == second


async def test_of_layouts_that_are_over_a_few_are_kept(house, intake, pool):
    now = datetime.now(UTC)
    for day in range(5, 0, -1):
        await change(house, now - timedelta(days=day), city.City(step=0.005 + day / 1000))
    sent = [at(now - timedelta(days=day, hours=-1)) for day in range(6)]
    await intake.take(messages(sent))
    assert len({layout for layout, _ in await found(house)}) == 5
    await prepare(pool, intake.cells)
    assert len(intake.cells.lacks(one.received_at for one in sent)) == 2
    await intake.take(messages([at(one.received_at) for one in sent], first=9))
    assert len(await found(house)) == 12


async def test_while_reports_stream_in_nothing_is_lost_and_nothing_is_misplaced(house):
    for _ in range(2):
        await house.start("worker")
    await house.start("clerk")
    for process in house.processes[:2]:
        await process.ready()
    begin = datetime.now(UTC) + timedelta(seconds=3)
    publisher = asyncio.create_task(change(house, begin))
    sent = 0
    while (now := datetime.now(UTC)) < begin + timedelta(seconds=1.5):
        # What lay in a queue comes later than it was received, some of it from before the change.
        for late in (0, 0, 1, 3, 60):
            moment = now - timedelta(seconds=late)
            made = reports(5, seed=sent, received_at=moment, observed_at=moment)
            await house.send(made)
            sent += len(made)
        await asyncio.sleep(0.05)
    assert await publisher == 2
    await house.done(sent)
    assert await house.one("SELECT count(*) FROM reports") == sent
    assert await house.one("SELECT count(*) FROM rejects") == 0
    misplaced = """
        SELECT count(*) FROM reports AS r
          JOIN case_events AS e ON e.case_id = r.case_id AND e.type = 'filed'
         CROSS JOIN LATERAL (SELECT e.body::jsonb -> 'data' -> 'place' AS place) AS p
          JOIN layouts AS l ON l.id = (p.place ->> 'layout')::int
          LEFT JOIN areas AS a ON a.layout = l.id AND a.code = p.place ->> 'cell'
         WHERE NOT tstzrange(l.valid_from, l.valid_to) @> r.received_at
            OR (p.place ? 'cell' AND (a.code IS NULL OR a.path <> p.place ->> 'path'))"""
    assert await house.one(misplaced) == 0
    under = "SELECT DISTINCT body::jsonb -> 'data' -> 'place' ->> 'layout' FROM case_events"
    assert len(await house.rows(under + " WHERE type = 'filed'")) == 2
    await house.until("SELECT count(*) FROM cases WHERE closed_at IS NULL AND layout = 1", 0)
    await house.until("SELECT count(*) FROM feed_pending", 0)
    for process in house.processes:
        assert await process.stop() == 0
    async with connect(services.database_url(), schema=house.schema) as conn:
        assert (await verify.verify(conn)).reports == sent
