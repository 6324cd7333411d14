"""`wangge layout report` as a user meets it: stored layouts, files, figures, a page, JSON."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest
from click.testing import CliRunner

from geo_data.database import connect
from geo_data.layout.model import COLUMNS, Layout
from geo_data.layout.store import save
from tests import city
from tests.layouts import changed, layout, metres, square
from tests.services import STATE
from tests.stored_cases import store
from wangge.layout import layout as command

if TYPE_CHECKING:
    from click.testing import Result

CITY = city.City()
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs/reference/layout-report.schema.json").read_text()
)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, database_url: str) -> str:
    """The URL of an empty database that the command line uses."""
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    return database_url


def run(*arguments: object) -> Result:
    # The commands open an event loop of their own, the test has one already: another thread.
    with ThreadPoolExecutor(1) as thread:
        call = thread.submit(CliRunner().invoke, command, ["report", *(str(a) for a in arguments)])
        return call.result()


def told(*arguments: object) -> dict[str, dict[str, dict]]:
    """Verdicts and figures by principle, measure and group, out of JSON that keeps its schema."""
    result = run(*arguments, "--json", "-")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    jsonschema.validate(report, SCHEMA)
    report["figures"] = {
        (figure["measure"], figure["group"]): figure
        for principle in report["principles"]
        for figure in principle["figures"]
    }
    return report


def whole(areas) -> Layout:
    """The made-up layout as it is stored."""
    parents = dict(zip(areas["code"], areas["parent"], strict=True))

    def path(code: object) -> str:
        return f"{path(parents[code])}{code}/" if isinstance(code, str) else ""

    areas = areas.assign(path=[path(code) for code in areas["code"]])
    return Layout(areas[list(COLUMNS)], "城", "made up")


async def test_the_demo_city_with_its_cases_and_households(database: str, tmp_path: Path) -> None:
    async with connect(database) as conn, conn.transaction():
        await city.build(conn, CITY)
        for x, y in product(range(8), range(8)):
            await store(conn, CITY, x, y, count=630 if (x, y) == (3, 5) else 30)
        await store(conn, CITY, 0, 0, count=500, days_ago=400)
        await store(conn, CITY, 0, 0, count=500, status="void")
        await store(conn, CITY, 0, 0, count=4, at=(120.5, 36.5))
        for day, value in (("2026-01-01", 99_999), ("2026-06-01", 400)):
            await conn.execute(
                "INSERT INTO area_facts (source, area, measure, day, value)"
                " SELECT 'census', code, 'households', %s, %s FROM areas WHERE level = 'grid'",
                (day, value),
            )
    report = told()
    figures = report["figures"]
    assert report["layout"] | {"number": 1, "name": "squares", "cells": 64} == report["layout"]
    assert (figures["cases", "unclassed"]["median"], figures["cases", "unclassed"]["most"]) == (
        30, 630,
    )  # fmt: skip
    assert figures["cases_worst_to_median", "unclassed"]["verdict"] == "fail"
    assert figures["cases_elsewhere", "all"]["value"] == 4
    assert (figures["households", "all"]["most"], figures["households", "all"]["verdict"]) == (
        400, "pass",
    )  # fmt: skip
    worst = next(p for p in report["principles"] if p["name"] == "comparable")["worst"]
    assert worst[0]["code"] == CITY.code(3, 5)
    assert report["not_judged"] == ["stable"]

    page, data = tmp_path / "report.html", tmp_path / "report.json"
    shown = run(1, "--html", page, "--json", data)
    assert shown.exit_code == 0, shown.output
    assert "3 任务相当 Comparable in work: 不达标 fail" in shown.stdout
    assert CITY.code(3, 5) in page.read_text(encoding="utf-8")
    written = json.loads(data.read_text(encoding="utf-8"))
    assert written["principles"] == report["principles"]


async def test_a_layout_is_compared_with_the_one_that_it_ended(
    database: str, tmp_path: Path
) -> None:
    after = changed(layout(), "C00", geometry=square(0, 0, 0.5))
    after = changed(after, "C10", geometry=square(0.5, 0, 1.5))
    async with connect(database) as conn:
        await save(conn, whole(layout()), valid_from=datetime(2026, 1, 1, tzinfo=UTC))
        await save(conn, whole(after), valid_from=datetime(2026, 6, 1, tzinfo=UTC))
    held = told()
    assert (held["layout"]["number"], held["compared_with"]) == (2, "1")
    assert held["figures"]["cells_unchanged", "all"]["value"] == 14 / 16
    assert told(1)["compared_with"] is None
    assert told(1, "--before", 2)["figures"]["cells_unchanged", "all"]["value"] == 14 / 16

    file = tmp_path / "next.geojson"
    layout().to_file(file)
    assert told(file)["compared_with"] == "2"
    assert told(file, "--before", 1)["figures"]["cells_unchanged", "all"]["value"] == 1.0
    assert told(2, "--before", file)["compared_with"] == "next.geojson"


def test_a_file_with_faults_and_its_own_words_needs_no_database(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    hole = metres(1.0, 0.5, 1.0, 3.0)
    areas = changed(layout(), "C10", geometry=square(1, 0).difference(hole))
    areas = areas.assign(level=areas["level"].replace("grid", "网格")).rename(
        columns={"code": "编码"}
    )
    file = tmp_path / "own.geojson"
    areas.drop(columns="feature").to_file(file)
    report = told(file, "--no-database", "--word", "网格=grid", "--code-column", "编码")
    seamless = next(p for p in report["principles"] if p["name"] == "seamless")
    assert seamless["verdict"] == "fail"
    assert seamless["places"][0]["area_m2"] == pytest.approx(3.0, rel=1e-4)
    assert report["figures"]["cases", "all"]["reason"]["code"] == "no_database"


def test_bounds_of_one_s_own(tmp_path: Path) -> None:
    file, sheet = tmp_path / "a.geojson", tmp_path / "bounds.csv"
    layout().to_file(file)
    sheet.write_text(
        "measure,group,low,high,watch,fail,since,source,zh,en\n"
        "ground,urban,,0.5,0.1,0.2,2027-01-01,本市,,\n",
        encoding="utf-8",
    )
    report = told(file, "--no-database", "--bounds", sheet)
    ground = report["figures"]["ground", "urban"]
    assert (ground["value"], ground["verdict"], ground["bound"]["source"]) == (1.0, "fail", "本市")


async def test_what_cannot_be_reported_on_is_said(database: str, tmp_path: Path) -> None:
    nothing = tmp_path / "a.txt"
    nothing.write_text("x")
    bad = tmp_path / "bounds.csv"
    bad.write_text("measure\n")
    for arguments, words, code in (
        ([], "no layout of cells is in force", 1),
        ([9], "there is no layout 9", 1),
        (["nowhere.gpkg"], "does not exist", 2),
        ([nothing], "a.txt is none of .geojson", 1),
        ([9, "--no-database"], "--no-database takes a FILE", 2),
        ([9, "--bounds", bad], "bounds.csv: line 1: there is no column group", 2),
    ):
        result = run(*arguments)
        assert (result.exit_code, words in result.stderr) == (code, True), result.stderr
