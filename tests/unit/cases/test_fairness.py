"""Nobody is blamed who could not act, nobody judges himself, and nobody gains by a trick."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import AskKind, LateState
from grid.errors import Refusal
from grid.model import Level, Size, Source, Stage, Status
from grid.principal import WATCHER
from tests.unit.cases.story import (
    CITIZEN,
    CITY_OPERATOR,
    CITY_SUPERVISOR,
    DISTRICT_CLERK,
    GAS_SUPPLY,
    HOTLINE,
    NOTE,
    POLICE,
    ROADS,
    SUPERVISOR,
    WATER,
    begin,
    citizens,
    handled,
    manhole,
    manhole_working,
    opened,
    parent,
    verified,
    whistled,
    working,
)
from tests.unit.examples import (
    CITY,
    CLERK,
    COLLEAGUE,
    GAS,
    MANHOLE,
    OPERATOR,
    RUBBISH,
    THURSDAY,
    WORKER,
    place,
)

PHOTO = frozenset({"after_photo"})


def lights(story, stage):
    return [light.state for light in story.case.aside.lates if light.stage is stage]


# ── excused: late, and nobody's blame ──────────────────────────────────────────────────────────


def test_a_limit_that_had_passed_before_the_report_became_a_case():
    """A backlog of the platform's is not the team's."""
    story = begin(now=THURSDAY + timedelta(hours=3)).tick()
    assert story.late(Stage.ACCEPT).state is LateState.EXCUSED
    assert story.charge.level is Level.COMMUNITY, "it is late for the citizen all the same"


def test_a_stage_that_began_late_and_was_left_less_than_it_is_given():
    """The promise came first: two hours were left for a check that has four."""
    story = working().at(working().due(Stage.RESOLVE) - timedelta(minutes=1))
    story = story.does(c.Handle(by=WORKER)).at(story.due(Stage.PROMISE) - timedelta(hours=2))
    failed = story.does(c.Verify(by=COLLEAGUE, passed=False))
    assert failed.due(Stage.RESOLVE) == failed.due(Stage.PROMISE)
    late = failed.tick_until(e.Escalated)
    assert late.late(Stage.RESOLVE).state is LateState.EXCUSED


def test_a_leading_department_that_had_to_wait_for_others():
    story = whistled().does(c.ReportIn(by=ROADS)).does(c.ReportIn(by=POLICE))
    while Stage.RESOLVE not in {light.stage for light in story.case.aside.lates}:
        story = story.tick()
    own = [x for x in story.case.aside.lates if x.stage is Stage.RESOLVE and not x.who]
    assert [light.state for light in own] == [LateState.EXCUSED]
    while len([x for x in story.case.aside.lates if x.stage is Stage.RESOLVE]) < 3:
        story = story.tick()
    helped = [x for x in story.case.aside.lates if x.stage is Stage.RESOLVE and x.who]
    assert {light.unit.code for light in helped} == {"roads", "police"}
    assert {light.state for light in helped} == {LateState.STANDING}


def test_a_unit_whose_return_was_granted_after_its_time_had_passed():
    story = manhole_working().does(c.Return(by=WATER, note=NOTE)).tick_until(e.Escalated)
    assert lights(story, Stage.RESOLVE) == [LateState.STANDING]
    back = story.does(c.Answer(by=OPERATOR, ask=AskKind.RETURN, granted=True))
    assert lights(back, Stage.RESOLVE) == [LateState.EXCUSED]


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
    assert timedelta(days=5) < again.now - answered.now < timedelta(days=15)
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


# ── who judges ─────────────────────────────────────────────────────────────────────────────────


def test_where_the_district_was_late_the_citys_supervisor_judges():
    story = working().does(c.Escalate(by=WORKER, to=Level.DISTRICT, note=NOTE))
    while not lights(story, Stage.ASSIGN):
        story = story.tick()
    assert story.late(Stage.ASSIGN).unit.kind == "district"
    story = story.does(c.TakeOver(by=DISTRICT_CLERK))
    asked = story.does(c.Appeal(by=DISTRICT_CLERK, stage=Stage.ASSIGN, cause="network", note=NOTE))
    yes = c.Answer(by=SUPERVISOR, ask=AskKind.APPEAL, granted=True)
    assert asked.refusal(yes) is Refusal.ROLE
    assert asked.does(replace(yes, by=CITY_SUPERVISOR)).told[-1] == "Exempted"


def test_each_of_two_departments_may_appeal_and_each_is_answered():
    story = whistled().tick_until(e.Escalated)
    while sum(x.stage is Stage.REPORT_IN for x in story.case.aside.lates) < 2:
        story = story.tick()
    for who in (ROADS, POLICE):
        story = story.after(minutes=1).does(c.ReportIn(by=who))
    appeal = c.Appeal(by=ROADS, stage=Stage.REPORT_IN, cause="weather", note=NOTE)
    both = story.does(appeal)
    assert both.does(c.Comment(by=CLERK, note=NOTE)).case.aside.asks == both.case.aside.asks
    assert lights(both, Stage.REPORT_IN).count(LateState.APPEALED) == 1
    assert both.does(c.Answer(by=SUPERVISOR, ask=AskKind.APPEAL, granted=True)).told[-1] == (
        "Exempted"
    )


def test_an_appeal_that_nobody_answers_brings_supervision_and_no_card():
    story = opened().tick().does(c.Accept(by=WORKER)).does(c.Handle(by=WORKER))
    story = story.does(c.Verify(by=COLLEAGUE, passed=True))
    asked = story.does(c.Appeal(by=WORKER, stage=Stage.ACCEPT, cause="network", note=NOTE))
    late = asked.tick()
    assert (late.last.cause, late.last.stage) == ("answer_missed", Stage.ANSWER)
    assert late.late(Stage.ACCEPT).state is LateState.APPEALED
    again = late.tick()
    assert again.last.cause == "answer_missed"
    assert again.now > late.now
    done = again.does(c.Answer(by=SUPERVISOR, ask=AskKind.APPEAL, granted=True))
    assert done.case.next_tick is None


def test_a_card_that_a_supervisor_gave_early_may_be_appealed_within_the_window():
    late = opened().tick().does(c.Accept(by=WORKER))
    carded = late.does(c.Card(by=SUPERVISOR, stage=Stage.ACCEPT))
    appeal = c.Appeal(by=WORKER, stage=Stage.ACCEPT, cause="network", note=NOTE)
    asked = carded.does(appeal)
    granted = asked.does(c.Answer(by=SUPERVISOR, ask=AskKind.APPEAL, granted=True))
    assert granted.late(Stage.ACCEPT).state is LateState.EXEMPT
    after = carded.at(late.late(Stage.ACCEPT).card_at)
    assert after.refusal(appeal) is Refusal.RULE


def test_a_hotline_may_appeal_against_its_own_light():
    story = verified().tick_until(e.Supervised)
    appeal = c.Appeal(by=HOTLINE, stage=Stage.CALLBACK, cause="network", note=NOTE)
    assert story.does(appeal).late(Stage.CALLBACK).state is LateState.APPEALED


# ── no tricks ──────────────────────────────────────────────────────────────────────────────────


def test_taking_over_what_one_has_gives_no_fresh_limit():
    story = begin(affected=30, category="service.07.01")  # nobody's by the table
    assert story.handler.kind == "community"
    taken = story.after(minutes=20).does(c.TakeOver(by=CLERK))
    assert taken.status is Status.WORKING
    assert taken.deadline(Stage.RESOLVE) == story.deadline(Stage.RESOLVE)
    assert taken.due(Stage.ACCEPT) is None


def test_a_late_acceptance_does_not_let_the_level_above_go():
    late = opened().tick(2)
    assert late.deadline(Stage.RESOLVE).missed
    assert late.does(c.Accept(by=WORKER)).due(Stage.ASSIGN) is not None


def test_a_new_date_ends_no_light():
    late = working().tick()
    dated = late.does(c.SetDate(by=CLERK, until=late.now + timedelta(hours=3)))
    assert dated.late(Stage.RESOLVE).ended is None
    done = dated.after(hours=2).does(c.Handle(by=WORKER))
    assert done.late(Stage.RESOLVE).ended == done.now


@pytest.mark.parametrize("kind", ["place", "category"])
def test_when_time_runs_out_the_handler_does_not_put_its_way_out(kind):
    """From yellow on a level above puts place and category right."""
    yellow = opened().at(opened().deadline(Stage.ACCEPT).warn)
    facts = {"place": replace(place(), lon=119.2)}
    right = {
        "place": lambda by: c.Relocate(by=by),
        "category": lambda by: c.Recategorise(by=by, category="event.01.20"),
    }[kind]
    before = yellow.after(seconds=-1)
    assert before.does(right(WORKER), **facts).status is Status.OPEN
    assert yellow.refusal(right(WORKER), **facts) is Refusal.RULE
    assert yellow.does(right(CLERK), **facts).status is Status.OPEN


def test_who_has_to_do_it_does_not_decide_that_there_is_nothing_to_do():
    no = c.Decline(by=WORKER, reason="untrue", note=NOTE)
    assert opened().refusal(no) is Refusal.ROLE
    assert opened().does(replace(no, by=CLERK)).status is Status.DECLINED


def test_a_workers_own_report_is_not_taken_back_when_it_is_late():
    assert opened().does(c.Withdraw(by=WORKER)).status is Status.WITHDRAWN
    assert opened().tick().refusal(c.Withdraw(by=WORKER)) is Refusal.RULE
    assert working().refusal(c.Withdraw(by=WORKER)) is Refusal.RULE
    assert citizens().tick().does(c.Withdraw(by=CITIZEN)).status is Status.WITHDRAWN


def test_what_was_reopened_is_handled_and_checked_and_not_settled():
    story = handled().does(c.Verify(by=COLLEAGUE, passed=True))
    again = story.does(c.Reopen(by=OPERATOR, note=NOTE))
    assert again.refusal(c.Settle(by=WORKER, evidence=PHOTO)) is Refusal.RULE


def test_a_department_that_is_let_go_has_nothing_to_do_any_more():
    story = whistled().does(c.Whistle(by=CLERK, release=("police",)))
    assert [part.department for part in story.case.aside.parts] == ["roads"]
    assert story.due(Stage.REPORT_IN, "police") is None
    assert story.due(Stage.REPORT_IN, "roads") == whistled().due(Stage.REPORT_IN, "roads")
    assert story.last.released == ("police",)
    for release in ("gas", "water"):
        let_go = c.Whistle(by=CLERK, release=(release,))
        assert story.refusal(let_go) is Refusal.RULE
    done = whistled().does(c.Handle(by=POLICE))
    assert done.refusal(c.Whistle(by=CLERK, release=("police",))) is Refusal.RULE
    assert done.does(c.Whistle(by=CLERK, departments=("police",))).case.part("police").done is False


def test_an_assisting_department_is_done_before_its_leader_has_accepted():
    called = manhole().does(c.Whistle(by=CLERK, departments=("roads",)))
    done = called.does(c.Handle(by=ROADS))
    assert (done.status, done.case.part("roads").done) == (Status.OPEN, True)
    assert done.refusal(c.Handle(by=WATER)) is Refusal.STATE


def test_a_condition_that_makes_it_bigger_takes_it_up():
    """Things in the stairwell are the cell's; a fire door that is locked is the fire service's."""
    stairwell = begin(category="service.03.04")
    assert (stairwell.case.matter.size, stairwell.charge.level) == (Size.SMALL, Level.GRID)
    locked = stairwell.does(c.Accept(by=WORKER, condition="2"))
    assert (locked.case.matter.size, locked.charge.level) == (Size.BIG, Level.COMMUNITY)
    assert locked.due(Stage.PROMISE) == stairwell.due(Stage.PROMISE)
    clear = stairwell.does(c.Accept(by=WORKER, condition="1"))
    assert (clear.case.matter.size, clear.charge.level) == (Size.SMALL, Level.GRID)


# ── an emergency, whenever it is seen to be one ────────────────────────────────────────────────


def test_found_to_be_an_emergency_later_it_is_told_upward_from_then_on():
    story = opened().does(c.Recategorise(by=WORKER, category=GAS))
    assert {Stage.TELL, Stage.WRITE} <= story.running()
    assert story.deadline(Stage.TELL).since == story.now
    assert story.charge.level is Level.DISTRICT


def test_only_the_first_report_stops_the_clock():
    gas = begin(category=GAS)
    later = gas.does(c.Inform(by=OPERATOR, channel="phone", to="city", sort="follow_up"))
    assert Stage.TELL in later.running()
    first = later.does(c.Inform(by=OPERATOR, channel="phone", to="city"))
    assert Stage.TELL not in first.running()


# ── under a parent, and back ───────────────────────────────────────────────────────────────────

UNMERGE = c.Unmerge(by=OPERATOR, note=NOTE)


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


# ── decided for the first time after all ───────────────────────────────────────────────────────


def test_declined_before_filing_and_reopened_the_table_says_who_works():
    sensed = begin(category=MANHOLE, source=Source.SENSOR)
    story = sensed.does(c.Decline(by=WORKER, reason="untrue", note=NOTE))
    again = story.does(c.Reopen(by=OPERATOR, note=NOTE))
    assert (again.status, again.handler.code) == (Status.OPEN, "water")


def test_in_no_cell_the_check_is_the_citys_and_nobodys_below():
    story = begin(CITY, category=RUBBISH).does(c.TakeOver(by=CITY_OPERATOR))
    story = story.does(c.Handle(by=CITY_OPERATOR)).tick_until(e.Supervised)
    assert story.late(Stage.VERIFY).unit.kind == "city"
    assert "CheckRaised" not in story.told
