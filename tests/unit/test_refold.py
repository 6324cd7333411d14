"""The fault tests' own fold of events, on bare JSON, agrees with the product's, and tells a lie."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.cases import commands as c
from grid.cases.decide import decide
from grid.cases.evolve import fold
from grid.cases.known import NOTHING
from grid.cases.wire import encode_case, encode_event
from grid.errors import Rejected
from tests.faults.refold import refold, whole
from tests.unit.examples import ADMIN, CELL, GAS, MANHOLE, RUBBISH, THURSDAY, file_events, policy
from tests.unit.test_engine_properties import commands


@settings(max_examples=50, deadline=None)
@given(
    category=st.sampled_from([RUBBISH, MANHOLE, GAS]),
    steps=st.lists(st.tuples(commands(), st.floats(0, 400)), max_size=12),
)
def test_both_folds_agree_whatever_happens(category, steps):
    events, _ = file_events(CELL, category=category)
    now = THURSDAY
    for command, hours in steps:
        now += timedelta(hours=hours)
        try:
            events = [*events, *decide(fold(events), command, NOTHING, now, policy())]
        except Rejected:
            continue
    bodies = [json.loads(encode_event(event)) for event in events]
    assert refold(bodies) == whole(json.loads(encode_case(fold(events))))


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
