"""A small matter settled by the cell's own team: evidence, the lot, the community's sample."""

from __future__ import annotations

import pytest

from grid.cases import commands as c
from grid.errors import Refusal
from grid.model import Size, Stage, Status
from tests.unit.cases.story import NOTE, begin, opened
from tests.unit.examples import CELL, CLERK, COLLEAGUE, WORKER

PHOTO = frozenset({"after_photo"})


@pytest.mark.parametrize(
    ("category", "evidence", "note", "missing"),
    [
        ("event.01.10", {"after_photo"}, None, None),
        ("event.01.10", {"note"}, None, "after_photo"),
        ("service.01.01", {"party_confirms"}, NOTE, None),
        ("service.01.01", {"party_confirms", "note"}, None, None),
        ("service.01.01", set(), NOTE, "party_confirms"),
        ("service.02.07", {"after_photo", "note", "party_confirms"}, NOTE, "small"),
    ],
)
def test_settling_needs_the_evidence_that_the_category_asks(category, evidence, note, missing):
    story = begin(category=category)
    settle = c.Settle(by=WORKER, evidence=frozenset(evidence), note=note)
    if missing is None:
        told = story.does(settle).last.evidence
        assert set(told) == evidence | ({"note"} if note else set())
        assert list(told) == sorted(told)
    else:
        assert story.refusal(settle) is Refusal.RULE


def test_a_small_matter_that_a_department_has_is_not_settled_by_the_team():
    story = opened().tick().does(c.Dispatch(by=CLERK))
    assert story.case.matter.size is Size.SMALL
    assert story.refusal(c.Settle(by=WORKER, evidence=PHOTO)) is Refusal.RULE


@pytest.mark.parametrize(
    ("lot", "status"), [(0.0, Status.HANDLED), (0.0499, Status.HANDLED), (0.05, Status.CLOSED)]
)
def test_the_lot_says_which_settled_cases_the_community_looks_at(lot, status):
    story = opened().does(c.Settle(by=WORKER, evidence=PHOTO), lot=lot)
    assert story.status is status


def test_the_sample_is_checked_by_the_community_and_a_failed_one_is_rework():
    story = opened().does(c.Settle(by=WORKER, evidence=PHOTO), lot=0.0)
    assert story.running() == {Stage.PROMISE, Stage.VERIFY}
    for who in (WORKER, COLLEAGUE):
        assert story.refusal(c.Verify(by=who, passed=True))
    assert story.does(c.Verify(by=CLERK, passed=True)).status is Status.CLOSED
    back = story.does(c.Verify(by=CLERK, passed=False))
    assert (back.status, back.case.tally.rework) == (Status.WORKING, 1)
    assert back.handler.area == CELL
    assert back.running() == {Stage.PROMISE, Stage.RESOLVE}
