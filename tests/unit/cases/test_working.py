"""What a handler does: accept, contact, propose, report in, do its part, handle, settle."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.cases.transitions import BY_COMMAND, allowed
from grid.errors import Refusal
from grid.model import Level, Size, Source, Stage, Status
from grid.words import CONTACTS, OUTCOMES
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    ALL_EVIDENCE,
    CITIZEN,
    GAS_SUPPLY,
    NOTE,
    POLICE,
    ROADS,
    WATER,
    begin,
    citizens,
    closed,
    handled,
    manhole,
    manhole_working,
    opened,
    paused,
    received,
    whistled,
    with_street,
    working,
)
from tests.unit.examples import (
    ADMIN,
    CLERK,
    COLLEAGUE,
    MANHOLE,
    NEIGHBOUR,
    OPERATOR,
    THURSDAY,
    WORKER,
)

PHOTO = frozenset({"after_photo"})
#: A request of an enterprise: contact within 2 work hours, an opinion within one working day.
STAFFING = "service.09.01"


@cache
def enterprise():
    """From an enterprise, taken on by the department."""
    story = begin(category=STAFFING, source=Source.ENTERPRISE)
    return story.does(c.Accept(by=ADMIN)).after(minutes=5)


@cache
def failed():
    """It failed the check once."""
    return handled().does(c.Verify(by=COLLEAGUE, passed=False))


@cache
def there():
    """Roads has reported in."""
    return whistled().does(c.ReportIn(by=ROADS)).after(minutes=5)


@cache
def both_done():
    """Roads and police have done their parts."""
    story = there().does(c.ReportIn(by=POLICE))
    return story.does(c.Handle(by=ROADS)).does(c.Handle(by=POLICE))


@cache
def citizens_working():
    return citizens().does(c.Accept(by=WORKER)).after(minutes=5)


@cache
def citizens_received():
    """Where the policy lets citizens' reports wait for a look."""
    policy = with_street()
    return begin(source=Source.CITIZEN, sender=CITIZEN.id, policy=policy)


TABLE = [
    Example(opened, c.Accept(by=WORKER), Status.WORKING),
    Example(opened, c.Accept(by=CLERK), Status.WORKING),
    Example(manhole, c.Accept(by=WATER, condition="2"), Status.WORKING),
    Example(manhole, c.Accept(by=ROADS), Refusal.ROLE),
    Example(manhole, c.Accept(by=OPERATOR), Refusal.ROLE),
    Example(received, c.Accept(by=WORKER), Refusal.STATE),
    Example(working, c.Accept(by=WORKER), Refusal.STATE),
    Example(manhole, c.Accept(by=WATER, condition="99"), Refusal.RULE),
    Example(working, c.Contact(by=WORKER), Status.WORKING),
    Example(opened, c.Contact(by=COLLEAGUE, how="arrived"), Status.OPEN),
    Example(opened, c.Contact(by=NEIGHBOUR), Refusal.ROLE),
    Example(handled, c.Contact(by=WORKER), Refusal.STATE),
    Example(opened, c.Contact(by=WORKER, how="dreamed"), Refusal.RULE),
    Example(working, c.Propose(by=WORKER, note=NOTE), Status.WORKING),
    Example(opened, c.Propose(by=WORKER, note=NOTE), Status.OPEN),
    Example(manhole, c.Propose(by=CLERK, note=NOTE), Refusal.ROLE),
    Example(closed, c.Propose(by=WORKER, note=NOTE), Refusal.STATE),
    Example(working, c.Propose(by=WORKER), Refusal.RULE),
    Example(whistled, c.ReportIn(by=ROADS), Status.WORKING),
    Example(whistled, c.ReportIn(by=WATER), Refusal.ROLE),
    Example(whistled, c.ReportIn(by=CLERK), Refusal.ROLE),
    Example(closed, c.ReportIn(by=ADMIN), Refusal.ROLE),
    Example(there, c.ReportIn(by=ROADS), Refusal.RULE),
    Example(working, c.Handle(by=WORKER), Status.HANDLED),
    Example(both_done, c.Handle(by=WATER), Status.HANDLED),
    Example(there, c.Handle(by=ROADS), Status.WORKING),
    Example(working, c.Handle(by=NEIGHBOUR), Refusal.ROLE),
    Example(manhole_working, c.Handle(by=CLERK), Refusal.ROLE),
    Example(opened, c.Handle(by=WORKER), Refusal.STATE),
    Example(handled, c.Handle(by=WORKER), Refusal.STATE),
    Example(paused, c.Handle(by=WORKER), Refusal.STATE),
    Example(working, c.Handle(by=WORKER, outcome="magic"), Refusal.RULE),
    Example(whistled, c.Handle(by=WATER), Refusal.RULE),
    Example(opened, c.Settle(by=WORKER, evidence=PHOTO), Status.CLOSED),
    Example(received, c.Settle(by=WORKER, evidence=PHOTO), Status.CLOSED),
    Example(working, c.Settle(by=WORKER, evidence=PHOTO), Status.CLOSED),
    Example(working, c.Settle(by=CLERK, evidence=PHOTO), Refusal.ROLE),
    Example(citizens, c.Settle(by=WORKER, evidence=PHOTO), Status.VERIFIED),
    Example(citizens_working, c.Settle(by=WORKER, evidence=PHOTO), Status.VERIFIED),
    Example(citizens_received, c.Settle(by=WORKER, evidence=PHOTO), Status.VERIFIED),
    Example(opened, c.Settle(by=WORKER, evidence=PHOTO), Status.HANDLED, (("lot", 0.01),)),
    Example(working, c.Settle(by=WORKER, evidence=PHOTO), Status.HANDLED, (("lot", 0.01),)),
    Example(received, c.Settle(by=WORKER, evidence=PHOTO), Status.HANDLED, (("lot", 0.01),)),
    Example(opened, c.Settle(by=NEIGHBOUR, evidence=PHOTO), Refusal.ROLE),
    Example(opened, c.Settle(by=ROADS, evidence=PHOTO), Refusal.ROLE),
    Example(handled, c.Settle(by=WORKER, evidence=PHOTO), Refusal.STATE),
    Example(manhole, c.Settle(by=WORKER, evidence=ALL_EVIDENCE), Refusal.RULE),
    Example(opened, c.Settle(by=WORKER, note=NOTE), Refusal.RULE),
    Example(failed, c.Settle(by=WORKER, evidence=ALL_EVIDENCE), Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


def test_accepted_its_clock_stops_and_the_first_to_accept_stays_the_contact():
    story = opened().after(minutes=10).does(c.Accept(by=COLLEAGUE, done_at=THURSDAY))
    assert story.due(Stage.ACCEPT) is None
    assert story.handler.person == COLLEAGUE.id
    assert story.charge.first == story.handler
    assert story.last.done_at == THURSDAY
    given = story.does(c.Escalate(by=WORKER)).does(c.Dispatch(by=CLERK, department="roads"))
    assert given.does(c.Accept(by=ROADS)).charge.first.person == COLLEAGUE.id


def test_accepted_although_late_the_level_above_has_nothing_to_assign_any_more():
    story = opened().tick()
    assert story.due(Stage.ASSIGN) is not None
    accepted = story.does(c.Accept(by=WORKER))
    assert accepted.due(Stage.ASSIGN) is None
    assert accepted.charge.level is Level.COMMUNITY, "late stays late"


def test_who_accepts_names_the_condition_and_its_limit_holds_within_the_promise():
    story = manhole().does(c.Accept(by=WATER, condition="2"))
    assert story.case.matter.condition == "2"
    assert manhole().due(Stage.RESOLVE) - THURSDAY == timedelta(hours=2)
    assert story.due(Stage.RESOLVE) == THURSDAY + timedelta(hours=6), "4 work hours over noon"
    assert story.deadline(Stage.PROMISE) == manhole().deadline(Stage.PROMISE)


def test_a_condition_that_is_set_stays_until_the_category_is_put_right():
    story = begin(category=MANHOLE, condition="1")
    assert story.refusal(c.Accept(by=WATER, condition="2")) is Refusal.RULE
    assert story.does(c.Accept(by=WATER, condition="1")).status is Status.WORKING


def test_a_resolution_that_was_missed_is_not_made_unmissed_by_naming_a_condition():
    late = manhole().tick(2)
    assert late.deadline(Stage.RESOLVE).missed
    story = late.does(c.Accept(by=WATER, condition="2"))
    assert story.deadline(Stage.RESOLVE) == late.deadline(Stage.RESOLVE)


def test_enterprises_have_clocks_for_contact_and_opinion_and_each_is_stopped():
    story = enterprise()
    assert {Stage.CONTACT, Stage.OPINION} <= story.running()
    called = story.does(c.Contact(by=ADMIN, how="called", done_at=THURSDAY))
    assert story.running() - called.running() == {Stage.CONTACT}
    proposed = called.does(c.Propose(by=ADMIN, note=NOTE))
    assert called.running() - proposed.running() == {Stage.OPINION}


@pytest.mark.parametrize("how", CONTACTS)
def test_contact_is_a_call_or_a_visit(how):
    assert working().does(c.Contact(by=WORKER, how=how)).last.how == how


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_of_the_list_ends_the_work(outcome):
    story = working().does(c.Handle(by=WORKER, outcome=outcome, evidence=PHOTO))
    assert (story.status, story.last.outcome) == (Status.HANDLED, outcome)
    assert story.last.evidence == ("after_photo",)
    assert story.charge.handled_by == WORKER.id


def test_handled_only_the_promise_and_the_check_run():
    assert handled().running() == {Stage.PROMISE, Stage.VERIFY}
    assert handled().deadline(Stage.VERIFY).since == working().now


# ── several departments ────────────────────────────────────────────────────────────────────────


def test_each_department_that_is_called_has_its_own_clock():
    story = whistled()
    assert {d.who for d in story.case.deadlines if d.stage is Stage.REPORT_IN} == {
        "roads",
        "police",
    }
    later = story.after(minutes=30).does(c.ReportIn(by=ROADS))
    assert later.due(Stage.REPORT_IN, "roads") is None
    assert later.deadline(Stage.RESOLVE, "roads").since == later.now
    assert later.due(Stage.REPORT_IN, "police") == story.due(Stage.REPORT_IN, "police")
    assert later.due(Stage.RESOLVE) == story.due(Stage.RESOLVE)


def test_it_is_handled_when_each_has_done_its_part():
    story = there().does(c.Handle(by=ROADS, outcome="solved"))
    assert (story.told[-1], story.status) == ("PartHandled", Status.WORKING)
    assert story.due(Stage.RESOLVE, "roads") is None
    assert story.refusal(c.Handle(by=ROADS)) is Refusal.RULE
    assert story.refusal(c.Handle(by=WATER)) is Refusal.RULE
    done = story.does(c.Handle(by=POLICE))
    assert done.case.part("police").reported_in, "who has done it was there"
    assert done.due(Stage.REPORT_IN, "police") is None
    assert done.does(c.Handle(by=WATER)).status is Status.HANDLED


def test_whoever_works_on_it_now_the_departments_that_were_called_keep_their_clocks():
    for command in (c.TakeOver(by=CLERK), c.Delegate(by=CLERK, to=Level.GRID)):
        story = there().does(command)
        assert story.due(Stage.REPORT_IN, "police") == there().due(Stage.REPORT_IN, "police")
        assert story.due(Stage.RESOLVE, "roads") == there().due(Stage.RESOLVE, "roads")


def test_a_new_dispatch_keeps_the_help_that_was_called_and_adds_its_own():
    story = there().does(c.Dispatch(by=CLERK, department="gas", assisting=("power", "roads")))
    parts = {part.department: part.reported_in for part in story.case.aside.parts}
    assert parts == {"roads": True, "police": False, "power": False}
    assert story.due(Stage.REPORT_IN, "police") == there().due(Stage.REPORT_IN, "police")
    assert story.due(Stage.RESOLVE, "roads") == there().due(Stage.RESOLVE, "roads")
    assert story.deadline(Stage.REPORT_IN, "power").since == story.now


def test_a_department_that_helped_may_come_to_lead_and_then_speaks_for_the_whole():
    story = there().does(c.Dispatch(by=CLERK, department="roads"))
    assert story.case.part("roads") is None
    assert story.due(Stage.RESOLVE, "roads") is None
    led = story.does(c.Accept(by=ROADS)).does(c.Handle(by=POLICE))
    assert led.does(c.Handle(by=ROADS)).status is Status.HANDLED


def test_before_the_leading_unit_has_accepted_only_a_department_with_a_part_is_offered_handling():
    story = opened().does(c.Escalate(by=WORKER))
    story = story.does(c.Dispatch(by=CLERK, department="water", assisting=("roads",)))
    row = BY_COMMAND[c.Handle]
    assert row in allowed(story.case, ROADS)
    for somebody in (WATER, ADMIN, CLERK):
        assert row not in allowed(story.case, somebody)
        assert story.refusal(c.Handle(by=somebody)) in {Refusal.STATE, Refusal.ROLE}


def test_an_emergency_that_is_named_on_acceptance_has_to_be_told_upward_and_keeps_its_clocks():
    story = begin(category="event.05.01", condition=None)
    running = story.running()
    assert not {Stage.TELL, Stage.WRITE} & running
    named = story.does(c.Accept(by=ADMIN, condition="2"))
    assert named.case.matter.size is Size.EMERGENCY
    assert named.running() >= (running - {Stage.ACCEPT}) | {Stage.TELL, Stage.WRITE}
    assert named.due(Stage.PROMISE) == story.due(Stage.PROMISE)


def test_a_department_may_say_something_where_it_leads_or_helps_and_nowhere_else():
    comment = c.Comment(by=WATER, note=NOTE)
    assert whistled().does(comment).told[-1] == "Commented"
    assert whistled().does(replace(comment, by=ROADS)).told[-1] == "Commented"
    assert whistled().refusal(replace(comment, by=GAS_SUPPLY)) is Refusal.ROLE
    assert opened().refusal(comment) is Refusal.ROLE
