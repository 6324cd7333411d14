"""What is said about a case: comments, files, emergencies told upward, supervision, feedback."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.errors import Refusal
from grid.model import Stage, Status
from grid.words import ATTACHMENT_ROLES, INFORMED, SUPERVISIONS, TELLINGS
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITIZEN,
    CITY_SUPERVISOR,
    GAS_SUPPLY,
    HOTLINE,
    NOTE,
    POLICE,
    STRANGER,
    SUPERVISOR,
    WATER,
    begin,
    citizens,
    closed,
    declined,
    gas,
    handled,
    manhole,
    merged,
    opened,
    paused,
    received,
    verified,
    void,
    withdrawn,
    working,
)
from tests.unit.examples import (
    ADMIN,
    ANALYST,
    CLERK,
    GAS,
    NEIGHBOUR,
    OPERATOR,
    THURSDAY,
    WORKER,
)

PRESS = c.Supervise(by=SUPERVISOR, kind="internal", note=NOTE)
FED = c.FeedBack(by=WORKER, note=NOTE)
SAID = c.Comment(by=WORKER, note=NOTE)
FILES = c.Attach(by=WORKER, files=(NOTE,), role="before")
PHONE = c.Inform(by=OPERATOR, channel="phone", to="district")
LETTER = c.Inform(by=OPERATOR, channel="writing", to="city")


@cache
def pressed():
    return working().does(PRESS).after(minutes=5)


@cache
def pressed_twice():
    return pressed().does(replace(PRESS, by=CITY_SUPERVISOR, grade=2)).after(minutes=5)


@cache
def community_works():
    return working().does(c.Escalate(by=WORKER)).does(c.TakeOver(by=CLERK))


TABLE = [
    Example(opened, PRESS, Status.OPEN),
    Example(received, replace(PRESS, by=OPERATOR), Status.RECEIVED),
    Example(handled, PRESS, Status.HANDLED),
    Example(verified, PRESS, Status.VERIFIED),
    Example(paused, PRESS, Status.WORKING),
    Example(opened, replace(PRESS, by=CLERK), Status.OPEN),
    Example(opened, replace(PRESS, by=WORKER), Refusal.ROLE),
    Example(opened, replace(PRESS, by=HOTLINE), Refusal.ROLE),
    Example(community_works, replace(PRESS, by=CLERK), Refusal.ROLE),
    Example(closed, PRESS, Refusal.STATE),
    Example(opened, replace(PRESS, kind="loud"), Refusal.RULE),
    Example(opened, replace(PRESS, grade=0), Refusal.RULE),
    Example(opened, replace(PRESS, grade=4), Refusal.RULE),
    Example(opened, replace(PRESS, note=None), Refusal.RULE),
    Example(pressed, FED, Status.WORKING),
    Example(pressed, replace(FED, by=NEIGHBOUR), Refusal.ROLE),
    Example(closed, FED, Refusal.STATE),
    Example(working, FED, Refusal.RULE),
    Example(pressed, replace(FED, note=None), Refusal.RULE),
    *(
        Example(given, SAID, given().status)
        for given in (opened, paused, handled, closed, declined, withdrawn, void, merged)
    ),
    Example(opened, replace(SAID, by=NEIGHBOUR), Refusal.ROLE),
    Example(citizens, replace(SAID, by=CITIZEN), Refusal.ROLE),
    Example(opened, replace(SAID, by=ANALYST), Refusal.ROLE),
    Example(opened, replace(SAID, note=None), Refusal.RULE),
    Example(opened, FILES, Status.OPEN),
    Example(closed, FILES, Status.CLOSED),
    Example(citizens, replace(FILES, by=CITIZEN), Status.OPEN),
    Example(citizens, replace(FILES, by=STRANGER), Refusal.ROLE),
    Example(opened, replace(FILES, by=POLICE), Refusal.ROLE),
    Example(opened, replace(FILES, files=()), Refusal.RULE),
    Example(opened, replace(FILES, role="poem"), Refusal.RULE),
    Example(gas, PHONE, Status.OPEN),
    Example(gas, replace(LETTER, by=WORKER), Status.OPEN),
    Example(closed, LETTER, Status.CLOSED),
    Example(gas, replace(PHONE, by=NEIGHBOUR), Refusal.ROLE),
    Example(gas, replace(PHONE, by=CITIZEN), Refusal.ROLE),
    Example(declined, PHONE, Refusal.STATE),
    Example(gas, replace(PHONE, channel="pigeon"), Refusal.RULE),
    Example(gas, replace(PHONE, sort="second"), Refusal.RULE),
    Example(gas, replace(PHONE, to="my friend"), Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


# ── supervision ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", SUPERVISIONS)
@pytest.mark.parametrize("grade", [1, 2, 3])
def test_the_four_kinds_of_supervision_each_with_its_grade_and_its_own_clock(kind, grade):
    story = working().does(replace(PRESS, kind=kind, grade=grade))
    assert (story.last.kind, story.last.grade, story.last.cause) == (kind, grade, "ordered")
    assert story.deadline(Stage.FEEDBACK, str(story.case.tally.version)).since == story.now
    assert (story.charge, story.status) == (working().charge, Status.WORKING)
    assert ("by", "role", "supervisor") in story.last.why.facts
    assert story.case.tally.supervisions == 1


def test_any_ancestor_may_press_but_nobody_presses_himself():
    department = begin(category="component.01.01")
    for who in (CLERK, OPERATOR, SUPERVISOR, CITY_SUPERVISOR, ADMIN):
        assert department.does(replace(PRESS, by=who)).told[-1] == "Supervised"
    assert department.refusal(replace(PRESS, by=WATER)) is Refusal.ROLE


def test_two_supervisions_have_two_clocks_and_one_answer():
    story = pressed_twice()
    fed = [d for d in story.case.deadlines if d.stage is Stage.FEEDBACK]
    assert len({d.who for d in fed}) == 2
    answered = story.does(replace(FED, done_at=THURSDAY))
    assert Stage.FEEDBACK not in answered.running()
    assert (answered.last.note, answered.last.done_at) == (NOTE, THURSDAY)
    assert answered.running() == working().running()


def test_supervision_binds_whoever_the_handler_is():
    given = pressed().does(c.Escalate(by=WORKER)).does(c.Dispatch(by=CLERK, department="roads"))
    assert Stage.FEEDBACK in given.running()
    assert Stage.FEEDBACK in pressed().does(c.Handle(by=WORKER)).running()


# ── an emergency told upward ───────────────────────────────────────────────────────────────────


def test_by_phone_within_forty_minutes_and_in_writing_within_two_hours():
    assert gas().due(Stage.TELL) == THURSDAY + timedelta(minutes=40)
    assert gas().due(Stage.WRITE) == THURSDAY + timedelta(hours=2)
    assert gas().deadline(Stage.TELL).nonstop


def test_each_way_of_telling_stops_its_own_clock():
    told = gas().does(replace(PHONE, done_at=THURSDAY))
    assert gas().running() - told.running() == {Stage.TELL}
    written = told.does(LETTER)
    assert told.running() - written.running() == {Stage.WRITE}
    again = written.does(replace(PHONE, sort="final", note=NOTE))
    assert again.case.deadlines == written.case.deadlines


@pytest.mark.parametrize("sort", TELLINGS)
@pytest.mark.parametrize("to", INFORMED)
def test_whom_and_which_time_it_is_stand_in_the_history(sort, to):
    what = gas().does(replace(PHONE, sort=sort, to=to)).last
    assert (what.channel, what.sort, what.to) == ("phone", sort, to)


def test_told_late_it_shows_when():
    late = gas().does(c.Accept(by=GAS_SUPPLY)).tick()
    assert late.last.stage is Stage.TELL
    told = late.after(minutes=9).does(replace(PHONE, done_at=late.now))
    assert told.late(Stage.TELL).ended == late.now
    assert told.late(Stage.TELL).unit.kind == "district"


def test_a_phone_that_was_offline_shows_as_late_and_gets_no_card():
    hour_ago = THURSDAY - timedelta(hours=3)
    story = begin(category=GAS, occurred_at=hour_ago, observed_at=hour_ago)
    assert {light.state.value for light in story.case.aside.lates} == {"excused"}
    assert story.refusal(c.Card(by=SUPERVISOR, stage=Stage.TELL)) is Refusal.RULE
    done = story.does(PHONE).does(LETTER)
    assert {light.ended for light in done.case.aside.lates} == {THURSDAY}


def test_a_small_matter_need_not_be_told_but_may():
    assert Stage.TELL not in manhole().running()
    assert manhole().does(PHONE).case.deadlines == manhole().case.deadlines


@pytest.mark.parametrize("role", ATTACHMENT_ROLES)
def test_files_have_a_role(role):
    story = opened().does(replace(FILES, role=role, files=(NOTE, "cd" * 32)))
    assert (story.last.role, len(story.last.files)) == (role, 2)


def test_what_is_said_changes_nothing_that_others_saw():
    story = opened()
    for command in (SAID, FILES, PHONE, PRESS):
        assert story.does(command).case.tally.relevant == story.case.tally.relevant
        assert story.does(command).case.tally.version == story.case.tally.version + 1
