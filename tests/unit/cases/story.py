"""A case told step by step: `opened().does(c.Accept(by=WORKER)).after(hours=2).refusal(...)`.

And `Example`, a line of a table: given this story, this command leads to that status or is refused
for that reason. `test_every_row.py` asks of each row of the transitions that it has such lines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from geo_data.policies import load_shipped
from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.cases.decide import apply
from grid.cases.known import NOTHING, Known
from grid.cases.transitions import BY_COMMAND
from grid.errors import Refusal, Rejected
from grid.model import Source, Stage, Status
from grid.principal import CLOCK, RULES, Principal, Role
from tests.unit import examples
from tests.unit.examples import CELL, CITY, DISTRICT, MANHOLE, STREET, THURSDAY, WORKER

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid.cases.case import Case, Late
    from grid.cases.events import Event
    from grid.model import Deadline
    from grid.policy.policy import Policy

#: The digest of a free text, which is all that a command carries of it.
NOTE = "ab" * 32
ALL_EVIDENCE = frozenset({"after_photo", "note", "party_confirms"})
ID = "01a2008d-7400-7000-8000-000000000001"
OTHER_ID = "01a2008d-7400-7000-8000-000000000002"

STREET_CLERK = Principal("key:street", Role.STAFF, STREET)
DISTRICT_CLERK = Principal("key:district", Role.STAFF, DISTRICT)
CITY_OPERATOR = Principal("key:city", Role.OPERATOR, CITY)
SUPERVISOR = Principal("key:supervisor", Role.SUPERVISOR, DISTRICT)
CITY_SUPERVISOR = Principal("key:city-supervisor", Role.SUPERVISOR, CITY)
HOTLINE = Principal("key:hotline", Role.HOTLINE, DISTRICT)
CITY_HOTLINE = Principal("key:city-hotline", Role.HOTLINE, CITY)
CITIZEN = Principal("citizen:li", Role.CITIZEN, "")
STRANGER = Principal("citizen:wang", Role.CITIZEN, "")


def staff(department: str) -> Principal:
    """Somebody of a department, working in the district of the examples."""
    return Principal(f"key:{department}", Role.STAFF, DISTRICT, department=department)


WATER, ROADS, GAS_SUPPLY, POLICE = (staff(code) for code in ("water", "roads", "gas", "police"))


@cache
def with_street() -> Policy:
    """The second policy that ships: the street is a step."""
    return load_shipped("with-street")


@dataclass(frozen=True)
class Story:
    """What has happened so far, and the clock on the wall."""

    case: Case | None
    events: tuple[Event, ...]
    now: datetime
    policy: Policy
    known: Known = NOTHING

    def does(self, command: c.Command, **known: Any) -> Story:
        """The story after the command, given now."""
        facts = replace(self.known, **known)
        made, steps = apply(self.case, command, facts, self.now, self.policy)
        return replace(self, case=steps[-1], events=(*self.events, *made))

    def refusal(self, command: c.Command, **known: Any) -> Refusal:
        """Why the command is refused now; an assertion where it is not."""
        with pytest.raises(Rejected) as caught:
            self.does(command, **known)
        assert caught.value.zh, "a refusal speaks Chinese"
        assert caught.value.en.isascii(), "and English"
        return caught.value.refusal

    def after(self, **time: float) -> Story:
        """The same, later on the wall."""
        return replace(self, now=self.now + timedelta(**time))

    def at(self, moment: datetime) -> Story:
        """The same at a moment."""
        return replace(self, now=moment)

    def knowing(self, **known: Any) -> Story:
        """The same, where this is known to every command that follows."""
        return replace(self, known=replace(self.known, **known))

    def tick(self, times: int = 1) -> Story:
        """The clock does what it has to do next, on the second, so many times."""
        story = self
        for _ in range(times):
            due = story.case.next_tick
            assert due is not None, "nothing waits for the clock"
            story = replace(story, now=max(story.now, due)).does(c.Tick(by=CLOCK))
        return story

    def tick_until(self, kind: type, most: int = 30) -> Story:
        """The clock goes on until an event of that kind."""
        story = self.tick()
        for _ in range(most):
            if isinstance(story.last, kind):
                return story
            story = story.tick()
        raise AssertionError(f"no {kind.__name__} in {[type(e.what) for e in story.events]}")

    @property
    def last(self) -> Any:
        """What the last event says."""
        return self.events[-1].what

    @property
    def told(self) -> list[str]:
        """The names of all that happened."""
        return [type(event.what).__name__ for event in self.events]

    @property
    def status(self) -> Status:
        return self.case.status

    @property
    def charge(self) -> Any:
        return self.case.charge

    @property
    def handler(self) -> Any:
        return self.case.charge.handler

    def due(self, stage: Stage, who: str = "") -> datetime | None:
        """When the stage is due; None where it does not run."""
        found = self.case.deadline(stage, who)
        return found.due if found is not None else None

    def running(self) -> set[Stage]:
        """The stages that run and have not been missed."""
        return {d.stage for d in self.case.deadlines if not d.missed}

    def late(self, stage: Stage) -> Late:
        """The red light of a stage; the last of several."""
        return [late for late in self.case.aside.lates if late.stage is stage][-1]

    def deadline(self, stage: Stage, who: str = "") -> Deadline:
        found = self.case.deadline(stage, who)
        assert found is not None
        return found


def begin(
    path: str = CELL,
    *,
    policy: Policy | None = None,
    known: dict[str, Any] | None = None,
    now: datetime | None = None,
    **report: Any,
) -> Story:
    """A report is filed at the moment at which it was received."""
    made = examples.report(**report)
    facts = Known(case_id=ID, number="2026-0000001", place=examples.place(path), **(known or {}))
    start = Story(None, (), now or made.received_at, policy or examples.policy(), facts)
    return replace(start.does(c.File(by=RULES, report=made)), known=NOTHING)


# ── stories that examples start from, each a small matter of rubbish unless it says otherwise ──


@cache
def unfiled() -> Story:
    """Nothing yet: only what is known when something is filed."""
    facts = Known(case_id=ID, number="2026-0000001", place=examples.place())
    return Story(None, (), THURSDAY, examples.policy(), facts)


@cache
def received() -> Story:
    """From a sensor: waits for a look by the cell's worker."""
    return begin(source=Source.SENSOR, sender="key:source")


@cache
def opened() -> Story:
    """With the cell's team."""
    return begin()


@cache
def working() -> Story:
    return opened().does(c.Accept(by=WORKER)).after(minutes=5)


@cache
def handled() -> Story:
    return working().does(c.Handle(by=WORKER)).after(minutes=5)


@cache
def closed() -> Story:
    return handled().does(c.Verify(by=examples.COLLEAGUE, passed=True)).after(minutes=5)


@cache
def citizens() -> Story:
    """A citizen's report, open."""
    return begin(source=Source.CITIZEN, sender=CITIZEN.id)


@cache
def verified() -> Story:
    """A citizen's, handled and checked: waits for the callback."""
    done = citizens().does(c.Accept(by=WORKER)).does(c.Handle(by=WORKER)).after(minutes=5)
    return done.does(c.Verify(by=examples.COLLEAGUE, passed=True)).after(minutes=5)


@cache
def declined() -> Story:
    return opened().does(c.Decline(by=examples.CLERK, reason="untrue", note=NOTE)).after(hours=1)


@cache
def withdrawn() -> Story:
    return citizens().does(c.Withdraw(by=CITIZEN)).after(hours=1)


@cache
def void() -> Story:
    return opened().does(c.Void(by=examples.OPERATOR, note=NOTE)).after(hours=1)


@cache
def paused() -> Story:
    """In work, all clocks stand for ten days."""
    asked = working().does(
        c.AskPause(by=WORKER, note=NOTE, until=working().now + timedelta(days=10))
    )
    return asked.does(c.Answer(by=examples.CLERK, ask=AskKind.PAUSE, granted=True)).after(hours=1)


@cache
def manhole() -> Story:
    """A broken manhole of the water supply: the community in charge, the department works."""
    return begin(category=MANHOLE)


@cache
def manhole_working() -> Story:
    return manhole().does(c.Accept(by=WATER)).after(minutes=5)


@cache
def whistled() -> Story:
    """Roads and police are called to the manhole."""
    called = c.Whistle(by=examples.CLERK, departments=("roads", "police"))
    return manhole_working().does(called).after(minutes=5)


@cache
def gas() -> Story:
    """An emergency: gas."""
    return begin(category=examples.GAS)


@cache
def parent() -> Story:
    """A case that others may come under."""
    return replace(opened(), case=replace(opened().case, id=OTHER_ID))


@cache
def merged() -> Story:
    return opened().does(c.Merge(by=examples.OPERATOR), parent=parent().case).after(hours=1)


# ── a line of a table ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Example:
    """Given the story, the command leads to the status `then`, or is refused for that reason."""

    given: Callable[[], Story]
    command: c.Command
    then: Status | Refusal
    known: tuple[tuple[str, Any], ...] = ()

    @property
    def row(self) -> str:
        """The name of the transition."""
        return BY_COMMAND[type(self.command)].name

    @property
    def before(self) -> Status | None:
        case = self.given().case
        return None if case is None else case.status

    def __str__(self) -> str:
        by = self.command.by.id.rpartition(":")[2]
        return f"{self.row} by {by} when {self.given.__name__} -> {self.then.value}"

    def holds(self) -> None:
        """Asserts it."""
        story, known = self.given(), dict(self.known)
        if isinstance(self.then, Refusal):
            assert story.refusal(self.command, **known) is self.then
        else:
            assert story.does(self.command, **known).status is self.then
