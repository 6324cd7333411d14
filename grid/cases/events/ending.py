"""How a case ends and comes back, and what is said about it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the codec reads annotations at run time

from grid.cases.events.because import Because  # noqa: TC001 - the codec reads annotations at run time
from grid.model import Charge, Deadline, Status  # noqa: TC001 - the codec reads annotations at run time
from grid.values import value


@value
class Declined:
    """Not taken up; the reporter gets the reply."""

    reason: str
    note: str | None = None


@value
class Withdrawn:
    """Who reported it took it back."""

    note: str | None = None


@value
class Voided:
    """Should never have been a case."""

    note: str | None = None


@value
class Reopened:
    """It was not over after all: a new promise, one level up from the second time on."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    note: str | None = None


@value
class Merged:
    """Goes on under `parent`."""

    parent: str
    cause: str


@value
class Unmerged:
    """Came out from under its parent and goes on by itself, with the promise that it had."""

    deadlines: tuple[Deadline, ...]
    charge: Charge
    status: Status
    was: str
    note: str | None = None


@value
class Joined:
    """A child came under this case with its reports."""

    child: str
    reports: int


@value
class Left:
    """A child went out from under this case with its reports."""

    child: str
    reports: int


@value
class Commented:
    """Somebody said something."""

    note: str | None = None


@value
class Attached:
    """Files came to it, by their SHA-256."""

    files: tuple[str, ...]
    role: str
    note: str | None = None


@value
class Informed:
    """An emergency was told upward: by `phone` or in `writing`, `first`, `follow_up` or `final`."""

    deadlines: tuple[Deadline, ...]
    channel: str
    to: str
    sort: str
    note: str | None = None
    done_at: datetime | None = None
