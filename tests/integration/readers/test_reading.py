"""What a reader's role sees: its own rows, as exactly as it may, by the views and nothing else."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from geo_data.database import connect
from geo_data.features.collections import COLLECTIONS, Kind
from geo_data.features.reading import Asked, rows
from geo_data.readers import VIEWS
from geo_data.rights import RowFilter
from tests.integration.readers.conftest import HERE, THERE, position, street
from tests.stream_house import CITY

TYPES = {
    Kind.TEXT: "text",
    Kind.INTEGER: "integer",
    Kind.NUMBER: "double precision",
    Kind.BOOLEAN: "boolean",
    Kind.MOMENT: "timestamp with time zone",
}
PAGE = Path(__file__).parents[3] / "docs/how-to/qgis-database.md"


@pytest.mark.parametrize("view", VIEWS)
async def test_a_view_has_the_columns_of_its_collection_in_plain_types(stored, view):
    async with connect(stored) as conn:
        rows = await conn.execute(
            "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
            [view],
        )
        found = await rows.fetchall()
    collection = COLLECTIONS[view.removeprefix("read_")]
    expected = [(column.name, TYPES[column.kind]) for column in collection.columns]
    assert found[1:-1] == expected
    assert found[0] in {("id", "text"), ("id", "bigint")}
    assert found[-1] == ("geom", f"geometry({collection.geometry},4326)")


async def test_the_page_tells_every_column_of_every_view(stored):
    page = PAGE.read_text(encoding="utf-8")
    told = {
        view: re.findall(r"^\| `(\w+)` \|", body, re.MULTILINE)
        for view, body in re.findall(
            r"^### `(read_\w+)`.*?\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE
        )
    }
    assert list(told) == list(VIEWS)
    for view in VIEWS:
        columns = [column.name for column in COLLECTIONS[view.removeprefix("read_")].columns]
        assert told[view] == ["id", *columns, "geom"], view


async def test_rows_of_its_area_only(reader_of):
    areas = ("3707/", street(*HERE), street(4, 0))
    everything, here, nowhere = [await reader_of(area) for area in areas]
    for view in ("read_cases", "read_reports"):
        text = f"SELECT path FROM {view} ORDER BY path"
        assert await everything.rows(text) == [(CITY.path(*HERE),), (CITY.path(*THERE),)]
        assert await here.rows(text) == [(CITY.path(*HERE),)]
        assert await nowhere.rows(text) == []


async def test_rows_of_its_department_only(reader_of, stored):
    ours, theirs = await reader_of(department="sanitation"), await reader_of(department="nobody")
    async with connect(stored) as conn:
        await conn.execute(
            "UPDATE cases SET assisting = ARRAY['sanitation'] WHERE path = %s", [CITY.path(*HERE)]
        )
    assert await ours.rows("SELECT path FROM read_cases") == [(CITY.path(*HERE),)]
    assert await ours.rows("SELECT path FROM read_reports") == [(CITY.path(*HERE),)]
    assert await theirs.rows("SELECT path FROM read_cases") == []


async def test_names_borders_places_and_facts_are_for_every_reader(reader_of):
    here = await reader_of(street(*HERE))
    counts = {view: (await here.rows(f"SELECT count(*) FROM {view}"))[0][0] for view in VIEWS}
    assert counts == {
        "read_cells": 64, "read_communities": 16, "read_streets": 4, "read_districts": 1,
        "read_cases": 1, "read_reports": 1, "read_places": 1, "read_area_facts": 1,
    }  # fmt: skip


@pytest.mark.parametrize("view", ["read_cases", "read_reports"])
async def test_positions_are_coarse_for_who_is_masked_whatever_is_asked(reader_of, view):
    masked, exact = await reader_of(street(*HERE)), await reader_of(street(*HERE), masked=False)
    lon, lat = position(*HERE)
    where = f"SELECT public.ST_X(geom), public.ST_Y(geom) FROM {view}"
    assert await exact.rows(where) == [(pytest.approx(lon, abs=1e-9), pytest.approx(lat, abs=1e-9))]
    ((x, y),) = await masked.rows(where)
    assert (x, y) == (
        pytest.approx(round(lon, 3), abs=1e-9),
        pytest.approx(round(lat, 3), abs=1e-9),
    )
    here = "public.ST_SetSRID(public.ST_MakePoint(%s, %s), 4326)"
    near = f"SELECT count(*) FROM {view} WHERE geom && public.ST_Expand({here}, 0.00001)"
    assert await masked.rows(near, lon, lat) == [(0,)]
    assert await masked.rows(near, x, y) == [(1,)]
    assert await exact.rows(near, lon, lat) == [(1,)]


@pytest.mark.parametrize("name", ["cases", "reports"])
async def test_positions_are_rounded_as_for_analysts_in_the_middle_between_two_also(
    reader_of, stored, name
):
    """The views have the rounding once more: a reader's role may call no function of ours."""
    masked, places = await reader_of(), ((118.9125, 36.5005), (118.9134999999, 36.49949999))
    seen = rows(Asked(COLLECTIONS[name], RowFilter("3707/", "", masked=True), 0, ended=True))
    shown = sql.SQL("SELECT public.ST_AsText(f.geom) FROM ({}) AS f ORDER BY 1").format(seen.text)
    async with connect(stored) as conn:
        for path, place in zip((CITY.path(*HERE), CITY.path(*THERE)), places, strict=True):
            point = "public.ST_SetSRID(public.ST_MakePoint(%s, %s), 4326)"
            await conn.execute(f"UPDATE cases SET point = {point} WHERE path = %s", [*place, path])
            await conn.execute(
                "UPDATE reports SET lon = %s, lat = %s FROM cases AS c"
                " WHERE c.id = case_id AND c.path = %s", [*place, path],
            )  # fmt: skip
        analysts = await (await conn.execute(shown, seen.values)).fetchall()
    assert analysts == [("POINT(118.913 36.499)",), ("POINT(118.913 36.501)",)]
    assert (
        await masked.rows(f"SELECT public.ST_AsText(geom) FROM read_{name} ORDER BY 1") == analysts
    )


OTHERS = [
    "SELECT count(*) FROM read_cases WHERE 1 / (CASE WHEN path = %s THEN 0 ELSE 1 END) = 1",
    "SELECT count(*) FROM read_cases WHERE CASE WHEN path = %s THEN category::integer = 1 END",
]


@pytest.mark.parametrize("statement", OTHERS)
async def test_a_condition_that_fails_never_meets_a_row_of_others(reader_of, statement):
    here = await reader_of(street(*HERE))
    await here.rows(statement, CITY.path(*THERE))
    with pytest.raises(psycopg.DataError):  # it would have failed
        await here.rows(statement, CITY.path(*HERE))


async def test_a_plan_tells_nothing_of_rows_of_others(reader_of, stored):
    here = await reader_of(street(*HERE))
    async with connect(stored) as conn:
        rows = await conn.execute("SELECT number FROM cases WHERE path = %s", [CITY.path(*THERE)])
        ((number,),) = await rows.fetchall()

    async def plan(options: str, value: str) -> str:
        explain = f"EXPLAIN ({options}, FORMAT JSON) SELECT FROM read_cases WHERE number = %s"
        ((found,),) = await here.rows(explain, value)
        kept = re.sub(r'"[^"]*(Time|Blocks)": [\d.]+', "", json.dumps(found))
        return kept.replace(value, "?")

    for options in ("ANALYZE, TIMING OFF, SUMMARY OFF", "COSTS"):
        assert await plan(options, number) == await plan(options, "2026-9999999")


#: What a reader may not do, whatever it sets before.
FORBIDDEN = {
    "a table": "SELECT FROM cases",
    "the history": "SELECT FROM case_events",
    "people": "SELECT FROM report_people",
    "keys": "SELECT FROM api_keys",
    "who reads": "SELECT FROM readers",
    "the views of the product": "SELECT FROM feature_cases",
    "a table by name": "SELECT table_to_xml('wangge.cases', false, false, '')",
    "a query by text": "SELECT query_to_xml('SELECT * FROM wangge.cases', false, false, '')",
    "passwords": "SELECT FROM pg_authid",
    "statistics": "SELECT FROM pg_statistic",
    "extent": "SELECT public.ST_EstimatedExtent('wangge', 'cases', 'point')",
    "histogram": "SELECT public._postgis_stats('wangge.cases'::regclass, 'point')",
    "extent by index": "SELECT public._postgis_index_extent('wangge.cases'::regclass, 'point')",
    "selectivity": "SELECT public._postgis_selectivity('wangge.cases'::regclass, 'point',"
                   " public.ST_MakeEnvelope(118, 36, 119, 37, 4326))",
    "insert": "INSERT INTO read_places (kind) VALUES ('x')",
    "update": "UPDATE read_places SET kind = 'x'",
    "delete": "DELETE FROM read_places",
    "lock rows": "SELECT FROM read_places FOR UPDATE",
    "lock a view": "LOCK TABLE read_cases",
    "numbers": "SELECT nextval('case_numbers')",
    "temporary": "CREATE TEMPORARY TABLE x (y integer)",
    "temporary function": "CREATE FUNCTION pg_temp.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "in public": "CREATE TABLE public.x (y integer)",
    "in the schema": "CREATE TABLE wangge.x (y integer)",
    "a function": "CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "a schema": "CREATE SCHEMA x",
    "an extension": "CREATE EXTENSION dblink",
    "a large object": "SELECT lo_create(0)",
    "a large object of bytes": "SELECT lo_from_bytea(0, 'x')",
    "a lock": "SELECT pg_advisory_lock(1)",
    "a lock for a while": "SELECT pg_try_advisory_xact_lock(1)",
    "the log of writes": "SELECT pg_logical_emit_message(false, 'x', 'y')",
    "a snapshot": "SELECT pg_export_snapshot()",
    "a file": "COPY read_cells TO '/tmp/wangge-reader'",
    "a program": "COPY read_cells TO PROGRAM 'cat'",
    "a server's file": "SELECT pg_read_file('PG_VERSION')",
    "the owner": "SET ROLE wangge",
    "the owner for the session": "SET SESSION AUTHORIZATION wangge",
    "more rights": "ALTER ROLE CURRENT_USER CREATEROLE",
    "more connections": "ALTER ROLE CURRENT_USER CONNECTION LIMIT 100",
    "barriers": "ALTER VIEW read_cases RESET (security_barrier)",
    "counters": "SELECT pg_stat_reset()",
}  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
async def test_everything_else_is_refused(reader_of, name):
    reader = await reader_of()
    async with await reader.login() as conn:
        await conn.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            async with conn.transaction():
                await conn.execute(FORBIDDEN[name])


async def test_no_function_works_with_the_rights_of_others(reader_of):
    reader = await reader_of()
    with_rights = (
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p"
        " WHERE p.prosecdef AND has_function_privilege(p.oid, 'EXECUTE')"
    )
    assert await reader.rows(with_rights) == []
    of_the_product = (
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p"
        " WHERE p.pronamespace = 'wangge'::regnamespace AND p.prorettype <> 'trigger'::regtype"
    )
    assert await reader.rows(of_the_product) == []


async def test_a_grant_of_what_one_has_not_gives_nothing(reader_of):
    first, other = await reader_of(), await reader_of(street(*HERE))
    async with await other.login() as conn:
        await conn.execute(f"SET ROLE {await group(other)}")
        rows = await (await conn.execute("SELECT count(*) FROM read_cases")).fetchall()
        assert rows == [(1,)], "its rows are its own in the group's role, too"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await conn.execute(f"SET ROLE {first.role}")


async def group(reader) -> str:
    ((name,),) = await reader.rows(
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = current_user::regrole"
    )
    return name


async def test_statistics_of_tables_are_not_shown(reader_of):
    reader = await reader_of()
    assert await reader.rows("SELECT count(*) FROM pg_stats WHERE schemaname = 'wangge'") == [(0,)]
    queries = "SELECT count(*) FROM pg_stat_activity WHERE usename <> current_user AND query <> ''"
    hidden = queries + " AND query <> '<insufficient privilege>'"
    assert await reader.rows(hidden) == [(0,)]


async def test_a_session_begins_with_what_keeps_a_map_from_being_a_burden(reader_of):
    reader = await reader_of()
    settings = ("default_transaction_read_only", "statement_timeout", "lock_timeout", "search_path")
    shown = [(await reader.rows(f"SHOW {name}"))[0][0] for name in settings]
    assert shown == ["on", "1min", "5s", "wangge, public"]


async def test_qgis_finds_layers_with_type_and_reference_system(reader_of):
    reader = await reader_of()
    found = await reader.rows(
        "SELECT f_table_name::text, type::text, srid FROM public.geometry_columns ORDER BY 1"
    )
    assert found == sorted(
        (view, COLLECTIONS[view.removeprefix("read_")].geometry.upper(), 4326) for view in VIEWS
    )


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="gdal-bin is not installed")
async def test_gdal_reads_a_view(reader_of):
    reader = await reader_of(street(*HERE))
    asked = ["-so", f"PG:{reader.url} active_schema=wangge", "read_cases"]
    done = await asyncio.to_thread(
        subprocess.run, ["ogrinfo", *asked], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Geometry: Point" in done.stdout
    assert "Feature Count: 1" in done.stdout
