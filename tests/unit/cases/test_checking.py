"""What others say of the work: reviews level by level, verification on the spot, rework."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.errors import Refusal
from grid.model import Level, Source, Stage, Status
from tests.unit.cases.story import (
    CITIZEN,
    CITY_SUPERVISOR,
    GAS_SUPPLY,
    NOTE,
    SUPERVISOR,
    WATER,
    Example,
    begin,
    citizens,
    closed,
    handled,
    manhole_working,
    opened,
    paused,
    verified,
    with_street,
    working,
)
from tests.unit.cases.test_callback import unsatisfied_twice
from tests.unit.examples import (
    ADMIN,
    ANALYST,
    CLERK,
    COLLEAGUE,
    NEIGHBOUR,
    OPERATOR,
    RUBBISH,
    WORKER,
)


@cache
def gas_handled():
    """An emergency, handled: the community reviews it, then the district, then it is verified."""
    story = begin(category="event.05.02").does(c.Accept(by=GAS_SUPPLY))
    return story.does(c.Handle(by=GAS_SUPPLY)).after(minutes=1)


@cache
def gas_reviewed_once():
    return gas_handled().does(c.Review(by=CLERK, passed=True)).after(minutes=1)


@cache
def clerk_handled():
    """The community took it over and handled it; its own review comes next."""
    story = begin(category="event.05.02").does(c.Delegate(by=OPERATOR, to=Level.COMMUNITY))
    return story.does(c.Accept(by=CLERK)).does(c.Handle(by=CLERK)).after(minutes=1)


@cache
def citizens_handled():
    return citizens().does(c.Accept(by=WORKER)).does(c.Handle(by=WORKER)).after(minutes=1)


TABLE = [
    Example(gas_handled, c.Review(by=CLERK, passed=True), Status.HANDLED),
    Example(gas_handled, c.Review(by=SUPERVISOR, passed=True), Status.HANDLED),
    Example(gas_handled, c.Review(by=OPERATOR, passed=False), Status.WORKING),
    Example(gas_reviewed_once, c.Review(by=OPERATOR, passed=True), Status.HANDLED),
    Example(unsatisfied_twice, c.Review(by=CLERK, passed=True), Status.CLOSED),
    Example(unsatisfied_twice, c.Review(by=CLERK, passed=False), Status.WORKING),
    Example(gas_handled, c.Review(by=WORKER, passed=True), Refusal.ROLE),
    Example(gas_handled, c.Review(by=GAS_SUPPLY, passed=True), Refusal.ROLE),
    Example(gas_reviewed_once, c.Review(by=CLERK, passed=True), Refusal.ROLE),
    Example(handled, c.Review(by=CLERK, passed=True), Refusal.ROLE),
    Example(working, c.Review(by=ADMIN, passed=True), Refusal.ROLE),
    Example(clerk_handled, c.Review(by=CLERK, passed=True), Refusal.RULE),
    Example(handled, c.Verify(by=COLLEAGUE, passed=True), Status.CLOSED),
    Example(handled, c.Verify(by=CLERK, passed=True), Status.CLOSED),
    Example(citizens_handled, c.Verify(by=COLLEAGUE, passed=True), Status.VERIFIED),
    Example(handled, c.Verify(by=COLLEAGUE, passed=False), Status.WORKING),
    Example(handled, c.Verify(by=NEIGHBOUR, passed=True), Refusal.ROLE),
    Example(handled, c.Verify(by=WATER, passed=True), Refusal.ROLE),
    Example(handled, c.Verify(by=ANALYST, passed=True), Refusal.ROLE),
    Example(working, c.Verify(by=COLLEAGUE, passed=True), Refusal.STATE),
    Example(paused, c.Verify(by=COLLEAGUE, passed=True), Refusal.STATE),
    Example(handled, c.Verify(by=WORKER, passed=True), Refusal.RULE),
    Example(gas_handled, c.Verify(by=WORKER, passed=True), Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


def test_who_reviews_is_the_policys_by_category_and_size():
    assert gas_handled().case.aside.reviews == (Level.COMMUNITY, Level.DISTRICT)
    assert handled().case.aside.reviews == ()
    wages = begin(category="service.01.04").does(c.Accept(by=ADMIN)).does(c.Handle(by=ADMIN))
    assert wages.case.aside.reviews == (Level.DISTRICT,)


def test_reviewed_level_by_level_each_with_its_clock_and_then_verified():
    assert gas_handled().running() >= {Stage.REVIEW}
    once = gas_reviewed_once()
    assert once.case.aside.reviews == (Level.DISTRICT,)
    assert once.deadline(Stage.REVIEW).since == gas_handled().now
    assert once.last.level is Level.COMMUNITY
    twice = once.does(c.Review(by=OPERATOR, passed=True))
    assert twice.case.aside.reviews == ()
    assert Stage.VERIFY in twice.running()
    assert Stage.REVIEW not in twice.running()
    assert twice.does(c.Verify(by=WORKER, passed=True)).status is Status.CLOSED


def test_a_review_that_does_not_pass_is_rework():
    back = gas_reviewed_once().does(c.Review(by=OPERATOR, passed=False, note=NOTE))
    assert (back.status, back.case.tally.rework) == (Status.WORKING, 1)
    assert back.case.aside.reviews == ()
    assert back.charge.handled_by is None
    assert Stage.RESOLVE in back.running()
    again = back.does(c.Handle(by=GAS_SUPPLY))
    assert again.case.aside.reviews == (Level.COMMUNITY, Level.DISTRICT)


def test_failing_the_check_starts_the_resolution_anew_within_the_promise():
    back = handled().does(c.Verify(by=COLLEAGUE, passed=False))
    assert (back.status, back.case.tally.rework) == (Status.WORKING, 1)
    assert back.deadline(Stage.RESOLVE).since == back.now
    assert back.due(Stage.RESOLVE) <= back.due(Stage.PROMISE)
    assert back.handler == handled().handler
    assert back.charge.level is Level.GRID, "once is not twice"


def reviewed(story):
    """After two reworks the level in charge looks at it before it is verified again."""
    waits = story.case.aside.reviews
    assert bool(waits) is (story.case.tally.rework >= 2)
    return story.does(c.Review(by=ADMIN, passed=True)) if waits else story


def test_the_second_rework_goes_up_one_level_and_the_third_another():
    story = handled()
    for level in (Level.GRID, Level.COMMUNITY, Level.DISTRICT, Level.DISTRICT):
        story = story.does(c.Verify(by=COLLEAGUE, passed=False))
        assert (story.status, story.charge.level) == (Status.WORKING, level)
        assert story.charge.handled_by is None
        story = reviewed(story.does(c.Handle(by=WORKER)))
    assert story.case.tally.rework == 4
    assert [what for what in story.told if what == "Escalated"] == ["Escalated"] * 2


def test_rework_names_its_count_and_the_level_above_has_to_assign():
    story = handled().does(c.Verify(by=COLLEAGUE, passed=False)).does(c.Handle(by=WORKER))
    risen = story.does(c.Verify(by=COLLEAGUE, passed=False))
    assert isinstance(risen.last, e.Escalated)
    assert risen.last.cause == "rework"
    assert ("rework", ">=2", "2") in risen.last.why.facts
    assert {Stage.RESOLVE, Stage.ASSIGN} <= risen.running()


def test_rework_may_give_the_work_to_the_level_above_where_the_policy_says_so():
    policy = replace(opened().policy, handler_changes=frozenset({"rework"}))
    story = handled().does(c.Verify(by=COLLEAGUE, passed=False)).does(c.Handle(by=WORKER))
    risen = replace(story, policy=policy).does(c.Verify(by=COLLEAGUE, passed=False))
    assert (risen.handler.kind, risen.status) == ("community", Status.OPEN)


@pytest.mark.parametrize(
    ("source", "reachable", "status"),
    [
        (Source.CITIZEN, True, Status.VERIFIED),
        (Source.HOTLINE, True, Status.VERIFIED),
        (Source.ENTERPRISE, True, Status.VERIFIED),
        (Source.CITIZEN, False, Status.CLOSED),
        (Source.WORKER, True, Status.CLOSED),
        (Source.SENSOR, True, Status.CLOSED),
    ],
)
def test_who_waits_to_hear_of_it_is_called_back(source, reachable, status):
    story = begin(source=source, sender=CITIZEN.id)
    if story.status is Status.RECEIVED:
        story = story.does(c.Admit(by=WORKER))
    done = story.does(c.Accept(by=WORKER)).does(c.Handle(by=WORKER))
    assert done.does(c.Verify(by=CLERK, passed=True), reachable=reachable).status is status


def test_verified_only_the_promise_and_the_callback_run():
    assert verified().running() == {Stage.PROMISE, Stage.CALLBACK}
    assert closed().case.deadlines == ()


def test_the_same_person_never_checks_its_own_work_whatever_its_role():
    for who in (WORKER, CLERK, OPERATOR, ADMIN):
        story = citizens().does(c.Accept(by=who)).does(c.Handle(by=who))
        assert story.refusal(c.Verify(by=who, passed=True)) is Refusal.RULE
        assert story.does(c.Verify(by=COLLEAGUE, passed=True)).status is Status.VERIFIED


def test_a_missed_check_is_still_made_by_anyone_who_sees_the_place():
    raised = handled().tick_until(e.CheckRaised)
    assert raised.does(c.Verify(by=COLLEAGUE, passed=True)).status is Status.CLOSED


def test_with_the_street_in_the_chain_rework_rises_through_it():
    story = replace(handled(), policy=with_street())
    for level in (Level.GRID, Level.COMMUNITY, Level.STREET, Level.DISTRICT):
        story = story.does(c.Verify(by=COLLEAGUE, passed=False))
        assert story.charge.level is level
        story = reviewed(story.does(c.Handle(by=WORKER)))


def test_supervisors_review_but_do_not_verify():
    for who in (SUPERVISOR, CITY_SUPERVISOR):
        assert handled().refusal(c.Verify(by=who, passed=True)) is Refusal.ROLE
        assert gas_handled().does(c.Review(by=who, passed=True)).status is Status.HANDLED
    assert manhole_working().refusal(c.Verify(by=COLLEAGUE, passed=True)) is Refusal.STATE
    assert begin(category=RUBBISH).case.aside.reviews == ()
