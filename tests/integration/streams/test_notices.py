"""Notices of real events in a real database, and messages to gateways that fail as gateways do."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from geo_data import commanding, feed, ledger, notices
from geo_data.ledger import Change
from geo_data.policies import load_shipped
from geo_data.teams import TeamsNow
from grid.cases.commands import Accept, CallBack, Handle, Join, Merge, Verify, Void
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.model import Source
from grid.notices import seal
from grid.principal import WATCHER, Principal, Role
from streams.followers import one_batch
from streams.notices import Notices
from streams.receivers import Receivers
from streams.senders import MESSENGER, SMS, Gateway, Sender, SenderPace
from streams.wake import Bell
from tests.receiver import receiver
from tests.sequencing import number_all
from tests.stream_house import CITY, intake_of, messages, pool_of, report, reports

ADMIN = Principal("key:admin", Role.ADMIN, "3707/")
PHONE = "13800138000"
CALLER = {"name": "王女士", "phone": PHONE, "address": "某小区3号楼"}
SECRET = bytes(range(32))
#: A district's department gets it at once.
MANHOLE = "component.01.01"
PACE = SenderPace(first_wait_s=0.05, most_wait_s=0.2, gateway_wait_s=0.2, hold_s=12.0, look_s=0.05)


@pytest.fixture
async def pool(house):
    async with pool_of(house) as made:
        yield made


async def file(pool, sent):
    """Cases of these reports, numbered in the feed; the cases' ids in the order of the reports."""
    await (await intake_of(pool)).take(messages(sent))
    await number_all(pool.connection)
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT id::text, case_id::text FROM reports")
        found = dict(await rows.fetchall())
    return [found[one.id] for one in sent]


async def give(pool, case_id, command):
    async with pool.connection() as conn, conn.transaction():
        await commanding.give(conn, case_id, command, load_shipped("default"))
    await number_all(pool.connection)


async def close(pool, case_id):
    """Work, check and callback: what ends a case for everybody who reported it."""
    checker = replace(ADMIN, id="key:checker")
    for command in (
        Accept(by=ADMIN),
        Handle(by=ADMIN),
        Verify(by=checker, passed=True),
        CallBack(by=checker, reached=True, satisfied=True),
    ):
        await give(pool, case_id, command)


async def merge(pool, parent_id, child_id):
    """Bring one case under another, as the watcher does."""
    policy = load_shipped("default")
    async with pool.connection() as conn, conn.transaction():
        cases = await ledger.lock(conn, sorted([parent_id, child_id]))
        parent, child = cases[parent_id], cases[child_id]
        now = await commanding.moment(conn, parent, child)
        joined, wholes = apply(
            parent, Join(by=WATCHER, child=child.id, reports=1), Known(), now, policy
        )
        merged, steps = apply(child, Merge(by=WATCHER), Known(parent=parent), now, policy)
        changes = [Change(parent, joined, wholes), Change(child, merged, steps)]
        await ledger.append(conn, changes)
    await number_all(pool.connection)


async def tell(pool, *channels):
    """Let the follower go over everything that it has not seen."""
    async with pool.connection() as conn:
        await feed.add_follower(conn, Notices.name)
    follower = Notices(channels)
    while await one_batch(pool, follower):
        pass


async def stored(pool):
    async with pool.connection() as conn:
        rows = await conn.execute(
            "SELECT template, kind, coalesce(report::text, ''), person, area, department"
            " FROM notices ORDER BY feed, place"
        )
        return await rows.fetchall()


async def states(pool):
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT state, count(*) FROM outbox GROUP BY state")
        return dict(await rows.fetchall())


def called(n, **changes):
    """Reports that the hotline took from callers who left a number."""
    return [replace(one, source=Source.HOTLINE, reporter=CALLER, **changes) for one in reports(n)]


@asynccontextmanager
async def sending(pool, partner, channel=SMS, pace=PACE, limit_s=1.0):
    stop = asyncio.Event()
    gateway = Gateway(channel, partner.url, SECRET)
    work = Sender(
        pool,
        Receivers(private=True, limit_s=limit_s),
        gateway,
        TeamsNow(look_every_s=0.0),
        Bell(stop),
        stop,
        pace,
    )
    task = asyncio.create_task(work.run())
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


def ids(taken):
    return {json.loads(one.body)["id"] for one in taken}


# ── notices ──────────────────────────────────────────────────────────────────────────────────


async def test_what_happened_is_told_once_however_often_the_feed_is_read(pool):
    [one] = called(1, category=MANHOLE)
    [case] = await file(pool, [one])
    await give(pool, case, Void(by=ADMIN, note="a digest"))
    await tell(pool, SMS, MESSENGER)
    first = await stored(pool)
    assert {(template, kind) for template, kind, *_ in first} >= {
        ("filed", "reporter"),
        ("voided", "reporter"),
        ("ended", "handler"),
    }
    assert {row[2] for row in first if row[1] == "reporter"} == {one.id}
    assert {row[3] for row in first if row[1] == "reporter"} == {one.sender}
    messages_before = await states(pool)
    async with pool.connection() as conn:
        await conn.execute("UPDATE followers SET cursor = 0")
    await tell(pool, SMS, MESSENGER)
    assert await stored(pool) == first
    assert await states(pool) == messages_before == {"waiting": len(first)}


async def test_every_reporter_of_a_merged_case_hears_how_the_parent_ends(pool):
    sent = called(3)
    parent, first, second = await file(pool, sent)
    await merge(pool, parent, first)
    await merge(pool, parent, second)
    await close(pool, parent)
    await tell(pool)
    told = await stored(pool)
    assert {row[2] for row in told if row[0] == "closed"} == {one.id for one in sent}
    assert {row[2] for row in told if row[0] == "merged"} == {one.id for one in sent[1:]}
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT facts->>'parent' FROM notices WHERE template = 'merged'")
        numbers = {row[0] for row in await rows.fetchall()}
        row = await (await conn.execute("SELECT number FROM cases WHERE parent IS NULL")).fetchone()
    assert numbers == {row[0]}


async def test_a_case_is_told_as_it_stood_then_not_as_it_stands_now(pool):
    """The feed is read late: the case has long been closed when its filing is told.

    Who came under it afterwards is not told that it was filed.
    """
    sent = called(2)
    case, child = await file(pool, sent)
    await merge(pool, case, child)
    await close(pool, case)
    await tell(pool)
    told = [row[2] for row in await stored(pool) if row[0] == "filed"]
    assert told == [one.id for one in sent]
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT facts FROM notices WHERE template = 'filed'")
        facts = (await rows.fetchall())[0][0]
    assert datetime.fromisoformat(facts["promise"]) > datetime.now(UTC)


async def test_messages_are_made_only_for_gateways_there_are_and_numbers_there_are(pool):
    with_phone, without = called(1), [report(reporter={"name": "李"}), report()]
    await file(pool, with_phone + without)
    await tell(pool)
    assert await states(pool) == {}
    async with pool.connection() as conn:
        await conn.execute("UPDATE followers SET cursor = 0; DELETE FROM notices")
    await tell(pool, SMS)
    assert await states(pool) == {"waiting": 1}


async def test_what_happened_days_ago_is_kept_but_not_sent(pool):
    long_ago = datetime.now(UTC) - timedelta(days=2)
    old = [replace(one, received_at=long_ago, observed_at=long_ago) for one in called(2)]
    await file(pool, old)
    async with pool.connection() as conn, conn.transaction():
        # the events are of now, their time is what counts: read as if from two days ago
        entries = await feed.read(conn, 0, 10)
        late = [entry._replace(at=long_ago) for entry in entries]
        found = Notices([SMS])
        assert list(found._messages([])) == []
        await found.take(conn, late)
    assert len(await stored(pool)) == 2


async def test_people_read_what_is_theirs(pool):
    cases = await file(pool, called(2, category=MANHOLE))
    for case in cases:
        await give(pool, case, Void(by=ADMIN, note="a digest"))
    await tell(pool)
    async with pool.connection() as conn:
        row = await conn.execute("SELECT area, department FROM notices WHERE template = 'ended'")
        area, department = (await row.fetchall())[0]
        assert department
        here = Principal("key:here", Role.STAFF, area, "", department)
        above = Principal("key:city", Role.STAFF, "3707/", "", department)
        other = Principal("key:other", Role.STAFF, area, "", "another")
        seen = {}
        for who in (here, above, other):
            reader = await notices.reach(conn, who)
            seen[who.id] = await notices.page(conn, reader, limit=100)
        assert {one.template for one in seen["key:here"]} == {"dispatched", "ended"}
        assert len(seen["key:here"]) == len(seen["key:city"]) == 4
        assert seen["key:other"] == []
        reader = await notices.reach(conn, here)
        assert await notices.mark_read(conn, reader, [seen["key:here"][0].mark]) == 1
        assert await notices.mark_read(conn, reader, [seen["key:here"][0].mark]) == 0
        stranger = await notices.reach(conn, other)
        assert await notices.mark_read(conn, stranger, [seen["key:here"][1].mark]) == 0
        again = await notices.page(conn, reader, limit=100)
    assert [one.mark for one in again] == [
        *(one.mark for one in seen["key:here"][1:]),
        seen["key:here"][0].mark,
    ]


async def test_a_duty_reaches_as_far_as_a_key(pool):
    """Somebody with a key of the city answers for a cell: its notices are hers as well."""
    cell = CITY.path(0, 0)
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO members (area, person, name, duty, full_time, valid_from)"
            " VALUES (%s, 'key:li', '李', 'responsible', true, '2000-01-01')",
            [CITY.code(0, 0)],
        )
        reader = await notices.reach(conn, Principal("key:li", Role.WORKER, "3707/"))
    assert reader.units == {("3707/", ""), (cell, "")}


# ── messages ─────────────────────────────────────────────────────────────────────────────────


async def test_a_message_is_sealed_and_has_the_number_to_call_and_nobody_keeps_it(pool, caplog):
    await file(pool, called(1))
    await tell(pool, SMS)
    async with receiver() as gateway, sending(pool, gateway):
        await gateway.until(lambda r: r.taken)
        async with asyncio.timeout(5):
            while await states(pool) != {"taken": 1}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    [got] = gateway.taken
    body = json.loads(got.body)
    assert seal.check(SECRET, got.headers, got.body, time.time()) == body["id"]
    assert set(body) == {"id", "channel", "to", "text_zh", "text_en", "case", "at"}
    assert (body["channel"], body["to"]) == (SMS, PHONE)
    assert body["case"] in body["text_zh"]
    assert body["case"] in body["text_en"]
    async with pool.connection() as conn:
        for table in ("notices", "outbox", "webhook_deliveries", "audit", "case_events"):
            rows = await conn.execute(f"SELECT t::text FROM {table} AS t")
            assert PHONE not in str(await rows.fetchall())
    assert PHONE not in caplog.text


async def test_a_gateway_that_is_away_gets_everything_when_it_is_back(pool):
    await file(pool, called(30))
    await tell(pool, SMS)
    async with receiver() as gateway:
        await gateway.stop()
        async with sending(pool, gateway):
            await asyncio.sleep(0.5)
            assert await states(pool) == {"waiting": 30}
            await gateway.start()
            await gateway.until(lambda r: len(ids(r.taken)) == 30)
    assert await states(pool) == {"taken": 30}


ANSWERS = {
    500: "taken",
    503: "taken",
    429: "taken",
    401: "taken",  # a wrong secret is put right, and nothing is lost
    404: "taken",
    302: "taken",  # not followed, tried again
    400: "given_up",
    422: "given_up",
}


@pytest.mark.parametrize(("status", "end"), ANSWERS.items())
async def test_what_an_answer_means(pool, status, end):
    """The first three answers are this status, later ones 200."""

    async def answer(_):
        return status if len(gateway.got) <= 3 else 200

    await file(pool, called(2))
    await tell(pool, SMS)
    async with receiver(answer=answer) as gateway, sending(pool, gateway):
        async with asyncio.timeout(10):
            while "waiting" in await states(pool):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    assert await states(pool) == {end: 2}
    assert (len(gateway.got) > 3) is (end == "taken")


async def test_a_slow_gateway_is_asked_again_and_the_other_does_not_wait(pool):
    async def slow(_):
        await asyncio.sleep(30)
        return 200

    await file(pool, called(5, category=MANHOLE))
    await tell(pool, SMS, MESSENGER)
    async with (
        receiver(answer=slow) as stuck,
        receiver() as quick,
        sending(pool, stuck, limit_s=0.3),
        sending(pool, quick, MESSENGER),
    ):
        await quick.until(lambda r: len(ids(r.taken)) == 5)
        await stuck.until(lambda r: len(r.got) > 8)
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT DISTINCT state, channel FROM outbox")
        assert set(await rows.fetchall()) == {("waiting", SMS), ("taken", MESSENGER)}


async def test_who_withdrew_the_number_is_not_called_and_what_is_old_is_not_sent(pool):
    deleted, old = called(2)
    await file(pool, [deleted, old])
    await tell(pool, SMS)
    async with pool.connection() as conn:
        await conn.execute("DELETE FROM report_people WHERE report_id = %s", [deleted.id])
        await conn.execute(
            "UPDATE outbox SET created_at = created_at - interval '25 hours' FROM notices AS n"
            " WHERE n.feed = outbox.feed AND n.place = outbox.place AND n.report = %s",
            [old.id],
        )
    async with receiver() as gateway, sending(pool, gateway):
        async with asyncio.timeout(10):
            while "waiting" in await states(pool):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT reason FROM outbox ORDER BY reason")
        reasons = [row[0] for row in await rows.fetchall()]
    assert reasons == ["nobody to send it to", "older than a day"]
    assert not gateway.got


async def test_the_messenger_finds_the_person_who_answers_or_the_unit(pool):
    lon, lat = CITY.middle(0, 0)
    [case] = await file(pool, [report(lon=lon, lat=lat, category=MANHOLE)])
    await tell(pool, MESSENGER)
    async with pool.connection() as conn:
        row = await conn.execute("SELECT area, department FROM notices WHERE kind = 'handler'")
        [(area, department)] = await row.fetchall()
    code = area.rstrip("/").rpartition("/")[2]
    async with receiver() as gateway:
        async with sending(pool, gateway, MESSENGER):
            await gateway.until(lambda r: r.taken)
        async with pool.connection() as conn:
            await conn.execute(
                "INSERT INTO members (area, department, person, name, duty, full_time, valid_from)"
                " VALUES (%s, %s, 'key:head', '张', 'responsible', true, '2000-01-01')",
                [code, department],
            )
        await give(pool, case, Void(by=ADMIN, note="a digest"))
        await tell(pool, MESSENGER)
        async with sending(pool, gateway, MESSENGER):
            await gateway.until(lambda r: len(r.taken) == 2)
    assert [json.loads(one.body)["to"] for one in gateway.taken] == [
        f"unit:{code}/{department}",
        "key:head",
    ]


async def test_a_clerk_is_killed_in_between_and_no_message_is_lost(house, pool):
    """A real clerk does it all: it is killed while it sends, the next one goes on."""

    async def thoughtful(_):
        await asyncio.sleep(0.03)
        return 200

    async with receiver(answer=thoughtful) as gateway:
        env = {"WANGGE_SMS_URL": gateway.url, "WANGGE_SMS_SECRET": seal.shown(SECRET)}
        clerk = await house.start("clerk", **env)
        await clerk.says("clerk at work")
        await file(pool, called(200))
        await gateway.until(lambda r: len(r.taken) >= 60, 40)
        clerk.signal(signal.SIGKILL)
        await clerk.ended()
        async with pool.connection() as conn:  # not to wait for the dead clerk's hold to run out
            await conn.execute("UPDATE outbox SET held_until = NULL")
        second = await house.start("clerk", **env)
        await gateway.until(lambda r: len(ids(r.taken)) >= 200, 40)
        await house.until("SELECT count(*)::int FROM outbox WHERE state <> 'taken'", 0)
        assert await second.stop() == 0
        assert PHONE not in clerk.log + second.log
    assert len(ids(gateway.taken)) == await house.one("SELECT count(*)::int FROM outbox")
