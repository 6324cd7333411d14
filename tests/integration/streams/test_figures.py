"""The follower keeps what the histories say; the database counts as the table of figures says."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from geo_data import case_facts, feed
from geo_data.database import connect
from geo_data.figure_queries import Asked, behind, tallies
from geo_data.rights import RowFilter
from grid.figures import counting as pure
from grid.figures.counting import AWAY, RAW, Period, Tally, columns_for, columns_of
from grid.figures.figure import Of
from grid.figures.figures import FIGURES
from grid.figures.fold import facts_of
from grid.model import Level, Source
from streams.figures import Figures
from streams.followers import one_batch
from tests import services
from tests.city import City
from tests.lives import lives
from tests.lives_stored import store
from tests.stream_house import pool_of

CELLS = City()
LIVES = [
    *lives(150, seed=11, days=50, cells=CELLS),
    *lives(80, seed=12, days=50, cells=CELLS, source=Source.WORKER),
]
FACTS = {life.case.id: facts_of(life.events) for life in LIVES}
TABLES = ("case_facts", "held_stages", "callbacks")


@pytest.fixture(scope="module")
async def schema():
    """A schema with the histories in its feed."""
    async with services.schema() as name:
        async with connect(services.database_url(), schema=name) as conn:
            await store(conn, LIVES)
        yield name


@pytest.fixture
async def pool(schema):
    class House:
        pass

    house = House()
    house.schema = schema
    async with pool_of(house) as made:
        async with made.connection() as conn:
            await feed.add_follower(conn, Figures.name)
        yield made


async def follow(pool, batch, follower=None):
    follower = follower or Figures()
    follower.batch = batch
    while await one_batch(pool, follower):
        pass


async def rewind(pool):
    async with pool.connection() as conn:
        await feed.move_follower(conn, Figures.name, 0)


async def rows(pool):
    async with pool.connection() as conn:
        return {
            table: sorted(await (await conn.execute(f"SELECT t::text FROM {table} t")).fetchall())
            for table in TABLES
        }


@pytest.mark.parametrize("batch", [7, 100, 2000])
async def test_whatever_the_batches_the_facts_are_those_of_the_histories(pool, batch):
    await rewind(pool)
    await follow(pool, batch)
    async with pool.connection() as conn:
        stored = await case_facts.read(conn, list(FACTS))
    assert stored.keys() == FACTS.keys()
    for case_id, facts in FACTS.items():
        assert sorted(stored[case_id].calls) == sorted(facts.calls)
        assert stored[case_id]._replace(calls=()) == facts._replace(calls=())


async def test_read_again_from_the_beginning_the_feed_gives_the_same_rows(pool):
    await rewind(pool)
    await follow(pool, 500)
    before = await rows(pool)
    assert all(before.values())
    await rewind(pool)
    await follow(pool, 60)
    assert await rows(pool) == before


async def test_another_clerk_goes_on_where_the_first_stopped_in_the_middle(pool):
    await rewind(pool)
    first, second = Figures(), Figures()
    first.batch = second.batch = 40
    for _ in range(200):
        await one_batch(pool, first)
        await one_batch(pool, second)
    async with pool.connection() as conn:
        stored = await case_facts.read(conn, list(FACTS))
    assert {i: f.version for i, f in stored.items()} == {i: f.version for i, f in FACTS.items()}
    assert {i: f.held for i, f in stored.items()} == {i: f.held for i, f in FACTS.items()}


async def test_what_a_failed_transaction_left_in_memory_does_no_harm(pool):
    await rewind(pool)
    async with pool.connection() as conn:
        for table in TABLES:
            await conn.execute(f"TRUNCATE {table}")
    follower = Figures()
    async with pool.connection() as conn, conn.transaction(force_rollback=True):
        await follower.take(conn, await feed.read(conn, 0, 400))
    await follow(pool, 90, follower)
    async with pool.connection() as conn:
        stored = await case_facts.read(conn, list(FACTS))
    assert {i: f.held for i, f in stored.items()} == {i: f.held for i, f in FACTS.items()}


# ── SQL and numpy count alike ────────────────────────────────────────────────────────────────

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
FEBRUARY, MARCH = JANUARY.replace(month=2), JANUARY.replace(month=3)
PERIODS = {
    "a past month": Period(JANUARY, FEBRUARY, MARCH),
    "this month": Period(FEBRUARY, MARCH, FEBRUARY.replace(day=14)),
}
DISTRICT = CELLS.path(0, 0)[:12]


def expected(figure, asked):
    """What numpy counts, by group."""
    counting = figure.by(asked.by)
    column = {"area": "area" if counting.of is Of.STAGE else "path", "category": "category"}.get(
        asked.by, "department"
    )
    if asked.by == "worker":
        column = "person" if counting.of is Of.STAGE and figure.person else figure.person
        if column is None:
            return None
    needed = columns_for([counting]) | {column, "path"}
    if counting.of is Of.STAGE:
        needed |= {"area"}
    columns = columns_of(counting.of, FACTS.values(), needed)
    area = asked.rights.area.encode()
    inside = np.char.startswith(columns["path"], area)
    if asked.by == "area" and counting.of is Of.STAGE:
        inside &= np.char.startswith(columns["area"], area)
    columns = {name: values[inside] for name, values in columns.items()}
    groups = columns[column]
    if asked.by == "area":
        depth = 5 - asked.level.rank
        groups = np.array([[*path.split(b"/"), *[b""] * 5][depth - 1] for path in groups])
    found = pure.tallies(counting, columns, groups, asked.period)
    return {group.decode(): tally for group, tally in found.items()}


def plain(groups):
    return {
        group: (t.counted, t.raw, t.exempted, dict(t.excluded), round(t.above), round(t.below))
        for group, t in groups.items()
        if t != Tally()
    }


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("area", ["3707/", DISTRICT])
@pytest.mark.parametrize("by", ["area", "department", "category", "worker"])
async def test_the_database_counts_as_the_table_says(pool, by, area, period):
    await follow(pool, 2000)
    asked = Asked(RowFilter(area, "", masked=False), PERIODS[period], by=by, level=Level.COMMUNITY)
    async with pool.connection() as conn:
        found = await tallies(conn, FIGURES, asked)
        for figure in FIGURES:
            wanted = expected(figure, asked)
            assert (wanted is None) == (figure.name not in found), figure.name
            if wanted is None:
                continue
            assert plain(found[figure.name]) == plain(wanted), figure.name
            listed = await behind(conn, figure, asked, hits=None, offset=0, limit=10_000)
            counts = sum(row.code >= 0 for row in listed)
            assert counts == sum(t.counted for t in wanted.values()), figure.name
            assert all(row.code != AWAY for row in listed)
            hits = await behind(conn, figure, asked, hits=RAW, offset=0, limit=10_000)
            assert len(hits) == sum(t.raw for t in wanted.values())
