"""`wangge layout owed`: what a new layout leaves to be seen to, and the sheet that sees to it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from click.testing import CliRunner

from geo_data import keys
from geo_data.database import connect
from geo_data.layout import publishing
from geo_data.layout.store import save
from grid.principal import Role
from tests.integration.test_layout_report import whole
from tests.layouts import changed, layout, square
from tests.services import STATE
from wangge.layout import layout as layouts
from wangge.team import team

HEADER = "area,department,person,name,duty,full_time,valid_from,valid_to\n"
#: C00 is cut in two, C10 and C20 become one, C33 gets another code, C02 and C12 swap theirs.
PEOPLE = (
    "C00,,wang,王,responsible,yes,,\n"
    "C00,,li,李,backup,no,,\n"
    "C00,water,sun,孙,sent,no,,\n"
    "C20,,zhao,赵,responsible,yes,,\n"
    "C33,,qian,钱,responsible,yes,,\n"
    "C02,,feng,冯,responsible,yes,,\n"
)


def after():
    """The layout of the made-up city that follows."""
    new = layout()
    new = changed(new, "C00", geometry=square(0, 0, 0.75))
    part = new[new["code"] == "C00"].copy()
    part["code"], part["name"], part["feature"] = "N1", "新网格", "N1"
    part["geometry"] = [square(0.75, 0, 0.25)]
    new = new[new["code"] != "C20"]
    new = changed(new, "C10", code="M1", geometry=square(1, 0, 2))
    new = changed(new, "C33", code="R1")
    new = changed(new, "C02", code="swap")
    new = changed(new, "C12", code="C02")
    new = changed(new, "swap", code="C12")
    return whole(pd.concat([new, part], ignore_index=True))


def run(command, *arguments):
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(
            CliRunner().invoke, command, [str(a) for a in arguments]
        ).result()  # fmt: skip


@pytest.fixture
async def city(monkeypatch, database_url, tmp_path):
    """A city with its people, and its next layout as a draft: layout 2."""
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    async with connect(database_url) as conn:
        await save(conn, whole(layout()), valid_from=datetime(2026, 1, 1, tzinfo=UTC))
        made = {}
        for name, area in (("gone", "1/11/111/V0/C20/"), ("stays", "1/11/111/V0/C00/")):
            made[name], _ = await keys.add(conn, role=Role.WORKER, area=area, name=name, by="t")
        sheet = tmp_path / "before.csv"
        sheet.write_text(HEADER + PEOPLE, encoding="utf-8")
        loaded = run(team, "load", sheet)
        assert loaded.exit_code == 0, loaded.output
        assert await publishing.keep(conn, after()) == 2
    return made


def told(*arguments):
    done = run(layouts, "owed", *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def publish():
    at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return run(layouts, "publish", "2", "--from", at)


async def test_what_is_owed_is_told_with_where_it_came_from_and_who_could_be_named(city):
    found = told(2)
    assert (found["before"], found["ahead"]) == (1, False)
    areas = {one["code"]: one for one in found["areas"]}
    assert {code: (one["changes"], one["before"]) for code, one in areas.items()} == {
        "N1": (["split"], ["C00"]),
        "M1": (["merged"], ["C10", "C20"]),
        "R1": (["renamed"], ["C33"]),
    }
    proposed = {
        code: [(p["person"], p["duty"]) for p in one["proposed"]] for code, one in areas.items()
    }
    assert proposed["N1"] == [("wang", "responsible"), ("li", "backup"), ("sun", "sent")]
    assert (areas["M1"]["proposed_of"], proposed["M1"]) == ("C20", [("zhao", "responsible")])
    assert proposed["R1"] == [("qian", "responsible")]
    assert [(one["code"], one["before"]) for one in found["other_ground"]] == [("C02", ["C12"])]
    assert [(one["kind"], one["id"], one["area"], one["now"]) for one in found["keys"]] == [
        ("key", city["gone"], "C20", ["M1"])
    ]
    said = run(layouts, "owed", 2).stdout
    assert "3 new areas that nobody is responsible for" in said
    assert "N1 grid 新网格: split from C00; proposed, from C00: 王 responsible, 李 backup" in said
    assert f"key {city['gone']} worker gone: C20, now M1" in said


async def test_webhooks_and_readers_of_the_database_lead_nowhere_too(city, database_url):
    async with connect(database_url) as conn:
        await conn.execute(
            "INSERT INTO webhooks (id, owner, url, secret, area, cursor)"
            " VALUES ('hook', 'key:a', 'https://a/', sha256(''), '1/11/111/V3/', 0)"
        )
        await conn.execute(
            "INSERT INTO readers (role, area, masked) VALUES ('qgis', '1/11/111/V2/C33/', true)"
        )
    strays = [(one["kind"], one["id"], one["area"], one["now"]) for one in told(2)["keys"]]
    assert strays == [
        ("key", city["gone"], "C20", ["M1"]),
        ("reader", "qgis", "C33", ["R1"]),
        ("webhook", "hook", "V3", []),
    ]


async def test_publishing_says_that_something_is_owed_in_one_line(city):
    done = publish()
    assert done.exit_code == 0, done.output
    [line] = done.stderr.splitlines()
    assert line == (
        "3 new areas have nobody responsible, 1 key is for an area gone: "
        "`wangge layout owed 2` lists them."
    )


async def test_the_sheet_is_loaded_as_it_is_and_then_nothing_is_owed_but_keys(
    city, database_url, tmp_path
):
    assert publish().exit_code == 0
    sheet = tmp_path / "proposed.csv"
    done = run(layouts, "owed", "--csv", sheet)
    assert done.exit_code == 0, done.output
    assert sheet.read_text(encoding="utf-8").startswith(HEADER)
    loaded = run(team, "load", sheet)
    assert loaded.exit_code == 0, loaded.output
    assert loaded.stdout.startswith("5 added, 0 changed, 0 dropped")
    left = told()
    assert (left["areas"], len(left["keys"])) == ([], 1)
    async with connect(database_url) as conn:
        rows = await conn.execute(
            "SELECT count(*), bool_and(m.valid_from = l.valid_from) FROM members AS m"
            " JOIN layouts AS l ON l.id = 2 WHERE m.area IN ('N1', 'M1', 'R1')"
        )
        assert await rows.fetchone() == (5, True)


async def test_who_is_there_already_is_not_thrown_out_by_the_sheet(city, tmp_path):
    assert publish().exit_code == 0
    sheet = tmp_path / "own.csv"
    sheet.write_text(HEADER + "N1,,zhou,周,backup,no,,\n", encoding="utf-8")
    assert run(team, "load", sheet).exit_code == 0
    proposed = tmp_path / "proposed.csv"
    assert run(layouts, "owed", "--csv", proposed).exit_code == 0
    loaded = run(team, "load", proposed)
    assert loaded.stdout.startswith("4 added, 0 changed, 0 dropped, 1 same"), loaded.output


async def test_the_first_layout_owes_nothing_and_one_that_is_not_there_is_an_error(city):
    assert "`wangge team gaps`" in run(layouts, "owed", 1).stdout
    assert "there is no layout 9" in run(layouts, "owed", 9).stderr
