"""Webhooks against real receivers: away, angry, slow, gone; with clerks that come and go."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from geo_data import feed, keys, webhooks
from grid.notices import seal
from grid.principal import Role
from streams.receivers import Message, Receivers
from streams.wake import Bell
from streams.webhooks import MEDIA_TYPE, Pace, Webhooks
from tests.receiver import receiver
from tests.sequencing import number_all
from tests.stream_house import CITY, intake_of, messages, pool_of, report, reports

#: As in life, but in fractions of a second.
PACE = Pace(first_wait_s=0.05, most_wait_s=0.2, give_up_s=3600, turn_s=2.0, hold_s=3.0, look_s=0.05)
WHOLE = "3707/"


@pytest.fixture
async def pool(house):
    async with pool_of(house) as made:
        yield made


async def file(pool, sent):
    """Cases of these reports, numbered in the feed."""
    done = await (await intake_of(pool)).take(messages(sent))
    await number_all(pool.connection)
    return done


async def hook(pool, url, *, role=Role.SUPERVISOR, area=WHOLE, after=0, **said):
    """A webhook of a new key; its record and its secret."""
    async with pool.connection() as conn:
        _, key = await keys.add(conn, role=role, area=area, name="a partner", by="tests")
        owner = await keys.find(conn, keys.digest(key))
        ident, secret = await webhooks.add(conn, owner, url, area=area, after=after, **said)
    return ident, secret, owner


async def record(pool, ident, owner):
    async with pool.connection() as conn:
        [found] = await webhooks.records(conn, owner, ident)
    return found


async def once(pool, ident, owner, wanted):
    """The webhook's record as soon as it is as wanted."""
    async with asyncio.timeout(10):
        while True:
            found = await record(pool, ident, owner)
            if wanted(found):
                return found
            await asyncio.sleep(0.05)


@asynccontextmanager
async def sending(pool, pace=PACE, limit_s=1.0, *, private=True):
    """The clerk's part that sends webhooks."""
    stop = asyncio.Event()
    bell = Bell(stop)
    work = Webhooks(pool, Receivers(private=private, limit_s=limit_s), bell, stop, pace)
    task = asyncio.create_task(work.run())
    try:
        yield
    finally:
        stop.set()
        bell.ring()
        await asyncio.wait_for(task, 10)


def numbers(taken):
    return [one.event["feed"] for one in taken]


async def test_the_feed_arrives_sealed_as_cloud_events(pool):
    async with receiver() as partner:
        _, secret, _ = await hook(pool, partner.url)
        await file(pool, reports(30))
        async with sending(pool):
            await partner.until(lambda r: len(r.taken) == 30)
    assert sorted(numbers(partner.taken)) == list(range(1, 31))
    async with pool.connection() as conn:
        stored = {entry.number: json.loads(entry.body) for entry in await feed.read(conn, 0, 100)}
    for got in partner.taken:
        event = got.event
        assert (got.method, got.path) == ("POST", "/hook?for=tests")
        assert got.headers["content-type"] == MEDIA_TYPE
        assert seal.check(secret, got.headers, got.body, time.time()) == f"1-{event['feed']}"
        assert event["specversion"] == "1.0"
        assert event["type"] == "wangge.case.filed.v1"
        assert event["data"] == stored[event["feed"]]


async def test_only_what_was_asked_for_and_may_be_seen(pool):
    street = "/".join(CITY.path(0, 0).split("/")[:3]) + "/"
    lon, lat = CITY.middle(7, 7)
    async with receiver() as near, receiver() as other, receiver() as everything:
        await hook(pool, near.url, area=street)
        await hook(pool, other.url, events=["closed"])
        await hook(pool, everything.url)
        await file(pool, [report(), report(lon=lon, lat=lat)])
        async with sending(pool):
            await everything.until(lambda r: len(r.taken) == 2)
            await near.until(lambda r: len(r.taken) == 1)
            await asyncio.sleep(0.2)
    assert near.taken[0].event["path"].startswith(street)
    assert (len(near.got), len(other.got)) == (1, 0)


async def test_a_source_hears_of_its_own_reports_only_and_about_where(pool):
    async with receiver() as partner:
        _, _, owner = await hook(pool, partner.url, role=Role.SOURCE)
        lon, lat = CITY.middle(3, 3)
        mine = report(sender=owner.id, lon=lon + 0.000123, lat=lat)
        await file(pool, [report(), mine, report()])
        async with sending(pool):
            await partner.until(lambda r: r.taken)
            await asyncio.sleep(0.2)
    [got] = partner.taken
    data = got.event["data"]["data"]
    assert data["report"] == mine.id
    assert (data["place"]["lon"], data["place"]["lat"]) == (round(lon + 0.000123, 3), round(lat, 3))


async def test_a_receiver_that_is_away_gets_everything_when_it_is_back(pool):
    async with receiver() as partner:
        ident, _, owner = await hook(pool, partner.url)
        await partner.stop()
        await file(pool, reports(20))
        async with sending(pool):
            await asyncio.sleep(0.5)
            failing = await record(pool, ident, owner)
            assert failing.attempts > 0
            assert failing.failing_since is not None
            assert failing.last_error
            await partner.start()
            await partner.until(lambda r: len(r.taken) >= 20)
    assert set(numbers(partner.taken)) == set(range(1, 21))
    well = await record(pool, ident, owner)
    assert (well.cursor, well.attempts, well.failing_since) == (20, 0, None)


async def test_what_is_refused_comes_again_in_order_and_nothing_is_left_out(pool):
    """Every third request is answered 500 the first two times that it comes."""
    seen = {}

    async def moody(got):
        seen[got.id] = seen.get(got.id, 0) + 1
        return 500 if got.event["feed"] % 3 == 0 and seen[got.id] < 3 else 200

    async with receiver(answer=moody) as partner:
        await hook(pool, partner.url)
        await file(pool, reports(12))
        async with sending(pool):
            await partner.until(lambda r: set(numbers(r.taken)) == set(range(1, 13)))


async def test_events_of_one_case_stay_in_order(pool):
    """Five events of each of four cases; a receiver that answers when it likes."""

    async def whenever(got):
        await asyncio.sleep(hash(got.id) % 5 / 200)
        return 200 if hash((got.id, len(partner.got))) % 4 else 503

    async with receiver(answer=whenever) as partner:
        await hook(pool, partner.url)
        await file(pool, reports(4))
        async with pool.connection() as conn, conn.transaction():
            await conn.execute(  # more events, as the ledger would write them
                "INSERT INTO case_events SELECT case_id, n, type, at, by, path, path_before,"
                " status, status_before, level, level_before,"
                " replace(body, '\"number\":1,', '\"number\":' || n || ',')"
                " FROM case_events, generate_series(2, 5) AS n"
            )
            await conn.execute(
                "INSERT INTO feed_pending (case_id, number) SELECT case_id, number"
                " FROM case_events WHERE number > 1 ORDER BY number, case_id"
            )
            await feed.number_pending(conn, 100)
        async with sending(pool):
            await partner.until(lambda r: len(set(numbers(r.taken))) == 20)
    first_seen = {}
    for got in partner.taken:
        first_seen.setdefault(got.event["subject"], []).append(got.event["data"]["number"])
    for order in first_seen.values():
        assert list(dict.fromkeys(order)) == [1, 2, 3, 4, 5]


async def test_a_slow_receiver_holds_up_nobody(pool):
    async def slow(_):
        await asyncio.sleep(60)
        return 200

    async with receiver(answer=slow) as stuck, receiver() as quick:
        idents = [await hook(pool, stuck.url) for _ in range(12)]  # more than connections
        await hook(pool, quick.url)
        await file(pool, reports(50))
        begun = time.monotonic()
        async with sending(pool):
            await quick.until(lambda r: len(r.taken) == 50)
            assert time.monotonic() - begun < 3
            await stuck.until(lambda r: len(r.got) >= 24)
        late = await record(pool, idents[0][0], idents[0][2])
    assert (late.cursor, late.last_error) == (0, "no answer within 1 s")


async def test_a_webhook_that_failed_for_a_day_is_paused_and_told(pool):
    async with receiver() as partner:
        ident, _, owner = await hook(pool, partner.url)
        await partner.stop()
        await file(pool, reports(3))
        async with sending(pool, replace(PACE, give_up_s=0.4)):
            paused = await once(pool, ident, owner, lambda hook: hook.state == "paused")
        assert paused.paused_why.startswith("failing for")
        async with pool.connection() as conn:
            [distance] = await webhooks.distances(conn)
            assert (distance.paused, distance.entries) == (True, 3)
            assert distance.failing_s > 0.3
            await webhooks.resume(conn, ident, owner)
        await partner.start()
        async with sending(pool):
            await partner.until(lambda r: len(r.taken) == 3)


async def test_one_that_says_gone_is_paused_at_once_and_a_redirect_is_not_followed(pool):
    async def gone(_):
        return 410

    async def elsewhere(_):
        return 307

    async with (
        receiver() as trap,
        receiver(answer=gone) as one,
        receiver(answer=elsewhere) as other,
    ):
        other.headers = f"Location: {trap.url}\r\n"
        ended, _, owner = await hook(pool, one.url)
        moved, _, mover = await hook(pool, other.url)
        await file(pool, reports(1))
        async with sending(pool):
            await other.until(lambda r: len(r.got) >= 2)
        assert (await record(pool, ended, owner)).state == "paused"
        failing = await record(pool, moved, mover)
        assert (failing.state, failing.last_error) == ("active", "answered 307")
        assert not trap.got


async def test_a_private_address_is_refused_at_the_moment_of_sending(pool):
    """It was looked at when the webhook was made; a name may lead elsewhere since."""
    async with receiver() as inside:
        ident, _, owner = await hook(pool, inside.url.replace("127.0.0.1", "localhost"))
        await file(pool, reports(1))
        async with sending(pool, private=False):
            found = await once(pool, ident, owner, lambda hook: hook.attempts)
        assert found.last_error == "the address leads into a private network"
        assert not inside.got


async def test_a_key_that_is_revoked_ends_its_webhook(pool):
    async with receiver() as partner:
        ident, _, owner = await hook(pool, partner.url)
        await file(pool, reports(1))
        async with pool.connection() as conn:
            await keys.revoke(conn, owner.id.removeprefix("key:"), by="tests")
        async with sending(pool):
            await once(pool, ident, owner, lambda hook: hook.state == "paused")
        assert not partner.got


async def test_a_replay_sends_the_same_again_under_the_same_ids(pool):
    async with receiver() as partner:
        ident, _, owner = await hook(pool, partner.url)
        await file(pool, reports(10))
        async with sending(pool):
            await partner.until(lambda r: len(r.taken) == 10)
            async with pool.connection() as conn:
                for _ in range(500):  # what was sent is written down a moment later
                    if len(await webhooks.deliveries(conn, ident, before=2**50, limit=100)) == 10:
                        break
                    await asyncio.sleep(0.02)
                await webhooks.replay(conn, ident, owner, 6)
            await partner.until(lambda r: len(r.taken) == 14)
    first, again = partner.taken[:10], partner.taken[10:]
    assert sorted(numbers(again)) == [7, 8, 9, 10]
    bodies = {one.id: one.body for one in first}
    assert all(bodies[one.id] == one.body for one in again)
    async with pool.connection() as conn:
        told = await webhooks.deliveries(conn, ident, before=2**50, limit=100)
    assert [(one.feed, one.attempts) for one in told] == [
        (n, 2 if n > 6 else 1) for n in range(10, 0, -1)
    ]
    assert all(one.delivered_at is not None and one.status == 204 for one in told)


async def test_deleting_leaves_nothing_even_while_it_is_sent(pool):
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def waits(_):
        reached.set()
        await go_on.wait()
        return 200

    async with receiver(answer=waits) as partner:
        ident, _, owner = await hook(pool, partner.url)
        await file(pool, reports(5))
        async with sending(pool, limit_s=10):
            await reached.wait()
            async with pool.connection() as conn:
                await webhooks.delete(conn, ident, owner)
            go_on.set()
            await asyncio.sleep(0.3)
        async with pool.connection() as conn:
            assert await webhooks.records(conn, owner) == []
            left = await conn.execute("SELECT count(*) FROM webhook_deliveries")
            assert await left.fetchone() == (0,)


async def test_two_clerks_share_the_webhooks_and_send_each_event_once(pool):
    async with receiver() as one, receiver() as other:
        await hook(pool, one.url)
        await hook(pool, other.url)
        async with sending(pool), sending(pool):
            for _ in range(5):
                await file(pool, reports(20, seed=_))
            await one.until(lambda r: len(r.taken) >= 100)
            await other.until(lambda r: len(r.taken) >= 100)
    for partner in (one, other):
        assert sorted(numbers(partner.taken)) == list(range(1, 101))


async def test_a_clerk_is_killed_in_between_and_nothing_is_lost(house, pool):
    """A real clerk is killed while it sends; the next one goes on."""

    async def thoughtful(_):
        await asyncio.sleep(0.02)
        return 200

    env = {"WANGGE_PRIVATE_RECEIVERS": "true"}
    async with receiver(answer=thoughtful) as partner:
        await hook(pool, partner.url)
        clerk = await house.start("clerk", **env)
        await file(pool, reports(300))
        await partner.until(lambda r: len(r.taken) >= 120)
        clerk.signal(signal.SIGKILL)
        await clerk.ended()
        async with pool.connection() as conn:  # not to wait for the dead clerk's hold to run out
            await conn.execute("UPDATE webhooks SET held_until = clock_timestamp()")
        second = await house.start("clerk", **env)
        filed = set(range(1, 301))  # what the watcher makes of them comes after
        await partner.until(lambda r: filed <= set(numbers(r.taken)))
        assert await second.stop() == 0


async def test_an_answer_without_end_is_not_read_to_its_end():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Receivers(private=True, limit_s=5).line(url, bytes(32)) as line:
        outcome = await line.send(Message("1-1", MEDIA_TYPE, b"{}"))
    assert outcome.taken
    assert outcome.took_ms < 2000


async def test_what_is_no_answer_is_told_without_its_words():
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"the password is secret\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Receivers(private=True, limit_s=5).line(url, bytes(32)) as line:
        outcome = await line.send(Message("1-1", MEDIA_TYPE, b"{}"))
    assert outcome.status is None
    assert "secret" not in outcome.error
    assert outcome.error
