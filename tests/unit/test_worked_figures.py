"""The worked example of docs/explanation/figures.md: six cases, counted by hand there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.cases.decide import apply
from grid.cases.known import NOTHING, Known
from grid.figures.answers import Variant, answer
from grid.figures.counting import Period, columns_for, columns_of, tallies
from grid.figures.figures import BY_NAME
from grid.figures.fold import facts_of
from grid.figures.score import area_score
from grid.model import Source, Stage
from grid.principal import RULES, Principal, Role
from tests.unit.examples import (
    ADMIN,
    CITY,
    COLLEAGUE,
    DISTRICT,
    MANHOLE,
    RUBBISH,
    THURSDAY,
    WORKER,
    place,
    policy,
    report,
)

ROOT = Path(__file__).resolve().parents[2]
WATER = Principal("key:water", Role.STAFF, DISTRICT, department="water")
HOTLINE = Principal("key:hotline", Role.HOTLINE, CITY)
SUPERVISOR = Principal("key:supervisor", Role.SUPERVISOR, DISTRICT)
NOVEMBER = Period(
    datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC),
    datetime(2026, 12, 1, tzinfo=UTC),
)  # fmt: skip


class Story:
    """A case received on Thursday 19 November 2026 at 10:00, and what is done so much later."""

    def __init__(self, number: int, category: str, source: Source) -> None:
        self.case = None
        self.events = []
        self.now = THURSDAY
        made = report(id=f"6f1c7c8e-3f0a-4c59-9b3e-7d5a4a8b1c{number:02d}", source=source)
        known = Known(
            case_id=f"01a2008d-7400-7000-8000-0000000000{number:02d}",
            number=f"2026-000000{number}",
            place=place(),
        )
        self.do(c.File(by=RULES, report=replace(made, category=category)), known)

    def do(self, command, known=NOTHING):
        events, steps = apply(self.case, command, known, self.now, policy())
        self.events += events
        self.case = steps[-1]

    def after(self, hours, command, known=NOTHING):
        self.now = THURSDAY + timedelta(hours=hours)
        self.do(command, known)
        return self


def stories():
    settled = Story(1, RUBBISH, Source.WORKER).after(
        0.2, c.Settle(by=WORKER, evidence=frozenset({"after_photo", "note"}))
    )
    content = c.CallBack(by=HOTLINE, reached=True, solved=True, satisfied=True)
    done = frozenset({"after_photo"})

    def handled(number, hours):
        return (
            Story(number, MANHOLE, Source.HOTLINE)
            .after(0.4, c.Accept(by=WATER))
            .after(hours, c.Handle(by=WATER, evidence=done))
        )

    in_time = handled(2, 1.5).after(3, c.Verify(by=WORKER, passed=True)).after(4, content)
    late = (
        handled(3, 3)
        .after(3.5, c.Appeal(by=WATER, stage=Stage.RESOLVE, cause="weather", note="n"))
        .after(4, c.Answer(by=SUPERVISOR, ask=AskKind.APPEAL, granted=True))
        .after(5, c.Verify(by=WORKER, passed=True))
        .after(6, content)
    )
    nobody = c.CallBack(by=HOTLINE, reached=False)
    twice = (
        handled(4, 1.5)
        .after(2, c.Verify(by=WORKER, passed=False))
        .after(3, c.Handle(by=WATER, evidence=done))
        .after(4, c.Verify(by=COLLEAGUE, passed=True))
        .after(5, nobody)
        .after(6, nobody)
        .after(25, nobody)
    )
    merged = Story(5, MANHOLE, Source.CITIZEN)
    merged.after(0.1, c.Merge(by=ADMIN), Known(parent=handled(2, 1.5).case))
    paused = (
        Story(6, MANHOLE, Source.HOTLINE)
        .after(0.4, c.Accept(by=WATER))
        .after(0.5, c.AskPause(by=WATER, until=THURSDAY + timedelta(days=40), note="parts"))
        .after(0.6, c.Answer(by=ADMIN, ask=AskKind.PAUSE, granted=True))
    )
    return [settled, in_time, late, twice, merged, paused]


@pytest.fixture(scope="module")
def facts():
    return [facts_of(story.events) for story in stories()]


def figure_of(facts, name, variant=Variant.RAW, by="area"):
    figure = BY_NAME[name]
    counting = figure.by(by)
    columns = columns_of(counting.of, facts, columns_for([counting]) | {"number"})
    [tally] = tallies(counting, columns, columns["number"] != b"", NOVEMBER).values()
    return answer(figure, tally, variant)


#: Figure → hits, of how many, left out; and the hits when exempted.
COUNTED = {
    "received": (6, None, {}, 6),
    "filed": (6, 6, {}, 6),
    "dispatched": (4, 4, {"merged": 1, "settled": 1}, 4),
    "handled_in_time": (3, 4, {"merged": 1, "paused": 1}, 4),
    "closed": (4, 4, {"merged": 1, "paused": 1}, 4),
    "closed_in_time": (4, 4, {"merged": 1, "paused": 1}, 4),
    "rework": (1, 4, {"merged": 1, "paused": 1}, 1),
    "reached_district": (2, 3, {}, 2),
    "satisfied": (2, 2, {}, 2),
    "unreached": (1, 3, {}, 1),
    "found": (1, 6, {}, 1),
    "ended_grid": (1, 4, {}, 1),
    "small_in_grid": (1, 1, {}, 1),
    "red": (1, None, {}, 0),
}


@pytest.mark.parametrize("name", COUNTED)
def test_counted_as_by_hand(facts, name):
    hits, of, out, exempted = COUNTED[name]
    one = figure_of(facts, name)
    assert (one.numerator, one.denominator, dict(one.excluded)) == (hits, of, out)
    assert figure_of(facts, name, Variant.EXEMPTED).numerator == exempted


def test_the_department_held_five_resolutions_that_came_due(facts):
    one = figure_of(facts, "handled_in_time", by="department")
    assert (one.numerator, one.denominator) == (4, 5)


def test_the_score_as_by_hand(facts):
    names = ("handled_in_time", "closed", "rework", "satisfied", "found")
    made = area_score(policy().score, {name: figure_of(facts, name) for name in names})
    # 30 × 3/4 + 20 × 4/4 + 20 × (1 − 1/4) + 20 × 2/2 + 10 × 1/6
    assert made.value == pytest.approx(22.5 + 20 + 15 + 20 + 10 / 6)


def test_the_page_says_the_same():
    page = (ROOT / "docs/explanation/figures.md").read_text(encoding="utf-8")
    for name, (hits, of, _, _) in COUNTED.items():
        shown = str(hits) if of is None else f"{hits}/{of}"
        assert f"| `{name}` | {shown} |" in page, name
