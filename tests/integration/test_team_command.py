"""`wangge team` as a user meets it: what it prints, stores and ends with."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from geo_data.database import connect
from tests import city
from tests.services import STATE
from wangge.team import team

if TYPE_CHECKING:
    from click.testing import Result

CITY = city.City()
CELL = CITY.code(0, 0)
COUNTY = CELL[:6]
SHEET = (
    "area,department,person,name,duty,full_time\n"
    f"{CELL},,wang,王,responsible,yes\n"
    f"{CELL},,li,李,backup,no\n"
    f"{COUNTY},water,zhou,周,responsible,yes\n"
)


@pytest.fixture
async def file(monkeypatch, database_url, tmp_path):
    """A sheet of teams; the command line uses a database with the city of squares."""
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    async with connect(database_url) as conn:
        await city.build(conn, CITY)
    path = tmp_path / "teams.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def run(*arguments: object) -> Result:
    # The commands open an event loop of their own, the test has one already: another thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(CliRunner().invoke, team, [str(a) for a in arguments]).result()


async def test_a_sheet_is_loaded_listed_and_loaded_again(file):
    loaded = run("load", file)
    assert loaded.exit_code == 0, loaded.output
    assert "3 added, 0 changed" in loaded.stdout
    assert "63 cells without responsible" in loaded.stdout
    listed = run("list", CELL)
    assert [line.split()[2] for line in listed.stdout.splitlines()] == ["wang", "li"]
    [head, _] = [json.loads(line) for line in run("list", CELL, "--json").stdout.splitlines()]
    assert (head["name"], head["duty"], head["full_time"], head["away"]) == (
        "王",
        "responsible",
        True,
        None,
    )
    again = json.loads(run("load", file, "--json").stdout)
    assert (again["same"], again["added"], again["changed"]) == (3, 0, 0)


async def test_a_wrong_sheet_is_told_line_by_line_and_not_stored(file):
    file.write_text(SHEET + "9,,a,王,backup,\n" + f"{CELL},fish,b,王,sent,\n", encoding="utf-8")
    refused = run("load", file)
    assert refused.exit_code == 1
    assert "teams.csv:5: area '9' is in no layout that holds" in refused.stderr
    assert "teams.csv:6: department 'fish' is not known" in refused.stderr
    assert "nothing was stored" in refused.stderr
    assert run("list", CELL).stdout == ""


async def test_a_file_that_is_no_text(file):
    file.write_bytes("王".encode("gb18030"))
    assert "teams.csv is not UTF-8" in run("load", file).stderr


async def test_gaps_are_those_of_the_area_and_level_asked_for(file):
    run("load", file)
    community = CELL[:12]
    found = [
        json.loads(line)
        for line in run(
            "gaps", "--area", community, "--level", "grid", "--json"
        ).stdout.splitlines()
    ]
    assert {gap["area"][:12] for gap in found} == {community}
    assert CELL not in {gap["area"] for gap in found}
    assert len(found) == 3
    told = run("gaps", "--area", COUNTY, "--level", "department")
    assert f"{COUNTY}           district   区{COUNTY} gas: no responsible" in told.stdout
    assert " water: no responsible" not in told.stdout
    assert "31 gaps" in told.stderr


async def test_somebody_is_away_and_somebody_is_replaced(file):
    run("load", file)
    away = run("absent", "wang", "--to", "2099-12-31", "--reason", "leave")
    assert away.exit_code == 0, away.output
    assert "wang is away" in away.stdout
    assert "0 cases handed over" in away.stdout
    assert "away to 2100-01-01 00:00" in run("list", CELL).stdout
    later = run("absent", "li", "--from", "2099-01-01")
    assert "the clerk hands over when it begins" in later.stdout
    replaced = run("replace", "wang", "feng", "--area", CELL, "--name", "冯")
    assert replaced.exit_code == 0, replaced.output
    assert "feng has 1 duty of wang" in replaced.stdout
    assert run("list", CELL).stdout.splitlines()[0].split()[2] == "feng"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("list", "1"), 1, "there is no area with the code 1"),
        (("absent", "ghost"), 1, "ghost has no duty anywhere"),
        (("absent", "wang", "--stand-in", "ghost"), 1, "ghost has no duty anywhere"),
        (("absent", "wang", "--stand-in", "wang"), 2, "nobody stands in for oneself"),
        (("absent", "wang", "--to", "2020-01-01"), 2, "must lie ahead"),
        (("absent", "wang", "--from", "soon"), 2, "'soon' is neither a day"),
        (("replace", "ghost", "li", "--area", "3707"), 1, "ghost has no duty"),
        (("replace", "wang", "new", "--area", "3707"), 1, "name of new"),
        (("replace", "wang", "wang", "--area", "3707"), 2, "is the same person"),
    ],
)
async def test_what_cannot_be_done_is_said(file, arguments, code, says):
    run("load", file)
    refused = run(*arguments)
    assert (refused.exit_code, says in refused.output) == (code, True), refused.output
