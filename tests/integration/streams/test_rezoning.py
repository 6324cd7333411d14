"""Live cases move to the layout that holds now, each once and with an event; others stay."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from geo_data import commanding, keys, rezoning, team_changes, verify
from geo_data.database import connect
from geo_data.layout import publishing
from geo_data.policies import PolicyStore, load_shipped
from grid.cases.commands import Accept, Decline, Reopen, Void
from grid.principal import Principal, Role
from streams.rezoning import Rezoning
from streams.wake import Bell
from tests import city, services
from tests.integration.streams.test_new_layout import WIDER, at, change
from tests.stream_house import CITY, intake_of, messages, pool_of, reports

POLICY = load_shipped("default")
SECOND = timedelta(seconds=1)
CLERK = Principal("key:clerk", Role.ADMIN, "3707/")
NOTE = "ab" * 32


@pytest.fixture
async def pool(house):
    async with pool_of(house) as pool:
        yield pool


@pytest.fixture
async def intake(pool):
    return await intake_of(pool)


@pytest.fixture
def clerk(pool):
    return rezoner(pool)


def rezoner(pool):
    stop = asyncio.Event()
    return Rezoning(pool, PolicyStore(), Bell(stop), stop)


async def all_of(clerk, batch=rezoning.BATCH):
    """Everything that waits; how many cases."""
    done = 0
    while moved := await clerk.step(batch):
        done += moved
    return done


async def give(pool, case_id, command):
    async with pool.connection() as conn, conn.transaction():
        return await commanding.give(conn, case_id, command, POLICY)


async def only_case(house):
    return str(await house.one("SELECT id FROM cases"))


async def whole(house):
    """The history holds: every case is the fold of its events."""
    async with connect(services.database_url(), schema=house.schema) as conn:
        return await verify.verify(conn)


async def test_every_live_case_moves_once_and_closed_ones_stay(house, pool, intake, clerk):
    now = datetime.now(UTC)
    await intake.take(messages(reports(40, received_at=now, observed_at=now)))
    over = [str(row[0]) for row in await house.rows("SELECT id FROM cases ORDER BY id LIMIT 5")]
    for case_id in over:
        await give(pool, case_id, Void(by=CLERK, note=NOTE))
    await change(house, now)
    assert await all_of(clerk, batch=7) == 35
    assert await all_of(clerk) == 0
    assert await house.rows("SELECT layout, count(*) FROM cases GROUP BY 1 ORDER BY 1") == [
        (1, 5),
        (2, 35),
    ]
    assert await house.one("SELECT count(*) FROM case_events WHERE type = 'rezoned'") == 35
    strays = """
        SELECT count(*) FROM cases AS c JOIN areas AS a ON a.layout = c.layout AND a.code = c.cell
         WHERE NOT public.ST_Covers(a.geom, c.point) OR a.path <> c.path
            OR c.charge_path <> a.path AND c.level = 'grid'"""
    assert await house.one(strays) == 0
    assert (await whole(house)).cases == 40


async def test_what_waits_is_told_with_the_age_of_the_oldest(house, pool, intake, clerk):
    async def backlog():
        async with pool.connection() as conn:
            return await rezoning.backlog(conn)

    now = datetime.now(UTC)
    await intake.take(messages([at(now), at(now)]))
    assert await backlog() == (0, 0.0)
    await change(house, now)
    fresh = await backlog()
    assert fresh.cases == 2
    assert fresh.oldest_s < 60  # both came in only now
    async with connect(services.database_url(), schema=house.schema) as conn:
        ago = "- interval '10 minutes'"
        await conn.execute(f"UPDATE layouts SET valid_to = valid_to {ago} WHERE id = 1")
        await conn.execute(
            f"UPDATE cases SET changed_at = changed_at {ago}"
            " WHERE id = (SELECT id FROM cases LIMIT 1)"
        )
    assert 600 <= (await backlog()).oldest_s < 660
    await all_of(clerk)
    assert await backlog() == (0, 0.0)


async def test_the_event_tells_from_where_and_no_deadline_moves(house, intake, clerk):
    now = datetime.now(UTC)
    await intake.take(messages([at(now)]))
    dues = "SELECT due_at, promise_due, next_tick, level, status FROM cases"
    before = await house.rows(dues)
    await change(house, now)
    await all_of(clerk)
    assert await house.rows(dues) == before
    [(path, was, body)] = await house.rows(
        "SELECT path, path_before, body FROM case_events WHERE type = 'rezoned'"
    )
    assert (path, was) == (WIDER.path(4, 4), CITY.path(5, 5))
    facts = json.loads(body)["data"]["why"]["facts"]
    assert facts == [["layout", "before", "1"], ["place", "before", CITY.path(5, 5)]]


async def test_a_case_outside_every_cell_is_the_citys_until_a_cell_covers_it(house, intake, clerk):
    now = datetime.now(UTC)
    beyond = city.City(step=0.009)
    await intake.take(messages([at(now, 12, 12)]))
    assert await house.rows("SELECT cell, path FROM cases") == [(None, "3707/")]
    await change(house, now, beyond)
    await all_of(clerk)
    assert await house.rows("SELECT cell, path, charge_path FROM cases") == [
        (beyond.code(6, 6), beyond.path(6, 6), "3707/")
    ]


async def test_who_has_it_in_hand_stays_where_there_is_a_duty_else_who_answers(
    house, pool, intake, clerk
):
    head = "area,person,name,duty,full_time,valid_from\n"
    new = WIDER.code(4, 4)
    sheet = head + (
        f"{new},wang,王,responsible,yes,2026-01-01\n{new},li,李,assistant,no,2026-01-01\n"
    )
    async with pool.connection() as conn:
        await team_changes.load_sheet(conn, "t.csv", sheet, (), by="tests")
    now = datetime.now(UTC)
    await intake.take(messages([at(now), at(now)]))
    for person in ("li", "zhao"):
        case_id = await house.one("SELECT id FROM cases WHERE status = 'open' LIMIT 1")
        worker = Principal(person, Role.WORKER, CITY.path(5, 5))
        await give(pool, str(case_id), Accept(by=worker))
    await change(house, now)
    await all_of(clerk)
    people = await house.rows("SELECT handler_person, handler_path FROM cases ORDER BY 1")
    assert people == [("li", WIDER.path(4, 4)), ("wang", WIDER.path(4, 4))]


async def test_keys_go_with_their_areas_to_other_parents(house, pool, clerk):
    code, gone = CITY.code(5, 5), "3707/nowhere/"
    async with pool.connection() as conn:
        _, key = await keys.add(conn, role=Role.WORKER, area=CITY.path(5, 5), name="李", by="tests")
        _, other = await keys.add(conn, role=Role.STAFF, area=gone, name="王", by="tests")
    await clerk.step()
    assert (await seen(pool, key), await seen(pool, other)) == (CITY.path(5, 5), gone)
    number = await change(house, datetime.now(UTC))
    path = "3707/elsewhere/street/village/" + code + "/"
    await house.rows(
        "UPDATE areas SET path = %s WHERE layout = %s AND code = %s RETURNING code",
        *(path, number, code),
    )
    await clerk.step()
    assert (await seen(pool, key), await seen(pool, other)) == (path, gone)


async def seen(pool, key):
    """The area of a key."""
    async with pool.connection() as conn:
        return (await keys.find(conn, keys.digest(key))).area


async def test_two_clerks_at_once_move_each_case_once(house, pool, intake):
    now = datetime.now(UTC)
    await intake.take(messages(reports(60, received_at=now, observed_at=now)))
    await change(house, now)
    done = await asyncio.gather(*(all_of(rezoner(pool), batch=5) for _ in range(2)))
    assert sum(done) == 60
    assert await house.one("SELECT count(*) FROM case_events WHERE type = 'rezoned'") == 60


async def test_what_comes_back_or_comes_late_moves_too(house, pool, intake, clerk):
    now = datetime.now(UTC)
    await intake.take(messages([at(now)]))
    declined = await only_case(house)
    await give(pool, declined, Decline(by=CLERK, reason="no_competence", note=NOTE))
    await change(house, datetime.now(UTC))
    assert await all_of(clerk) == 0
    await give(pool, declined, Reopen(by=CLERK, note=NOTE))
    await intake.take(messages([at(now)], first=1))
    assert await house.one("SELECT count(*) FROM cases WHERE layout = 1") == 2
    assert await all_of(clerk) == 2
    assert await house.one("SELECT count(*) FROM cases WHERE layout = 2") == 2


async def test_rolled_back_they_are_where_they_were_under_another_number(
    house, pool, intake, clerk
):
    now = datetime.now(UTC)
    await intake.take(messages(reports(20, received_at=now, observed_at=now)))
    where = "SELECT id, path, charge_path, handler_path, due_at FROM cases ORDER BY id"
    before = await house.rows(where)
    await change(house, now)
    assert await all_of(clerk) == 20
    assert await house.rows(where) != before
    async with pool.connection() as conn:
        back = await publishing.roll_back(conn, None, "tests")
        at_once = datetime.now(UTC)
        await conn.execute("UPDATE layouts SET valid_to = %s WHERE id = 2", [at_once])
        await conn.execute(
            "UPDATE layouts SET valid_from = %s WHERE id = %s", [at_once, back.number]
        )
    assert await all_of(clerk) == 20
    assert await house.rows(where) == before
    assert await house.rows("SELECT DISTINCT layout FROM cases") == [(back.number,)]
    assert (await whole(house)).events == 60


async def test_what_holds_later_moves_nothing_yet(house, intake, clerk):
    now = datetime.now(UTC)
    await change(house, now + timedelta(minutes=5))
    await intake.take(messages([at(now), at(now + timedelta(minutes=6))]))
    assert await all_of(clerk) == 0
    assert await house.rows("SELECT layout FROM cases ORDER BY 1") == [(1,), (2,)]


async def test_a_case_that_cannot_be_moved_keeps_no_other(house, intake, clerk):
    now = datetime.now(UTC)
    await intake.take(messages(reports(9, received_at=now, observed_at=now)))
    await house.rows(
        "UPDATE cases SET state = '{}', version = version + 1"
        " WHERE id = (SELECT min(id::text)::uuid FROM cases) RETURNING id"
    )
    await change(house, now)
    assert await all_of(clerk, batch=3) == 8


async def test_a_clerk_killed_in_the_middle_leaves_the_rest_to_the_next(house, intake):
    now = datetime.now(UTC)
    await intake.take(messages(reports(1500, received_at=now, observed_at=now)))
    first = await house.start("clerk")
    await first.says("clerk at work")
    await change(house, now)
    await house.until("SELECT count(*) > 0 FROM cases WHERE layout = 2", True)
    first.signal(9)
    await first.ended()
    waiting = "SELECT count(*) FROM cases WHERE layout = 1 AND closed_at IS NULL"
    assert await house.one(waiting) > 0
    second = await house.start("clerk")
    await house.until(waiting, 0)
    await house.until("SELECT count(*) FROM feed_pending", 0)
    # Whoever follows the feed has heard of it: the watchers, and what is counted.
    for table in ("sightings", "case_facts"):
        apart = f"SELECT count(*) FROM {table} AS t JOIN cases AS c ON c.id = t.case_id"
        await house.until(f"{apart} WHERE t.path <> c.path AND c.closed_at IS NULL", 0)
    assert await second.stop() == 0
    twice = """SELECT count(*) FROM (SELECT FROM case_events WHERE type = 'rezoned'
                                      GROUP BY case_id HAVING count(*) > 1) AS found"""
    assert await house.one(twice) == 0
    assert (await whole(house)).reports == 1500
