"""The fault tests' own fold of events, on bare JSON, agrees with the product's, and tells a lie."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.cases import commands as c
from grid.cases.decide import decide
from grid.cases.evolve import fold
from grid.cases.known import NOTHING
from grid.cases.wire import encode_case, encode_event
from grid.errors import Rejected
from grid.model import Status
from tests.faults.refold import refold, whole
from tests.unit.cases.anything import BY_ID, any_draft, facts, people, waits
from tests.unit.cases.story import begin
from tests.unit.cases.test_every_row import EXAMPLES
from tests.unit.examples import ADMIN, CELL, GAS, MANHOLE, RUBBISH, THURSDAY, file_events, policy


@settings(max_examples=40, deadline=None)
@given(
    category=st.sampled_from([RUBBISH, MANHOLE, GAS]),
    known=facts(),
    steps=st.lists(st.tuples(waits(), people(), any_draft()), max_size=12),
)
def test_both_folds_agree_whatever_happens(category, known, steps):
    story = begin(category=category)
    for wait, by, draft in steps:
        story = replace(story, now=story.now + wait, known=known.known)
        try:
            story = story.does(draft.at(story.now, BY_ID[by]))
        except Rejected:
            continue
    bodies = [json.loads(encode_event(event)) for event in story.events]
    assert refold(bodies) == whole(json.loads(encode_case(fold(story.events))))


@pytest.mark.parametrize("example", [e for e in EXAMPLES if isinstance(e.then, Status)], ids=str)
def test_both_folds_agree_in_every_example(example):
    story = example.given().does(example.command, **dict(example.known))
    if story.events[0].case == story.case.id:  # a parent that is made up has no history
        bodies = [json.loads(encode_event(event)) for event in story.events]
        assert refold(bodies) == whole(json.loads(encode_case(story.case)))


def life():
    """Filed, accepted, handled: as JSON, and the state."""
    events, _ = file_events(CELL)
    for command in (c.Accept(by=ADMIN), c.Handle(by=ADMIN)):
        events = [*events, *decide(fold(events), command, NOTHING, THURSDAY, policy())]
    bodies = [json.loads(encode_event(event)) for event in events]
    return bodies, whole(json.loads(encode_case(fold(events))))


LIES = {
    "an event left out at the end": lambda bodies: bodies[:-1],
    "another level in charge": lambda bodies: [
        *bodies[:-1],
        bodies[-1]
        | {
            "data": bodies[-1]["data"]
            | {"charge": bodies[-1]["data"]["charge"] | {"level": "city"}}
        },
    ],
    "another time": lambda bodies: [*bodies[:-1], bodies[-1] | {"at": "2026-11-20T00:00:00+00:00"}],
}
BREAKS = {
    "an event left out in the middle": lambda bodies: [bodies[0], bodies[2]],
    "filed twice": lambda bodies: [*bodies, bodies[0] | {"number": 4}],
    "no beginning": lambda bodies: bodies[1:],
    "another case's event": lambda bodies: [*bodies[:-1], bodies[-1] | {"case": "another"}],
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_changed_history_makes_another_case(lie):
    bodies, state = life()
    assert refold(bodies) == state
    assert refold(lie(bodies)) != state


@pytest.mark.parametrize("lie", BREAKS.values(), ids=BREAKS)
def test_a_broken_history_makes_none(lie):
    bodies, _ = life()
    with pytest.raises(ValueError, match="stands at"):
        refold(lie(bodies))
