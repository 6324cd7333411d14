"""The tables of examples, together, leave no row of the transitions without its examples."""

from __future__ import annotations

from collections import defaultdict

import pytest

from grid.cases.transitions import BY_COMMAND, TRANSITIONS, allowed
from grid.errors import Refusal
from grid.model import Status
from tests.unit.cases import (
    test_appeals,
    test_asking,
    test_assigning,
    test_callback,
    test_checking,
    test_ending,
    test_escalation,
    test_filing,
    test_intake_check,
    test_merging,
    test_rezoning,
    test_telling,
    test_working,
)
from tests.unit.cases.example import Example

THEMES = (
    test_appeals,
    test_asking,
    test_assigning,
    test_callback,
    test_checking,
    test_ending,
    test_escalation,
    test_filing,
    test_intake_check,
    test_merging,
    test_rezoning,
    test_telling,
    test_working,
)
EXAMPLES: list[Example] = [example for theme in THEMES for example in theme.TABLE]

#: Commands that no status of a case that is filed forbids.
ALWAYS = {"appeal", "answer", "card", "comment", "attach", "leave"}
#: Commands that no rule forbids to who may give them when they fit.
NO_RULE = {"file", "gather", "admit", "join", "leave", "tick", "resume"}
#: Without reviews or parts nobody stands in the relation that the row names: refused as role.
BY_RELATION = {"review", "report_in"}


def of(name: str) -> list[Example]:
    found = [example for example in EXAMPLES if example.row == name]
    assert found, f"no example of {name}"
    return found


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.name)
def test_every_row_is_allowed_and_refused_for_every_reason(row):
    outcomes = {example.then for example in of(row.name)}
    asked = {Refusal.ROLE}
    if row.name not in ALWAYS | BY_RELATION:
        asked.add(Refusal.STATE)
    if row.name not in NO_RULE:
        asked.add(Refusal.RULE)
    assert asked <= outcomes
    assert any(isinstance(outcome, Status) for outcome in outcomes)


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: row.name)
def test_every_arrow_that_leads_somewhere_has_its_example(row):
    shown = {
        (example.before, example.then)
        for example in of(row.name)
        if isinstance(example.then, Status)
    }
    assert shown <= row.arrows, "an example shows a way that the table does not know"
    assert {(a, b) for a, b in row.arrows if a is not b} - shown == set()


def test_what_an_example_shows_as_allowed_is_offered():
    """Where nothing beside the case has to be known."""
    for example in EXAMPLES:
        case = example.given().case
        if isinstance(example.then, Status) and case is not None and not example.known:
            due = case.next_tick
            if due is None or due > example.given().now:
                assert BY_COMMAND[type(example.command)] in allowed(case, example.command.by)


def test_no_example_stands_twice():
    seen = defaultdict(int)
    for example in EXAMPLES:
        seen[example.row, example.given.__name__, example.command, example.then, example.known] += 1
    assert {key for key, times in seen.items() if times > 1} == set()
