"""The rules of a case's main way in a general library of state machines (`transitions`).

The same states, guards (role, relation, version, not one's own check), decision table and
deadlines, by the same functions of the policy. What the engine does beside that is missing here,
since the library knows nothing of it: no events and so no history, no `why`, no reasons for a
refusal, no catching up with the clock, and a case that is changed in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transitions import Machine

from grid.cases import commands as c
from grid.cases.deadlines import ALWAYS
from grid.cases.deciding import judge
from grid.cases.filing import reported
from grid.cases.transitions import BY_COMMAND
from grid.model import Matter, Stage, Status, Unit

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.known import Known
    from grid.model import Charge, Deadline, Place
    from grid.policy.policy import Policy
    from grid.principal import Principal

_SYSTEM = BY_COMMAND[c.File].roles
_PEOPLE = BY_COMMAND[c.Handle].roles


class Filed:
    """A case as such a library wants it: an object with a `state`, guards and actions."""

    matter: Matter
    charge: Charge
    place: Place
    deadlines: tuple[Deadline, ...]
    handled_by: str | None = None
    version = 0

    def __init__(self, policy: Policy) -> None:
        self.state = "none"
        self.policy = policy

    # ── guards

    def by_system(self, by: Principal, *_: Any) -> bool:
        return by.role in _SYSTEM

    def for_handler(self, by: Principal, *_: Any) -> bool:
        return by.role in _PEOPLE and by.acts_for(self.charge.handler)

    def by_checker(self, by: Principal, *_: Any) -> bool:
        return by.role in _PEOPLE and not by.department and by.sees(self.place.path)

    def up_to_date(self, _by: Principal, command: Any, *_: Any) -> bool:
        return command.version is None or command.version >= self.version

    def by_another(self, by: Principal, *_: Any) -> bool:
        return by.id != self.handled_by

    def passed(self, _by: Principal, command: Any, *_: Any) -> bool:
        return bool(command.passed)

    def called(self, _by: Principal, _command: Any, known: Known, _now: datetime) -> bool:
        return self.matter.source in self.policy.callback.sources and known.reachable

    # ── actions

    def take_in(self, _by: Principal, command: c.File, known: Known, _now: datetime) -> None:
        report, policy, place = command.report, self.policy, known.place
        assert place is not None
        row = policy.categories.row(report.category, report.condition)
        matter = reported(report, row.default_size, policy)
        verdict = judge(matter, row, place, report.received_at, policy)
        self.matter, self.charge, self.place = verdict.matter, verdict.charge, place
        self.deadlines = policy.at_filing(
            report.received_at,
            level=self.charge.level,
            size=self.matter.size,
            profile=self.matter.profile,
            category=row,
        )

    def take_on(self, by: Principal, *_: Any) -> None:
        unit = self.charge.handler
        handler = Unit(unit.kind, unit.area, unit.code, by.id)
        self.charge = self.charge.held_by(handler, self.charge.first or handler)
        over = (Stage.ACCEPT, Stage.ASSIGN)
        self.deadlines = tuple(d for d in self.deadlines if d.stage not in over)

    def finish(self, by: Principal, _command: Any, _known: Known, now: datetime) -> None:
        self.handled_by = by.id
        self.charge = self.charge.finished_by(by.id)
        self._start(Stage.VERIFY, now)

    def send_back(self, _by: Principal, _command: Any, _known: Known, now: datetime) -> None:
        self.handled_by = None
        self.charge = self.charge.finished_by(None)
        self._start(Stage.RESOLVE, now)

    def close(self, *_: Any) -> None:
        self.deadlines = ()

    def have_called(self, _by: Principal, _command: Any, _known: Known, now: datetime) -> None:
        self._start(Stage.CALLBACK, now)

    def count(self, *_: Any) -> None:
        self.version += 1

    def _start(self, stage: Stage, now: datetime) -> None:
        """What always runs, and this stage."""
        kept = tuple(d for d in self.deadlines if d.stage in ALWAYS)
        promise = next((d.due for d in kept if d.stage is Stage.PROMISE), None)
        begun = self.policy.deadline(
            stage,
            now,
            level=self.charge.level if stage is not Stage.CALLBACK else _first_caller(self.policy),
            size=self.matter.size,
            profile=self.matter.profile,
            category=self.policy.categories.row(self.matter.category, self.matter.condition),
            promise=promise if stage is not Stage.CALLBACK else None,
        )
        self.deadlines = kept if begun is None else (*kept, begun)


def _first_caller(policy: Policy) -> Any:
    return policy.callback.levels[0]


#: Trigger, from, to, guards, action; what tells the targets of one trigger apart comes first.
_VERIFYING = ["by_checker", "up_to_date", "by_another"]
_ARROWS: tuple[tuple[str, str, str, list[str], list[str], str], ...] = (
    ("file", "none", Status.OPEN, ["by_system"], [], "take_in"),
    ("accept", Status.OPEN, Status.WORKING, ["for_handler", "up_to_date"], [], "take_on"),
    ("handle", Status.WORKING, Status.HANDLED, ["for_handler", "up_to_date"], [], "finish"),
    ("verify", Status.HANDLED, Status.CLOSED, ["passed", *_VERIFYING], ["called"], "close"),
    ("verify", Status.HANDLED, Status.VERIFIED, ["passed", "called", *_VERIFYING], [],
     "have_called"),
    ("verify", Status.HANDLED, Status.WORKING, _VERIFYING, ["passed"], "send_back"),
)  # fmt: skip


def machine() -> Any:
    """One machine for all cases: the library's cheapest way with many of them."""
    return Machine(
        model=None,
        states=["none", *(status.value for status in Status)],
        transitions=[
            {
                "trigger": trigger,
                "source": str(source),
                "dest": str(dest),
                "conditions": conditions,
                "unless": unless,
                "before": before,
            }
            for trigger, source, dest, conditions, unless, before in _ARROWS
        ],
        initial="none",
        auto_transitions=False,
        after_state_change="count",
    )
