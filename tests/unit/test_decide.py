"""The rules of the case engine, one example each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import Case
from grid.cases.decide import apply
from grid.cases.evolve import evolve, fold
from grid.cases.known import NOTHING, Known
from grid.errors import InvalidMessage, Refusal, Rejected
from grid.model import OWN_SOURCES, Level, Size, Source, Stage, Status
from grid.principal import CLOCK, RULES, WATCHER
from grid.reports.fields import Attachment
from tests.unit.examples import (
    ADMIN,
    ANALYST,
    CELL,
    CLERK,
    COLLEAGUE,
    COMMUNITY,
    DISTRICT,
    GAS,
    MANHOLE,
    NEIGHBOUR,
    OPERATOR,
    OTHER_COMMUNITY_CELL,
    RUBBISH,
    SOURCE,
    STREET,
    THURSDAY,
    WORKER,
    file_events,
    filed,
    policy,
)

AFTER = (Attachment("ab" * 32, "after"),)
LATER = timedelta(minutes=5)


def step(case: Case, command: c.Command, now=None, known=NOTHING) -> Case:
    return apply(case, command, known, now or THURSDAY + LATER, policy())[1][-1]


def tick(case: Case) -> tuple[Case, e.Payload]:
    assert case.next_tick is not None
    events, steps = apply(
        case, c.Tick(by=CLOCK), NOTHING, case.next_tick + timedelta(seconds=1), policy()
    )
    return steps[-1], events[-1].what


def refusal(case: Case | None, command: c.Command, known=NOTHING) -> Refusal:
    with pytest.raises(Rejected) as caught:
        apply(case, command, known, THURSDAY + LATER, policy())
    assert caught.value.zh
    assert caught.value.en
    return caught.value.refusal


@pytest.mark.parametrize(
    ("changes", "size", "level", "handler"),
    [
        ({"category": RUBBISH}, Size.SMALL, Level.GRID, "team"),
        ({"category": GAS}, Size.EMERGENCY, Level.DISTRICT, "department"),
        ({"category": RUBBISH, "affected": 30}, Size.BIG, Level.COMMUNITY, None),
        ({"category": RUBBISH, "injured": 1}, Size.MAJOR, Level.DISTRICT, None),
        ({"category": MANHOLE}, Size.BIG, Level.COMMUNITY, "department"),
    ],
)
def test_the_table_decides_size_level_and_handler(changes, size, level, handler):
    case = filed(**changes)
    assert case.matter.size is size
    assert case.charge.level is level
    assert handler in {None, case.charge.handler.kind}
    assert case.matter.rule in policy().rules.by_id


def test_outside_every_cell_the_city_answers():
    case = filed("3707/")
    assert (case.charge.level, case.charge.area) == (Level.CITY, "3707/")
    assert case.next_tick is not None


def test_an_unknown_category_is_an_invalid_message_that_names_the_field():
    with pytest.raises(InvalidMessage) as caught:
        filed(category="event.99.99")
    assert caught.value.field == "/category"


def test_settled_on_the_spot_with_evidence_is_closed_at_once():
    events, steps = file_events(settled="已清理", attachments=AFTER)
    assert [type(event.what) for event in events] == [e.Filed, e.Settled]
    assert steps[-1].status is Status.CLOSED
    assert steps[-1].next_tick is None


def test_settled_without_evidence_stays_open_and_why_says_what_is_missing():
    events, steps = file_events(settled="已清理")
    assert steps[-1].status is Status.OPEN
    assert ("settled", "evidence", "after_photo") in events[0].what.why.facts


@pytest.mark.parametrize("source", sorted(set(Source) - OWN_SOURCES))
def test_only_the_houses_own_people_settle_by_saying_so(source):
    events, steps = file_events(settled="已清理", attachments=AFTER, source=source)
    assert steps[-1].status.live
    assert ("settled", "evidence", "team") in events[0].what.why.facts


def test_what_failed_a_check_is_not_settled_past_the_next_one():
    case = step(step(filed(), c.Accept(by=WORKER)), c.Handle(by=WORKER))
    failed = step(case, c.Verify(by=COLLEAGUE, passed=False))
    settle = c.Settle(by=WORKER, evidence=frozenset({"after_photo", "note", "party_confirms"}))
    assert refusal(failed, settle) is Refusal.RULE


def test_a_big_matter_cannot_be_settled_on_the_spot():
    _, steps = file_events(settled="已清理", attachments=AFTER, category=MANHOLE)
    assert steps[-1].status is Status.OPEN


def test_promise_covers_resolve_and_verify_and_all_run_from_receiving():
    case = filed(now=THURSDAY + timedelta(days=3))
    stages = {d.stage: d for d in case.deadlines}
    assert set(stages) == {Stage.PROMISE, Stage.ACCEPT, Stage.RESOLVE}
    assert all(d.since == THURSDAY for d in case.deadlines)
    assert stages[Stage.ACCEPT].due <= stages[Stage.RESOLVE].due < stages[Stage.PROMISE].due
    assert all(d.since <= d.warn <= d.due for d in case.deadlines)


def test_a_clock_into_a_year_without_a_published_calendar_says_so():
    events, _ = file_events(
        category=MANHOLE, condition="4", received_at=datetime(2026, 12, 31, 9, tzinfo=UTC)
    )
    assert events[0].what.why.calendar.endswith("(fallback)")
    assert not file_events()[0][0].what.why.calendar.endswith("(fallback)")


def test_the_whole_way_of_a_small_matter():
    case = filed()
    case = step(case, c.Accept(by=WORKER))
    assert case.status is Status.WORKING
    assert case.deadline(Stage.ACCEPT) is None
    assert case.charge.first == case.charge.handler
    case = step(case, c.Handle(by=WORKER, outcome="solved"))
    assert case.status is Status.HANDLED
    assert case.deadline(Stage.RESOLVE) is None
    assert refusal(case, c.Verify(by=WORKER, passed=True)) is Refusal.RULE
    case = step(case, c.Verify(by=COLLEAGUE, passed=True))
    assert case.status is Status.CLOSED
    assert case.deadlines == ()


def test_failed_verification_is_rework_and_the_second_time_it_rises():
    case = filed()
    for rework, level in ((1, Level.GRID), (2, Level.COMMUNITY)):
        if case.status is Status.OPEN:
            case = step(case, c.Accept(by=WORKER))
        case = step(case, c.Handle(by=WORKER))
        case = step(case, c.Verify(by=CLERK, passed=False))
        assert case.status is Status.WORKING
        assert (case.tally.rework, case.charge.level) == (rework, level)


def test_missed_acceptance_lifts_the_charge_and_binds_the_handler():
    case = filed()
    handler = case.charge.handler
    risen, what = tick(case)
    assert isinstance(what, e.Escalated)
    assert what.cause == "accept_missed"
    assert what.due == case.deadline(Stage.ACCEPT).due
    assert (risen.charge.level, risen.charge.area) == (Level.COMMUNITY, COMMUNITY)
    assert risen.charge.handler == handler
    assert risen.status is Status.OPEN
    assert risen.deadline(Stage.ASSIGN) is not None


def test_a_late_case_rises_to_the_district_by_itself_and_ends_in_supervision():
    case, told = filed(), []
    for _ in range(14):
        case, what = tick(case)
        told.append((type(what).__name__, what.cause, case.charge.level.value))
    assert ("Escalated", "accept_missed", "community") in told
    assert ("Escalated", "resolve_missed", "district") in told
    assert ("Supervised", "promise_missed", "district") in told
    assert [t[1] for t in told[-3:]] == ["feedback_missed"] * 3, "and the clock never stops"
    assert case.status is Status.OPEN, "nobody is released by being late"


def test_a_tick_before_anything_is_due_is_refused():
    case = filed()
    assert refusal(case, c.Tick(by=CLOCK)) is Refusal.STATE


def test_a_missed_check_moves_the_check_and_not_the_case():
    case = step(step(filed(), c.Accept(by=WORKER)), c.Handle(by=WORKER))
    while True:
        before = case
        case, what = tick(case)
        if isinstance(what, e.CheckRaised):
            break
    assert case.status is Status.HANDLED
    assert case.charge == before.charge
    assert what.level == "community"


def test_taking_over_changes_the_handler_and_starts_its_clock_anew():
    case, _ = tick(filed())
    now = case.tally.last_at + timedelta(minutes=1)
    taken = step(case, c.TakeOver(by=CLERK), now=now)
    assert taken.charge.handler.kind == "community"
    assert taken.status is Status.WORKING
    assert taken.deadline(Stage.RESOLVE).since == now
    assert taken.deadline(Stage.ASSIGN) is None


def test_escalating_by_hand_goes_one_step_or_with_a_reason_straight_up():
    case = filed()
    assert step(case, c.Escalate(by=WORKER)).charge.level is Level.COMMUNITY
    assert refusal(case, c.Escalate(by=WORKER, to=Level.DISTRICT)) is Refusal.RULE
    risen = step(case, c.Escalate(by=WORKER, to=Level.DISTRICT, note="aa"))
    assert (risen.charge.level, risen.charge.area) == (Level.DISTRICT, DISTRICT)
    assert refusal(risen, c.Escalate(by=OPERATOR)) is Refusal.RULE
    assert refusal(case, c.Escalate(by=WORKER, to=Level.STREET, note="aa")) is Refusal.RULE


@pytest.mark.parametrize("who", [NEIGHBOUR, SOURCE, ANALYST])
def test_whoever_does_not_stand_to_the_case_is_refused_by_role_first(who):
    closed = file_events(settled="已清理", attachments=AFTER)[1][-1]
    for case in (filed(), closed):
        assert refusal(case, c.Accept(by=who, version=0)) is Refusal.ROLE


def test_role_then_state_then_version_then_rule():
    case = step(filed(), c.Accept(by=WORKER))
    assert refusal(case, c.Accept(by=NEIGHBOUR, version=1)) is Refusal.ROLE
    assert refusal(case, c.Accept(by=WORKER, version=1)) is Refusal.STATE
    assert refusal(case, c.Handle(by=WORKER, version=1, outcome="x")) is Refusal.VERSION
    assert refusal(case, c.Handle(by=WORKER, version=2, outcome="x")) is Refusal.RULE


def test_an_offline_phone_is_turned_away_only_by_what_matters():
    case = filed()
    lit, what = tick(step(step(case, c.Accept(by=WORKER)), c.Handle(by=WORKER)))
    assert isinstance(what, e.CheckRaised | e.Supervised)
    seen = lit.tally.version - 1
    assert step(lit, c.Verify(by=CLERK, passed=True, version=seen)).status is Status.CLOSED


def test_a_department_is_acted_for_by_its_own_people_only():
    case = filed(category=MANHOLE)
    assert refusal(case, c.Accept(by=CLERK)) is Refusal.ROLE
    assert refusal(case, c.Accept(by=OPERATOR)) is Refusal.ROLE
    assert step(case, c.Accept(by=ADMIN)).status is Status.WORKING


def test_a_surge_becomes_one_parent_at_the_lowest_common_ancestor():
    first = filed()
    known = Known(case_id="01a2008d-7400-7000-8000-000000000002", number="2026-0000002")
    for area, level, size in (
        (CELL, Level.COMMUNITY, Size.BIG),
        (COMMUNITY, Level.COMMUNITY, Size.BIG),
        (STREET, Level.DISTRICT, Size.MAJOR),
    ):
        gather = c.Gather(by=WATCHER, first=first, area=area, reports=5)
        parent = apply(None, gather, known, THURSDAY, policy())[1][-1]
        assert (parent.charge.level, parent.matter.size) == (level, size)
        assert parent.tally.reports == 5
    merged = step(first, c.Merge(by=WATCHER), known=Known(parent=parent))
    assert (merged.status, merged.parent, merged.next_tick) == (Status.MERGED, parent.id, None)
    again = Known(parent=merged)
    other = filed(OTHER_COMMUNITY_CELL)
    assert refusal(other, c.Merge(by=WATCHER), known=again) is Refusal.RULE


def test_events_out_of_order_are_a_bug():
    events, _ = file_events(settled="已清理", attachments=AFTER)
    with pytest.raises(ValueError, match="begins with"):
        fold(events[1:])
    with pytest.raises(ValueError, match="does not follow"):
        evolve(evolve(None, events[0]), events[0])


def test_filing_is_the_platforms_alone():
    command = c.File(by=RULES, report=None)
    assert refusal(filed(), command) is Refusal.STATE
    assert CELL.startswith(COMMUNITY)
