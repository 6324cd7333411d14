"""`wangge facts` as a user meets it, and the figures that are counted by what it loads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from click.testing import CliRunner

from geo_data import case_facts
from geo_data.area_facts import store
from geo_data.areas import layout_in_force
from geo_data.database import connect
from geo_data.rights import RowFilter
from grid.figures.fold import facts_of
from tests import city
from tests.lives import lives
from tests.services import STATE
from wangge.facts import facts
from wangge.indicators import indicators

TOWN = city.City()
FACTS = [facts_of(life.events) for life in lives(60, seed=31, days=20, cells=TOWN)]
RAW = ("complaints_inhabitants", "raw")
EVERYTHING = RowFilter("", "", masked=False)


@pytest.fixture
async def database(monkeypatch, database_url):
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    async with connect(database_url) as conn:
        await city.build(conn, TOWN)
    return database_url


def run(*arguments: object, command=facts):
    # The commands open an event loop of their own, the test has one already: another thread.
    with ThreadPoolExecutor(1) as thread:
        call = thread.submit(CliRunner().invoke, command, [str(a) for a in arguments])
        return call.result()


def written(folder, *lines: str, head: str = "area,measure,day,value", name: str = "census.csv"):
    path = folder / name
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


async def stored(database):
    async with connect(database) as conn:
        rows = await conn.execute(
            "SELECT area, measure, day, value, valid_to IS NULL FROM area_facts ORDER BY id"
        )
        return await rows.fetchall()


async def test_loaded_again_nothing_changes_and_what_is_gone_is_kept(database, tmp_path):
    file = written(tmp_path, "3707,population,2025-12-31,9000", "370700,businesses,2025/12/31,80")
    assert run("check", file).stdout == "2 facts, no fault\n"
    told = run("load", file, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == {"added": 2, "changed": 0, "gone": 0, "same": 0}
    assert run("load", file).stdout == "0 added, 0 changed, 0 gone, 2 same\n"
    less = written(tmp_path, "3707,9100", head="code,n")
    told = run(
        "load", less, "--area-column", "code", "--value-column", "n", "--measure", "population",
        "--day", "2025-12-31",
    )  # fmt: skip
    assert told.stdout == "0 added, 1 changed, 1 gone, 0 same\n", told.output
    day = date(2025, 12, 31)
    assert await stored(database) == [
        ("3707", "population", day, 9000.0, False),
        ("370700", "businesses", day, 80.0, False),
        ("3707", "population", day, 9100.0, True),
    ]
    (line,) = run("list").stdout.splitlines()
    assert line.split() == ["census", "population", "2025-12-31", "1", "areas", "9,100"]


FAULTS = {
    "unknown_area": ("9999,population,2025-12-31,1", "area", "9999"),
    "unknown_measure": ("3707,moons,2025-12-31,1", "measure", "moons"),
    "bad_date": ("3707,population,31.12.2025,1", "day", "31.12.2025"),
    "to_come": ("3707,population,2999-01-01,1", "day", "2999-01-01"),
    "negative": ("3707,population,2025-12-31,-1", "value", "-1"),
    "no_number": ("3707,population,2025-12-31,many", "value", "many"),
    "infinite": ("3707,population,2025-12-31,inf", "value", "inf"),
    "missing": ("3707,population,2025-12-31", "value", ""),
    "duplicate": ("370700,population,2025-12-31,7", "area", "370700"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_told_with_row_field_and_value_and_nothing_changes(
    database, tmp_path, name
):
    line, field, value = FAULTS[name]
    bad = run("load", written(tmp_path, "370700,population,2025-12-31,5", line), "--json")
    assert bad.exit_code == 1
    (fault,) = json.loads(bad.stdout)["faults"]
    assert (fault["row"], fault["field"], fault["value"]) == (2, field, value)
    assert await stored(database) == []


async def test_a_file_without_rows_ends_all_facts_only_where_that_is_meant(database, tmp_path):
    run("load", written(tmp_path, "3707,population,2025-12-31,9000"))
    nothing = written(tmp_path)
    assert "file: has no rows" in run("load", nothing).stderr
    assert [row[-1] for row in await stored(database)] == [True]
    assert run("load", nothing, "--empty").stdout == "0 added, 0 changed, 1 gone, 0 same\n"
    assert [row[-1] for row in await stored(database)] == [False]


async def test_a_column_that_is_missing(database, tmp_path):
    bad = run("load", written(tmp_path, "3707,1", head="area,value"))
    assert "file, measure: no such column; there are: area, value" in bad.stderr


async def known(database, rights=EVERYTHING, until=date(2026, 1, 31)):
    async with connect(database) as conn:
        layout = await layout_in_force(conn)
        return await store.known(conn, layout, "population", rights, until)


async def test_an_area_has_what_its_parts_have_where_all_are_known(database, tmp_path):
    cells = [TOWN.code(x, y) for x in (0, 1) for y in (0, 1)]
    lines = [f"{code},population,2025-12-31,{10 * n}" for n, code in enumerate(cells, 1)]
    run("load", written(tmp_path, *lines, f"{TOWN.code(2, 0)},population,2025-12-31,7"))
    found = await known(database)
    assert found[cells[0][:12]] == 100
    assert TOWN.code(2, 0)[:12] not in found, "three of its cells are not known"
    assert "3707" not in found
    assert "" not in found
    inside = RowFilter("/".join(TOWN.path(0, 0).split("/")[:4]) + "/", "", masked=False)
    assert (await known(database, inside))[""] == 100
    assert await known(database, until=date(2025, 12, 30)) == {}


async def test_what_is_said_of_an_area_itself_counts_and_the_newest_day_of_it(database, tmp_path):
    lines = ("3707,population,2024-12-31,8000", "3707,population,2025-12-31,9000")
    run("load", written(tmp_path, *lines))
    assert await known(database) == {"3707": 9000.0, "": 9000.0}
    assert (await known(database, until=date(2025, 6, 1)))[""] == 8000.0


async def test_complaints_per_ten_thousand_have_a_value_once_it_is_known_who_lives_there(
    database, tmp_path
):
    async with connect(database) as conn, conn.transaction():
        await case_facts.write(conn, [(None, one) for one in FACTS])
    asked = ("--from", "2026-01-01", "--to", "2026-02-01", "--figures", "complaints_inhabitants",
             "--level", "district", "--csv")  # fmt: skip

    def told():
        shown = run(*asked, command=indicators)
        assert shown.exit_code == 0, shown.output
        rows = [line.split(",") for line in shown.stdout.splitlines()[1:]]
        return {row[0] or row[1]: row[6:9] + row[13:14] for row in rows if (row[3], row[5]) == RAW}

    before = told()["合计"]
    assert (before[0], before[3]) == ("", "no_area_facts")
    run("load", written(tmp_path, "3707,population,2025-12-31,20000"))
    value, numerator, denominator, reason = told()["合计"]
    assert (float(value), float(denominator), reason) == (float(numerator) / 2, 20000.0, "")
    assert float(numerator) > 0


async def test_a_fact_lies_where_its_area_lies(database, tmp_path):
    run("load", written(tmp_path, f"{TOWN.code(3, 3)},population,2025-12-31,20"))
    async with connect(database) as conn:
        rows = await conn.execute(
            "SELECT area, path, value, at = '2025-12-31T00:00+08:00',"
            " public.ST_Area(geom) > 0 FROM feature_area_facts"
        )
        assert await rows.fetchall() == [(TOWN.code(3, 3), TOWN.path(3, 3), 20.0, True, True)]
        await conn.execute("UPDATE layouts SET valid_to = now()")
        rows = await conn.execute("SELECT area, path, geom IS NULL FROM feature_area_facts")
        assert await rows.fetchall() == [(TOWN.code(3, 3), None, True)]
