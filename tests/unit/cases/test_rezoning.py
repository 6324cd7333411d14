"""Another layout of cells holds: the case follows its place, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import AskKind
from grid.errors import Refusal
from grid.figures.fold import facts_of
from grid.model import Level, Stage, Status, Unit
from grid.principal import RULES
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    NOTE,
    WATER,
    closed,
    handled,
    manhole_working,
    opened,
    paused,
    received,
    whistled,
    working,
)
from tests.unit.examples import (
    ADMIN,
    CELL,
    CITY,
    CLERK,
    COMMUNITY,
    DISTRICT,
    OTHER_CELL,
    OTHER_COMMUNITY_CELL,
    WORKER,
    place,
)

if TYPE_CHECKING:
    from grid.model import Place
    from tests.unit.cases.story import Story

REZONE = c.Rezone(by=RULES)
OTHER_COMMUNITY = "3707/370705/370705001/370705001002/"
OTHER_DISTRICT_CELL = "3707/370702/370702001/370702001001/370702001001001/"


def under(path: str, layout: int = 2) -> Place:
    """A place in the next layout, as the index of cells tells it."""
    return replace(place(path), layout=layout)


def known(path: str, layout: int = 2) -> tuple[tuple[str, Any], ...]:
    return (("place", under(path, layout)),)


TABLE = [
    Example(received, REZONE, Status.RECEIVED, known(OTHER_CELL)),
    Example(opened, REZONE, Status.OPEN, known(OTHER_CELL)),
    Example(working, REZONE, Status.WORKING, known(CELL)),
    Example(handled, REZONE, Status.HANDLED, known(OTHER_COMMUNITY_CELL)),
    Example(paused, REZONE, Status.WORKING, known(OTHER_CELL)),
    Example(opened, c.Rezone(by=ADMIN), Refusal.ROLE, known(OTHER_CELL)),
    Example(closed, REZONE, Refusal.STATE, known(OTHER_CELL)),
    Example(opened, REZONE, Refusal.RULE, known(OTHER_CELL, layout=1)),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_examples(example: Example) -> None:
    example.holds()


def rezoned(story: Story, path: str, **command: Any) -> Story:
    return story.does(replace(REZONE, **command), place=under(path))


def test_the_team_of_the_new_cell_works_and_no_deadline_moves():
    before = working().case
    after = rezoned(working(), OTHER_CELL).case
    assert (after.place.path, after.place.layout) == (OTHER_CELL, 2)
    assert after.charge.handler == Unit("team", OTHER_CELL, "", WORKER.id)
    assert (after.charge.level, after.charge.area) == (Level.GRID, OTHER_CELL)
    assert after.charge.since == before.charge.since
    assert after.charge.first == before.charge.first, "the citizen's contact to the end"
    assert after.deadlines == before.deadlines
    assert (after.status, after.matter, after.aside) == (
        before.status,
        before.matter,
        before.aside,
    )


def test_somebody_of_the_new_unit_gets_it_in_hand_where_one_is_named():
    assert rezoned(working(), OTHER_CELL, person="key:new").case.charge.handler.person == "key:new"
    assert rezoned(working(), OTHER_CELL, person="").case.charge.handler.person == ""
    same = rezoned(working(), CELL, person="key:new").case
    assert same.charge.handler.person == WORKER.id, "the unit is the same: so is the hand"


def test_the_level_in_charge_stays_and_its_area_follows():
    risen = working().does(c.Escalate(by=WORKER, note=NOTE))
    assert risen.case.charge.area == COMMUNITY
    after = rezoned(risen, OTHER_COMMUNITY_CELL).case
    assert (after.charge.level, after.charge.area) == (Level.COMMUNITY, OTHER_COMMUNITY)
    assert after.charge.handler.area == OTHER_COMMUNITY_CELL


def test_a_department_stays_and_works_where_the_place_is_now():
    within = rezoned(manhole_working(), OTHER_CELL).case.charge
    assert within.handler == manhole_working().case.charge.handler
    across = rezoned(manhole_working(), OTHER_DISTRICT_CELL).case.charge
    assert (across.handler.code, across.handler.person) == ("water", WATER.id)
    assert across.handler.area == "3707/370702/"
    parts = rezoned(whistled(), OTHER_DISTRICT_CELL).case.aside.parts
    assert {part.area for part in parts} == {"3707/370702/"}
    assert whistled().case.aside.parts[0].area == DISTRICT


def test_outside_every_cell_the_city_answers():
    after = rezoned(working(), CITY).case
    assert (after.place.cell, after.place.path) == (None, CITY)
    assert (after.charge.level, after.charge.area) == (Level.CITY, CITY)
    assert after.charge.handler == Unit("city", CITY, "", WORKER.id)


def test_the_position_is_what_it_was():
    elsewhere = replace(under(OTHER_CELL), lon=1.0, lat=2.0)
    after = working().does(REZONE, place=elsewhere).case
    assert (after.place.lon, after.place.lat) == (119.16, 36.7)


def test_who_saw_the_case_in_the_same_cell_is_not_turned_away():
    seen = working().case.tally.version
    same, other = rezoned(working(), CELL), rezoned(working(), OTHER_CELL)
    contact = c.Contact(by=WORKER, how="called", version=seen)
    assert same.does(contact).status is Status.WORKING
    neighbour = replace(contact, by=replace(WORKER, area=OTHER_CELL))
    assert other.refusal(neighbour) is Refusal.VERSION


def test_requests_wait_for_the_area_that_answers_there_now():
    asked = working().does(
        c.Extend(by=WORKER, until=working().case.deadline(Stage.PROMISE).due, note=NOTE)
    )
    assert asked.case.ask(AskKind.EXTENSION).area == COMMUNITY
    after = rezoned(asked, OTHER_COMMUNITY_CELL)
    assert after.case.ask(AskKind.EXTENSION).area == OTHER_COMMUNITY
    answered = after.does(
        c.Answer(
            by=replace(CLERK, area=OTHER_COMMUNITY), ask=AskKind.EXTENSION, granted=False, note=NOTE
        )
    )
    assert isinstance(answered.last, e.Refused)


def test_what_was_missed_by_then_is_dealt_with_first():
    due = opened().case.deadline(Stage.ACCEPT).due
    story = rezoned(opened().at(due), OTHER_COMMUNITY_CELL)
    kinds = [type(event.what) for event in story.events[-2:]]
    assert kinds == [e.Escalated, e.Rezoned]
    late = story.case.aside.lates[-1]
    assert late.unit.area == CELL, "late stays with who was late"
    assert story.case.charge.area == OTHER_COMMUNITY


def test_figures_go_on_with_the_stage_where_it_went_and_leave_what_was_late():
    due = opened().case.deadline(Stage.ACCEPT).due
    before = facts_of(opened().at(due).tick().events)
    story = rezoned(opened().at(due), OTHER_COMMUNITY_CELL)
    facts = facts_of(story.events)
    assert facts.path == OTHER_COMMUNITY_CELL
    assert [(h.stage, h.since, h.due, h.ended) for h in facts.held] == [
        (h.stage, h.since, h.due, h.ended) for h in before.held
    ]
    areas = {(h.stage, h.late): h.area for h in facts.held if h.ended is None}
    assert areas["accept", True] == CELL
    assert areas["resolve", False] == OTHER_COMMUNITY_CELL
    assert areas["assign", False] == OTHER_COMMUNITY
