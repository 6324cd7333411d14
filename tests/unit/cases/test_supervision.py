"""Supervision by the clock: who is pressed, who answers, and that it never ends by itself."""

from __future__ import annotations

from datetime import timedelta

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import LateState
from grid.errors import Refusal
from grid.model import Level, Stage, Status
from tests.unit.cases.story import (
    DISTRICT_CLERK,
    GAS_SUPPLY,
    HOTLINE,
    NOTE,
    ROADS,
    SUPERVISOR,
    begin,
    handled,
    opened,
    verified,
    working,
)
from tests.unit.cases.test_checking import gas_handled
from tests.unit.cases.test_escalation import asked, missing, pressed
from tests.unit.examples import (
    CLERK,
    COLLEAGUE,
    COMMUNITY,
    DISTRICT,
    GAS,
    OPERATOR,
    WORKER,
)


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


def test_of_one_supervision_only_the_first_missed_answer_is_a_light():
    story = working().tick(12)
    told = [x.what.grade for x in story.events if isinstance(x.what, e.Supervised)]
    assert {1, 2, 3} <= set(told)
    fed = [x for x in story.case.aside.lates if x.stage is Stage.FEEDBACK]
    assert len({(x.unit, x.who) for x in fed}) == len(fed)


def test_a_case_that_is_late_in_everything_is_not_left_alone_because_somebody_answered():
    late = working().tick(40)
    assert late.running() == {Stage.FEEDBACK}
    assert late.refusal(c.FeedBack(by=HOTLINE, note=NOTE)) is Refusal.RULE
    answered = late.does(c.FeedBack(by=OPERATOR, note=NOTE))
    again = answered.tick()
    assert again.now - answered.now == timedelta(days=7), "five working days and a weekend"
    assert (again.last.cause, again.last.grade) == ("feedback_missed", 1)
    fed = [x for x in again.case.aside.lates if x.stage is Stage.FEEDBACK]
    assert len(fed) == len([x for x in late.case.aside.lates if x.stage is Stage.FEEDBACK])


def test_at_the_top_who_was_late_is_pressed_and_answers_for_itself():
    top = begin(category=GAS).does(c.Whistle(by=OPERATOR, departments=("roads",)))
    late = top.does(c.Accept(by=GAS_SUPPLY))
    while not {"handler:1", "roads:1"} <= {d.who for d in late.case.deadlines}:
        late = late.tick()
    assert late.charge.level is Level.DISTRICT
    assert {x.stage for x in late.case.aside.lates} >= {Stage.RESOLVE, Stage.REPORT_IN}
    for who, gone in ((ROADS, "roads:1"), (GAS_SUPPLY, "handler:1")):
        answered = late.does(c.FeedBack(by=who, note=NOTE))
        left = {d.who for d in answered.case.deadlines if d.stage is Stage.FEEDBACK}
        assert {d.who for d in late.case.deadlines if d.stage is Stage.FEEDBACK} - left == {gone}


def test_however_often_it_is_asked_again_one_answer_is_owed():
    fed = [d.who for d in working().tick(40).case.deadlines if d.stage is Stage.FEEDBACK]
    assert len(fed) == len(set(fed))


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


def test_a_new_handler_has_the_whole_time_for_the_answer_that_its_predecessor_owed():
    late = begin(category=GAS).does(c.Accept(by=GAS_SUPPLY))
    while "handler:1" not in {d.who for d in late.case.deadlines}:
        late = late.tick()
    given = late.after(minutes=30).does(c.Dispatch(by=OPERATOR, department="water"))
    assert late.deadline(Stage.FEEDBACK, "handler:1").since == late.now
    assert given.deadline(Stage.FEEDBACK, "handler:1").since == given.now


def test_who_was_asked_owes_the_answer_wherever_the_case_has_gone():
    gone = asked().does(c.Escalate(by=WORKER)).does(c.Escalate(by=CLERK))
    assert gone.charge.level is Level.DISTRICT
    assert missing(lambda: gone, Stage.ANSWER).late(Stage.ANSWER).unit.area == COMMUNITY


def test_a_callback_that_nobody_made_is_answered_for_by_the_hotline():
    story = missing(verified, Stage.CALLBACK)
    assert "hotline:1" in {d.who for d in story.case.deadlines if d.stage is Stage.FEEDBACK}
    assert story.refusal(c.FeedBack(by=WORKER, note=NOTE)) is Refusal.RULE
    answered = story.does(c.FeedBack(by=HOTLINE, note=NOTE))
    assert "hotline:1" not in {d.who for d in answered.case.deadlines}


def test_what_people_asked_for_and_nobody_answered_is_a_light_as_well():
    light = missing(pressed, Stage.FEEDBACK).late(Stage.FEEDBACK)
    assert (light.state, light.unit.kind) == (LateState.STANDING, "team")


def test_waiting_for_others_excuses_the_resolution_and_nothing_else():
    story = opened().does(c.Escalate(by=WORKER))
    story = story.does(c.Dispatch(by=CLERK, department="water", assisting=("roads",)))
    assert missing(lambda: story, Stage.ACCEPT).late(Stage.ACCEPT).state is LateState.STANDING
    assert missing(lambda: story, Stage.RESOLVE).late(Stage.RESOLVE).state is LateState.EXCUSED


def test_who_does_not_answer_is_asked_again_a_grade_higher():
    late = begin(category=GAS).does(c.Accept(by=GAS_SUPPLY))
    while "handler:1" not in {d.who for d in late.case.deadlines}:
        late = late.tick()
    again = late
    while again.deadline(Stage.FEEDBACK, "handler:1").missed is False:
        again = again.tick()
    assert "handler:2" in {d.who for d in again.case.deadlines}


def test_who_is_pressed_an_hour_before_the_promise_has_the_time_for_an_answer_all_the_same():
    late = working().at(working().due(Stage.PROMISE) - timedelta(hours=1))
    pressed_late = late.does(c.Supervise(by=SUPERVISOR, kind="internal", note=NOTE))
    fed = [d for d in pressed_late.case.deadlines if d.stage is Stage.FEEDBACK][-1]
    assert fed.due > pressed_late.due(Stage.PROMISE)
