"""Surges through the whole of it: filed by several workers, found in the feed, gathered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from geo_data.database import connect
from geo_data.verify import verify
from tests import services
from tests.integration.streams.watching import watch
from tests.stream_house import CITY, intake_of, messages, pool_of, reports

#: Cells on the corner of two communities; the lowest area over both is a street.
CORNER = CITY.middle(1, 1)[0] + CITY.step / 2, CITY.middle(1, 1)[1] + CITY.step / 2
FAULTS = "SELECT p.id::text, array_agg(c.id::text ORDER BY c.id), p.path, p.level, p.reports FROM"


@pytest.fixture
async def pool(house):
    async with pool_of(house) as made:
        yield made


async def parents(house):
    return await house.rows(
        f"{FAULTS} cases p JOIN cases c ON c.parent = p.id GROUP BY p.id ORDER BY p.id"
    )


def crowd(n, lon, lat, seed=1, **changes):
    """`n` reports by different people within 50 m and 20 minutes."""
    rng = Random(seed)
    made = reports(n, seed=seed + 1000, **changes)
    return [
        replace(
            one,
            lon=lon + rng.uniform(-1, 1) * 0.0004,
            lat=lat + rng.uniform(-1, 1) * 0.0004,
            observed_at=one.received_at - timedelta(minutes=20 * rng.random()),
        )
        for one in made
    ]


async def test_five_reporters_make_one_parent_and_later_ones_join(house, pool):
    intake = await intake_of(pool)
    sent = crowd(8, *CORNER)
    await intake.take(messages(sent[:4]))
    await watch(pool)
    assert await parents(house) == []
    await intake.take(messages(sent[4:5], first=4))
    await watch(pool)
    ((parent, children, path, level, counted),) = await parents(house)
    assert (len(children), counted, path, level) == (5, 5, CITY.path(1, 1)[:22], "district")
    await intake.take(messages(sent[5:], first=5))
    await watch(pool)
    ((same, children, _, _, counted),) = await parents(house)
    assert (same, len(children), counted) == (parent, 8, 8)
    assert await house.one("SELECT status FROM cases WHERE id = %s", parent) == "open"
    async with connect(services.database_url(), schema=house.schema) as conn:
        assert (await verify(conn)).cases == 9


async def test_one_person_five_times_is_no_surge(house, pool):
    person = {"phone": "13800000000"}
    sent = crowd(5, *CORNER, reporter=person)
    await (await intake_of(pool)).take(messages(sent))
    await watch(pool)
    assert await parents(house) == []
    assert await house.one("SELECT count(*) FROM sightings") == 5


async def test_a_parent_that_is_over_takes_no_more(house, pool):
    intake = await intake_of(pool)
    sent = crowd(6, *CORNER)
    await intake.take(messages(sent[:5]))
    await watch(pool)
    ((parent, _, _, _, _),) = await parents(house)
    async with connect(services.database_url(), schema=house.schema) as conn:
        # another process closed it, and the feed does not say so yet
        await conn.execute("ALTER TABLE cases DISABLE TRIGGER guard_case")
        await conn.execute(
            "UPDATE cases SET status = 'closed', closed_at = now(), next_tick = NULL,"
            ' due_at = NULL, state = replace(state, \'"status":"open"\', \'"status":"closed"\')'
            " WHERE id = %s",
            (parent,),
        )
    await intake.take(messages(sent[5:], first=5))
    await watch(pool)
    ((_, children, _, _, _),) = await parents(house)
    assert len(children) == 5
    alone = "SELECT count(*) FROM sightings WHERE parent IS NULL AND look_at IS NOT NULL"
    assert await house.one(alone) == 1, "looked at again when the feed has told what became of it"
