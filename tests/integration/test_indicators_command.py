"""`wangge indicators`, `ledger` and `appraisals` as a user meets them."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from geo_data import case_facts
from geo_data.database import connect
from grid.figures.fold import facts_of
from tests import city
from tests.lives import lives
from tests.services import STATE
from wangge.appraisals import appraisals
from wangge.indicators import indicators
from wangge.week_ledger import ledger

if TYPE_CHECKING:
    from click.testing import Result

CITY = city.City()
FACTS = [facts_of(life.events) for life in lives(60, seed=31, days=20, cells=CITY)]
JANUARY = ("--from", "2026-01-01", "--to", "2026-02-01")


@pytest.fixture
async def stored(monkeypatch, database_url):
    """The command line uses a database with a month of cases in the city of squares."""
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    async with connect(database_url) as conn:
        await city.build(conn, CITY)
        async with conn.transaction():
            await case_facts.write(conn, [(None, facts) for facts in FACTS])


def run(command: Any, *arguments: object) -> Result:
    # The commands open an event loop of their own, the test has one already: another thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(CliRunner().invoke, command, [str(a) for a in arguments]).result()


async def test_figures_on_the_terminal(stored):
    shown = run(indicators, *JANUARY)
    assert shown.exit_code == 0, shown.output
    assert "合计" in shown.stdout
    assert "按期处置率" in shown.stdout
    assert "综合得分" in shown.stdout
    total = next(line for line in shown.stdout.splitlines() if "合计" in line)
    assert f" {len(FACTS)} " in total


async def test_figures_for_a_spreadsheet(stored):
    shown = run(indicators, *JANUARY, "--by", "category", "--figures", "received", "--csv")
    rows = list(csv.DictReader(io.StringIO(shown.stdout.lstrip("\ufeff"))))
    assert sum(int(row["值 value"]) for row in rows[:-1]) == int(rows[-1]["值 value"]) == len(FACTS)


async def test_what_is_wrong_is_said(stored):
    assert "there is no figure x" in run(indicators, "--figures", "x").stderr
    assert "no area with the code 9" in run(indicators, "--area", "9").stderr
    assert "must lie after --from" in run(indicators, *JANUARY[:3], "2025-01-01").stderr
    assert "is no week" in run(ledger, "--week", "W3").stderr


async def test_the_week_on_the_terminal(stored):
    shown = run(ledger, "--week", "2026-W02")
    assert shown.exit_code == 0, shown.output
    heads = [line.split()[0] for line in shown.stdout.splitlines() if not line.startswith(" ")]
    assert heads == ["新增", "应办", "销号"]


async def test_appraisals_are_loaded_whole_or_not_at_all(stored, database_url, tmp_path):
    file = tmp_path / "marks.csv"
    file.write_text("person,month,mark,words\nkey:a,2026-01,90,好\n", encoding="utf-8")
    assert run(appraisals, file).stdout == '{"loaded": 1}\n'
    file.write_text(
        "person,month,mark,words\nkey:b,2026-01,90,\nkey:c,2026-13,90,\nkey:d,2026-01,101,\n",
        encoding="utf-8",
    )
    refused = run(appraisals, file)
    assert refused.exit_code == 1
    assert "marks.csv:3: there is no month 2026-13" in refused.stderr
    assert "marks.csv:4: needs a person and a mark from 0 to 100" in refused.stderr
    async with connect(database_url) as conn:
        rows = await (await conn.execute("SELECT person, mark FROM appraisals")).fetchall()
    assert rows == [("key:a", 90.0)]
