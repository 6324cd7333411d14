"""schema.sql is the truth; the migrations lead there; the database itself keeps the rules."""

import asyncio
import sys
from contextlib import asynccontextmanager
from importlib.resources import files
from itertools import product
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from geo_data import migrate as migrating
from geo_data.database import connect
from geo_data.migrate import migrate
from grid.cases.transitions import TRANSITIONS
from grid.model import Status
from tests.migration.catalog import catalog, first_difference
from tests.services import database_url

WHOLE = files("geo_data").joinpath("schema.sql").read_text(encoding="utf-8")


def shipped():
    """(number, text) of every migration that ships, in order."""
    folder = files("geo_data").joinpath("migrations")
    found = [entry for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted((int(e.name.split("_")[0]), e.read_text(encoding="utf-8")) for e in found)


@asynccontextmanager
async def empty_schema():
    """A connection whose search_path is an empty schema, dropped afterwards; and its name."""
    name = f"t_{uuid4().hex[:12]}"
    async with connect(database_url(), schema=name) as conn:
        await conn.execute("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public")
        await conn.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
        try:
            yield conn, name
        finally:
            await conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))


@pytest.fixture
async def own():
    """A schema of the test's own, made by `migrate`: a connection to it, and its name."""
    async with empty_schema() as (conn, name):
        await migrate(database_url(), schema=name)
        yield conn, name


@pytest.fixture(scope="module")
async def shared():
    """One schema, made from schema.sql."""
    async with empty_schema() as (conn, name):
        await conn.execute(WHOLE)
        yield conn, name


@pytest.fixture
async def fresh(shared):
    """The shared schema in a transaction that is rolled back: every test finds it as it was."""
    conn, name = shared
    async with conn.transaction(force_rollback=True):
        yield conn, name


@asynccontextmanager
async def refused(conn, error, match=None):
    """What is done inside fails with that error, and leaves nothing behind."""
    with pytest.raises(error, match=match):
        async with conn.transaction():
            yield


# ── schema.sql and the migrations ───────────────────────────────────────────────────────────


async def test_migrations_lead_to_the_schema():
    migrations = shipped()
    assert migrations
    assert [number for number, _ in migrations] == list(range(1, len(migrations) + 1))
    async with empty_schema() as (one, led), empty_schema() as (other, whole):
        for _number, text in migrations:
            await one.execute(text)
        await other.execute(WHOLE)
        assert first_difference(await catalog(one, led), await catalog(other, whole)) is None


ALTERATIONS = {
    "ALTER TABLE cases DROP COLUMN retry_at": "column cases.retry_at",
    "ALTER TABLE cases ALTER source DROP NOT NULL": "column cases.source",
    "ALTER TABLE cases ALTER tick_failures SET DEFAULT 1": "column cases.tick_failures",
    'ALTER TABLE cases ALTER charge_path TYPE text COLLATE pg_catalog."default"': (
        "column cases.charge_path"
    ),
    "DROP VIEW read_reports": "column read_reports.case_id",
    "ALTER VIEW read_cases RESET (security_barrier)": "view read_cases",
    "ALTER VIEW feature_reports RENAME COLUMN seen_at TO seen": "column feature_reports.seen",
    "ALTER TABLE consumed ALTER partition TYPE bigint": "column consumed.partition",
    "ALTER TABLE feed DROP CONSTRAINT feed_hash_check": "constraint feed.feed_hash_check",
    "DROP INDEX cases_tick": "index cases_tick",
    "DROP TRIGGER append_only ON feed": "trigger feed.append_only",
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'": "function append_only()",
    "ALTER SEQUENCE case_numbers INCREMENT 2": "sequence case_numbers",
    "CREATE TABLE more (one integer)": "column more.one",
    "DELETE FROM status_changes WHERE before = 'open' AND after = 'merged'": (
        "rows of status_changes"
    ),
}


@pytest.mark.parametrize(("alteration", "named"), ALTERATIONS.items())
async def test_a_difference_is_found_and_named(fresh, alteration, named):
    conn, name = fresh
    as_it_should_be = await catalog(conn, name)
    await conn.execute(alteration)
    difference = first_difference(as_it_should_be, await catalog(conn, name))
    assert difference is not None
    assert difference.startswith(f"{named}:")


# ── migrate ─────────────────────────────────────────────────────────────────────────────────


async def test_migrating_again_changes_nothing(own):
    conn, name = own
    before = await catalog(conn, name)
    assert await migrate(database_url(), schema=name) == []
    assert first_difference(before, await catalog(conn, name)) is None


async def test_two_processes_migrate_at_once():
    program = (
        "import asyncio, sys; from geo_data.migrate import migrate;"
        " asyncio.run(migrate(sys.argv[1], schema=sys.argv[2]))"
    )
    async with empty_schema() as (conn, name):
        both = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", program, database_url(), name),
                stderr=asyncio.subprocess.PIPE,
            )
            for _ in range(2)
        ]
        said = [(await process.communicate())[1].decode() for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        rows = await (await conn.execute("SELECT count(*) FROM feed_head")).fetchall()
        assert rows == [(1,)]


async def test_an_older_database_is_brought_up(monkeypatch, own):
    """A database with the first version only, and two later ones, of which each needs the other."""
    later = [
        (2, "CREATE TABLE later (one integer)"),
        (3, "ALTER TABLE later ADD COLUMN two text NOT NULL DEFAULT ''"),
    ]
    conn, name = own
    await conn.execute("DELETE FROM schema_versions")
    await conn.execute("INSERT INTO schema_versions (number) VALUES (1)")
    monkeypatch.setattr(migrating, "_migrations", lambda: [(1, WHOLE), *later])
    assert await migrate(database_url(), schema=name) == [2, 3]
    await conn.execute("INSERT INTO later (one) VALUES (1)")
    assert await migrate(database_url(), schema=name) == []


async def test_a_migration_that_fails_leaves_everything_as_it_was(monkeypatch, own):
    conn, name = own
    before = await catalog(conn, name)
    have = await (await conn.execute("SELECT max(number) FROM schema_versions")).fetchall()
    broken = [(98, "CREATE TABLE half (one integer)"), (99, "ALTER TABLE nowhere ADD x integer")]
    monkeypatch.setattr(migrating, "_migrations", lambda: broken)
    with pytest.raises(psycopg.errors.UndefinedTable):
        await migrate(database_url(), schema=name)
    assert first_difference(before, await catalog(conn, name)) is None
    assert await (await conn.execute("SELECT max(number) FROM schema_versions")).fetchall() == have


# ── what the database itself refuses ────────────────────────────────────────────────────────

CASE = "019a0000-0000-7000-8000-000000000001"
OTHER = "019a0000-0000-7000-8000-000000000002"


async def put_case(conn, status, case_id=CASE):
    over, merged = not Status(status).live, status == "merged"
    await conn.execute(
        "INSERT INTO cases (id, number, status, size, category, source, path, layout, level,"
        " charge_path, handler_kind, handler_path, version, reports, parent, received_at,"
        " changed_at, closed_at, point, state) VALUES (%(id)s, 'one', %(status)s, 'small',"
        " 'event.01.10', 'worker', '3707/', 1, 'grid', '3707/', 'team', '3707/', 1, 1,"
        " %(parent)s, now(), now(), %(closed_at)s, ST_SetSRID(ST_MakePoint(119, 36), 4326), '{}')",
        {
            "id": case_id,
            "status": status,
            "parent": OTHER if merged else None,
            "closed_at": "2026-11-22T00:00:00Z" if over else None,
        },
    )


async def change_status(conn, status):
    over, merged = not Status(status).live, status == "merged"
    await conn.execute(
        "UPDATE cases SET status = %s, version = version + 1, parent = %s, closed_at = %s",
        [status, OTHER if merged else None, "2026-11-22T00:00:00Z" if over else None],
    )


LEGAL = {
    (before.value, after.value)
    for row in TRANSITIONS
    for before, after in row.arrows
    if before is not None
}


async def test_status_changes_are_those_of_the_engine(fresh):
    conn, _ = fresh
    for before, after in product([s.value for s in Status], repeat=2):
        await conn.execute("DELETE FROM cases")
        await put_case(conn, before)
        if (before, after) in LEGAL:
            await change_status(conn, after)
        else:
            says = f"from {before} to {after}"
            async with refused(conn, psycopg.errors.CheckViolation, match=says):
                await change_status(conn, after)


REFUSED = {
    "a version that goes back": "UPDATE cases SET version = 1, status = 'working'",
    "another state under the same version": "UPDATE cases SET state = '{\"other\":1}'",
    "open, but closed at some time": (
        "UPDATE cases SET version = version + 1, closed_at = clock_timestamp()"
    ),
    "its own parent": "UPDATE cases SET version = version + 1, status = 'merged',"
    " closed_at = clock_timestamp(), parent = id",
    "merged without a parent": "UPDATE cases SET version = version + 1, status = 'merged',"
    " closed_at = clock_timestamp()",
    "closed with a deadline": "UPDATE cases SET version = version + 1, status = 'closed',"
    " closed_at = clock_timestamp(), due_at = clock_timestamp()",
    "nobody in charge": "UPDATE cases SET version = version + 1, charge_path = ''",
    "a status that is none": "UPDATE cases SET version = version + 2, status = 'lost'",
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED)
async def test_what_no_case_can_be(fresh, change):
    conn, _ = fresh
    await put_case(conn, "open")
    await conn.execute("UPDATE cases SET version = 2")
    async with refused(conn, psycopg.errors.CheckViolation):
        await conn.execute(change)


REWRITING = {
    "case_events": [
        "UPDATE case_events SET body = ''",
        "UPDATE case_events SET by = 'somebody else'",
        "DELETE FROM case_events",
        "TRUNCATE case_events",
    ],
    "feed": ["UPDATE feed SET event = 2", "DELETE FROM feed", "TRUNCATE feed"],
}


@pytest.mark.parametrize(
    ("table", "statement"), [(t, s) for t, statements in REWRITING.items() for s in statements]
)
async def test_history_is_append_only(fresh, table, statement):
    conn, _ = fresh
    await conn.execute(
        "INSERT INTO case_events (case_id, number, type, at, by, path, status, level, body)"
        " VALUES (%s, 1, 'filed', now(), 'somebody', '3707/', 'open', 'grid', '{}')",
        [CASE],
    )
    await conn.execute(
        "INSERT INTO feed (number, case_id, event, hash) VALUES (1, %s, 1, sha256('x'::bytea))",
        [CASE],
    )
    async with refused(conn, psycopg.errors.CheckViolation, match="append-only"):
        await conn.execute(statement)
    rows = await conn.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    assert await rows.fetchall() == [(1,)]


async def test_an_event_number_is_taken_once(fresh):
    conn, _ = fresh
    event = (
        "INSERT INTO case_events (case_id, number, type, at, by, path, status, level, body)"
        " VALUES (%s, 1, 'filed', now(), 'somebody', '3707/', 'open', 'grid', '{}')"
    )
    await conn.execute(event, [CASE])
    async with refused(conn, psycopg.errors.UniqueViolation):
        await conn.execute(event, [CASE])
