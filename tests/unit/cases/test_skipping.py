"""In a village the secretary is head of the cell and of the community: that step is skipped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from grid.cases import commands as c
from grid.cases.why import tell
from grid.errors import Refusal
from grid.model import Level, Stage, Status
from tests.unit.cases.story import (
    CITY_HOTLINE,
    NOTE,
    STREET_CLERK,
    closed,
    handled,
    opened,
    with_street,
    working,
)
from tests.unit.cases.test_callback import UNSATISFIED, second_round
from tests.unit.examples import (
    CLERK,
    COLLEAGUE,
    COMMUNITY,
    DISTRICT,
    OPERATOR,
    STREET,
    WORKER,
    policy,
)

SAME = (Level.COMMUNITY,)


class Names:
    def area(self, path: str) -> str:
        return f"<{path.rstrip('/').rpartition('/')[2]}>"


def by_the_clock():
    return opened().knowing(skipped=SAME).tick()


def by_hand():
    return working().knowing(skipped=SAME).does(c.Escalate(by=WORKER))


def by_rework():
    story = handled().knowing(skipped=SAME).does(c.Verify(by=COLLEAGUE, passed=False))
    return story.does(c.Handle(by=WORKER)).does(c.Verify(by=COLLEAGUE, passed=False))


WAYS = [by_the_clock, by_hand, by_rework]


@pytest.mark.parametrize("way", WAYS)
def test_a_level_of_the_same_people_is_skipped_and_why_says_so(way):
    story = way()
    assert (story.charge.level, story.charge.area) == (Level.DISTRICT, DISTRICT)
    assert ("skipped", "same_people", "community") in story.last.why.facts
    (told,) = tell([story.events[-1]], policy(), Names())
    reasons = " ".join(zh + en for zh, en in told.reasons)
    assert "跳过" in reasons
    assert "the same people" in reasons


@pytest.mark.parametrize("way", WAYS)
def test_where_the_people_are_others_no_level_is_skipped(way):
    story = {
        by_the_clock: lambda: opened().tick(),
        by_hand: lambda: working().does(c.Escalate(by=WORKER)),
        by_rework: lambda: (
            handled()
            .does(c.Verify(by=COLLEAGUE, passed=False))
            .does(c.Handle(by=WORKER))
            .does(c.Verify(by=COLLEAGUE, passed=False))
        ),
    }[way]()
    assert story.charge.level is Level.COMMUNITY
    assert "skipped" not in {name for name, _, _ in story.last.why.facts}


def test_a_caller_not_satisfied_twice_is_heard_by_other_people():
    story = second_round().does(replace(UNSATISFIED, by=CITY_HOTLINE), skipped=SAME)
    assert story.case.aside.reviews == (Level.DISTRICT,)
    assert story.charge.level is Level.DISTRICT


def test_reopened_the_second_time_it_goes_to_other_people():
    reopen = c.Reopen(by=OPERATOR, note=NOTE)
    story = closed().knowing(skipped=SAME).does(reopen)
    story = story.does(c.Accept(by=WORKER)).does(c.Handle(by=WORKER))
    story = story.does(c.Verify(by=COLLEAGUE, passed=True)).does(reopen)
    assert story.charge.level is Level.DISTRICT


def test_the_direct_channel_may_still_name_the_level_itself():
    story = opened().knowing(skipped=SAME)
    up = story.does(c.Escalate(by=WORKER, to=Level.COMMUNITY, note=NOTE))
    assert up.charge.level is Level.COMMUNITY


def test_several_levels_of_the_same_people_are_all_skipped():
    story = replace(opened(), policy=with_street())
    story = story.knowing(skipped=(Level.COMMUNITY, Level.STREET)).tick()
    assert story.charge.level is Level.DISTRICT
    skipped = [value for name, _, value in story.last.why.facts if name == "skipped"]
    assert skipped == ["community", "street"]


def test_where_all_above_are_the_same_people_it_is_the_top():
    story = opened().knowing(skipped=(Level.COMMUNITY, Level.DISTRICT)).tick()
    assert story.told[-1] == "Supervised"
    assert story.status is Status.OPEN


def test_only_levels_of_the_same_people_are_told_as_skipped():
    story = replace(opened(), policy=with_street()).knowing(skipped=SAME)
    straight = story.does(c.Escalate(by=WORKER, to=Level.DISTRICT, note=NOTE))
    skipped = [value for name, _, value in straight.last.why.facts if name == "skipped"]
    assert skipped == ["community"], "the street was passed over, but not for its people"


def test_the_level_that_it_stands_at_is_not_told_as_skipped():
    at_community = opened().does(c.Escalate(by=WORKER)).knowing(skipped=SAME)
    risen = at_community.does(c.Escalate(by=OPERATOR))
    assert risen.charge.level is Level.DISTRICT
    assert "skipped" not in {name for name, _, _ in risen.last.why.facts}
    at_top = opened().knowing(skipped=(Level.DISTRICT,))
    up = at_top.does(c.Escalate(by=WORKER, to=Level.DISTRICT, note=NOTE))
    assert "skipped" not in {name for name, _, _ in up.last.why.facts}


def test_sent_up_the_handler_stays_bound_and_its_clocks_run_on():
    story = working().does(c.Escalate(by=WORKER))
    assert (story.charge.level, story.charge.area) == (Level.COMMUNITY, COMMUNITY)
    assert story.handler == working().handler
    assert story.deadline(Stage.RESOLVE) == working().deadline(Stage.RESOLVE)
    assert story.due(Stage.ASSIGN) is not None
    assert story.last.cause == "asked"


def test_the_direct_channel_passes_levels_with_a_reason():
    story = opened().does(c.Escalate(by=WORKER, to=Level.DISTRICT, note=NOTE))
    assert (story.charge.level, story.charge.area) == (Level.DISTRICT, DISTRICT)
    assert story.last.note == NOTE


def test_with_the_street_in_the_chain_it_is_a_step():
    story = replace(opened(), policy=with_street())
    to_street = story.does(c.Escalate(by=WORKER)).does(c.Escalate(by=CLERK))
    assert (to_street.charge.level, to_street.charge.area) == (Level.STREET, STREET)
    assert to_street.does(c.TakeOver(by=STREET_CLERK)).handler.kind == "street"
    assert opened().refusal(c.Escalate(by=WORKER, to=Level.STREET, note=NOTE)) is Refusal.RULE


def test_a_request_goes_past_a_level_of_the_same_people_as_well():
    ask = c.AskPause(by=WORKER, note=NOTE, until=working().now + timedelta(days=10))
    (asked,) = working().does(ask).case.aside.asks
    (further,) = working().does(ask, skipped=frozenset({Level.COMMUNITY})).case.aside.asks
    assert (asked.area, further.area) == (COMMUNITY, DISTRICT)
