"""Repetition, duplicates and what people take apart, through the feed and the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from geo_data import keys, merging
from geo_data.commanding import give
from geo_data.policies import load_shipped
from grid.cases.commands import Merge, Settle, Unmerge
from grid.model import Source
from grid.principal import Principal, Role
from tests.integration.streams.watching import replay, watch
from tests.sequencing import number_all
from tests.stream_house import CITY, intake_of, messages, pool_of, report, reports

POLICY = load_shipped("default")
HERE = CITY.middle(2, 2)
BOSS = Principal("key:boss", Role.ADMIN, "3707/")
BINS = "小区北门垃圾桶满了没人清理，臭味很大"


@pytest.fixture
async def pool(house):
    async with pool_of(house) as made:
        yield made


def at(*, hours_ago=0.0, **said):
    """A report from the same place, so many hours ago."""
    one = report(lon=HERE[0], lat=HERE[1], **said)
    return replace(one, observed_at=one.received_at - timedelta(hours=hours_ago))


async def file(pool, *sent, first=0):
    await (await intake_of(pool)).take(messages(sent, first=first))
    await watch(pool)


async def case_of(house, one):
    return await house.one("SELECT case_id::text FROM reports WHERE id = %s", one.id)


async def repeats(house, one):
    """The `why` of the escalation by repetition, None where there is none."""
    rows = await house.rows(
        "SELECT body::json #> '{data,why,facts}' FROM case_events"
        " WHERE case_id = %s AND body::json #>> '{data,cause}' = 'repetition'",
        await case_of(house, one),
    )
    return rows[0][0] if rows else None


async def key_of(pool, role, area):
    async with pool.connection() as conn:
        made, _ = await keys.add(conn, role=role, area=area, by="tests")
    return f"key:{made}"


async def test_the_third_report_is_lifted_once_and_says_why(house, pool):
    sent = [at(hours_ago=h) for h in (50, 30, 20)]
    await file(pool, *sent[:2])
    await file(pool, sent[2], first=2)
    assert await repeats(house, sent[1]) is None
    facts = await repeats(house, sent[2])
    number = await house.one(
        "SELECT number FROM cases WHERE id = %s", await case_of(house, sent[0])
    )
    assert ["repetition", ">=3", "3"] in facts
    assert ["first", "number", number] in facts
    level = await house.one("SELECT level FROM cases WHERE id = %s", await case_of(house, sent[2]))
    assert level == "community"
    head = await house.one("SELECT number FROM feed_head")
    await replay(pool)
    assert await house.one("SELECT number FROM feed_head") == head


async def test_the_own_team_does_not_make_its_cell_look_bad(house, pool):
    own = await key_of(pool, Role.WORKER, CITY.path(2, 2))
    other = await key_of(pool, Role.WORKER, CITY.path(5, 5))
    sent = [at(hours_ago=70 - n, sender=own, source=Source.WORKER) for n in range(3)]
    sent += [at(hours_ago=40), at(hours_ago=9, sender=other, source=Source.WORKER)]
    await file(pool, *sent)
    assert [await repeats(house, one) for one in sent] == [None] * 5
    third = at(hours_ago=1)
    await file(pool, third, first=5)
    assert await repeats(house, third) is not None


async def test_again_after_it_was_closed(house, pool):
    first = at(hours_ago=30, source=Source.INSPECTOR)  # nobody who would be called back
    await file(pool, first)
    async with pool.connection() as conn, conn.transaction():
        evidence = frozenset({"after_photo", "note", "party_confirms"})
        await give(conn, await case_of(house, first), Settle(by=BOSS, evidence=evidence), POLICY)
    await watch(pool)
    before = at(hours_ago=20)  # came in now, seen before it was closed
    again = at(sender="key:somebody")
    await file(pool, before, first=1)
    await file(pool, replace(again, observed_at=report().received_at), first=2)
    assert await repeats(house, before) is None
    assert await repeats(house, again) is not None


async def test_a_citizen_who_sends_five_times_is_one_reporter(house, pool):
    citizen = await key_of(pool, Role.CITIZEN, "3707/")
    five = [at(sender=citizen, reporter={"phone": f"1380000000{n}"}) for n in range(5)]
    await file(pool, *five)
    assert await house.one("SELECT count(*) FROM cases WHERE parent IS NOT NULL") == 0
    assert await house.one("SELECT count(DISTINCT reporter) FROM sightings") == 1
    system = await key_of(pool, Role.SOURCE, "3707/")
    await file(pool, *(at(sender=system) for _ in range(4)), first=5)
    assert await house.one("SELECT count(*) FROM cases WHERE parent IS NOT NULL") == 9


async def test_what_people_took_apart_stays_apart(house, pool):
    sent = [at(hours_ago=n / 60) for n in range(6)]
    await file(pool, *sent)
    taken, parent = await case_of(house, sent[2]), "SELECT parent FROM cases WHERE id = %s"
    stood = await house.one(parent, taken)
    assert stood is not None
    async with pool.connection() as conn, conn.transaction():
        await merging.unmerge(conn, taken, Unmerge(by=BOSS, note="a matter of its own"), POLICY)
    await watch(pool)
    await file(pool, at(), at(), first=6)
    await replay(pool)
    assert await house.one(parent, taken) is None
    assert await house.one("SELECT count(*) FROM cases WHERE parent = %s", stood) == 7
    async with pool.connection() as conn, conn.transaction():  # people may put it back
        await merging.merge(conn, taken, str(stood), Merge(by=BOSS), POLICY)
    await watch(pool)
    assert await house.one(parent, taken) == stood


async def test_what_has_cases_under_itself_hands_them_on(house, pool):
    two = [at(hours_ago=n / 60) for n in (1, 2)]
    await file(pool, *two)
    under, over = [await case_of(house, one) for one in two]
    async with pool.connection() as conn, conn.transaction():
        await merging.merge(conn, under, over, Merge(by=BOSS), POLICY)
    await watch(pool)
    await file(pool, *(at() for _ in range(5)), first=2)
    rows = await house.rows("SELECT parent, count(*) FROM cases GROUP BY parent ORDER BY 2")
    assert [n for _, n in rows] == [1, 7]
    parent = rows[1][0]
    assert await house.one("SELECT reports FROM cases WHERE id = %s", parent) == 7
    assert await house.one("SELECT reports FROM cases WHERE id = %s", over) == 1


SUGGESTED = "SELECT state, score, reasons FROM suggestions"


async def test_a_duplicate_is_suggested_with_reasons_and_without_words(house, pool):
    one = at(hours_ago=20, description=BINS)
    other = at(hours_ago=1, description="北门的垃圾桶又满了，臭味大，一直没人清理")
    far = report(lon=CITY.middle(5, 5)[0], lat=CITY.middle(5, 5)[1], description=BINS)
    await file(pool, one, far)
    await file(pool, other, first=2)
    ((state, score, reasons),) = await house.rows(SUGGESTED)
    assert (state, 0.6 < score < 1) == ("open", True)
    assert [r["ground"] for r in reasons] == ["distance", "category", "words", "time"]
    assert "垃圾" not in str(reasons)
    await replay(pool)
    assert len(await house.rows(SUGGESTED)) == 1


async def test_words_that_are_gone_are_no_reason(house, pool):
    one = at(hours_ago=20, description=BINS)
    await file(pool, one)
    async with pool.connection() as conn:
        await conn.execute("UPDATE report_details SET description = NULL, salt = NULL")
    await file(pool, at(hours_ago=1, description=BINS), first=1)
    ((_, _, reasons),) = await house.rows(SUGGESTED)
    assert "words" not in [r["ground"] for r in reasons]


async def test_a_suggestion_is_closed_by_merging_or_by_an_end(house, pool):
    three = [at(hours_ago=h) for h in (60, 40, 20)]
    await file(pool, *three)
    assert [row[0] for row in await house.rows(SUGGESTED)] == ["open"] * 3
    one, other, third = [await case_of(house, r) for r in three]
    async with pool.connection() as conn, conn.transaction():
        await merging.merge(conn, one, other, Merge(by=BOSS), POLICY)
    await watch(pool)
    pairs = {
        frozenset(map(str, row[:2])): row[2]
        for row in await house.rows("SELECT case_id, other, state FROM suggestions")
    }
    assert pairs == {
        frozenset({one, other}): "merged",
        frozenset({one, third}): "over",
        frozenset({other, third}): "open",
    }


async def test_noise_all_over_the_city_is_nothing(house, pool):
    rng = Random(1)
    sent = [
        replace(one, observed_at=one.received_at - timedelta(days=rng.uniform(0, 6)))
        for one in reports(120)
    ]
    await file(pool, *sent)
    await number_all(pool.connection)
    assert await house.one("SELECT count(*) FROM cases WHERE parent IS NOT NULL") == 0
    assert await house.one("SELECT count(*) FROM case_events WHERE type = 'escalated'") == 0
