"""Who works on it: dispatch, delegate, take or hand over, whistle, set a date, rule, escalate."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.errors import Refusal
from grid.model import Level, Stage, Status
from grid.principal import Principal, Role
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITY_OPERATOR,
    DISTRICT_CLERK,
    HOTLINE,
    NOTE,
    POLICE,
    ROADS,
    STREET_CLERK,
    SUPERVISOR,
    WATER,
    begin,
    closed,
    handled,
    manhole,
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
    COLLEAGUE,
    DISTRICT,
    NEIGHBOUR,
    OPERATOR,
    STREET,
    THURSDAY,
    WORKER,
)

ABSENCES = Principal("command-line", Role.SYSTEM, "")
#: Dirty stairwell: the responsibility table names no department.
STAIRWELL = "service.07.01"


@cache
def risen():
    """Nobody accepted it: the community is in charge, the team still bound."""
    return opened().tick().after(minutes=1)


@cache
def stairwell():
    """Nobody's matter by the table, and the community in charge."""
    return begin(category=STAIRWELL).tick().after(minutes=1)


@cache
def returned_twice():
    """Water did not want it, roads did not want it: the district has to rule."""
    story = manhole_working()
    for who in (WATER, ROADS):
        story = story.does(c.Return(by=who, note=NOTE)).does(
            c.Answer(by=CLERK, ask=AskKind.RETURN, granted=True)
        )
        if who is WATER:
            story = story.does(c.Dispatch(by=CLERK, department="roads")).does(c.Accept(by=ROADS))
    return story


@cache
def district_works():
    """The district took it over before it ruled."""
    return returned_twice().does(c.TakeOver(by=OPERATOR))


@cache
def district_risen():
    return risen().does(c.Escalate(by=CLERK)).after(minutes=1)


IN_AN_HOUR = THURSDAY + timedelta(hours=1)
TABLE = [
    Example(risen, c.Dispatch(by=CLERK), Status.OPEN),
    Example(working, c.Dispatch(by=CLERK, department="sanitation"), Status.OPEN),
    Example(risen, c.Dispatch(by=OPERATOR, department="roads"), Status.OPEN),
    Example(risen, c.Dispatch(by=WORKER), Refusal.ROLE),
    Example(manhole, c.Dispatch(by=WATER, department="roads"), Refusal.ROLE),
    Example(handled, c.Dispatch(by=CLERK), Refusal.STATE),
    Example(paused, c.Dispatch(by=CLERK), Refusal.STATE),
    Example(manhole, c.Dispatch(by=CLERK), Refusal.RULE),
    Example(manhole, c.Dispatch(by=CLERK, department="magic"), Refusal.RULE),
    Example(risen, c.Dispatch(by=CLERK, department="roads", assisting=("roads",)), Refusal.RULE),
    Example(manhole_working, c.Delegate(by=CLERK, to=Level.GRID), Status.OPEN),
    Example(district_risen, c.Delegate(by=OPERATOR, to=Level.COMMUNITY), Status.OPEN),
    Example(manhole, c.Delegate(by=WORKER, to=Level.GRID), Refusal.ROLE),
    Example(closed, c.Delegate(by=CLERK, to=Level.GRID), Refusal.STATE),
    Example(manhole, c.Delegate(by=CLERK, to=Level.COMMUNITY), Refusal.RULE),
    Example(opened, c.Delegate(by=CLERK, to=Level.GRID), Refusal.RULE),
    Example(risen, c.Delegate(by=CLERK, to=Level.GRID), Refusal.RULE),
    Example(risen, c.TakeOver(by=CLERK), Status.WORKING),
    Example(manhole_working, c.TakeOver(by=CLERK), Status.WORKING),
    Example(risen, c.TakeOver(by=WORKER), Refusal.ROLE),
    Example(handled, c.TakeOver(by=CLERK), Refusal.STATE),
    Example(working, c.TakeOver(by=CLERK), Refusal.RULE),
    Example(opened, c.HandOver(by=WORKER, person=COLLEAGUE.id), Status.OPEN),
    Example(working, c.HandOver(by=CLERK, person=COLLEAGUE.id), Status.WORKING),
    Example(
        working,
        c.HandOver(by=ABSENCES, person=COLLEAGUE.id, cause="absence"),
        Status.WORKING,
    ),
    Example(working, c.HandOver(by=NEIGHBOUR, person=NEIGHBOUR.id), Refusal.ROLE),
    Example(handled, c.HandOver(by=WORKER, person=COLLEAGUE.id), Refusal.STATE),
    Example(working, c.HandOver(by=WORKER, person=WORKER.id), Refusal.RULE),
    Example(working, c.HandOver(by=WORKER, person=" "), Refusal.RULE),
    Example(manhole_working, c.Whistle(by=CLERK, departments=("roads",)), Status.WORKING),
    Example(manhole, c.Whistle(by=CLERK, departments=("roads",)), Status.OPEN),
    Example(manhole, c.Whistle(by=WATER, departments=("roads",)), Refusal.ROLE),
    Example(received, c.Whistle(by=CLERK, departments=("roads",)), Refusal.STATE),
    Example(manhole, c.Whistle(by=CLERK, departments=()), Refusal.RULE),
    Example(manhole, c.Whistle(by=CLERK, departments=("magic",)), Refusal.RULE),
    Example(manhole, c.Whistle(by=CLERK, departments=("water",)), Refusal.RULE),
    Example(whistled, c.Whistle(by=CLERK, departments=("roads",)), Refusal.RULE),
    Example(opened, c.Dispatch(by=CLERK, department="water", assisting=("nobody",)), Refusal.RULE),
    Example(manhole_working, c.SetDate(by=CLERK, until=IN_AN_HOUR), Status.WORKING),
    Example(manhole_working, c.SetDate(by=WATER, until=IN_AN_HOUR), Refusal.ROLE),
    Example(handled, c.SetDate(by=CLERK, until=IN_AN_HOUR), Refusal.STATE),
    Example(manhole_working, c.SetDate(by=CLERK, until=THURSDAY), Refusal.RULE),
    Example(manhole_working, c.SetDate(by=CLERK, until=THURSDAY + timedelta(days=9)), Refusal.RULE),
    Example(returned_twice, c.Rule(by=OPERATOR, department="water"), Status.OPEN),
    Example(district_works, c.Rule(by=OPERATOR, department="water"), Status.OPEN),
    Example(returned_twice, c.Rule(by=CLERK, department="water"), Refusal.ROLE),
    Example(handled, c.Rule(by=CLERK), Refusal.STATE),
    Example(manhole, c.Rule(by=CLERK, department="roads"), Refusal.RULE),
    Example(returned_twice, c.Rule(by=OPERATOR, department="magic"), Refusal.RULE),
    Example(opened, c.Escalate(by=WORKER), Status.OPEN),
    Example(working, c.Escalate(by=WORKER, to=Level.DISTRICT, note=NOTE), Status.WORKING),
    Example(manhole, c.Escalate(by=WATER), Status.OPEN),
    Example(opened, c.Escalate(by=NEIGHBOUR), Refusal.ROLE),
    Example(opened, c.Escalate(by=SUPERVISOR), Refusal.ROLE),
    Example(handled, c.Escalate(by=WORKER), Refusal.STATE),
    Example(district_risen, c.Escalate(by=OPERATOR), Refusal.RULE),
    Example(opened, c.Escalate(by=WORKER, to=Level.DISTRICT), Refusal.RULE),
    Example(opened, c.Escalate(by=WORKER, to=Level.CITY, note=NOTE), Refusal.RULE),
    Example(opened, c.Escalate(by=WORKER, to=Level.GRID, note=NOTE), Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


def test_dispatched_the_new_handler_has_all_its_time():
    story = risen().does(c.Dispatch(by=CLERK, department="roads", assisting=("police",)))
    assert (story.handler.code, story.handler.area) == ("roads", DISTRICT)
    assert story.charge.level is Level.COMMUNITY
    fresh = (Stage.ACCEPT, Stage.RESOLVE)
    assert [story.deadline(stage).since for stage in fresh] == [story.now, story.now]
    assert story.due(Stage.ASSIGN) is None, "given to someone: the level above is in time"
    assert story.due(Stage.REPORT_IN, "police") is not None
    assert story.deadline(Stage.PROMISE) == opened().deadline(Stage.PROMISE)
    assert story.case.deadline(Stage.PROMISE).due >= story.due(Stage.RESOLVE)


def test_without_a_name_the_responsibility_table_says_who():
    assert opened().does(c.Dispatch(by=CLERK)).handler.code == "sanitation"


def test_the_owner_is_unknown_so_the_district_decides_and_names_one():
    story = stairwell().does(c.Dispatch(by=CLERK))
    assert story.told[-1] == "Escalated"
    assert (story.last.cause, story.charge.level) == ("owner_unknown", Level.DISTRICT)
    assert story.last.why.facts == (("category", "", story.case.matter.category),)
    assert story.handler == stairwell().handler
    assert story.due(Stage.ASSIGN) is not None
    assert story.refusal(c.Dispatch(by=OPERATOR)) is Refusal.RULE
    assert story.does(c.Dispatch(by=OPERATOR, department="housing")).handler.code == "housing"


def test_nobody_gets_a_fresh_limit_by_being_dispatched_to_again():
    for helped in ((), ("roads",)):
        again = c.Dispatch(by=CLERK, department="water", assisting=helped)
        assert manhole().refusal(again) is Refusal.RULE


def test_delegated_the_level_in_charge_stays():
    story = manhole_working().does(c.Delegate(by=CLERK, to=Level.GRID))
    assert (story.handler.kind, story.handler.area) == ("team", CELL)
    assert story.charge.level is Level.COMMUNITY
    assert story.deadline(Stage.ACCEPT).since == story.now


def test_a_street_may_be_given_work_although_it_is_no_step():
    story = district_risen().does(c.Delegate(by=OPERATOR, to=Level.STREET))
    assert (story.handler.kind, story.handler.area) == ("street", STREET)
    assert story.does(c.Accept(by=STREET_CLERK)).status is Status.WORKING


def test_in_no_cell_there_is_nobody_below_to_delegate_to():
    story = begin(CITY)
    for level in Level:
        assert story.refusal(c.Delegate(by=CITY_OPERATOR, to=level)) is Refusal.RULE


def test_taken_over_it_is_in_the_hands_of_who_took_it():
    story = risen().does(c.TakeOver(by=CLERK))
    assert (story.handler.kind, story.handler.person) == ("community", CLERK.id)
    assert story.charge.first.kind == "community", "nobody had accepted it before"
    assert story.due(Stage.ACCEPT) is None
    assert story.deadline(Stage.RESOLVE).since == story.now
    again = manhole_working().does(c.TakeOver(by=CLERK))
    assert again.charge.first.code == "water", "the first receiver stays the citizen's contact"


def test_handed_over_nothing_moves_but_the_name():
    story = working().does(c.HandOver(by=ABSENCES, person=COLLEAGUE.id, cause="absence"))
    assert story.handler.person == COLLEAGUE.id
    assert (story.last.before, story.last.cause) == (WORKER.id, "absence")
    assert story.case.deadlines == working().case.deadlines
    assert story.charge.first == working().charge.first


def test_handing_over_has_one_of_three_causes():
    odd = c.HandOver(by=WORKER, person=COLLEAGUE.id, cause="mood")
    assert working().refusal(odd) is Refusal.RULE


def test_a_date_from_the_level_in_charge_lies_within_the_promise():
    until = manhole_working().due(Stage.PROMISE)
    story = manhole_working().does(c.SetDate(by=CLERK, until=until))
    assert story.due(Stage.RESOLVE) == until
    assert story.due(Stage.PROMISE) == until
    since = manhole_working().deadline(Stage.RESOLVE).since
    assert story.deadline(Stage.RESOLVE).since == since, "the time that is used up stays so"
    too_far = c.SetDate(by=CLERK, until=until + timedelta(seconds=1))
    assert manhole_working().refusal(too_far) is Refusal.RULE


def test_a_late_case_gets_a_date_and_the_level_above_has_done_its_duty():
    late = working().tick()
    assert late.charge.level is Level.COMMUNITY
    until = late.now + timedelta(hours=2)
    story = late.does(c.SetDate(by=CLERK, until=until))
    assert (story.due(Stage.RESOLVE), story.due(Stage.ASSIGN)) == (until, None)
    assert story.deadline(Stage.RESOLVE).nonstop == late.deadline(Stage.RESOLVE).nonstop
    assert story.deadline(Stage.RESOLVE).since == late.now
    assert not story.deadline(Stage.RESOLVE).missed


def test_once_the_promise_is_broken_a_date_lies_within_three_months():
    late = opened().at(THURSDAY + timedelta(days=3))
    at = late.now
    assert late.does(c.SetDate(by=OPERATOR, until=at + timedelta(days=90))).status
    assert late.refusal(c.SetDate(by=OPERATOR, until=at + timedelta(days=91))) is Refusal.RULE


def test_a_ruling_is_for_good():
    story = returned_twice()
    assert (story.charge.level, story.case.tally.returns) == (Level.DISTRICT, 2)
    ruled = story.does(c.Rule(by=OPERATOR, department="water", note=NOTE))
    assert (ruled.handler.code, ruled.charge.ruled) == ("water", True)
    taken = ruled.does(c.Accept(by=WATER))
    assert taken.refusal(c.Return(by=WATER, note=NOTE)) is Refusal.RULE
    assert taken.refusal(c.Rule(by=OPERATOR, department="roads")) is Refusal.RULE


def test_a_ruling_may_keep_it_with_the_level_above():
    ruled = returned_twice().does(c.Rule(by=DISTRICT_CLERK))
    assert (ruled.handler.kind, ruled.status) == ("district", Status.OPEN)


def test_a_hotline_gives_no_orders():
    for command in (c.TakeOver(by=HOTLINE), c.Dispatch(by=HOTLINE), c.Escalate(by=HOTLINE)):
        assert opened().refusal(command) is Refusal.ROLE
    assert whistled().refusal(c.TakeOver(by=POLICE)) is Refusal.ROLE
    assert manhole().does(c.TakeOver(by=ADMIN)).status is Status.WORKING
