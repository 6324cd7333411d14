"""Published policies: stored whole, never changed, known to every process before they hold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from geo_data import policies
from geo_data.database import connect, open_pool
from geo_data.policies import CannotPublish, PolicyStore, load_published, publish, publish_first
from grid.policy.policy import PolicyError
from grid.policy.versions import BEGINNING
from tests import services

SHIPPED = policies.shipped_files()
ENTRY = "default/policy.toml"


def edited(version, old="", new=""):
    """The files of the default policy under another version, with something replaced."""
    text = SHIPPED[ENTRY].replace('"default-1"', f'"{version}"')
    assert version == "default-1" or text != SHIPPED[ENTRY]
    assert old in text
    return SHIPPED | {ENTRY: text.replace(old, new) if old else text}


def ahead(**span):
    return datetime.now(UTC) + timedelta(**span)


@pytest.fixture
async def schema():
    async with services.schema() as name:
        yield name


@pytest.fixture
async def conn(schema):
    async with connect(services.database_url(), schema=schema) as conn:
        yield conn


async def test_before_anything_is_published_the_shipped_policy_holds(conn):
    found = await load_published(conn, "with-street")
    assert found.stamp == 0
    assert found.at(BEGINNING).version == "with-street-1"


async def test_the_shipped_policy_is_published_once(conn):
    assert await publish_first(conn, "default", "setup")
    assert not await publish_first(conn, "with-street", "setup")
    found = await load_published(conn)
    assert [(one.policy.version, one.valid_from) for one in found.published] == [
        ("default-1", BEGINNING)
    ]
    assert found.at(BEGINNING).digest == policies.load_shipped().digest


async def test_only_the_files_that_a_policy_consists_of_are_stored(conn):
    await publish_first(conn, "default", "setup")
    [stored] = await policies.listed(conn)
    assert "with-street/policy.toml" not in stored.files
    assert stored.files["default/rules.csv"] == SHIPPED["default/rules.csv"]
    assert (stored.published_by, stored.entry) == ("setup", ENTRY)


async def test_versions_stand_side_by_side(conn):
    await publish_first(conn, "default", "setup")
    begin = ahead(minutes=5)
    await publish(conn, edited("default-2", "snap_m = 200", "snap_m = 50"), ENTRY, begin, "me")
    found = await load_published(conn)
    assert found.stamp == 2
    assert found.at(begin - timedelta(seconds=1)).snap_m == 200
    assert found.at(begin).snap_m == 50


@pytest.mark.parametrize(
    ("version", "span", "said"),
    [
        ("default-2", {"minutes": 1}, "at least 2 minutes from now"),
        ("default-2", {"days": -1}, "at least 2 minutes from now"),
        ("default-1", {"minutes": 5}, "published already with other content"),
    ],
)
async def test_what_may_not_be_published(conn, version, span, said):
    await publish_first(conn, "default", "setup")
    changed = edited(version, "snap_m = 200", "snap_m = 50")
    with pytest.raises(CannotPublish, match=said):
        await publish(conn, changed, ENTRY, ahead(**span), "me")
    assert await policies.stamp(conn) == 1


async def test_the_same_again_changes_nothing_but_not_from_another_moment(conn):
    await publish_first(conn, "default", "setup")
    begin = ahead(minutes=5)
    for _ in range(2):
        await publish(conn, edited("default-2"), ENTRY, begin, "me")
    assert await policies.stamp(conn) == 2
    with pytest.raises(CannotPublish, match="published already, from 20"):
        await publish(conn, edited("default-2"), ENTRY, ahead(minutes=9), "me")
    with pytest.raises(CannotPublish, match="policy default-2 begins to hold at that very moment"):
        await publish(conn, edited("default-3"), ENTRY, begin, "me")


async def test_a_faulty_policy_is_not_published(conn):
    with pytest.raises(PolicyError, match="snap_m must be a number"):
        await publish(conn, edited("x", "snap_m = 200", ""), ENTRY, ahead(minutes=5), "me")
    assert await policies.stamp(conn) == 0


@pytest.mark.parametrize("statement", ["UPDATE policies SET name_en = ''", "DELETE FROM policies"])
async def test_what_is_published_never_changes(conn, statement):
    await publish_first(conn, "default", "setup")
    with pytest.raises(psycopg.errors.CheckViolation, match="append-only"):
        await conn.execute(statement)


async def test_a_process_learns_of_a_new_version(conn):
    await publish_first(conn, "default", "setup")
    store = PolicyStore()
    assert (await store.now(conn)).version == "default-1"
    begin = ahead(minutes=5)
    await publish(conn, edited("default-2"), ENTRY, begin, "me")
    assert store.known.stamp == 1
    assert (await store.current(conn)).at(begin).version == "default-2"
    assert (await store.now(conn)).version == "default-1"
    assert store.known.at(BEGINNING) is (await load_published(conn, known=store.known)).at(
        BEGINNING
    )


async def test_who_publishes_waits_for_the_batches_that_are_at_work(schema):
    async with (
        open_pool(services.database_url(), schema=schema) as pool,
        pool.connection() as batch,
        connect(services.database_url(), schema=schema) as clerk,
    ):
        await publish_first(clerk, "default", "setup")
        store = PolicyStore()
        async with batch.transaction():
            await store.load(batch)
            assert await store.unchanged(batch)
            later = asyncio.create_task(
                publish(clerk, edited("default-2"), ENTRY, ahead(minutes=5), "me")
            )
            await asyncio.sleep(0.2)
            assert not later.done()
        await later
        assert not await store.unchanged(batch)


async def test_two_that_publish_at_once_come_one_after_the_other(schema):
    async with open_pool(services.database_url(), schema=schema) as pool:

        async def put(n):
            async with pool.connection() as conn:
                await publish(conn, edited(f"v{n}"), ENTRY, ahead(minutes=5 + n), "me")

        async with pool.connection() as conn:
            await publish_first(conn, "default", "setup")
        await asyncio.gather(*(put(n) for n in range(3)))
        async with pool.connection() as conn:
            assert await policies.stamp(conn) == 4


async def test_a_policy_that_cannot_be_read_is_named(conn):
    await publish_first(conn, "default", "setup")
    await conn.execute(
        "INSERT INTO policies (version, number, name_zh, name_en, digest, entry, files,"
        " valid_from, published_by) VALUES ('old-9', 2, '旧', 'old', 'x', 'policy.toml',"
        " '{\"policy.toml\": \"\"}', '2026-01-01Z', 'me')"
    )
    with pytest.raises(policies.Unreadable, match="policy old-9, published as number 2"):
        await load_published(conn)
