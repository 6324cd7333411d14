"""The worked examples of docs/explanation/clocks.md: the page's own tables are run."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from geo_data.policies import load_shipped
from grid.model import Deadline, Level, Size, Stage
from grid.policy import limits
from grid.policy.calendar import ZONE
from grid.policy.limits import Limit

POLICY = load_shipped()
PAGE = (Path(__file__).parents[2] / "docs/explanation/clocks.md").read_text(encoding="utf-8")

#: For whom a stage's limit is looked up, by profile: level in charge, size, category.
MATTERS = {
    "": (Level.COMMUNITY, Size.BIG, "service.07.05"),
    "2115": (Level.COMMUNITY, Size.BIG, "service.09.03"),
    "emergency": (Level.DISTRICT, Size.EMERGENCY, "service.03.01"),
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def rows_under(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its header."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


EXAMPLES = rows_under("Twelve deadlines")


def test_there_are_twelve_and_all_clocks_are_among_them() -> None:
    assert [row[0] for row in EXAMPLES] == [str(n) for n in range(1, 13)]
    used = {Limit.parse(row[3]).clock for row in EXAMPLES}
    assert used == set(limits.Clock)
    for row in EXAMPLES:
        assert f"\n{row[0]}. **" in PAGE


@pytest.mark.parametrize(
    ("stage", "begins", "limit", "meanwhile", "yellow", "due"),
    [row[1:] for row in EXAMPLES],
    ids=[row[0] for row in EXAMPLES],
)
def test_example(
    stage: str, begins: str, limit: str, meanwhile: str, yellow: str, due: str
) -> None:
    kind, *times = re.findall(r"^\w+|\d{4}-\d\d-\d\d \d\d:\d\d", meanwhile) or [""]
    start, allowed = at(begins), Limit.parse(limit)
    if stage == "any":
        end = limits.due(start, allowed, POLICY.calendar)
        warn = limits.warn_at(start, end, allowed, POLICY.calendar)
        deadline = Deadline(Stage.RESOLVE, start, warn, end, nonstop=allowed.clock.nonstop)
    else:
        deadline = of_the_policy(stage, start, limit, at(times[0]) if kind == "promise" else None)
    if kind == "paused":
        deadline = limits.moved(deadline, at(times[0]), at(times[1]), POLICY.calendar)
    assert deadline.due == at(due)
    assert deadline.warn == at(yellow)


def of_the_policy(stage: str, start: datetime, limit: str, promise: datetime | None) -> Deadline:
    """The deadline that the default policy gives; it must have the limit that the page says."""
    name, profile = re.fullmatch(r"(\w+)(?: \((\w+)\))?", stage).groups("")
    level, size, category = MATTERS[profile]
    asked = {
        "level": level,
        "size": size,
        "profile": profile,
        "category": POLICY.categories.row(category),
    }
    assert POLICY.limit(Stage(name), **asked) == Limit.parse(limit)
    return POLICY.deadline(Stage(name), start, promise=promise, **asked)


@pytest.mark.parametrize(("moment", "light"), rows_under("The lights of number 9"))
def test_light(moment: str, light: str) -> None:
    warn, due = (at(cell) for cell in EXAMPLES[8][5:7])
    assert limits.light(at(moment), warn, due) == light
