"""What happens by itself: the table of automatic escalation, line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.ticking import MISSED, Missed
from grid.errors import Refusal
from grid.model import Level, Source, Stage, Status
from grid.policy.parameters import HANDLER_CHANGES
from grid.principal import CLOCK
from tests.unit.cases.story import (
    DISTRICT_CLERK,
    NOTE,
    SUPERVISOR,
    WATER,
    Example,
    begin,
    citizens,
    closed,
    gas,
    handled,
    manhole,
    manhole_working,
    opened,
    paused,
    received,
    verified,
    whistled,
    with_street,
    working,
)
from tests.unit.cases.test_checking import gas_handled
from tests.unit.examples import (
    ADMIN,
    CITY,
    CLERK,
    COLLEAGUE,
    COMMUNITY,
    DISTRICT,
    OPERATOR,
    THURSDAY,
    WORKER,
)

TICK = c.Tick(by=CLOCK)


def missing(given, stage, who=""):
    """The story in which the clock has just found that this stage was missed."""
    story = given()
    for _ in range(20):
        story = story.tick()
        what = story.last
        found = getattr(what, "stage", None) or getattr(getattr(what, "late", None), "stage", None)
        if found is stage or (stage is Stage.CHECK and isinstance(what, e.Admitted)):
            return story
    raise AssertionError(f"{stage} was not missed: {story.told}")


@cache
def due_now():
    return opened().at(opened().due(Stage.ACCEPT))


@cache
def check_due():
    return received().at(received().due(Stage.CHECK))


@cache
def enterprise():
    return begin(category="service.09.01", source=Source.ENTERPRISE)


@cache
def contacted():
    """Accepted and contacted in time; the opinion is still to come."""
    return enterprise().does(c.Accept(by=ADMIN)).does(c.Contact(by=ADMIN))


@cache
def enterprise_accepted():
    return enterprise().does(c.Accept(by=ADMIN))


@cache
def asked():
    return working().does(c.LongTerm(by=WORKER, note=NOTE, until=THURSDAY + timedelta(days=20)))


@cache
def pressed():
    """A matter of several days, and a supervision that waits for its answer."""
    story = begin(category="service.01.01").does(c.Accept(by=WORKER))
    return story.does(c.Supervise(by=SUPERVISOR, kind="internal", note=NOTE))


@cache
def gas_accepted():
    return gas().does(c.Accept(by=ADMIN))


@cache
def resolve_due():
    """Under a policy that gives the work to the level above."""
    policy = replace(opened().policy, handler_changes=frozenset({"resolve_missed"}))
    return replace(working(), policy=policy, now=working().due(Stage.RESOLVE))


TABLE = [
    Example(due_now, TICK, Status.OPEN),
    Example(check_due, TICK, Status.OPEN),
    Example(resolve_due, TICK, Status.OPEN),
    Example(due_now, c.Tick(by=ADMIN), Refusal.ROLE),
    Example(opened, TICK, Refusal.STATE),
    Example(paused, TICK, Refusal.STATE),
    Example(closed, TICK, Refusal.STATE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


#: What was missed, in which story → who holds the red light, what happens, level in charge then,
#: whether the level that it rose to has to give it to someone.
RISES = [
    (Stage.ACCEPT, opened, "team", Level.COMMUNITY),
    (Stage.ACCEPT, manhole, "department", Level.DISTRICT),
    (Stage.RESOLVE, working, "team", Level.COMMUNITY),
    (Stage.RESOLVE, manhole_working, "department", Level.DISTRICT),
    (Stage.CONTACT, enterprise_accepted, "department", Level.DISTRICT),
    (Stage.OPINION, contacted, "department", Level.DISTRICT),
]


@pytest.mark.parametrize(("stage", "given", "holder", "level"), RISES, ids=str)
def test_missed_it_goes_up_one_level_and_the_handler_stays_bound(stage, given, holder, level):
    story = missing(given, stage)
    what = story.last
    assert isinstance(what, e.Escalated)
    assert what.cause == what.why.rule == f"{stage.value}_missed"
    assert what.due == given().due(stage)
    assert (story.charge.level, story.handler) == (level, given().handler)
    assert story.status is given().status
    assert story.late(stage).unit.kind == holder
    assert story.deadline(stage).missed, "it stands, dealt with once"
    assert story.deadline(Stage.ASSIGN).since == story.now, "the level above has its own limit"
    assert story.due(Stage.PROMISE) == given().due(Stage.PROMISE)
    assert what.why.facts == (
        ("due", "<=", what.due.isoformat()),
        ("now", ">=", story.now.isoformat()),
    )


#: What brings supervision and moves nothing; whether somebody has to answer it.
SUPERVISED = [
    (Stage.PROMISE, working, True),
    (Stage.CALLBACK, verified, True),
    (Stage.ANSWER, asked, False),
    (Stage.ASSIGN, opened, True),
    (Stage.FEEDBACK, pressed, True),
    (Stage.TELL, gas_accepted, False),
    (Stage.WRITE, gas_accepted, False),
]


@pytest.mark.parametrize(("stage", "given", "answered"), SUPERVISED, ids=str)
def test_missed_it_is_supervised_and_the_status_stays(stage, given, answered):
    before = missing(given, stage)
    what = before.last
    assert isinstance(what, e.Supervised)
    assert (what.cause, what.stage) == (f"{stage.value}_missed", stage)
    again = stage is Stage.FEEDBACK
    assert (what.kind, what.grade) == (("stepped_up", 2) if again else ("internal", 1))
    assert before.status is given().status
    begun = [d for d in what.deadlines if (d.stage, d.since) == (Stage.FEEDBACK, before.now)]
    assert bool(begun) is answered


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_its_line_in_the_table(stage):
    told = {s for s, *_ in RISES} | {s for s, *_ in SUPERVISED}
    beside = {Stage.CHECK, Stage.REPORT_IN, Stage.REVIEW, Stage.VERIFY}
    assert stage in told | beside
    assert stage in MISSED
    if stage in {s for s, *_ in RISES}:
        assert MISSED[stage] is Missed.RISE


def test_verification_missed_the_check_moves_up_and_not_the_case():
    story = missing(handled, Stage.VERIFY)
    assert isinstance(story.last, e.CheckRaised)
    assert (story.last.level, story.last.area) == ("community", COMMUNITY)
    assert (story.status, story.charge) == (Status.HANDLED, handled().charge)
    assert story.late(Stage.VERIFY).unit.kind == "team"
    again = missing(lambda: story, Stage.VERIFY)
    assert (again.last.level, again.last.area) == ("district", DISTRICT)
    assert again.late(Stage.VERIFY).unit.kind == "community"
    top = missing(lambda: again, Stage.VERIFY)
    assert isinstance(top.last, e.Supervised)
    assert top.late(Stage.VERIFY).unit.kind == "district"


def test_the_samples_check_begins_with_the_community():
    story = opened().does(c.Settle(by=WORKER, evidence=frozenset({"after_photo"})), lot=0.0)
    raised = missing(lambda: story, Stage.VERIFY)
    assert raised.last.level == "district"
    assert raised.late(Stage.VERIFY).unit.kind == "community"
    assert raised.refusal(c.Verify(by=COLLEAGUE, passed=True)), "still not for the cell"
    top = missing(lambda: raised, Stage.VERIFY)
    assert top.late(Stage.VERIFY).unit.kind == "district"


def test_a_review_missed_moves_up_and_the_higher_levels_own_review_is_that_one():
    story = missing(gas_handled, Stage.REVIEW)
    assert isinstance(story.last, e.CheckRaised)
    assert story.last.level == "district"
    assert story.case.aside.reviews == (Level.DISTRICT,)
    assert story.late(Stage.REVIEW).unit.kind == "community"
    assert story.does(c.Review(by=OPERATOR, passed=True)).case.aside.reviews == ()
    top = missing(lambda: story, Stage.REVIEW)
    assert isinstance(top.last, e.Supervised)
    assert top.case.aside.reviews == (Level.DISTRICT,)


def test_a_department_that_does_not_report_in_has_the_light_and_the_case_rises():
    story = missing(lambda: whistled().does(c.SetDate(by=CLERK, until=_later())), Stage.REPORT_IN)
    assert story.last.cause == "report_in_missed"
    assert story.late(Stage.REPORT_IN).unit.code == "roads"
    assert story.charge.level is Level.DISTRICT
    assert story.handler.code == "water"


def _later():
    return whistled().due(Stage.PROMISE)


def test_an_assisting_departments_own_part_late_is_its_own_light():
    there = whistled().does(c.SetDate(by=CLERK, until=_later()))
    there = there.does(c.ReportIn(by=replace(WATER, department="roads", id="key:roads")))
    due = there.due(Stage.RESOLVE, "roads")
    story = there
    while not any(x.stage is Stage.RESOLVE for x in story.case.aside.lates):
        story = story.tick()
    assert story.late(Stage.RESOLVE).due == due
    assert story.late(Stage.RESOLVE).unit.code == "roads"


def test_at_the_top_of_the_chain_supervision_takes_the_place_of_rising():
    top = opened().tick().tick_until(e.Supervised)
    at_top = [x for x in top.events if isinstance(x.what, e.Escalated)]
    assert top.charge.level is Level.DISTRICT
    assert len(at_top) == 2
    story = missing(lambda: gas().does(c.Accept(by=ADMIN)), Stage.RESOLVE)
    assert isinstance(story.last, e.Supervised)
    assert story.charge.level is Level.DISTRICT
    assert story.late(Stage.RESOLVE).unit.code == "gas"


def test_in_no_cell_the_city_is_the_top():
    story = missing(lambda: begin(CITY), Stage.ACCEPT)
    assert isinstance(story.last, e.Supervised)
    assert story.charge.level is Level.CITY


def test_only_open_and_working_cases_rise_by_deadline():
    for given in (handled, verified, received):
        story = given()
        for _ in range(6):
            if story.case.next_tick is None or story.status is Status.OPEN:
                break
            story = story.tick()
            assert story.charge.level is given().charge.level


def test_in_the_callback_the_promise_waits_for_what_the_reporter_says():
    story = verified()
    assert story.due(Stage.PROMISE) < story.due(Stage.CALLBACK)
    assert story.case.next_tick == story.due(Stage.CALLBACK)
    late = missing(verified, Stage.CALLBACK)
    assert late.late(Stage.CALLBACK).unit.kind == "hotline"
    assert late.late(Stage.CALLBACK).unit.area == DISTRICT
    assert not late.deadline(Stage.PROMISE).missed


def test_the_answer_that_does_not_come_is_the_light_of_who_had_to_give_it():
    light = missing(asked, Stage.ANSWER).late(Stage.ANSWER)
    assert (light.unit.kind, light.unit.area) == ("community", COMMUNITY)


def test_supervision_by_the_clock_is_answered_by_who_was_late():
    story = missing(working, Stage.PROMISE)
    fed = {d.who for d in story.case.deadlines if d.stage is Stage.FEEDBACK}
    assert "level:1" in fed
    assert story.refusal(c.FeedBack(by=WORKER, note=NOTE)) is Refusal.RULE
    answered = story.does(c.FeedBack(by=DISTRICT_CLERK, note=NOTE))
    assert "level:1" not in {d.who for d in answered.case.deadlines}


def test_supervision_that_nobody_answers_comes_again_and_never_ends():
    story = missing(working, Stage.PROMISE).tick(40)
    assert (story.case.status.live, story.case.next_tick is not None) == (True, True)
    grades = [e.what.grade for e in story.events if type(e.what).__name__ == "Supervised"]
    assert max(grades) == 3


@pytest.mark.parametrize("cause", ["accept_missed", "resolve_missed"])
def test_a_policy_may_let_the_handler_change_for_a_cause(cause):
    assert cause in HANDLER_CHANGES
    policy = replace(opened().policy, handler_changes=frozenset({cause}))
    story = replace(opened(), policy=policy).tick()
    if cause == "resolve_missed":
        assert story.handler == opened().handler
        story = replace(working(), policy=policy).tick()
    assert isinstance(story.last, e.Escalated)
    assert (story.handler.kind, story.status) == ("community", Status.OPEN)
    assert story.charge.since == story.now
    assert story.deadline(Stage.ACCEPT).since == story.now
    assert Stage.ASSIGN not in story.running()
    assert story.case.aside.lates[-1].ended == story.now, "the old handler was let go"


def test_a_department_that_does_not_come_is_late_once_whoever_gets_the_work():
    policy = replace(opened().policy, handler_changes=frozenset({"report_in_missed"}))
    story = replace(whistled(), policy=policy).does(c.SetDate(by=CLERK, until=_later()))
    story = missing(lambda: story, Stage.REPORT_IN)
    assert (story.handler.kind, story.status) == ("district", Status.OPEN)
    assert story.deadline(Stage.REPORT_IN, "roads").missed
    again = story.tick()
    assert again.last.late.who == "police"


def test_before_anything_is_due_the_clock_gives_no_card():
    late = opened().tick()
    assert late.refusal(TICK) is Refusal.STATE
    assert late.case.aside.lates


def test_a_late_clock_gives_cards_in_the_order_in_which_they_were_due():
    story = opened().tick(5).does(c.Void(by=OPERATOR, note=NOTE))
    dues = [light.card_at for light in story.case.aside.lates]
    assert dues == sorted(dues)
    assert dues[0] < dues[-1]
    late = story.at(dues[-1] + timedelta(days=9)).does(c.Comment(by=OPERATOR, note=NOTE))
    carded = [x.what.due for x in late.events if isinstance(x.what, e.Carded)]
    assert carded == [light.due for light in story.case.aside.lates]


def test_with_the_street_in_the_chain_it_rises_through_it():
    story = replace(manhole(), policy=with_street()).tick()
    assert story.charge.level is Level.STREET
    assert replace(citizens(), policy=with_street()).tick().charge.level is Level.COMMUNITY
    assert story.does(c.Escalate(by=ADMIN)).charge.level is Level.DISTRICT
    assert story.refusal(c.Escalate(by=CLERK)) is Refusal.ROLE
