"""`wangge reader` as an administrator meets it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import conninfo, sql

from geo_data import readers
from geo_data.database import connect
from tests.services import STATE
from tests.stream_house import CITY
from wangge.reader import reader


@pytest.fixture
async def database(monkeypatch, stored):
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", stored)
    return stored


@pytest.fixture
def name():
    return f"t_{uuid4().hex[:12]}"


def run(*arguments: object):
    # The commands open an event loop of their own, the test has one already: another thread.
    with ThreadPoolExecutor(1) as thread:
        call = thread.submit(CliRunner().invoke, reader, [str(a) for a in arguments])
        return call.result()


def entry(database, name, told):
    """How the role logs in, by the password that the command has just said."""
    assert told.exit_code == 0, told.output
    return conninfo.make_conninfo(database, user=name, password=json.loads(told.stdout)["password"])


async def rows(url, text, *values):
    async with connect(url) as conn:
        return await (await conn.execute(text, values)).fetchall()


async def test_made_listed_renewed_removed(database, name):
    code = CITY.code(0, 0)[:9]
    made = run("add", name, "--area", code, "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert (told["role"], told["masked"]) == (name, True)
    stored = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    ((first,),) = await rows(database, stored, name)
    assert first.startswith("SCRAM-SHA-256$")
    assert told["password"] not in first

    line = next(one for one in run("list", "--json").stdout.splitlines() if name in one)
    assert json.loads(line) | {"area": f"3707/370700/{code}/", "there": True} == json.loads(line)
    assert f"has a role {name} already" in run("add", name, "--area", "3707").stderr

    renewed = run("renew", name, "--json")
    assert renewed.exit_code == 0, renewed.output
    assert await rows(database, stored, name) != [(first,)]

    url = entry(database, name, renewed)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as inside:
        await inside.execute("SELECT FROM read_cells")
        assert run("remove", name).exit_code == 0
        with pytest.raises(psycopg.OperationalError):
            await inside.execute("SELECT FROM read_cells")
    assert await rows(database, "SELECT FROM pg_roles WHERE rolname = %s", name) == []
    acts = await rows(database, "SELECT act FROM audit WHERE subject = %s ORDER BY id", name)
    assert [act for (act,) in acts] == ["reader add", "reader renew", "reader remove"]
    for command in ("remove", "renew"):
        gone = run(command, name)
        assert (gone.exit_code, "there is no reader" in gone.stderr) == (1, True)


async def test_after_a_restore_elsewhere_the_role_is_made_again(database, name):
    run("add", name, "--area", "3707", "--exact")
    async with connect(database) as conn:
        await conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
    assert "no such role" in next(one for one in run("list").stdout.splitlines() if name in one)
    url = entry(database, name, run("renew", name, "--json"))
    async with await psycopg.AsyncConnection.connect(url) as inside:
        found = await inside.execute("SELECT count(*) FROM read_cases")
        assert await found.fetchall() == [(2,)]
    assert run("remove", name).exit_code == 0


async def test_where_not_everybody_may_connect_readers_may(database, name):
    ((dbname,),) = await rows(database, "SELECT current_database()")
    everybody = sql.SQL("CONNECT ON DATABASE {}").format(sql.Identifier(dbname))
    async with connect(database) as conn:
        await conn.execute(sql.SQL("REVOKE {} FROM PUBLIC").format(everybody))
        url = entry(database, name, run("add", name, "--area", "3707", "--json"))
        assert await rows(url, "SELECT count(*) FROM read_districts") == [(1,)]
        await conn.execute(sql.SQL("GRANT {} TO PUBLIC").format(everybody))
    assert run("remove", name).exit_code == 0


async def test_views_that_are_made_anew_are_readable_again(database, name):
    url = entry(database, name, run("add", name, "--area", "3707", "--json"))
    async with connect(database) as conn:
        ((body,),) = await rows(database, "SELECT pg_get_viewdef('read_places'::regclass)")
        await conn.execute("DROP VIEW read_places")
        await conn.execute("CREATE VIEW read_places AS " + body)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await rows(url, "SELECT count(*) FROM read_places")
        await readers.grant_again(conn)
    assert await rows(url, "SELECT count(*) FROM read_places") == [(1,)]
    assert run("remove", name).exit_code == 0


@pytest.mark.parametrize("bad", ["ab", "Anna", "pg_reader", "a-b-c", "1abc", "a" * 51, "x; --"])
async def test_names_that_no_reader_may_have(database, bad):
    told = run("add", bad, "--area", "3707")
    assert (told.exit_code, "is no name for a reader" in told.stderr) == (1, True)


async def test_an_area_that_is_none(database, name):
    told = run("add", name, "--area", "99")
    assert (told.exit_code, "no area with the code 99" in told.stderr) == (1, True)


async def test_without_the_right_to_make_roles_the_administrator_is_told_the_sql(
    database, name, monkeypatch, new_database, as_superuser
):
    owner = f"t_{uuid4().hex[:12]}"
    with new_database() as made:
        url = as_superuser(made)
        dbname = conninfo.conninfo_to_dict(url)["dbname"]
        async with connect(url) as conn:
            await conn.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'owner'").format(sql.Identifier(owner))
            )
            for what in ("SCHEMA wangge", "ALL TABLES IN SCHEMA wangge"):
                grant = sql.SQL("GRANT ALL ON {} TO {}").format(
                    sql.SQL(what), sql.Identifier(owner)
                )
                await conn.execute(grant)
            await conn.execute(
                "INSERT INTO layouts (name, source, valid_from) VALUES ('x', 'x', '2000-01-01')"
            )
            await conn.execute(
                "INSERT INTO areas (layout, code, level, name, path, geom, center, area_m2,"
                " synthetic) SELECT 1, '3707', 'city', '市', '3707/', public.ST_Multi("
                "public.ST_MakeEnvelope(118, 36, 119, 37, 4326)), public.ST_SetSRID("
                "public.ST_MakePoint(118.5, 36.5), 4326), 1, true"
            )
        monkeypatch.setenv(
            "WANGGE_DATABASE_URL", conninfo.make_conninfo(url, user=owner, password="owner")
        )
        told = run("add", name, "--area", "3707")
        assert told.exit_code == 1
        assert "let a superuser run the SQL above" in told.stderr
        statements = told.stdout.splitlines()
        assert f'ALTER ROLE "{owner}" CREATEROLE;' in statements
        assert f'REVOKE TEMPORARY ON DATABASE "{dbname}" FROM PUBLIC;' in statements
        assert await rows(url, "SELECT FROM readers") == []
        async with connect(url) as conn:
            for statement in statements:
                await conn.execute(statement)
            # the schema's owner gives the rights to its views
            await conn.execute(
                sql.SQL("ALTER SCHEMA wangge OWNER TO {}").format(sql.Identifier(owner))
            )
            for (view,) in await rows(
                url, "SELECT viewname::text FROM pg_views WHERE viewname LIKE 'read\\_%%'"
            ):
                await conn.execute(
                    sql.SQL("ALTER VIEW {} OWNER TO {}").format(
                        sql.Identifier(view), sql.Identifier(owner)
                    )
                )
        again = run("add", name, "--area", "3707")
        assert again.exit_code == 0, again.output
        assert run("remove", name).exit_code == 0
        async with connect(url) as conn:
            for role in (f"{dbname}_wangge_readers", owner):
                whose = sql.Identifier(role)
                await conn.execute(sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(whose))
                await conn.execute(sql.SQL("DROP OWNED BY {}").format(whose))
                await conn.execute(sql.SQL("DROP ROLE {}").format(whose))
