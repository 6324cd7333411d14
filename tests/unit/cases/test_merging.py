"""Several reports of one matter: under a parent, out again, and what the parent counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.errors import Refusal
from grid.model import Source, Stage, Status
from grid.principal import RULES, WATCHER
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITIZEN,
    CITY_OPERATOR,
    NOTE,
    OTHER_ID,
    STRANGER,
    SUPERVISOR,
    begin,
    citizens,
    closed,
    handled,
    manhole_working,
    merged,
    opened,
    parent,
    paused,
    received,
    working,
)
from tests.unit.examples import (
    ADMIN,
    CLERK,
    GAS,
    MANHOLE,
    OPERATOR,
    THURSDAY,
    WORKER,
)

UNDER = (("parent", parent().case),)
THIRD = (("parent", replace(parent().case, id="01a2008d-7400-7000-8000-000000000003")),)
UNMERGE = c.Unmerge(by=OPERATOR, note=NOTE)
JOIN, LEAVE = (
    c.Join(by=WATCHER, child="x", reports=2),
    c.Leave(by=WATCHER, child="x", reports=2),
)


def under(status, **changes):
    """A parent that stands so."""
    return (("parent", replace(parent().case, status=status, **changes)),)


@cache
def merged_working():
    return working().does(c.Merge(by=WATCHER), parent=parent().case).after(hours=1)


@cache
def merged_received():
    return received().does(c.Merge(by=WATCHER), parent=parent().case).after(minutes=5)


TABLE = [
    Example(opened, c.Merge(by=OPERATOR), Status.MERGED, UNDER),
    Example(received, c.Merge(by=WATCHER), Status.MERGED, UNDER),
    Example(working, c.Merge(by=RULES), Status.MERGED, UNDER),
    Example(merged, c.Merge(by=WATCHER), Status.MERGED, THIRD),
    Example(opened, c.Merge(by=CLERK), Refusal.ROLE, UNDER),
    Example(opened, c.Merge(by=SUPERVISOR), Refusal.ROLE, UNDER),
    Example(handled, c.Merge(by=OPERATOR), Refusal.STATE, UNDER),
    Example(closed, c.Merge(by=WATCHER), Refusal.STATE, UNDER),
    Example(opened, c.Merge(by=OPERATOR), Refusal.RULE, (("parent", opened().case),)),
    Example(opened, c.Merge(by=OPERATOR), Refusal.RULE, under(Status.CLOSED)),
    Example(opened, c.Merge(by=OPERATOR), Refusal.RULE, under(Status.OPEN, parent="z")),
    Example(merged, c.Merge(by=OPERATOR), Refusal.RULE, THIRD),
    Example(merged, c.Merge(by=WATCHER), Refusal.RULE, UNDER),
    Example(merged, UNMERGE, Status.OPEN),
    Example(merged_working, UNMERGE, Status.WORKING),
    Example(merged_received, replace(UNMERGE, by=ADMIN), Status.RECEIVED),
    Example(merged, replace(UNMERGE, by=CLERK), Refusal.ROLE),
    Example(opened, UNMERGE, Refusal.STATE),
    Example(merged, replace(UNMERGE, note=None), Refusal.RULE),
    Example(parent, JOIN, Status.OPEN),
    Example(handled, JOIN, Status.HANDLED),
    Example(parent, replace(JOIN, by=OPERATOR), Refusal.ROLE),
    Example(closed, JOIN, Refusal.STATE),
    Example(parent, LEAVE, Status.OPEN),
    Example(closed, LEAVE, Status.CLOSED),
    Example(parent, replace(LEAVE, by=ADMIN), Refusal.ROLE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


def test_under_a_parent_nothing_runs_but_the_promise_is_remembered():
    story = merged()
    assert (story.case.parent, story.case.next_tick) == (OTHER_ID, None)
    assert story.case.deadline(Stage.PROMISE) == opened().case.deadline(Stage.PROMISE)


def test_who_merged_it_says_why():
    assert merged().last.cause == "duplicate"
    surge = opened().does(c.Merge(by=WATCHER, cause="surge"), parent=parent().case)
    assert surge.last.cause == "surge"
    said = opened().does(c.Merge(by=OPERATOR, cause="surge"), parent=parent().case)
    assert said.last.cause == "duplicate", "a surge is the watcher's to see"


def test_out_again_the_promise_is_what_it_was_and_the_stages_start_anew():
    story = merged().does(UNMERGE)
    assert story.deadline(Stage.PROMISE) == opened().deadline(Stage.PROMISE)
    assert story.deadline(Stage.ACCEPT).since == story.now
    assert (story.case.parent, story.last.was) == (None, OTHER_ID)
    assert story.case.aside.ended_as is None
    assert story.handler == opened().handler


def test_out_again_it_stands_where_it_stood():
    assert Stage.ACCEPT not in merged_working().does(UNMERGE).running()
    back = merged_received().does(UNMERGE)
    assert back.running() == {Stage.PROMISE, Stage.CHECK}


def test_out_again_no_answer_is_owed_to_a_request_that_fell_with_the_merging():
    asked = c.LongTerm(by=WORKER, note=NOTE, until=THURSDAY + timedelta(days=9))
    story = working().does(asked).does(c.Merge(by=OPERATOR), parent=parent().case)
    back = story.does(UNMERGE)
    assert back.case.ask(AskKind.LONG_TERM) is None
    assert Stage.ANSWER not in back.running()


def test_out_again_after_a_long_time_the_promise_that_passed_is_supervised():
    story = merged().after(days=9).does(UNMERGE).tick()
    assert story.told[-1] == "Supervised"
    assert story.last.cause == "promise_missed"


def test_the_parent_counts_all_reports():
    story = parent().does(JOIN).does(replace(JOIN, child="y", reports=1))
    assert story.case.tally.reports == 4
    assert story.does(LEAVE).case.tally.reports == 2
    assert story.case.tally.relevant == parent().case.tally.relevant, "nobody has to look again"


def test_all_reporters_follow_the_parent():
    story = manhole_working()
    everyone = {"senders": frozenset({CITIZEN.id, STRANGER.id})}
    for who in (CITIZEN, STRANGER):
        attach = c.Attach(by=who, files=("ab" * 32,))
        assert story.refusal(attach) is Refusal.ROLE
        assert story.does(attach, **everyone).told[-1] == "Attached"


def test_one_of_many_reporters_does_not_end_it_for_all():
    story = citizens().does(JOIN)
    for who in (CITIZEN, STRANGER):
        withdraw = c.Withdraw(by=who)
        assert story.refusal(withdraw, senders=frozenset({STRANGER.id})) is Refusal.RULE


def test_what_stands_still_is_not_merged():
    assert paused().refusal(c.Merge(by=CITY_OPERATOR), parent=parent().case) is Refusal.STATE
    assert begin(source=Source.SENSOR).status is Status.RECEIVED


def test_what_was_due_under_a_parent_is_nobodys_light():
    pressed = working().does(c.Supervise(by=SUPERVISOR, kind="internal", note=NOTE))
    story = pressed.does(c.Merge(by=OPERATOR), parent=parent().case)
    back = story.after(days=9).does(UNMERGE)
    assert Stage.FEEDBACK not in back.running()
    gas = begin(category=GAS)
    under = replace(gas, case=gas.case).does(
        c.Merge(by=OPERATOR),
        parent=replace(gas.case, id="01a2008d-7400-7000-8000-000000000002"),
    )
    out = under.after(hours=5).does(UNMERGE)
    assert out.deadline(Stage.TELL).since == out.now


def test_people_merge_what_is_of_one_class_under_the_promise_that_comes_first():
    other = begin(category=MANHOLE)
    assert opened().refusal(c.Merge(by=OPERATOR), parent=other.case) is Refusal.RULE
    later = begin(received_at=THURSDAY + timedelta(hours=3))
    elder = replace(parent().case, deadlines=opened().case.deadlines)
    younger = replace(parent().case, deadlines=later.case.deadlines)
    assert later.does(c.Merge(by=OPERATOR), parent=elder).status is Status.MERGED
    assert opened().refusal(c.Merge(by=OPERATOR), parent=younger) is Refusal.RULE


def test_a_case_with_other_peoples_reports_is_not_void_over_their_heads():
    story = citizens().does(c.Join(by=WATCHER, child="x", reports=1))
    assert story.refusal(c.Void(by=OPERATOR, note=NOTE)) is Refusal.RULE


@pytest.mark.parametrize(("hours", "anew"), [(0, False), (5, True)])
def test_an_emergency_taken_out_is_told_upward_and_has_the_time_for_it(hours, anew):
    alone = begin(category=GAS)
    under_it = replace(alone.case, id=OTHER_ID)
    story = alone.does(c.Merge(by=OPERATOR), parent=under_it).after(hours=hours).does(UNMERGE)
    assert story.due(Stage.PROMISE) == alone.due(Stage.PROMISE)
    for stage in (Stage.TELL, Stage.WRITE):
        assert story.deadline(stage).since == (story.now if anew else alone.deadline(stage).since)
    assert len(story.case.deadlines) == len({d.stage for d in story.case.deadlines})


def test_merged_before_merged_cases_kept_their_clocks_it_gets_its_promise_back():
    older = replace(merged(), case=replace(merged().case, deadlines=()))
    story = older.does(UNMERGE)
    assert story.due(Stage.PROMISE) == opened().due(Stage.PROMISE)
    assert story.running() == {Stage.PROMISE, Stage.ACCEPT, Stage.RESOLVE}
