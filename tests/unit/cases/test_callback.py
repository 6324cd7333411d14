"""Asking who reported it: two levels of calls, and an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.errors import Refusal
from grid.model import Level, Source, Stage, Status
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITIZEN,
    CITY_HOTLINE,
    HOTLINE,
    NOTE,
    begin,
    closed,
    handled,
    verified,
)
from tests.unit.examples import ADMIN, CLERK, COLLEAGUE, OPERATOR, WORKER

SATISFIED = c.CallBack(by=HOTLINE, reached=True, contacted=True, solved=True, satisfied=True)
UNSATISFIED = replace(SATISFIED, satisfied=False, solved=False, reason="not_solved")
NOBODY = c.CallBack(by=HOTLINE, reached=False)
OTHERS = replace(SATISFIED, report="another-report")


@cache
def unsatisfied_once():
    """Back with the same unit."""
    return verified().does(UNSATISFIED).after(minutes=5)


@cache
def second_round():
    """Handled and verified again: the city's hotline calls now."""
    again = unsatisfied_once().does(c.Handle(by=WORKER))
    return again.does(c.Verify(by=COLLEAGUE, passed=True)).after(minutes=5)


@cache
def unsatisfied_twice():
    """Up one level, to a review that may close it as explained."""
    return second_round().does(replace(UNSATISFIED, by=CITY_HOTLINE)).after(minutes=5)


@cache
def third_round():
    """The review sent it back, it was handled and verified once more."""
    back = unsatisfied_twice().does(c.Review(by=CLERK, passed=False))
    again = back.does(c.Handle(by=WORKER))
    return again.does(c.Verify(by=COLLEAGUE, passed=True)).after(minutes=5)


TABLE = [
    Example(verified, SATISFIED, Status.CLOSED),
    Example(verified, replace(SATISFIED, by=CITY_HOTLINE), Status.CLOSED),
    Example(verified, UNSATISFIED, Status.WORKING),
    Example(verified, NOBODY, Status.VERIFIED),
    Example(verified, OTHERS, Status.VERIFIED),
    Example(closed, OTHERS, Status.CLOSED),
    Example(second_round, replace(UNSATISFIED, by=CITY_HOTLINE), Status.HANDLED),
    Example(verified, replace(SATISFIED, by=CLERK), Refusal.ROLE),
    Example(verified, replace(SATISFIED, by=OPERATOR), Refusal.ROLE),
    Example(verified, replace(SATISFIED, by=CITIZEN), Refusal.ROLE),
    Example(second_round, SATISFIED, Refusal.ROLE),
    Example(handled, SATISFIED, Refusal.STATE),
    Example(verified, replace(SATISFIED, satisfied=None), Refusal.RULE),
    Example(verified, replace(UNSATISFIED, reason=""), Refusal.RULE),
    Example(closed, SATISFIED, Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


def test_what_the_reporter_said_stands_in_the_history():
    what = verified().does(replace(UNSATISFIED, note=NOTE)).last
    assert (what.level, what.reached, what.contacted) == (Level.DISTRICT, True, True)
    assert (what.solved, what.satisfied, what.reason) == (False, False, "not_solved")
    assert what.note == NOTE


def test_not_satisfied_the_same_unit_has_it_once_more_at_the_same_level():
    story = unsatisfied_once()
    assert (story.handler, story.charge.level) == (verified().handler, Level.GRID)
    assert story.charge.handled_by is None
    assert story.deadline(Stage.RESOLVE).since == verified().now
    assert (story.case.aside.rounds, story.case.tally.rework) == (1, 0)


def test_the_second_round_is_the_citys():
    what = second_round().does(replace(SATISFIED, by=CITY_HOTLINE)).last
    assert what.level is Level.CITY
    assert what.status is Status.CLOSED


def test_not_satisfied_twice_it_goes_up_to_a_review_and_the_status_says_so():
    story = unsatisfied_twice()
    assert story.told[-2:] == ["CalledBack", "Escalated"]
    assert (story.status, story.charge.level) == (Status.HANDLED, Level.COMMUNITY)
    assert story.case.aside.reviews == (Level.COMMUNITY,)
    assert story.last.cause == "dissatisfied"
    assert ("rounds", ">=2", "2") in story.last.why.facts
    assert story.running() == {Stage.PROMISE, Stage.REVIEW}
    assert story.handler == verified().handler


def test_the_review_may_close_it_as_explained():
    story = unsatisfied_twice().does(c.Review(by=CLERK, passed=True, note=NOTE))
    assert (story.status, story.case.deadlines) == (Status.CLOSED, ())
    assert story.last.status is Status.CLOSED


def test_after_the_review_sent_it_back_whatever_is_said_then_ends_it():
    for said in (SATISFIED, UNSATISFIED):
        story = third_round().does(replace(said, by=CITY_HOTLINE))
        assert story.status is Status.CLOSED
    assert third_round().case.aside.rounds == 2


def test_at_the_top_the_review_is_the_tops():
    story = replace(
        second_round(),
        case=replace(
            second_round().case,
            charge=replace(
                second_round().charge, level=Level.DISTRICT, area=second_round().charge.area
            ),
        ),
    )
    up = story.does(replace(UNSATISFIED, by=CITY_HOTLINE))
    assert up.told[-1] == "CalledBack"
    assert (up.status, up.case.aside.reviews) == (Status.HANDLED, (Level.DISTRICT,))


# ── nobody answers ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hours", "status"),
    [
        ((0, 1, 2), Status.VERIFIED),  # three tries on one day
        ((0, 24), Status.VERIFIED),  # two tries on two days
        ((0, 1, 24), Status.CLOSED),
        ((0, 24, 48), Status.CLOSED),
        ((0, 1, 2, 14), Status.CLOSED),  # the fourth after midnight in China
        ((0, 1, 2, 13), Status.VERIFIED),  # and before it
    ],
)
def test_three_tries_on_two_days_and_it_is_closed_as_unreached(hours, status):
    story = verified()
    start = story.now  # a quarter past ten in China
    for hour in hours:
        story = story.at(start + timedelta(hours=hour)).does(NOBODY)
    assert story.status is status
    if status is Status.CLOSED:
        assert story.last.reason == "unreached"
        assert story.case.deadlines == ()
    else:
        assert len(story.case.aside.tries) == len(hours)


def test_calling_in_vain_stops_no_clock():
    story = verified().does(NOBODY)
    assert story.case.deadlines == verified().case.deadlines
    assert story.case.aside.rounds == 0


def test_reached_after_all_the_tries_begin_anew():
    story = verified().does(NOBODY).does(NOBODY).does(UNSATISFIED)
    assert story.case.aside.tries == ()


# ── others who reported the same ───────────────────────────────────────────────────────────────


def test_what_other_reporters_say_is_kept_and_ends_nothing():
    story = verified().does(NOBODY).does(replace(OTHERS, satisfied=False, reason="other"))
    assert (story.status, story.case.aside.rounds) == (Status.VERIFIED, 0)
    assert story.last.report == "another-report"
    assert len(story.case.aside.tries) == 1, "who did not answer still has not answered"
    named = replace(SATISFIED, report=verified().case.origin.report)
    assert verified().does(named).status is Status.CLOSED


def test_each_hotline_calls_its_own_round_but_the_city_may_help_the_district():
    assert second_round().refusal(replace(NOBODY, by=HOTLINE)) is Refusal.ROLE
    assert verified().does(replace(NOBODY, by=CITY_HOTLINE)).last.level is Level.DISTRICT


def test_who_handled_it_does_not_ask_whether_it_was_good():
    story = begin(source=Source.CITIZEN, sender=CITIZEN.id)
    done = story.does(c.Accept(by=ADMIN)).does(c.Handle(by=ADMIN))
    asked = done.does(c.Verify(by=WORKER, passed=True))
    assert asked.refusal(replace(SATISFIED, by=ADMIN)) is Refusal.ROLE
    assert asked.does(SATISFIED).status is Status.CLOSED
