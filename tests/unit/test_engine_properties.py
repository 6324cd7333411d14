"""Whatever is asked of a case in whatever order: what always holds."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from grid.cases import commands as c
from grid.cases.decide import decide
from grid.cases.evolve import evolve, fold
from grid.cases.known import NOTHING
from grid.cases.transitions import BY_COMMAND, allowed
from grid.cases.wire import decode_case, encode_case
from grid.errors import Rejected
from grid.cases.case import Case
from grid.model import Level, Stage
from grid.principal import CLOCK
from tests.unit.examples import (
    ADMIN,
    CELL,
    CITY,
    CLERK,
    COLLEAGUE,
    GAS,
    MANHOLE,
    NEIGHBOUR,
    OPERATOR,
    RUBBISH,
    THURSDAY,
    WORKER,
    file_events,
    policy,
)

PEOPLE = [WORKER, COLLEAGUE, NEIGHBOUR, CLERK, OPERATOR, ADMIN, CLOCK]


def commands() -> st.SearchStrategy[c.Command]:
    by = st.sampled_from(PEOPLE)
    version = st.none() | st.integers(0, 12)
    note = st.none() | st.just("ab")
    evidence = st.sets(st.sampled_from(["after_photo", "note", "party_confirms"])).map(frozenset)
    return st.one_of(
        st.builds(c.Tick, by=st.just(CLOCK)),
        st.builds(c.Settle, by=by, version=version, evidence=evidence, note=note),
        st.builds(c.Accept, by=by, version=version),
        st.builds(c.TakeOver, by=by, version=version),
        st.builds(c.Handle, by=by, version=version, note=note),
        st.builds(c.Verify, by=by, version=version, passed=st.booleans()),
        st.builds(
            c.Escalate, by=by, version=version, to=st.none() | st.sampled_from(Level), note=note
        ),
        st.builds(c.Join, by=by, child=st.just("x"), reports=st.integers(1, 3)),
    )


class Engine(RuleBasedStateMachine):
    case: Case

    @initialize(
        category=st.sampled_from([RUBBISH, GAS, MANHOLE]), path=st.sampled_from([CELL, CITY])
    )
    def begin(self, category: str, path: str) -> None:
        self.events, steps = file_events(path, category=category)
        self.case = steps[-1]
        self.now = THURSDAY
        self.promise = self.case.deadline(Stage.PROMISE)

    @rule(minutes=st.integers(0, 60 * 24 * 6))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(command=commands())
    def give(self, command: c.Command) -> None:
        before = self.case
        try:
            events = decide(before, command, NOTHING, self.now, policy())
        except Rejected:
            return
        assert events, "a command that is not refused says what happened"
        row = BY_COMMAND[type(command)]
        for event in events:
            self.case = evolve(self.case, event)
        self.events += events
        assert self.case.status in row.target
        assert self.case.charge.level.rank >= before.charge.level.rank, "charge never goes down"
        if not isinstance(command, c.TakeOver):
            assert self.case.charge.handler == before.charge.handler

    @invariant()
    def a_history_makes_the_case(self) -> None:
        assert fold(self.events) == self.case
        assert decode_case(encode_case(self.case)) == self.case

    @invariant()
    def somebody_answers_and_somebody_works(self) -> None:
        assert self.case.charge.area.endswith("/")
        assert self.case.charge.handler.area.endswith("/")

    @invariant()
    def the_promise_never_moves(self) -> None:
        promise = self.case.deadline(Stage.PROMISE)
        if self.case.status.live:
            assert promise is not None
            assert promise.due == self.promise.due
        else:
            assert self.case.deadlines == ()

    @invariant()
    def deadlines_are_in_order(self) -> None:
        for deadline in self.case.deadlines:
            assert deadline.since <= deadline.warn <= deadline.due

    @invariant()
    def what_is_offered_is_not_refused_for_role_or_state(self) -> None:
        for person in PEOPLE:
            for row in allowed(self.case, person):
                assert self.case.status in row.source


TestEngine = Engine.TestCase
TestEngine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
