"""What happened to a case: the only truth. Payloads are plain values; stored bytes never change.

An event carries what it changed whole (charge, deadlines), so that `evolve` needs no rules and an
old event still means what it meant when rules, limits or cells change.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - the codec reads annotations at run time

from grid.model import (  # noqa: TC001 - the codec reads annotations at run time
    Charge,
    Deadline,
    Matter,
    Place,
    Stage,
)


@dataclass(frozen=True, slots=True)
class Because:
    """Why: the rule that fired, the facts it saw (name, condition, value), the versions in force.

    Words are made when it is read, by `grid.cases.why`.
    """

    rule: str
    facts: tuple[tuple[str, str, str], ...] = ()
    policy: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """The case exists. `report` is None for a parent that the surge watcher opened.

    `text` is the salted digest of the description, which itself stays outside the history.
    """

    number: str
    report: str | None
    matter: Matter
    place: Place
    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    received_at: datetime
    occurred_at: datetime | None = None
    observed_at: datetime | None = None
    sender: str = ""
    text: str | None = None
    reports: int = 1


@dataclass(frozen=True, slots=True)
class Settled:
    """Closed by the cell's team. `evidence` is sorted."""

    evidence: tuple[str, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The handler took it on."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The level in charge became the handler."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """The handler says what was done."""

    outcome: str
    evidence: tuple[str, ...]
    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Checked: closed when passed, else back to work with a rework counted."""

    passed: bool
    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Escalated:
    """The level in charge went up. `due` is the deadline that was missed, where one was."""

    cause: str
    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    stage: Stage | None = None
    due: datetime | None = None
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckRaised:
    """The verification was missed: the level above must do it; status and charge stay."""

    level: str
    area: str
    deadlines: tuple[Deadline, ...]
    why: Because
    due: datetime


@dataclass(frozen=True, slots=True)
class Supervised:
    """A missed deadline at the top of the chain, or of a level or a promise: supervision (督办)."""

    kind: str
    grade: int
    cause: str
    deadlines: tuple[Deadline, ...]
    why: Because
    stage: Stage
    due: datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """Goes on under `parent`."""

    parent: str
    cause: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A child came under this case with its reports."""

    child: str
    reports: int


Payload = (
    Filed
    | Settled
    | Accepted
    | TakenOver
    | Handled
    | Verified
    | Escalated
    | CheckRaised
    | Supervised
    | Merged
    | Joined
)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a case's history: the `number`-th event of `case`, at `at`, given by `by`."""

    case: str
    number: int
    at: datetime
    by: str
    what: Payload
    version: int = field(default=1)
