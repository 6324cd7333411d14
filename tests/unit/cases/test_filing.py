"""How a case begins: filed, gathered of a surge, decided again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from geo_data.policies import load_shipped
from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import LateState
from grid.errors import Refusal
from grid.model import Level, Size, Source, Stage, Status
from grid.principal import RULES, WATCHER
from grid.reports.fields import Attachment
from tests.unit.cases.example import Example
from tests.unit.cases.story import (
    CITIZEN,
    CITY_OPERATOR,
    NOTE,
    POLICE,
    WATER,
    begin,
    closed,
    handled,
    manhole,
    manhole_working,
    opened,
    paused,
    received,
    unfiled,
    whistled,
    with_street,
    working,
)
from tests.unit.examples import (
    ADMIN,
    ANALYST,
    CELL,
    CITY,
    CLERK,
    COMMUNITY,
    GAS,
    MANHOLE,
    NEIGHBOUR,
    OPERATOR,
    OTHER_CELL,
    OTHER_COMMUNITY_CELL,
    RUBBISH,
    STREET,
    THURSDAY,
    WORKER,
    place,
    report,
)

GATHER = c.Gather(by=WATCHER, first=opened().case, area=COMMUNITY, reports=5)
ELSEWHERE = (("place", replace(place(OTHER_CELL), lon=119.2)),)
SAME = (("place", place(CELL)),)


def big() -> object:
    """Rubbish of thirty households: the community's."""
    return begin(affected=30)


TABLE = [
    Example(unfiled, c.File(by=RULES, report=report()), Status.OPEN),
    Example(unfiled, c.File(by=RULES, report=report(source=Source.SENSOR)), Status.RECEIVED),
    Example(unfiled, c.File(by=ADMIN, report=report()), Refusal.ROLE),
    Example(opened, c.File(by=RULES, report=report()), Refusal.STATE),
    Example(unfiled, GATHER, Status.OPEN),
    Example(unfiled, replace(GATHER, by=OPERATOR), Refusal.ROLE),
    Example(opened, GATHER, Refusal.STATE),
    Example(working, c.Relocate(by=WORKER), Status.OPEN, ELSEWHERE),
    Example(opened, c.Relocate(by=CLERK), Status.OPEN, ELSEWHERE),
    Example(received, c.Relocate(by=WORKER), Status.RECEIVED, ELSEWHERE),
    Example(manhole_working, c.Relocate(by=WATER), Status.WORKING, ELSEWHERE),
    Example(opened, c.Relocate(by=NEIGHBOUR), Refusal.ROLE, ELSEWHERE),
    Example(opened, c.Relocate(by=ANALYST), Refusal.ROLE, ELSEWHERE),
    Example(handled, c.Relocate(by=WORKER), Refusal.STATE, ELSEWHERE),
    Example(paused, c.Relocate(by=WORKER), Refusal.STATE, ELSEWHERE),
    Example(opened, c.Relocate(by=WORKER), Refusal.RULE, SAME),
    Example(working, c.Recategorise(by=WORKER, category=MANHOLE), Status.OPEN),
    Example(opened, c.Recategorise(by=WORKER, category="event.01.20"), Status.OPEN),
    Example(received, c.Recategorise(by=WORKER, category=MANHOLE), Status.RECEIVED),
    Example(working, c.Recategorise(by=WORKER, category="event.01.20"), Status.WORKING),
    Example(opened, c.Recategorise(by=CITIZEN, category=MANHOLE), Refusal.ROLE),
    Example(closed, c.Recategorise(by=WORKER, category=MANHOLE), Refusal.STATE),
    Example(opened, c.Recategorise(by=WORKER, category=RUBBISH), Refusal.RULE),
    Example(opened, c.Recategorise(by=WORKER, category="event.99.99"), Refusal.RULE),
    Example(opened, c.Recur(by=WATCHER, reports=3, first="2026-1"), Status.OPEN),
    Example(received, c.Recur(by=WATCHER, reports=3, first="2026-1"), Status.RECEIVED),
    Example(working, c.Recur(by=WATCHER, reports=3, first="2026-1"), Status.OPEN),
    Example(opened, c.Recur(by=ADMIN, reports=3, first="2026-1"), Refusal.ROLE),
    Example(handled, c.Recur(by=WATCHER, reports=3, first="2026-1"), Refusal.STATE),
    Example(opened, c.Recur(by=WATCHER, reports=2, first="2026-1"), Refusal.RULE),
    Example(manhole, c.Recur(by=WATCHER, reports=9, first="2026-1"), Refusal.RULE),
]


@pytest.mark.parametrize("example", TABLE, ids=str)
def test_the_table(example):
    example.holds()


AFTER = (Attachment(NOTE, "after"),)


@pytest.mark.parametrize(
    ("source", "policy_name", "status"),
    [
        (Source.WORKER, "default", Status.OPEN),
        (Source.INSPECTOR, "default", Status.OPEN),
        (Source.HOTLINE, "default", Status.OPEN),
        (Source.CITIZEN, "default", Status.OPEN),
        (Source.SENSOR, "default", Status.RECEIVED),
        (Source.CITIZEN, "with-street", Status.RECEIVED),
        (Source.HOTLINE, "with-street", Status.OPEN),
    ],
)
def test_who_is_believed_at_once_is_the_policys_choice(source, policy_name, status):
    assert begin(source=source, policy=load_shipped(policy_name)).status is status


def test_an_emergency_waits_for_no_look():
    story = begin(source=Source.SENSOR, category=GAS)
    assert story.status is Status.OPEN
    assert story.charge.level is Level.DISTRICT


def test_outside_every_cell_there_is_nobody_to_look_first():
    assert begin(CITY, source=Source.SENSOR).status is Status.OPEN


def test_clocks_run_from_receiving_and_not_from_filing():
    late = begin(now=THURSDAY + timedelta(hours=5))
    assert {d.since for d in late.case.deadlines} == {THURSDAY}
    assert late.case.origin.received_at == THURSDAY


def test_who_reported_and_when_it_happened_stay_with_the_case():
    story = begin(sender=CITIZEN.id, occurred_at=THURSDAY - timedelta(hours=2))
    origin = story.case.origin
    assert (origin.sender, origin.occurred_at) == (CITIZEN.id, THURSDAY - timedelta(hours=2))
    assert origin.report == report().id


def test_a_snapped_position_is_told():
    known = unfiled().knowing(place=replace(place(), snapped=True))
    told = known.does(c.File(by=RULES, report=report()))
    assert ("place", "snapped", told.case.place.cell) in told.last.why.facts
    assert "place" not in {name for name, _, _ in opened().last.why.facts}


def test_what_the_reporter_said_of_its_gravity_stays_with_the_matter():
    story = begin(severity=2, affected=8, injured=0)
    assert (story.case.matter.severity, story.case.matter.affected) == (2, 8)
    assert story.case.matter.policy == story.policy.version


def test_off_hours_are_those_of_the_observation():
    night = THURSDAY + timedelta(hours=12)
    noise = begin(category="service.06.01", observed_at=night, received_at=night)
    day = begin(category="service.06.01")
    assert (noise.case.matter.off_hours, day.case.matter.off_hours) == (True, False)
    assert (noise.case.matter.size, day.case.matter.size) == (Size.BIG, Size.SMALL)


def test_a_sample_of_what_is_settled_on_the_spot_goes_to_the_community():
    drawn = begin(settled="已清理", attachments=AFTER, known={"lot": 0.049})
    spared = begin(settled="已清理", attachments=AFTER, known={"lot": 0.05})
    assert (drawn.status, spared.status) == (Status.HANDLED, Status.CLOSED)
    assert drawn.charge.handled_by == "key:worker"
    assert drawn.running() == {Stage.PROMISE, Stage.VERIFY}
    assert drawn.deadline(Stage.VERIFY, "recheck").since == THURSDAY


def test_settled_on_the_spot_but_big_for_its_table_is_not_closed():
    story = begin(settled="已清理", attachments=AFTER, injured=1)
    assert story.status is Status.OPEN
    assert ("settled", "evidence", "major") in story.last.why.facts


def test_an_emergency_that_an_offline_phone_reports_late_is_late_but_nobodys_blame():
    story = begin(
        category=GAS,
        occurred_at=THURSDAY - timedelta(minutes=90),
        observed_at=THURSDAY - timedelta(minutes=90),
    )
    told, written = story.deadline(Stage.TELL), story.deadline(Stage.WRITE)
    assert (told.due, told.missed) == (THURSDAY - timedelta(minutes=50), True)
    assert (written.due, written.missed) == (THURSDAY + timedelta(minutes=30), False)
    (late,) = story.case.aside.lates
    assert (late.stage, late.state, late.unit.kind) == (Stage.TELL, LateState.EXCUSED, "district")


def test_telling_upward_counts_from_when_it_happened_else_from_when_it_was_seen():
    happened = begin(category=GAS, occurred_at=THURSDAY - timedelta(minutes=10))
    seen = begin(category=GAS, observed_at=THURSDAY - timedelta(minutes=5))
    assert happened.due(Stage.TELL) == THURSDAY + timedelta(minutes=30)
    assert seen.due(Stage.TELL) == THURSDAY + timedelta(minutes=35)


@pytest.mark.parametrize(
    ("area", "level", "size"),
    [
        (CELL, Level.COMMUNITY, Size.BIG),
        (COMMUNITY, Level.COMMUNITY, Size.BIG),
        (STREET, Level.DISTRICT, Size.MAJOR),
    ],
)
def test_a_surge_is_answered_for_by_the_lowest_level_that_sees_the_whole_of_it(area, level, size):
    story = unfiled().does(replace(GATHER, area=area))
    assert (story.charge.level, story.case.matter.size) == (level, size)
    assert (story.case.tally.reports, story.case.matter.rule) == (5, "surge")
    assert story.case.place.path == area
    assert (story.case.place.cell is not None) is (area == CELL)
    assert story.case.origin.report is None


def test_with_the_street_in_the_chain_a_surge_over_it_is_the_streets():
    story = replace(unfiled(), policy=with_street()).does(replace(GATHER, area=STREET))
    assert (story.charge.level, story.case.matter.size) == (Level.STREET, Size.BIG)


# ── decided again ──────────────────────────────────────────────────────────────────────────────


def test_put_right_the_promise_stays_and_the_stages_start_anew():
    again = working().does(c.Recategorise(by=WORKER, category=MANHOLE))
    assert again.due(Stage.PROMISE) == working().due(Stage.PROMISE)
    assert again.deadline(Stage.ACCEPT).since == again.now
    assert (again.handler.code, again.charge.level) == ("water", Level.COMMUNITY)
    assert again.charge.first == working().charge.first, "the citizen's contact stays"
    assert ("category", "before", RUBBISH) in again.last.why.facts


def test_the_same_handler_keeps_its_deadlines():
    again = working().does(c.Recategorise(by=WORKER, category="event.01.20"))
    assert again.case.deadlines == working().case.deadlines
    assert again.case.matter.category == "event.01.20"


def test_late_stays_late_what_has_gone_up_does_not_come_down_by_a_new_place():
    risen = opened().tick()
    moved = risen.does(c.Relocate(by=CLERK), place=replace(place(OTHER_COMMUNITY_CELL), lon=119.2))
    assert moved.charge.level is Level.COMMUNITY
    assert OTHER_COMMUNITY_CELL.startswith(moved.charge.area)
    assert moved.handler.area == OTHER_COMMUNITY_CELL


def test_what_never_rose_is_decided_wholly_anew():
    assert big().charge.level is Level.COMMUNITY
    manholes = manhole().does(c.Recategorise(by=CLERK, category=RUBBISH))
    assert (manholes.charge.level, manholes.handler.kind) == (Level.GRID, "team")


def test_before_filing_the_new_cells_worker_looks():
    moved = received().does(c.Relocate(by=WORKER), place=replace(place(OTHER_CELL), lon=119.2))
    assert (moved.status, moved.handler.area) == (Status.RECEIVED, OTHER_CELL)
    assert moved.deadline(Stage.CHECK).since == moved.now


def test_a_place_in_no_cell_is_the_citys():
    moved = opened().does(c.Relocate(by=WORKER), place=replace(place(CITY), lon=119.9))
    assert (moved.charge.level, moved.charge.area) == (Level.CITY, CITY)
    assert moved.refusal(c.TakeOver(by=OPERATOR)) is Refusal.ROLE
    assert moved.does(c.TakeOver(by=CITY_OPERATOR)).handler.kind == "city"


def test_reported_again_and_again_it_rises_to_who_looks_for_the_cause():
    risen = opened().after(minutes=5).does(c.Recur(by=WATCHER, reports=3, first="2026-0000007"))
    assert isinstance(risen.last, e.Escalated)
    assert risen.last.cause == "repetition"
    assert ("first", "number", "2026-0000007") in risen.last.why.facts
    assert (risen.charge.level, risen.case.place.path) == (Level.COMMUNITY, CELL)
    assert risen.due(Stage.PROMISE) == opened().due(Stage.PROMISE)
    assert risen.handler.code == "sanitation"
    assert risen.deadline(Stage.ACCEPT).since == risen.now, "its clocks begin with it"


def test_a_department_that_only_helps_does_not_decide_anew():
    assert whistled().refusal(c.Recategorise(by=POLICE, category=RUBBISH)) is Refusal.ROLE


def test_what_nobody_has_looked_at_goes_to_the_team_of_the_cell_in_which_it_really_is():
    sensed = begin(category=MANHOLE, source=Source.SENSOR, sender="key:source")
    moved = sensed.does(c.Relocate(by=WORKER), **dict(ELSEWHERE))
    assert (moved.status, moved.handler.kind) == (Status.RECEIVED, "team")
    assert moved.handler.area == OTHER_CELL
