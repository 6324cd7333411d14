"""Facts say of a case what its history says, however it came about."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, settings

from geo_data.policies import load_shipped
from grid.cases.evolve import evolve
from grid.cases.wire import decode_event, encode_event
from grid.figures.facts import CaseFacts
from grid.figures.fold import advance, facts_of
from grid.model import Source, Stage, Status
from tests.lives import BEGIN, live, lives
from tests.unit.test_engine_properties import Engine

LIVES = [*lives(250, seed=3), *lives(150, seed=4, source=Source.WORKER)]


@pytest.mark.parametrize("start", range(0, len(LIVES), 50))
def test_facts_and_case_agree_after_each_event(start):
    for life in LIVES[start : start + 50]:
        facts: CaseFacts | None = None
        for event, case in zip(life.events, life.steps, strict=True):
            facts = advance(facts, event)
            agree(facts, case)


def agree(facts, case):
    tally, charge = case.tally, case.charge
    handler = charge.handler
    assert (facts.case_id, facts.number, facts.version) == (case.id, case.number, tally.version)
    assert facts.status == case.status
    assert (facts.level, facts.charge_area) == (charge.level, charge.area)
    assert (facts.kind, facts.area, facts.department) == (handler.kind, handler.area, handler.code)
    assert facts.person == handler.person
    assert facts.path == case.place.path
    assert (facts.category, facts.size) == (case.matter.category, case.matter.size)
    assert (facts.rework, facts.returns) == (tally.rework, tally.returns)
    assert (facts.extensions, facts.escalations) == (tally.extensions, tally.escalations)
    assert (facts.reopened, facts.reports) == (tally.reopened, tally.reports)
    assert facts.supervisions == tally.supervisions
    assert (facts.paused_since is None) == (case.aside.pause is None)
    assert (facts.ended_at is None) == case.status.live
    assert (facts.closed_at is None) == (case.status is not Status.CLOSED)
    if case.status.live:
        running = sorted((d.stage, d.who, d.since, d.due) for d in case.deadlines)
        held = [(h.stage, h.who, h.since, h.due) for h in facts.held if h.ended is None]
        promise = case.deadline(Stage.PROMISE)
        assert sorted([*held, ("promise", "", promise.since, facts.promise_due)]) == running
    else:
        assert all(held.ended is not None for held in facts.held)
    lit = [(h.stage, h.due, h.state, h.kind, h.area, h.department) for h in facts.held if h.state]
    marks = [
        (late.stage, late.due, late.state, late.unit.kind, late.unit.area, late.unit.code)
        for late in case.aside.lates
    ]
    assert sorted(lit) == sorted(marks)
    assert all(held.late for held in facts.held if held.state)
    assert facts.red >= len(marks)
    assert [held.n for held in facts.held] == list(range(1, len(facts.held) + 1))


def test_facts_go_on_from_wherever_they_were():
    rng = Random(5)
    for life in LIVES:
        cut = rng.randrange(1, len(life.events) + 1)
        facts = facts_of(life.events[:cut])
        for event in life.events[cut:]:
            facts = advance(facts, decode_event(encode_event(event)))
        assert facts == facts_of(life.events)


def test_an_event_that_does_not_follow_is_refused():
    life = live(Random(1), 1, load_shipped("default"), BEGIN)
    first, second = life.events[:2]
    with pytest.raises(ValueError, match="does not follow"):
        advance(None, second)
    facts = facts_of([first])
    facts = advance(facts, second)
    with pytest.raises(ValueError, match="does not follow"):
        advance(facts, second)


class Anything(Engine):
    """Whatever is asked of a case in whatever order, its facts say the same as the case."""

    def teardown(self) -> None:
        facts, case = None, None
        for event in self.story.events:
            facts, case = advance(facts, event), evolve(case, event)
            agree(facts, case)


TestAnything = Anything.TestCase
TestAnything.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
