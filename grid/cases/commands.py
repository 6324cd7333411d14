"""What can be asked of a case: plain values, decided by `grid.cases.decide`.

Every command carries who gives it, an id made by its sender (the same id again gets the same
answer), the case version that the sender saw, and `done_at`, the sender's clock. Free text never
enters: the door keeps it apart and hands in its digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid import words

if TYPE_CHECKING:
    from datetime import datetime

    from grid.model import Case, Level
    from grid.principal import Principal
    from grid.reports.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What all commands have. `version` None means: whatever the state."""

    by: Principal
    id: str = ""
    version: int | None = None
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Command):
    """Make a case of a report (立案)."""

    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Gather(Command):
    """Open one parent case over several cases of one surge.

    `first` is the case that began it, `area` the lowest common ancestor's path, `reports` how
    many reporters there are.
    """

    first: Case
    area: str
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle(Command):
    """Close a small case by the cell's own team (自办), with the evidence that its category asks.

    `evidence` names what is there: `after_photo`, `note`, `party_confirms`.
    """

    evidence: frozenset[str] = frozenset()
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Command):
    """Take the case on (签收): stops the accept clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver(Command):
    """The level in charge becomes the handler."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle(Command):
    """Say what was done (处置); `outcome` is one of `OUTCOMES`."""

    outcome: str = "solved"
    evidence: frozenset[str] = frozenset()
    note: str | None = None


#: What has words can be given as an outcome, and nothing else.
OUTCOMES = frozenset(words.OUTCOMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify(Command):
    """Check on the spot what somebody else handled (核查)."""

    passed: bool
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Command):
    """Send it up: one step of the chain, or to a named level with a reason (直通车)."""

    to: Level | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """Let the case go on under a parent; its reporters follow."""

    cause: str = "surge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Command):
    """On the parent's side: a case with its reports comes under it."""

    child: str
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Command):
    """The clock says that a deadline has passed."""
