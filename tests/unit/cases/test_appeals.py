"""Red lights, appeals and cards: excused from blame, never from the raw figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import AskKind, LateState
from grid.errors import Refusal
from grid.model import Stage, Status
from grid.words import APPEAL_CAUSES
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITY_SUPERVISOR,
    NOTE,
    POLICE,
    ROADS,
    SUPERVISOR,
    WATER,
    closed,
    opened,
    parent,
    void,
    whistled,
    working,
)
from tests.unit.examples import (
    ADMIN,
    ANALYST,
    CLERK,
    COLLEAGUE,
    NEIGHBOUR,
    OPERATOR,
    THURSDAY,
    WORKER,
)

APPEAL = c.Appeal(by=WORKER, stage=Stage.ACCEPT, cause="network", note=NOTE)
YES = c.Answer(by=SUPERVISOR, ask=AskKind.APPEAL, granted=True, note=NOTE)
NO = replace(YES, granted=False)
CARD = c.Card(by=SUPERVISOR, stage=Stage.ACCEPT)


@cache
def late():
    """Nobody accepted it in time: the team has a red light."""
    return opened().tick().after(minutes=1)


@cache
def late_accepted():
    """Accepted ten minutes late, by the phone's clock two."""
    at = opened().due(Stage.ACCEPT)
    story = late().at(at + timedelta(minutes=10))
    return story.does(c.Accept(by=WORKER, done_at=at + timedelta(minutes=2))).after(minutes=1)


@cache
def late_closed():
    story = late_accepted().does(c.Handle(by=WORKER))
    return story.does(c.Verify(by=COLLEAGUE, passed=True)).after(minutes=1)


@cache
def late_void():
    return late().does(c.Void(by=OPERATOR, note=NOTE)).after(minutes=1)


@cache
def late_merged():
    return late().does(c.Merge(by=OPERATOR), parent=parent().case).after(minutes=1)


@cache
def late_paused():
    pause = c.AskPause(by=WORKER, note=NOTE, until=THURSDAY + timedelta(days=30))
    yes = c.Answer(by=OPERATOR, ask=AskKind.PAUSE, granted=True)
    return late_accepted().does(pause).does(yes).after(minutes=1)


@cache
def appealed():
    return late_accepted().does(APPEAL).after(minutes=1)


@cache
def over():
    """The three working days of the window are over: Thursday, so from Tuesday evening on."""
    return late_accepted().at(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))


TABLE = [
    Example(late, APPEAL, Status.OPEN),
    Example(late_accepted, APPEAL, Status.WORKING),
    Example(late_closed, APPEAL, Status.CLOSED),
    Example(late_void, APPEAL, Status.VOID),
    Example(late_merged, APPEAL, Status.MERGED),
    Example(late_paused, APPEAL, Status.WORKING),
    Example(late, replace(APPEAL, by=NEIGHBOUR), Refusal.ROLE),
    Example(late, replace(APPEAL, by=WATER), Refusal.ROLE),
    Example(late, replace(APPEAL, by=SUPERVISOR), Refusal.ROLE),
    Example(working, APPEAL, Refusal.ROLE),
    Example(late, replace(APPEAL, note=None), Refusal.RULE),
    Example(late, replace(APPEAL, cause="mood"), Refusal.RULE),
    Example(late, replace(APPEAL, stage=Stage.RESOLVE), Refusal.RULE),
    Example(over, APPEAL, Refusal.RULE),
    Example(appealed, YES, Status.WORKING),
    Example(appealed, replace(YES, by=CITY_SUPERVISOR), Status.WORKING),
    Example(appealed, NO, Status.WORKING),
    Example(appealed, replace(YES, by=OPERATOR), Refusal.ROLE),
    Example(appealed, replace(YES, by=CLERK), Refusal.ROLE),
    Example(appealed, replace(NO, note=None), Refusal.RULE),
    Example(late, CARD, Status.OPEN),
    Example(late_closed, replace(CARD, by=ADMIN), Status.CLOSED),
    Example(late, replace(CARD, by=OPERATOR), Refusal.ROLE),
    Example(late, replace(CARD, by=ANALYST), Refusal.ROLE),
    Example(late, replace(CARD, stage=Stage.RESOLVE), Refusal.RULE),
    Example(appealed, CARD, Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


def test_a_missed_deadline_is_a_red_light_of_who_held_it():
    light = late().late(Stage.ACCEPT)
    assert (light.unit, light.state) == (opened().handler, LateState.STANDING)
    assert (light.due, light.ended) == (opened().due(Stage.ACCEPT), None)
    assert light.card_at == datetime(2026, 11, 24, 10, 0, tzinfo=UTC), "the third working day"


def test_it_ended_when_it_was_done_by_the_clock_of_who_did_it():
    due = opened().due(Stage.ACCEPT)
    assert late_accepted().late(Stage.ACCEPT).ended == due + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        (timedelta(minutes=-5), timedelta(minutes=-5)),  # a phone that was offline
        (timedelta(hours=-9), timedelta(minutes=-30)),  # not before the report came in
        (timedelta(hours=9), timedelta(hours=1)),  # nor after the server heard of it
    ],
)
def test_a_phones_clock_counts_between_receiving_and_now(said, ended):
    due = opened().due(Stage.ACCEPT)
    story = late().at(due + timedelta(hours=1)).does(c.Accept(by=WORKER, done_at=due + said))
    assert story.late(Stage.ACCEPT).ended == due + ended


def test_granted_it_is_exempt_and_no_card_comes():
    story = appealed().does(YES)
    assert isinstance(story.last, e.Exempted)
    assert story.late(Stage.ACCEPT).state is LateState.EXEMPT
    assert (story.last.stage, story.last.note) == (Stage.ACCEPT, NOTE)
    assert story.case.aside.asks == ()
    assert story.case.tally.escalations == 1, "the raw figures keep it"
    assert story.refusal(CARD) is Refusal.RULE


def test_while_an_appeal_waits_no_card_comes():
    story = appealed().at(over().now + timedelta(days=30))
    assert story.case.aside.lates[0].state is LateState.APPEALED
    assert story.does(c.Comment(by=WORKER, note=NOTE)).late(Stage.ACCEPT).state is (
        LateState.APPEALED
    )


def test_refused_within_the_window_it_may_be_tried_with_another_cause():
    story = appealed().does(NO)
    assert story.late(Stage.ACCEPT).state is LateState.STANDING
    assert story.late(Stage.ACCEPT).card_at == late().late(Stage.ACCEPT).card_at
    assert story.does(replace(APPEAL, cause="weather")).case.ask(AskKind.APPEAL)


def test_refused_after_the_window_the_card_comes_at_once():
    story = appealed().at(over().now + timedelta(days=5)).does(NO)
    assert story.late(Stage.ACCEPT).card_at == story.now
    assert isinstance(story.tick_until(e.Carded).last, e.Carded)


@pytest.mark.parametrize("cause", APPEAL_CAUSES)
def test_every_objective_cause_of_the_policy_can_be_named(cause):
    story = late().does(replace(APPEAL, cause=cause))
    assert story.case.ask(AskKind.APPEAL).cause == cause


@pytest.mark.parametrize(
    ("lost", "granted"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=59, seconds=59), True),
        (timedelta(hours=24), False),
        (timedelta(days=2), False),
    ],
)
def test_it_is_exempted_only_where_less_than_a_day_was_lost(lost, granted):
    """Jixi 2018."""
    done = opened().due(Stage.ACCEPT) + lost
    story = late().at(max(late().now, done)).does(c.Accept(by=WORKER, done_at=done)).does(APPEAL)
    if granted:
        assert story.does(YES).late(Stage.ACCEPT).state is LateState.EXEMPT
    else:
        assert story.refusal(YES) is Refusal.RULE
        assert story.does(NO).late(Stage.ACCEPT).state is LateState.STANDING


def test_while_the_stage_runs_nobody_can_say_how_much_was_lost():
    story = late().does(APPEAL)
    assert story.refusal(YES) is Refusal.RULE
    ended = story.does(c.Accept(by=WORKER))
    assert ended.does(YES).late(Stage.ACCEPT).state is LateState.EXEMPT


def test_nobody_answers_his_own_appeal():
    own = late().does(replace(APPEAL, by=ADMIN))
    assert own.refusal(replace(YES, by=ADMIN)) is Refusal.ROLE


# ── cards ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("given", [late_accepted, late_closed, late_void, late_merged])
def test_a_red_light_that_stands_after_the_window_is_a_card_on_closed_cases_too(given):
    story = given().tick_until(e.Carded)
    assert story.now == late().late(Stage.ACCEPT).card_at
    assert (story.last.stage, story.last.cause) == (Stage.ACCEPT, "window_over")
    assert story.late(Stage.ACCEPT).state is LateState.CARD
    if not given().status.live:
        assert story.case.next_tick is None


def test_while_all_clocks_stand_the_card_still_comes():
    story = late_paused().tick()
    assert isinstance(story.last, e.Carded)
    assert story.case.aside.pause is not None


def test_a_supervisor_confirms_and_the_card_is_given_now():
    story = late().does(replace(CARD, note=NOTE))
    assert (story.last.cause, story.last.note) == ("confirmed", NOTE)
    assert story.late(Stage.ACCEPT).state is LateState.CARD
    assert story.refusal(CARD) is Refusal.RULE, "once"


def test_the_promise_is_held_by_nobody_alone_and_has_no_card():
    story = closed()
    assert story.case.aside.lates == ()
    broken = opened().at(THURSDAY + timedelta(days=20)).does(c.Comment(by=WORKER, note=NOTE))
    assert Stage.PROMISE not in {light.stage for light in broken.case.aside.lates}
    assert void().case.next_tick is None


def test_each_departments_light_ends_with_its_own_part():
    story = whistled().tick_until(e.Escalated)
    while sum(x.stage is Stage.REPORT_IN for x in story.case.aside.lates) < 2:
        story = story.tick()
    roads_there = story.after(minutes=1).does(c.ReportIn(by=ROADS))
    ended = {light.unit.code: light.ended for light in roads_there.case.aside.lates}
    assert ended["roads"] == roads_there.now
    assert ended["police"] is None
    assert roads_there.after(hours=1).does(c.ReportIn(by=POLICE)).case.aside.lates


@cache
def both_late():
    """Neither of two departments that were called has reported in."""
    story = whistled()
    while {x.who for x in story.case.aside.lates if x.stage is Stage.REPORT_IN} != {
        "roads",
        "police",
    }:
        story = story.tick()
    return story


def test_of_two_lights_at_one_stage_each_unit_appeals_against_its_own():
    appeal = c.Appeal(by=POLICE, stage=Stage.REPORT_IN, cause="network", note=NOTE)
    story = both_late().does(appeal)
    states = {x.who: x.state for x in story.case.aside.lates if x.stage is Stage.REPORT_IN}
    assert states == {"roads": LateState.STANDING, "police": LateState.APPEALED}
    # Which of the two a card at this stage would hit is open until the appeal is answered.
    assert story.refusal(replace(CARD, stage=Stage.REPORT_IN)) is Refusal.RULE


def test_an_answer_may_name_the_stage_and_then_means_that_one():
    assert appealed().refusal(replace(YES, stage=Stage.RESOLVE)) is Refusal.RULE
    assert appealed().does(replace(YES, stage=Stage.ACCEPT)).told[-1] == "Exempted"


def test_an_appeal_stands_beside_another_request():
    pause = c.AskPause(by=WORKER, note=NOTE, until=THURSDAY + timedelta(days=30))
    story = late_accepted().does(pause).does(APPEAL)
    assert {ask.kind for ask in story.case.aside.asks} == {AskKind.PAUSE, AskKind.APPEAL}


def test_what_was_exempted_needs_no_second_appeal():
    assert appealed().does(YES).refusal(APPEAL) is Refusal.ROLE, (
        "no light is left to appeal against"
    )


def test_granted_it_exempts_the_light_of_who_appealed_and_no_other():
    told = both_late().does(c.ReportIn(by=POLICE)).does(c.ReportIn(by=ROADS))
    appeal = c.Appeal(by=POLICE, stage=Stage.REPORT_IN, cause="network", note=NOTE)
    story = told.does(appeal).does(YES)
    states = {x.who: x.state for x in story.case.aside.lates if x.stage is Stage.REPORT_IN}
    assert states == {"roads": LateState.STANDING, "police": LateState.EXEMPT}


def test_a_card_against_which_was_appealed_in_vain_is_a_card_again():
    confirmed = late_accepted().does(CARD)
    assert confirmed.does(APPEAL).does(NO).late(Stage.ACCEPT).state is LateState.CARD
    assert late_accepted().does(APPEAL).does(NO).late(Stage.ACCEPT).state is LateState.STANDING
