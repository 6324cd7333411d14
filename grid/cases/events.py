"""What happened to a case: the only truth. Payloads are plain values; stored bytes never change.

An event carries what it changed whole (charge, deadlines, requests …), so that `evolve` needs no
rules and an old event still means what it meant when rules, limits or cells change. A field that is
called like a part of the case is that part afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - the codec reads annotations at run time

from grid.cases.case import (  # noqa: TC001 - the same
    Ask,
    AskKind,
    Late,
    Part,
    Pause,
)
from grid.model import (  # noqa: TC001 - the same
    Charge,
    Deadline,
    Level,
    Matter,
    Place,
    Stage,
    Status,
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


# ── how a case begins ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Filed:
    """The case exists. `report` is None for a parent that the surge watcher opened.

    `text` is the salted digest of the description, which itself stays outside the history. With
    `check` it waits for a look before it counts as filed.
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
    check: bool = False
    lates: tuple[Late, ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """The check found it true, or nobody looked in time (`why` says which): it is filed."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Relocated:
    """Its place was put right, and it was decided again."""

    place: Place
    matter: Matter
    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    status: Status
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recategorised:
    """Its category was put right, and it was decided again."""

    matter: Matter
    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    status: Status
    note: str | None = None
    done_at: datetime | None = None


# ── who works on it ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A department got it, others may assist."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    parts: tuple[Part, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delegated:
    """A level below the one in charge got it."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The handler took it on; `matter` where it named the condition."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    done_at: datetime | None = None
    matter: Matter | None = None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The level in charge became the handler."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Somebody else of the same unit has it in hand; `before` had it."""

    charge: Charge
    before: str = ""
    cause: str = "asked"


@dataclass(frozen=True, slots=True)
class Whistled:
    """Departments were called to help (吹哨)."""

    parts: tuple[Part, ...]
    deadlines: tuple[Deadline, ...]
    departments: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedIn:
    """A department that was called is there (报到)."""

    parts: tuple[Part, ...]
    deadlines: tuple[Deadline, ...]
    department: str
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DateSet:
    """The level in charge set the handler a date."""

    deadlines: tuple[Deadline, ...]
    until: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """After two returns: the level above has said who works on it (裁定)."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    status: Status
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
    late: Late | None = None
    status: Status | None = None


# ── the work ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Settled:
    """Closed by the cell's team. `evidence` is sorted.

    With `recheck` the lot fell on it: the community looks before it is closed, and `charge` and
    `deadlines` are those of the check.
    """

    evidence: tuple[str, ...]
    note: str | None = None
    done_at: datetime | None = None
    recheck: bool = False
    charge: Charge | None = None
    deadlines: tuple[Deadline, ...] = ()


@dataclass(frozen=True, slots=True)
class Contacted:
    """The handler called the reporter or came to the place; `how` is `called` or `arrived`."""

    deadlines: tuple[Deadline, ...]
    how: str
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proposed:
    """The handler said what it means to do."""

    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PartHandled:
    """An assisting department has done its part."""

    parts: tuple[Part, ...]
    deadlines: tuple[Deadline, ...]
    department: str
    outcome: str
    evidence: tuple[str, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Handled:
    """The handler says what was done; `reviews` are the levels that look at it first."""

    outcome: str
    evidence: tuple[str, ...]
    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None
    reviews: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A level looked at what was done; `status` is where it goes from there."""

    passed: bool
    level: Level
    status: Status
    charge: Charge
    deadlines: tuple[Deadline, ...]
    reviews: tuple[Level, ...]
    note: str | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """Checked: closed when passed (or called back first), else back to work, a rework counted."""

    passed: bool
    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None
    callback: bool = False


@dataclass(frozen=True, slots=True)
class CalledBack:
    """A reporter was called, or could not be reached. `level` called; `status` is what follows.

    `report` names another reporter's report than the case's own: then nothing follows from it.
    """

    level: Level
    reached: bool
    status: Status
    charge: Charge
    deadlines: tuple[Deadline, ...]
    tries: tuple[datetime, ...]
    rounds: int
    contacted: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    reason: str = ""
    report: str | None = None
    reviews: tuple[Level, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CheckRaised:
    """The verification was missed: the level above must do it; status and charge stay."""

    level: str
    area: str
    deadlines: tuple[Deadline, ...]
    why: Because
    due: datetime
    late: Late | None = None
    reviews: tuple[Level, ...] | None = None


# ── time, and what is asked for ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asked:
    """Something was asked for: a return, an extension, a pause, an appeal."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    kind: AskKind
    done_at: datetime | None = None
    lates: tuple[Late, ...] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The request was not granted; the work goes on as before."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    kind: AskKind
    note: str | None = None
    lates: tuple[Late, ...] | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """The handler was let go: the level in charge has it again and must give it to someone."""

    charge: Charge
    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Extended:
    """More time was granted; `was` is what had been promised, `promise` what is promised now."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    was: datetime
    promise: datetime
    note: str | None = None
    lates: tuple[Late, ...] | None = None


@dataclass(frozen=True, slots=True)
class Paused:
    """All clocks stand until the review date."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    pause: Pause
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The clocks run again, each with the time given back that it stood; `pause` has ended."""

    deadlines: tuple[Deadline, ...]
    cause: str
    pause: Pause | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Exempted:
    """The appeal was granted: late, but nobody is blamed. The raw figures keep it."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    lates: tuple[Late, ...]
    stage: Stage
    due: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Carded:
    """A red light that stood after the window for an appeal, or that a supervisor confirmed."""

    lates: tuple[Late, ...]
    stage: Stage
    due: datetime
    cause: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Supervised:
    """Supervision (督办): of a missed deadline at the top of the chain, or ordered from above."""

    kind: str
    grade: int
    cause: str
    deadlines: tuple[Deadline, ...]
    why: Because
    stage: Stage | None = None
    due: datetime | None = None
    late: Late | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class FedBack:
    """The handler answered a supervision."""

    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None


# ── how it ends, and comes back ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Declined:
    """Not taken up; the reporter gets the reply."""

    reason: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Who reported it took it back."""

    note: str | None = None


@dataclass(frozen=True, slots=True)
class Voided:
    """Should never have been a case."""

    note: str | None = None


@dataclass(frozen=True, slots=True)
class Reopened:
    """It was not over after all: a new promise, one level up from the second time on."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """Goes on under `parent`."""

    parent: str
    cause: str


@dataclass(frozen=True, slots=True)
class Unmerged:
    """Came out from under its parent and goes on by itself, with the promise that it had."""

    deadlines: tuple[Deadline, ...]
    charge: Charge
    status: Status
    was: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """A child came under this case with its reports."""

    child: str
    reports: int


@dataclass(frozen=True, slots=True)
class Left:
    """A child went out from under this case with its reports."""

    child: str
    reports: int


# ── what is said about it ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Commented:
    """Somebody said something."""

    note: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """Files came to it, by their SHA-256."""

    files: tuple[str, ...]
    role: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Informed:
    """An emergency was told upward: by `phone` or in `writing`, `first`, `follow_up` or `final`."""

    deadlines: tuple[Deadline, ...]
    channel: str
    to: str
    sort: str
    note: str | None = None
    done_at: datetime | None = None


Payload = (
    Filed
    | Admitted
    | Relocated
    | Recategorised
    | Dispatched
    | Delegated
    | Accepted
    | TakenOver
    | HandedOver
    | Whistled
    | ReportedIn
    | DateSet
    | Ruled
    | Escalated
    | Settled
    | Contacted
    | Proposed
    | PartHandled
    | Handled
    | Reviewed
    | Verified
    | CalledBack
    | CheckRaised
    | Asked
    | Refused
    | Returned
    | Extended
    | Paused
    | Resumed
    | Exempted
    | Carded
    | Supervised
    | FedBack
    | Declined
    | Withdrawn
    | Voided
    | Reopened
    | Merged
    | Unmerged
    | Joined
    | Left
    | Commented
    | Attached
    | Informed
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
