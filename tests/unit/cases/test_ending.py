"""How a case ends without work, and comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.errors import Refusal
from grid.model import Level, Source, Stage, Status
from grid.principal import Principal, Role
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITIZEN,
    HOTLINE,
    NOTE,
    STRANGER,
    SUPERVISOR,
    WATER,
    begin,
    citizens,
    closed,
    declined,
    handled,
    merged,
    opened,
    paused,
    received,
    verified,
    void,
    with_street,
    withdrawn,
    working,
)
from tests.unit.cases.test_callback import UNSATISFIED, unsatisfied_twice
from tests.unit.examples import (
    ADMIN,
    ANALYST,
    CLERK,
    COLLEAGUE,
    DISTRICT,
    MANHOLE,
    OPERATOR,
    SOURCE,
    WORKER,
)

REOPEN = c.Reopen(by=OPERATOR, note=NOTE)
OF_DISTRICT = Principal("key:other", Role.OPERATOR, "3707/370702/")


@cache
def citizens_received():
    return begin(source=Source.CITIZEN, sender=CITIZEN.id, policy=with_street())


@cache
def citizens_working():
    return citizens().does(c.Accept(by=WORKER))


@cache
def citizens_closed():
    story = verified()
    said = c.CallBack(by=HOTLINE, reached=True, satisfied=True)
    return story.does(said).after(hours=1)


@cache
def from_a_source():
    """The hotline's system posted it and may take it back."""
    return begin(source=Source.HOTLINE, sender=SOURCE.id)


@cache
def two_reports():
    """Somebody else's report came under the citizen's."""
    return citizens().does(c.Join(by=_rules(), child="x", reports=1))


def _rules():
    return Principal("system:watcher", Role.SYSTEM, "")


@cache
def long_closed():
    return closed().at(closed().events[-1].at + timedelta(days=30, seconds=1))


@cache
def reopened():
    return closed().does(REOPEN).after(minutes=1)


TABLE = [
    Example(citizens, c.Withdraw(by=CITIZEN), Status.WITHDRAWN),
    Example(citizens_received, c.Withdraw(by=CITIZEN, note=NOTE), Status.WITHDRAWN),
    Example(citizens_working, c.Withdraw(by=CITIZEN), Status.WITHDRAWN),
    Example(from_a_source, c.Withdraw(by=SOURCE), Status.WITHDRAWN),
    Example(opened, c.Withdraw(by=WORKER), Status.WITHDRAWN),
    Example(citizens, c.Withdraw(by=STRANGER), Refusal.ROLE),
    Example(citizens, c.Withdraw(by=WORKER), Refusal.ROLE),
    Example(citizens, c.Withdraw(by=ADMIN), Refusal.ROLE),
    Example(handled, c.Withdraw(by=WORKER), Refusal.STATE),
    Example(citizens_closed, c.Withdraw(by=CITIZEN), Refusal.STATE),
    Example(two_reports, c.Withdraw(by=CITIZEN), Refusal.RULE),
    Example(received, c.Void(by=OPERATOR, note=NOTE), Status.VOID),
    Example(opened, c.Void(by=OPERATOR, note=NOTE), Status.VOID),
    Example(working, c.Void(by=ADMIN, note=NOTE), Status.VOID),
    Example(handled, c.Void(by=OPERATOR, note=NOTE), Status.VOID),
    Example(verified, c.Void(by=OPERATOR, note=NOTE), Status.VOID),
    Example(paused, c.Void(by=OPERATOR, note=NOTE), Status.VOID),
    Example(opened, c.Void(by=CLERK, note=NOTE), Refusal.ROLE),
    Example(opened, c.Void(by=OF_DISTRICT, note=NOTE), Refusal.ROLE),
    Example(closed, c.Void(by=OPERATOR, note=NOTE), Refusal.STATE),
    Example(opened, c.Void(by=OPERATOR), Refusal.RULE),
    Example(closed, REOPEN, Status.OPEN),
    Example(declined, REOPEN, Status.OPEN),
    Example(closed, replace(REOPEN, by=HOTLINE), Status.OPEN),
    Example(citizens_closed, replace(REOPEN, by=CITIZEN), Status.OPEN),
    Example(citizens_closed, replace(REOPEN, by=STRANGER), Refusal.ROLE),
    Example(closed, replace(REOPEN, by=WORKER), Refusal.ROLE),
    Example(closed, replace(REOPEN, by=SUPERVISOR), Refusal.ROLE),
    Example(void, REOPEN, Refusal.STATE),
    Example(withdrawn, REOPEN, Refusal.STATE),
    Example(merged, REOPEN, Refusal.STATE),
    Example(working, REOPEN, Refusal.STATE),
    Example(long_closed, REOPEN, Refusal.RULE),
    Example(closed, replace(REOPEN, note=None), Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


@pytest.mark.parametrize("ended", [closed, declined, withdrawn, void])
def test_what_is_over_has_no_clock(ended):
    case = ended().case
    assert case.deadlines == ()
    assert case.next_tick is None
    assert case.aside.ended_at == ended().events[-1].at
    assert (case.aside.asks, case.aside.parts, case.aside.pause) == ((), (), None)


def test_ended_while_paused_nothing_stands_any_more():
    story = paused().does(c.Void(by=OPERATOR, note=NOTE))
    assert story.case.aside.pause is None
    assert story.case.aside.ended_as is Status.WORKING


@pytest.mark.parametrize(("seconds", "refused"), [(0, False), (1, True)])
def test_a_case_is_reopened_within_thirty_days(seconds, refused):
    at = closed().events[-1].at + timedelta(days=30, seconds=seconds)
    story = closed().at(at)
    if refused:
        assert story.refusal(REOPEN) is Refusal.RULE
    else:
        assert story.does(REOPEN).status is Status.OPEN


def test_reopened_it_is_a_new_promise_at_the_same_level_by_the_same_unit():
    story = closed().does(REOPEN)
    assert (story.charge.level, story.handler) == (closed().charge.level, closed().handler)
    assert story.running() == {Stage.PROMISE, Stage.ACCEPT, Stage.RESOLVE}
    assert {d.since for d in story.case.deadlines} == {story.now}
    assert (story.case.tally.reopened, story.charge.handled_by) == (1, None)
    aside = story.case.aside
    assert (aside.ended_as, aside.ended_at, aside.rounds) == (None, None, 0)
    assert ("by", "role", "operator") in story.last.why.facts


def again(story, times=1):
    """Closed once more, and reopened, so many times."""
    for _ in range(times):
        story = story.does(c.Accept(by=WORKER)).does(c.Handle(by=WORKER))
        story = story.does(c.Verify(by=COLLEAGUE, passed=True)).does(REOPEN)
    return story


def test_the_second_time_it_is_one_level_higher_and_at_the_top_it_stays():
    levels = [again(reopened(), n).charge.level for n in range(4)]
    assert levels == [Level.GRID, Level.COMMUNITY, Level.DISTRICT, Level.DISTRICT]
    story = again(reopened())
    assert story.last.why.rule == "reopened"
    assert ("reopened", ">=1", "1") in story.last.why.facts


def test_after_reopening_the_callbacks_begin_anew():
    story = unsatisfied_twice().does(c.Review(by=CLERK, passed=True)).does(REOPEN)
    assert story.case.aside.rounds == 0
    story = story.does(c.Accept(by=WORKER)).does(c.Handle(by=WORKER))
    story = story.does(c.Verify(by=COLLEAGUE, passed=True)).does(UNSATISFIED)
    assert story.status is Status.WORKING


def test_an_operator_of_another_district_does_not_see_it():
    for command in (REOPEN, c.Void(by=OPERATOR, note=NOTE)):
        story = closed() if command is REOPEN else opened()
        assert story.refusal(replace(command, by=OF_DISTRICT)) is Refusal.ROLE
        assert story.refusal(replace(command, by=ANALYST)) is Refusal.ROLE
    assert begin(category=MANHOLE).refusal(c.Void(by=WATER, note=NOTE)) is Refusal.ROLE
    assert OPERATOR.area == DISTRICT


def test_whoever_reported_it_takes_it_back_even_from_work():
    for story, reporter in ((citizens(), CITIZEN), (from_a_source(), SOURCE)):
        begun = story.does(c.Accept(by=WORKER))
        assert begun.does(c.Withdraw(by=reporter)).status is Status.WITHDRAWN
