"""The pages for who looks after the decision table: each mistake is said as the pages say it."""

from __future__ import annotations

import csv
import io
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from geo_data.policies import shipped_files
from grid.policy.policy import read_policy
from grid.policy.sheets import PolicyError

DOCS = Path(__file__).parents[2] / "docs" / "explanation"
FILES = shipped_files()
SHEET = "default/rules.csv"


def rows(page: str) -> list[list[str]]:
    """The table of mistakes on a page: row, column, what was written, what is said."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("|") and "`rules.csv:" in line]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table]


def spoilt(name: str, column: str, text: str) -> str:
    """The shipped sheet with one cell changed; `header` is the row of column names."""
    table = list(csv.reader(io.StringIO(FILES[SHEET].removeprefix("\ufeff"))))
    place = table[0].index(column)
    row = table[0] if name == "header" else next(row for row in table if row[0] == name)
    row[place] = text
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(table)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "column", "written", "said"), rows("decision-table.md"), ids=lambda cell: cell[:30]
)
def test_a_mistake_is_said_as_the_page_says(
    name: str, column: str, written: str, said: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(FILES | {SHEET: spoilt(name, column, written)}, "default/policy.toml")
    told = [str(problem).removeprefix("default/") for problem in caught.value.problems]
    pattern = said.replace("[", "[[]").replace("*", "[*]").replace("…", "*")
    assert any(fnmatchcase(one, pattern) for one in told), told


def test_both_languages_show_the_same_mistakes() -> None:
    assert len(rows("decision-table.md")) >= 15
    assert rows("decision-table.md") == rows("decision-table.zh.md")
