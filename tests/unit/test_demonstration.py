"""Simulation and demonstration: made-up people say only what the door and the policy take."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import shapely

from geo_data.policies import load_shipped
from grid.model import Source
from ingest.door import accept
from wangge.demo_story import TALES
from wangge.demo_watch import Watched
from wangge.made_up import MATTERS, pick
from wangge.walking import cells, report, walkers

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
OUTLINES = {
    "origin": [119.0, 36.0],
    "step": 1e-5,
    "areas": [
        {"code": "370705001001001", "name": "方", "rings": [[0, 0, 500, 0, 0, 500, -500, 0]]},
        {
            "code": "370705001001002",
            "name": "环",
            "rings": [[600, 0, 500, 0, 0, 500, -500, 0], [700, 100, 300, 0, 0, 300, -300, 0]],
        },
    ],
}


@pytest.fixture(scope="module")
def policy():
    return load_shipped("default")


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: tale.en)
def test_every_tale_is_taken_and_known_to_the_policy(tale, policy):
    made = accept(tale.submission(NOW), sender="key:demo", received_at=NOW)
    assert policy.categories.row(made.category, made.condition)
    assert "虚构" in made.description


def test_the_story_goes_from_a_settled_trifle_to_a_late_department():
    assert len(TALES) == 12
    assert len({tale.id for tale in TALES}) == 12
    assert "settled" in TALES[0].more
    assert [tale for tale in TALES if tale.late] == [TALES[-1]]
    assert "gas" in TALES[-2].en


@pytest.mark.parametrize("matter", MATTERS, ids=lambda matter: matter.words)
def test_every_matter_is_known_to_the_policy(matter, policy):
    assert policy.categories.row(matter.category, None)


def test_matters_come_by_their_weight():
    dice = random.Random(1)
    drawn = [pick(dice) for _ in range(5000)]
    assert drawn.count(MATTERS[0]) > 5 * drawn.count(MATTERS[-1]) > 0


def test_cells_are_drawn_as_the_api_draws_them():
    square, ring = sorted(cells(OUTLINES, random.Random(1), 5), key=lambda cell: cell.code)
    assert square.shape.equals_exact(shapely.box(119, 36, 119.005, 36.005), 1e-9, normalize=True)
    assert ring.shape.area == pytest.approx(0.005**2 - 0.003**2)


def test_workers_report_from_about_their_own_cell():
    crew = walkers(cells(OUTLINES, random.Random(1), 2), 5)
    dice = random.Random(2)
    far, settled = 0, 0
    for number in range(600):
        walker = crew[number % 5]
        made = accept(report(walker, dice, NOW, "run"), sender="key:demo", received_at=NOW)
        assert made.source is Source.WORKER
        off_m = walker.cell.shape.distance(shapely.Point(made.lon, made.lat)) * 111_320
        far += off_m > 3 * made.accuracy_m
        settled += made.settled is not None
    assert far < 6
    assert 100 < settled < 500


def test_the_same_seed_reports_the_same():
    def made(run):
        dice = random.Random(7)
        crew = walkers(cells(OUTLINES, dice, 2), 3)
        return [report(dice.choice(crew), dice, NOW, run) for _ in range(20)]

    assert made("a") == made("a")
    assert not {r["id"] for r in made("a")} & {r["id"] for r in made("b")}


def event(kind, level, before=None, **data):
    return {
        "level": level,
        "level_before": before,
        "event": {"type": kind, "case": "01a201ae-e850-7213-9b33-3c4b2cb9befc", "data": data},
    }


def test_the_watch_counts_levels_and_measures_the_lag():
    watched = Watched()
    received = (NOW - timedelta(seconds=0.5)).isoformat()
    for level in ("grid", "grid", "community"):
        assert watched.see(event("filed", level, received_at=received), NOW) is None
    assert watched.filed == {"grid": 2, "community": 1}
    assert watched.lag() == "p50 0.50 s, max 0.50 s"


def test_the_watch_says_in_words_what_rises():
    line = Watched().see(event("escalated", "district", "community", cause="accept_missed"), NOW)
    assert "■ 社区 community → ◆ 区县 district" in line
    assert "超过签收期限 was not accepted in time" in line
