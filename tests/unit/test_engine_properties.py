"""Whatever is asked of a case in whatever order, by whom and when: what always holds.

`WANGGE_TEST_LONG=1` looks for much longer.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from grid.cases import commands as c
from grid.cases import events as e
from grid.cases.case import AskKind, Case, LateState
from grid.cases.decide import apply
from grid.cases.evolve import fold
from grid.cases.known import Known
from grid.cases.transitions import BY_COMMAND, BY_NAME, TRANSITIONS, allowed
from grid.cases.wire import decode_case, decode_event, encode_case, encode_event
from grid.errors import Refusal, Rejected
from grid.model import Source, Stage, Status, path_at
from grid.principal import CLOCK, Principal
from tests.faults.refold import refold, whole
from tests.unit.cases.anything import (
    BY_ID,
    CATEGORIES,
    FIELDS,
    PEOPLE,
    PLACES,
    Draft,
    Facts,
    any_draft,
    drafts,
    facts,
    people,
    policies,
    waits,
)
from tests.unit.cases.story import CITIZEN, Story, begin
from tests.unit.examples import THURSDAY

LONG = os.environ.get("WANGGE_TEST_LONG") == "1"
ARROWS = frozenset(arrow for row in TRANSITIONS for arrow in row.arrows)

#: What may move the promise, a running deadline, and the level in charge downward.
MOVES_PROMISE = (e.Extended, e.Resumed, e.Reopened)
LOWERS_CHARGE = (e.Relocated, e.Recategorised)
MOVES_DEADLINE = (*MOVES_PROMISE, *LOWERS_CHARGE, e.DateSet, e.Accepted)

#: Refused for who gives it only when it is known which request, or which round of calls it is.
BY_WHAT_IT_SAYS = {"answer", "call_back"}


def caught_up(story: Story) -> Story:
    """The clock has done all that it had to do by now; there is an end of it."""
    for _ in range(100):
        due = story.case.next_tick
        if due is None or due > story.now:
            return story
        before = story
        story = story.does(c.Tick(by=CLOCK))
        keeps(before, story, BY_NAME["tick"].arrows)
    raise AssertionError(f"no end of ticks at {story.now}: {story.told[-20:]}")


def keeps(before: Story, after: Story, arrows: frozenset) -> None:
    """What every command and every tick leaves true."""
    made = after.events[len(before.events) :]
    assert made, "what is not refused says what happened"
    assert (before.status, after.status) in arrows
    old = before.case
    for event in made:
        new = fold(after.events[: event.number])
        step(old, new, event.what)
        old = new
    assert old == after.case
    stands(after.case)


def said(rejected: Rejected) -> Refusal:
    """A refusal says why, in both languages."""
    assert rejected.zh
    assert rejected.en
    return rejected.refusal


def step(old: Case, new: Case, what: e.Payload) -> None:
    """From one event to the next."""
    assert (old.status, new.status) in ARROWS
    if not isinstance(what, LOWERS_CHARGE):
        assert new.charge.level.rank >= old.charge.level.rank, "charge does not go down"
    was, now = old.deadline(Stage.PROMISE), new.deadline(Stage.PROMISE)
    if was and now and not isinstance(what, MOVES_PROMISE):
        assert now.due == was.due, "the promise stays"
    given = (new.charge.since, new.charge.handler) != (old.charge.since, old.charge.handler)
    if not isinstance(what, MOVES_DEADLINE) and not given:
        dues = {(d.stage, d.who, d.since): d.due for d in old.deadlines}
        for d in new.deadlines:
            assert dues.get((d.stage, d.who, d.since), d.due) == d.due
    if not isinstance(what, e.Carded | e.Asked):  # a card may still be appealed against
        cards = [late.state is LateState.CARD for late in old.aside.lates]
        assert cards == [late.state is LateState.CARD for late in new.aside.lates[: len(cards)]]
    assert len(new.aside.lates) >= len(old.aside.lates), "what was late stays on record"
    assert new.charge.first == old.charge.first or old.charge.first is None


def stands(case: Case) -> None:
    """Of every case that there can be."""
    path, charge = case.place.path, case.charge
    assert charge.area == path_at(path, charge.level), "somebody answers for it"
    assert path.startswith(charge.handler.area), "and somebody works"
    for d in case.deadlines:
        assert d.since <= d.warn <= d.due
    running = [(d.stage, d.who) for d in case.deadlines if not d.missed]
    assert len(running) == len(set(running)), "no clock runs twice"
    stages = {d.stage for d in case.deadlines}
    asks = {ask.kind for ask in case.aside.asks}
    assert len(asks) == len(case.aside.asks), "one request of a kind at a time"
    if case.status is Status.MERGED:
        assert case.parent is not None
    else:
        assert case.parent is None
    if not case.status.live:
        assert asks <= {AskKind.APPEAL}
        assert case.aside.pause is None
        assert case.aside.parts == ()
        if case.status is not Status.MERGED:
            assert case.deadlines == ()
        return
    assert case.deadlines[0].stage is Stage.PROMISE
    assert case.next_tick is not None, "no live case is without a clock"
    answers = {d.who for d in case.deadlines if d.stage is Stage.ANSWER}
    assert answers == {kind.value for kind in asks - {AskKind.APPEAL}}
    appealed = [late for late in case.aside.lates if late.state is LateState.APPEALED]
    assert len(appealed) == (AskKind.APPEAL in asks)
    of_handler = stages & {Stage.ACCEPT, Stage.CONTACT, Stage.OPINION, Stage.RESOLVE}
    match case.status:
        case Status.RECEIVED:
            assert Stage.CHECK in stages
            assert not of_handler
        case Status.OPEN | Status.WORKING:
            assert case.deadline(Stage.RESOLVE), "whoever has it has a limit"
            assert not stages & {Stage.CHECK, Stage.REVIEW, Stage.VERIFY, Stage.CALLBACK}
            assert {d.who for d in case.deadlines if d.stage is Stage.REPORT_IN} == {
                part.department for part in case.aside.parts if not part.reported_in
            }
        case Status.HANDLED:
            assert (Stage.REVIEW if case.aside.reviews else Stage.VERIFY) in stages
            assert not of_handler
        case Status.VERIFIED:
            assert Stage.CALLBACK in stages
            assert not of_handler


class Engine(RuleBasedStateMachine):
    """One case, anybody, any time."""

    story: Story

    @initialize(
        policy=st.sampled_from(sorted(policies())),
        category=st.sampled_from(CATEGORIES),
        source=st.sampled_from(Source),
        where=st.integers(0, len(PLACES) - 1),
        ago=st.integers(0, 300),
    )
    def files(self, policy: str, category: str, source: Source, where: int, ago: int) -> None:
        self.story = begin(
            PLACES[where].path,
            policy=policies()[policy],
            category=category,
            source=source,
            sender=CITIZEN.id,
            occurred_at=THURSDAY - timedelta(minutes=ago),
        )
        stands(self.story.case)

    @rule(time=waits())
    def waits(self, time: timedelta) -> None:
        self.story = replace(self.story, now=self.story.now + time)

    @rule(known=facts(), by=people(), draft=any_draft())
    def anybody_asks_anything(self, known: Facts, by: str, draft: Draft) -> None:
        self.gives(draft, BY_ID[by], known.known)

    @rule(known=facts(), by=people(), data=st.data())
    def somebody_asks_what_is_offered(self, known: Facts, by: str, data) -> None:
        self.story = caught_up(self.story)
        offered = [
            row.name
            for row in allowed(self.story.case, BY_ID[by], known.known)
            if row.name in FIELDS
        ]
        if offered:
            draft = data.draw(drafts(data.draw(st.sampled_from(offered))))
            refusal = self.gives(draft, BY_ID[by], known.known)
            may = {Refusal.RULE, None}
            if BY_COMMAND[draft.kind].name in BY_WHAT_IT_SAYS:
                may.add(Refusal.ROLE)
            assert refusal in may, "what is offered is not refused for role or state"

    def gives(self, draft: Draft, by: Principal, known: Known) -> Refusal | None:
        story = caught_up(self.story)
        command = draft.at(story.now, by)
        try:
            made, steps = apply(story.case, command, known, story.now, story.policy)
        except Rejected as rejected:
            return said(rejected)
        self.story = replace(story, case=steps[-1], events=(*story.events, *made))
        keeps(story, self.story, BY_COMMAND[draft.kind].arrows)
        return None

    @invariant()
    def a_case_is_read_back_as_it_was_written(self) -> None:
        text = encode_case(self.story.case)
        assert decode_case(text) == self.story.case
        assert encode_case(decode_case(text)) == text

    def teardown(self) -> None:
        events = list(self.story.events)
        texts = [encode_event(event) for event in events]
        assert [decode_event(text) for text in texts] == events
        assert fold(events) == self.story.case
        again = refold([json.loads(text) for text in texts])
        assert again == whole(json.loads(encode_case(self.story.case)))


TestEngine = Engine.TestCase
TestEngine.settings = settings(
    max_examples=1500 if LONG else 60,
    stateful_step_count=60 if LONG else 30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@settings(max_examples=1500 if LONG else 80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    policy=st.sampled_from(["default", "with-street"]),
    category=st.sampled_from(CATEGORIES),
    steps=st.lists(st.tuples(waits(), people(), any_draft()), max_size=15),
    known=facts(),
)
def test_a_late_clock_and_a_punctual_one_come_to_the_same(policy, category, steps, known):
    """Statuses, charge and handler; where no time was given that a late clock makes longer."""
    start = begin(category=category, policy=policies()[policy], sender=CITIZEN.id)
    late = punctual = replace(start, known=known.known)
    for wait, by, draft in steps:
        if draft.kind in (c.AskPause, c.LongTerm):
            continue
        until = punctual.now + wait
        while punctual.case.next_tick is not None and punctual.case.next_tick <= until:
            punctual = punctual.tick()
        late, punctual = late.at(until), punctual.at(until)
        command = draft.at(until, BY_ID[by])
        outcomes = []
        for story in (late, punctual):
            try:
                outcomes.append(story.does(command))
            except Rejected:
                outcomes.append(story)
        late, punctual = outcomes
    late = caught_up(late)
    assert (late.status, late.charge.level, late.charge.area) == (
        punctual.status,
        punctual.charge.level,
        punctual.charge.area,
    )
    assert late.handler.same(punctual.handler)
    assert late.due(Stage.PROMISE) == punctual.due(Stage.PROMISE)


def test_everybody_is_asked():
    assert len(BY_ID) == len(PEOPLE)
    assert set(FIELDS) == {row.name for row in TRANSITIONS} - {"file", "gather", "tick"}
