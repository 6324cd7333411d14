"""Pauses and the long-term list: clocks that stand, and the time that they get back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.asking import resumed
from grid.cases.case import AskKind
from grid.errors import Refusal
from grid.model import Stage, Status
from grid.policy.limits import Clock, Limit
from tests.unit.cases.story import (
    NOTE,
    SUPERVISOR,
    begin,
    handled,
    opened,
    paused,
    received,
    verified,
    working,
)
from tests.unit.cases.test_asking import LONG, PAUSE, TEN_DAYS, long_asked, pause_asked, yes
from tests.unit.examples import CLERK, OPERATOR, THURSDAY, WORKER


def test_granted_all_clocks_stand_until_the_review_date():
    story = paused()
    assert story.case.aside.pause.until == working().now + timedelta(days=10)
    assert story.case.next_tick == story.case.aside.pause.until
    back = story.tick()
    assert isinstance(back.last, e.Resumed)
    assert (back.last.cause, back.case.aside.pause) == ("review_date", None)


def test_an_entry_of_the_long_term_list_is_counted_by_itself():
    story = long_asked().does(yes(AskKind.LONG_TERM, OPERATOR))
    assert story.case.aside.pause.kind is AskKind.LONG_TERM
    assert story.case.aside.pause.note == NOTE


@pytest.mark.parametrize("given", [received, opened, working, handled, verified])
def test_a_pause_lies_over_every_live_status_and_gives_the_time_back(given):
    story = given().does(replace(PAUSE, by=WORKER)).does(yes(AskKind.PAUSE, OPERATOR))
    assert story.status is given().status
    back = story.after(days=1).does(c.Resume(by=CLERK))  # a Friday, a whole working day
    assert back.status is given().status
    for before, after in zip(story.case.deadlines, back.case.deadlines, strict=True):
        assert after.since == before.since
        assert after.due - before.due >= timedelta(days=1)


@pytest.mark.parametrize("clock", Clock)
def test_time_is_given_back_on_each_clocks_own_terms(clock):
    policy = opened().policy
    limits = {k: v for k, v in policy.stages.table.items() if k[1] is Stage.RESOLVE}
    fixed = {k: replace(v, fixed=Limit(2, clock), at_most=False) for k, v in limits.items()}
    stages = replace(policy.stages, table={**policy.stages.table, **fixed})
    story = begin(policy=replace(policy, stages=stages))
    due = story.due(Stage.RESOLVE)
    stood = story.does(replace(PAUSE, by=WORKER)).does(yes(AskKind.PAUSE, OPERATOR))
    friday_to_monday = stood.at(stood.now + timedelta(days=4)).does(c.Resume(by=CLERK))
    moved = friday_to_monday.due(Stage.RESOLVE) - due
    if clock.nonstop:
        assert moved == timedelta(days=4)
    else:
        worked = policy.calendar.work_hours_between
        assert worked(due, due + moved) == worked(THURSDAY, THURSDAY + timedelta(days=4))


def test_what_was_due_before_the_pause_stays_due():
    late = opened().tick().does(replace(PAUSE, by=WORKER)).does(yes(AskKind.PAUSE, OPERATOR))
    back = late.after(days=1).does(c.Resume(by=OPERATOR))
    assert back.deadline(Stage.ACCEPT) == late.deadline(Stage.ACCEPT)


def test_what_began_while_the_clocks_stood_gets_back_only_what_it_stood():
    later = paused().after(days=3)
    pressed = later.does(c.Supervise(by=SUPERVISOR, kind="internal", note=NOTE))
    fed = pressed.deadline(Stage.FEEDBACK, str(pressed.case.tally.version))
    back = pressed.after(hours=1).does(c.Resume(by=CLERK))
    moved = back.deadline(Stage.FEEDBACK, fed.who)
    assert moved.due - fed.due <= timedelta(hours=20)


def test_while_clocks_stand_only_what_needs_no_clock_is_done():
    for command in (c.Handle(by=WORKER), c.Escalate(by=WORKER), c.Settle(by=WORKER)):
        assert paused().refusal(command) is Refusal.STATE
    assert paused().does(c.Comment(by=WORKER, note=NOTE)).case.aside.pause
    assert paused().does(c.Void(by=OPERATOR, note=NOTE)).status is Status.VOID


def test_what_is_over_is_not_paused_any_more_and_what_stands_not_again():
    both = pause_asked().does(LONG)
    stands = both.does(yes(AskKind.LONG_TERM, OPERATOR))
    assert stands.refusal(yes(AskKind.PAUSE, OPERATOR)) is Refusal.RULE
    over = pause_asked().at(TEN_DAYS)
    assert over.refusal(yes(AskKind.PAUSE, OPERATOR)) is Refusal.RULE


def test_no_clock_gets_past_the_promise_by_standing_still():
    friday, monday = THURSDAY + timedelta(days=1), THURSDAY + timedelta(days=4)  # 10:00
    story = working()
    promise = replace(story.deadline(Stage.PROMISE), warn=friday, due=monday, nonstop=False)
    resolve = replace(
        story.deadline(Stage.RESOLVE),
        warn=friday,
        due=monday - timedelta(hours=1),
        nonstop=True,
    )
    stop = replace(paused().case.aside.pause, since=friday - timedelta(hours=1))
    case = replace(
        story.case,
        deadlines=(promise, resolve),
        aside=replace(story.case.aside, pause=stop),
    )
    back = resumed(case, stop.since + timedelta(days=2), story.policy, "review_date")
    due = {d.stage: d.due for d in back.deadlines}
    # The promise gets Friday's seven hours back: Monday 10:00 becomes Tuesday 09:00. Two days of
    # the wall would put the stage behind that.
    assert due[Stage.PROMISE] == monday + timedelta(hours=23)
    assert due[Stage.RESOLVE] == due[Stage.PROMISE]


def test_what_was_missed_before_the_pause_stays_missed_at_its_time():
    late = working().at(working().due(Stage.RESOLVE)).tick()
    story = late.does(replace(PAUSE, by=WORKER)).does(yes(AskKind.PAUSE, OPERATOR))
    missed = {d.stage: d.due for d in story.case.deadlines if d.missed}
    assert Stage.RESOLVE in missed
    back = story.after(days=1).does(c.Resume(by=OPERATOR))
    assert {d.stage: d.due for d in back.case.deadlines if d.missed} == missed
