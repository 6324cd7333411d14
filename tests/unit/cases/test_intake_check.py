"""The look before filing: found true, not taken up, or nobody looked in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.errors import Refusal
from grid.model import Level, Source, Stage, Status
from grid.words import DECLINE_REASONS
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITIZEN,
    HOTLINE,
    NOTE,
    SUPERVISOR,
    WATER,
    begin,
    closed,
    declined,
    handled,
    manhole,
    opened,
    paused,
    received,
    working,
)
from tests.unit.examples import ADMIN, ANALYST, CLERK, MANHOLE, NEIGHBOUR, OPERATOR, WORKER


def sensed_manhole():
    """A sensor says that a manhole is broken: a department's matter, if it is true."""
    return begin(category=MANHOLE, source=Source.SENSOR)


TRUE = c.Admit(by=WORKER)
NO = c.Decline(by=WORKER, reason="untrue", note=NOTE)
TABLE = [
    Example(received, TRUE, Status.OPEN),
    Example(received, c.Admit(by=CLERK, note=NOTE), Status.OPEN),
    Example(sensed_manhole, TRUE, Status.OPEN),
    Example(received, c.Admit(by=NEIGHBOUR), Refusal.ROLE),
    Example(received, c.Admit(by=HOTLINE), Refusal.ROLE),
    Example(opened, TRUE, Refusal.STATE),
    Example(received, NO, Status.DECLINED),
    Example(opened, replace(NO, by=CLERK), Status.DECLINED),
    Example(opened, NO, Refusal.ROLE),
    Example(received, c.Decline(by=HOTLINE, reason="court", note=NOTE), Status.DECLINED),
    Example(received, c.Decline(by=NEIGHBOUR, reason="untrue", note=NOTE), Refusal.ROLE),
    Example(received, c.Decline(by=ANALYST, reason="untrue", note=NOTE), Refusal.ROLE),
    Example(manhole, c.Decline(by=WATER, reason="untrue", note=NOTE), Refusal.ROLE),
    Example(manhole, c.Decline(by=CLERK, reason="untrue", note=NOTE), Status.DECLINED),
    Example(working, replace(NO, by=CLERK), Refusal.STATE),
    Example(paused, replace(NO, by=CLERK), Refusal.STATE),
    Example(received, c.Decline(by=WORKER, reason="untrue"), Refusal.RULE),
    Example(received, c.Decline(by=WORKER, reason="no mood", note=NOTE), Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


def test_until_it_is_filed_the_cells_team_has_it_and_only_two_clocks_run():
    story = sensed_manhole()
    assert (story.handler.kind, story.charge.level) == ("team", Level.COMMUNITY)
    assert story.running() == {Stage.PROMISE, Stage.CHECK}
    assert story.deadline(Stage.CHECK).due - story.now == timedelta(hours=2)


def test_found_true_the_handler_that_the_table_names_gets_it():
    story = sensed_manhole().after(hours=1).does(TRUE)
    assert (story.handler.code, story.charge.level) == ("water", Level.COMMUNITY)
    assert story.running() == {Stage.PROMISE, Stage.ACCEPT, Stage.RESOLVE}
    assert {d.since for d in story.case.deadlines[1:]} == {story.now}
    assert story.deadline(Stage.PROMISE) == sensed_manhole().deadline(Stage.PROMISE)
    assert story.last.why.rule == "checked"
    assert story.charge.since == story.now


def test_nobody_looked_and_it_is_filed_by_itself():
    story = sensed_manhole().tick()
    assert isinstance(story.last, e.Admitted)
    assert (story.status, story.last.why.rule) == (Status.OPEN, "check_missed")
    assert story.handler.code == "water"
    assert story.case.aside.lates == (), "nobody is blamed for a look that nobody took"


def test_not_taken_up_it_is_over_and_nothing_runs():
    story = received().does(NO)
    assert story.case.deadlines == ()
    assert story.case.next_tick is None
    assert story.case.aside.ended_as is Status.RECEIVED


@pytest.mark.parametrize("reason", DECLINE_REASONS)
def test_every_reason_of_the_list_holds(reason):
    assert received().does(c.Decline(by=WORKER, reason=reason, note=NOTE)).last.reason == reason


def test_the_one_in_charge_declines_even_while_somebody_else_works_on_it():
    assert manhole().does(c.Decline(by=OPERATOR, reason="court", note=NOTE)).status.value
    assert manhole().does(c.Decline(by=ADMIN, reason="court", note=NOTE)).status.value


def test_what_is_over_is_not_declined():
    for over in (handled(), closed()):
        assert over.refusal(c.Decline(by=CLERK, reason="untrue", note=NOTE)) is Refusal.STATE


def test_a_supervisor_does_not_file_and_a_citizen_does_not_judge():
    for who in (SUPERVISOR, CITIZEN):
        assert received().refusal(c.Admit(by=who)) is Refusal.ROLE


def test_a_small_matter_may_be_settled_by_who_looks():
    story = received().does(c.Settle(by=WORKER, evidence=frozenset({"after_photo"})))
    assert story.status is Status.CLOSED


def test_each_for_itself_being_late_accepted_or_reopened_keeps_it_from_being_declined():
    late = opened().tick()
    reopened = declined().does(c.Reopen(by=OPERATOR, note=NOTE))
    released = working().does(c.Escalate(by=WORKER)).does(c.Dispatch(by=CLERK))
    for story in (late, reopened, released):
        assert story.status is Status.OPEN
        no = c.Decline(by=CLERK, reason="untrue", note=NOTE)
        assert story.refusal(no) is Refusal.RULE
