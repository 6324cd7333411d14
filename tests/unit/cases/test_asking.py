"""What is asked for and answered: return, extension, pause, long-term list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import AskKind, LateState
from grid.errors import Refusal
from grid.model import Level, Stage, Status
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITY_OPERATOR,
    HOTLINE,
    NOTE,
    ROADS,
    SUPERVISOR,
    WATER,
    closed,
    handled,
    manhole,
    manhole_working,
    opened,
    paused,
    received,
    verified,
    whistled,
    working,
)
from tests.unit.examples import (
    ADMIN,
    CLERK,
    COLLEAGUE,
    NEIGHBOUR,
    OPERATOR,
    THURSDAY,
    WORKER,
)

FRIDAY = THURSDAY + timedelta(days=1)
TEN_DAYS = THURSDAY + timedelta(days=10)
RETURN, EXTEND = c.Return(by=WATER, note=NOTE), c.Extend(by=WATER, until=FRIDAY, note=NOTE)
PAUSE = c.AskPause(by=WATER, until=TEN_DAYS, note=NOTE)
LONG = c.LongTerm(by=WATER, until=TEN_DAYS, note=NOTE)


def yes(kind, by=CLERK):
    return c.Answer(by=by, ask=kind, granted=True)


def no(kind, by=CLERK):
    return c.Answer(by=by, ask=kind, granted=False, note=NOTE)


def asked(command):
    """A story in which it was asked, called by its name in tables."""

    @cache
    def story():
        return manhole_working().does(command).after(minutes=1)

    story.__wrapped__.__name__ = story.__name__ = f"{type(command).__name__} asked"
    return story


return_asked, extension_asked, pause_asked, long_asked = map(asked, (RETURN, EXTEND, PAUSE, LONG))


@cache
def extended_twice():
    story = extension_asked().does(yes(AskKind.EXTENSION, OPERATOR))
    again = story.does(c.Extend(by=WATER, until=FRIDAY + timedelta(days=1), note=NOTE))
    return again.does(yes(AskKind.EXTENSION, CITY_OPERATOR))


@cache
def four_hours_on():
    return manhole().after(hours=6, minutes=1)


TABLE = [
    Example(manhole_working, RETURN, Status.WORKING),
    Example(manhole, RETURN, Status.OPEN),
    Example(manhole, c.Return(by=ROADS, note=NOTE), Refusal.ROLE),
    Example(manhole, c.Return(by=CLERK, note=NOTE), Refusal.ROLE),
    Example(handled, c.Return(by=WORKER, note=NOTE), Refusal.STATE),
    Example(manhole, c.Return(by=WATER), Refusal.RULE),
    Example(return_asked, RETURN, Refusal.RULE),
    Example(four_hours_on, RETURN, Refusal.RULE),
    Example(opened, c.Return(by=WORKER, note=NOTE), Refusal.RULE),
    Example(manhole_working, EXTEND, Status.WORKING),
    Example(manhole, EXTEND, Status.OPEN),
    Example(manhole, replace(EXTEND, by=CLERK), Refusal.ROLE),
    Example(handled, replace(EXTEND, by=WORKER), Refusal.STATE),
    Example(paused, replace(EXTEND, by=WORKER), Refusal.STATE),
    Example(manhole, replace(EXTEND, note=None), Refusal.RULE),
    Example(manhole, replace(EXTEND, until=THURSDAY + timedelta(hours=2)), Refusal.RULE),
    Example(manhole, replace(EXTEND, until=THURSDAY + timedelta(days=91)), Refusal.RULE),
    Example(four_hours_on, replace(EXTEND, by=ADMIN), Refusal.RULE),
    Example(extension_asked, EXTEND, Refusal.RULE),
    Example(extended_twice, replace(EXTEND, until=TEN_DAYS), Refusal.RULE),
    Example(manhole_working, PAUSE, Status.WORKING),
    Example(received, replace(PAUSE, by=WORKER), Status.RECEIVED),
    Example(verified, replace(PAUSE, by=WORKER), Status.VERIFIED),
    Example(manhole, replace(PAUSE, by=ROADS), Refusal.ROLE),
    Example(closed, replace(PAUSE, by=WORKER), Refusal.STATE),
    Example(paused, replace(PAUSE, by=WORKER), Refusal.STATE),
    Example(manhole, replace(PAUSE, note=None), Refusal.RULE),
    Example(manhole, replace(PAUSE, until=THURSDAY), Refusal.RULE),
    Example(manhole, replace(PAUSE, until=THURSDAY + timedelta(days=91)), Refusal.RULE),
    Example(manhole_working, LONG, Status.WORKING),
    Example(manhole, replace(LONG, by=CLERK), Status.OPEN),
    Example(manhole, replace(LONG, by=ROADS), Refusal.ROLE),
    Example(paused, replace(LONG, by=WORKER), Refusal.STATE),
    Example(manhole, replace(LONG, until=THURSDAY + timedelta(days=91)), Refusal.RULE),
    Example(return_asked, yes(AskKind.RETURN), Status.OPEN),
    Example(return_asked, no(AskKind.RETURN), Status.WORKING),
    Example(pause_asked, yes(AskKind.PAUSE, SUPERVISOR), Status.WORKING),
    Example(return_asked, yes(AskKind.RETURN, WATER), Refusal.ROLE),
    Example(return_asked, yes(AskKind.RETURN, HOTLINE), Refusal.ROLE),
    Example(extension_asked, yes(AskKind.EXTENSION), Refusal.ROLE),
    Example(manhole, yes(AskKind.RETURN), Refusal.ROLE),
    Example(return_asked, yes(AskKind.PAUSE), Refusal.RULE),
    Example(return_asked, replace(no(AskKind.RETURN), note=None), Refusal.RULE),
    Example(paused, c.Resume(by=CLERK), Status.WORKING),
    Example(paused, c.Resume(by=SUPERVISOR), Status.WORKING),
    Example(paused, c.Resume(by=NEIGHBOUR), Refusal.ROLE),
    Example(working, c.Resume(by=CLERK), Refusal.STATE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


# ── return ─────────────────────────────────────────────────────────────────────────────────────


def test_while_a_return_waits_the_clocks_run_on_and_so_does_the_answers():
    story = return_asked()
    assert story.deadline(Stage.RESOLVE) == manhole_working().deadline(Stage.RESOLVE)
    assert story.deadline(Stage.ANSWER, "return").since == manhole_working().now
    (ask,) = story.case.aside.asks
    assert (ask.kind, ask.by, ask.area) == (AskKind.RETURN, WATER.id, manhole().charge.area)


@pytest.mark.parametrize(("minutes", "refused"), [(0, False), (1, True)])
def test_a_return_is_asked_for_within_four_work_hours(minutes, refused):
    story = manhole().at(THURSDAY + timedelta(hours=6, minutes=minutes))  # over the noon break
    if refused:
        assert story.refusal(RETURN) is Refusal.RULE
    else:
        assert story.does(RETURN).case.ask(AskKind.RETURN)


def test_four_work_hours_from_when_this_handler_got_it():
    story = manhole().after(hours=5).does(c.Dispatch(by=OPERATOR, department="roads"))
    late = story.at(FRIDAY - timedelta(hours=1))  # nine in the morning, four work hours on
    assert late.does(c.Return(by=ROADS, note=NOTE)).case.ask(AskKind.RETURN)
    assert late.after(seconds=1).refusal(c.Return(by=ROADS, note=NOTE)) is Refusal.RULE


def test_granted_the_level_in_charge_has_to_give_it_to_someone_else():
    story = return_asked().does(yes(AskKind.RETURN))
    assert (story.handler.kind, story.status) == ("community", Status.OPEN)
    assert story.deadline(Stage.ASSIGN).since == story.now
    assert story.deadline(Stage.RESOLVE) == manhole_working().deadline(Stage.RESOLVE)
    assert story.due(Stage.ANSWER, "return") is None
    assert (story.case.aside.asks, story.case.tally.returns) == ((), 1)


def test_refused_the_work_goes_on_and_it_may_be_asked_again():
    story = return_asked().does(no(AskKind.RETURN))
    assert (story.handler, story.status) == (manhole_working().handler, Status.WORKING)
    assert story.due(Stage.ANSWER, "return") is None
    assert story.does(RETURN).case.ask(AskKind.RETURN)


def test_after_two_returns_the_level_above_rules():
    story = return_asked().does(yes(AskKind.RETURN))
    story = story.does(c.Dispatch(by=CLERK, department="roads"))
    story = story.does(c.Return(by=ROADS, note=NOTE)).does(yes(AskKind.RETURN))
    assert story.told[-2:] == ["Returned", "Escalated"]
    assert (story.last.cause, story.charge.level) == ("returned_twice", Level.DISTRICT)
    assert ("returns", ">=2", "2") in story.last.why.facts
    story = story.does(c.Dispatch(by=OPERATOR, department="gas"))
    assert story.refusal(replace(RETURN, by=ADMIN)) is Refusal.RULE


def test_what_the_handler_asked_for_ends_with_its_work():
    for ask in (RETURN, EXTEND):
        story = manhole_working().does(ask)
        for command in (c.Handle(by=WATER), c.Dispatch(by=CLERK, department="roads")):
            over = story.does(command)
            assert over.case.aside.asks == ()
            assert Stage.ANSWER not in over.running()


def test_a_pause_that_was_asked_for_waits_on_whoever_works():
    story = pause_asked().does(c.Dispatch(by=CLERK, department="roads"))
    assert story.case.ask(AskKind.PAUSE)
    assert story.due(Stage.ANSWER, "pause") is not None


# ── extension ──────────────────────────────────────────────────────────────────────────────────


def test_granted_the_promise_moves_behind_the_new_due_and_the_old_one_is_kept():
    story = extension_asked().does(yes(AskKind.EXTENSION, OPERATOR))
    assert story.due(Stage.RESOLVE) == FRIDAY
    assert story.last.was == manhole().due(Stage.PROMISE)
    assert story.last.promise == story.due(Stage.PROMISE)
    assert story.due(Stage.PROMISE) > story.last.was
    assert story.case.tally.extensions == 1


def test_a_promise_that_has_room_does_not_come_nearer():
    soon = replace(EXTEND, until=THURSDAY + timedelta(hours=3))
    story = manhole_working().does(soon).does(yes(AskKind.EXTENSION, OPERATOR))
    assert story.due(Stage.PROMISE) >= manhole().due(Stage.PROMISE)


def test_the_first_is_granted_one_level_up_the_second_only_higher():
    first = working().does(c.Extend(by=WORKER, until=FRIDAY, note=NOTE))
    assert first.refusal(yes(AskKind.EXTENSION, COLLEAGUE))
    granted = first.does(yes(AskKind.EXTENSION, CLERK))
    second = granted.does(c.Extend(by=WORKER, until=TEN_DAYS, note=NOTE))
    assert second.refusal(yes(AskKind.EXTENSION, CLERK)) is Refusal.ROLE
    assert second.does(yes(AskKind.EXTENSION, OPERATOR)).due(Stage.RESOLVE) == TEN_DAYS


def test_nobody_grants_his_own_request():
    story = manhole_working().does(c.TakeOver(by=CLERK))
    own = story.does(c.LongTerm(by=OPERATOR, until=TEN_DAYS, note=NOTE))
    assert own.refusal(yes(AskKind.LONG_TERM, OPERATOR)) is Refusal.ROLE
    assert own.does(yes(AskKind.LONG_TERM, SUPERVISOR)).case.aside.pause


def test_who_asked_in_time_is_not_late_for_want_of_an_answer():
    story = extension_asked().tick_until(e.Escalated)
    assert story.late(Stage.RESOLVE).state is LateState.STANDING
    granted = story.does(yes(AskKind.EXTENSION, OPERATOR))
    assert granted.late(Stage.RESOLVE).state is LateState.EXCUSED
    assert not granted.deadline(Stage.RESOLVE).missed
    assert granted.charge.level is Level.DISTRICT, "it had gone up and stays there"


def test_a_date_that_has_passed_is_not_granted_any_more():
    soon = replace(EXTEND, until=THURSDAY + timedelta(hours=3))
    story = manhole_working().does(soon).at(THURSDAY + timedelta(hours=3))
    assert story.refusal(yes(AskKind.EXTENSION, OPERATOR)) is Refusal.RULE


def test_more_time_for_the_leading_unit_excuses_nobody_who_helps():
    story = whistled().does(c.ReportIn(by=ROADS)).does(EXTEND)
    while "roads" not in {x.who for x in story.case.aside.lates}:
        story = story.tick()
    granted = story.does(yes(AskKind.EXTENSION, OPERATOR))
    (light,) = (x for x in granted.case.aside.lates if x.who == "roads")
    assert (light.stage, light.state) == (Stage.RESOLVE, LateState.STANDING)
