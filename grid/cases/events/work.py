"""Who works on it, and what they do."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the codec reads annotations at run time

from grid.cases.case import Late, Part  # noqa: TC001 - the codec reads annotations at run time
from grid.cases.events.because import Because  # noqa: TC001 - the codec reads annotations at run time
from grid.model import Charge, Deadline, Level, Matter, Stage, Status  # noqa: TC001 - the codec reads annotations at run time
from grid.values import value


@value
class Dispatched:
    """A department got it, others may assist."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    parts: tuple[Part, ...]
    note: str | None = None
    done_at: datetime | None = None


@value
class Delegated:
    """A level below the one in charge got it."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None


@value
class Accepted:
    """The handler took it on; `matter` where it named the condition."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    done_at: datetime | None = None
    matter: Matter | None = None


@value
class TakenOver:
    """The level in charge became the handler."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    done_at: datetime | None = None


@value
class HandedOver:
    """Somebody else of the same unit has it in hand; `before` had it."""

    charge: Charge
    before: str = ""
    cause: str = "asked"


@value
class Whistled:
    """Departments were called to help (吹哨)."""

    parts: tuple[Part, ...]
    deadlines: tuple[Deadline, ...]
    departments: tuple[str, ...]
    note: str | None = None
    released: tuple[str, ...] = ()


@value
class ReportedIn:
    """A department that was called is there (报到)."""

    parts: tuple[Part, ...]
    deadlines: tuple[Deadline, ...]
    department: str
    done_at: datetime | None = None


@value
class DateSet:
    """The level in charge set the handler a date."""

    deadlines: tuple[Deadline, ...]
    until: datetime
    note: str | None = None


@value
class Ruled:
    """After two returns: the level above has said who works on it (裁定)."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    status: Status
    note: str | None = None
    done_at: datetime | None = None


@value
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


@value
class Settled:
    """Closed by the cell's team. `evidence` is sorted.

    With `recheck` the lot fell on it: the community looks before it is closed, and `charge` and
    `deadlines` are those of the check. With `callback` the reporter is called first.
    """

    evidence: tuple[str, ...]
    note: str | None = None
    done_at: datetime | None = None
    recheck: bool = False
    charge: Charge | None = None
    deadlines: tuple[Deadline, ...] = ()
    callback: bool = False


@value
class Contacted:
    """The handler called the reporter or came to the place; `how` is `called` or `arrived`."""

    deadlines: tuple[Deadline, ...]
    how: str
    note: str | None = None
    done_at: datetime | None = None


@value
class Proposed:
    """The handler said what it means to do."""

    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None


@value
class PartHandled:
    """An assisting department has done its part."""

    parts: tuple[Part, ...]
    deadlines: tuple[Deadline, ...]
    department: str
    outcome: str
    evidence: tuple[str, ...]
    note: str | None = None
    done_at: datetime | None = None


@value
class Handled:
    """The handler says what was done; `reviews` are the levels that look at it first."""

    outcome: str
    evidence: tuple[str, ...]
    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None
    reviews: tuple[Level, ...] = ()


@value
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


@value
class Verified:
    """Checked: closed when passed (or called back first), else back to work, a rework counted."""

    passed: bool
    charge: Charge
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None
    callback: bool = False


@value
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


@value
class CheckRaised:
    """The verification was missed: the level above must do it; status and charge stay."""

    level: str
    area: str
    deadlines: tuple[Deadline, ...]
    why: Because
    due: datetime
    late: Late | None = None
    reviews: tuple[Level, ...] | None = None
