"""What can be asked of a case: plain values, decided by `grid.cases.decide`.

Every command carries who gives it, an id made by its sender (the same id again gets the same
answer), the case version that the sender saw, and `done_at`, the sender's clock. Free text never
enters: the door keeps it apart and hands in its digest as `note`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid import words

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases.case import AskKind, Case
    from grid.model import Level, Stage
    from grid.principal import Principal
    from grid.reports.report import Report

#: What has words can be said, and nothing else.
OUTCOMES = frozenset(words.OUTCOMES)
DECLINE_REASONS = frozenset(words.DECLINE_REASONS)
CONTACTS = frozenset(words.CONTACTS)
SUPERVISIONS = frozenset(words.SUPERVISIONS)
CALLBACK_REASONS = frozenset(words.CALLBACK_REASONS)
CHANNELS = frozenset(words.CHANNELS)
INFORMED = frozenset(words.INFORMED)
HAND_OVERS = frozenset(words.HAND_OVERS)
TELLINGS = frozenset(words.TELLINGS)
ATTACHMENT_ROLES = frozenset(words.ATTACHMENT_ROLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What all commands have. `version` None means: whatever the state."""

    by: Principal
    id: str = ""
    version: int | None = None
    done_at: datetime | None = None
    note: str | None = None


# ── how a case begins ────────────────────────────────────────────────────────────────────────


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
class Admit(Command):
    """The check found it true (核实): it is filed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Command):
    """Not taken up (不予受理): `reason` is one of `DECLINE_REASONS`, the note is the reply."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocate(Command):
    """Put the place right; the new one is in `Known.place`. It is decided again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recategorise(Command):
    """Put the category right; it is decided again."""

    category: str
    condition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rezone(Command):
    """Put it under the layout of cells that holds now; where its position lies is `Known.place`.

    `person` has it in hand where that makes another unit the handler; None: whoever has it now.
    """

    person: str | None = None


# ── who works on it ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch(Command):
    """Give it to a department (派遣), others assist; without one the responsibility table names it.

    `department` is a code; `assisting` are codes of others.
    """

    department: str = ""
    assisting: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate(Command):
    """Give it to a level below the one in charge."""

    to: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Command):
    """Take the case on (签收): stops the accept clock. May name the condition row that holds."""

    condition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver(Command):
    """The level in charge becomes the handler (接办)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Command):
    """Somebody else of the handler's unit has it in hand from now on: `person`, a principal's id.

    `cause` is one of `HAND_OVERS`.
    """

    person: str
    cause: str = "asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whistle(Command):
    """Call departments to help (吹哨), by their codes; `release` lets others go."""

    departments: tuple[str, ...] = ()
    release: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIn(Command):
    """A department that was called is there (报到)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDate(Command):
    """Set the handler a date (限期办理)."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Command):
    """Say for good who works on it (裁定): a department's code, or the present handler."""

    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate(Command):
    """Send it up: one step of the chain, or to a named level with a reason (直通车)."""

    to: Level | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recur(Command):
    """It was reported again and again at one place: decide anew, knowing that.

    `reports` counts this one with those before, `first` is the number of the earliest case.
    """

    reports: int
    first: str


# ── the work ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Settle(Command):
    """Close a small case by the cell's own team (自办), with the evidence that its category asks.

    `evidence` names what is there: `after_photo`, `note`, `party_confirms`.
    """

    evidence: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Command):
    """Called the reporter or came to the place: `how` is one of `CONTACTS`."""

    how: str = "called"


@dataclass(frozen=True, slots=True, kw_only=True)
class Propose(Command):
    """Say what the handler means to do (办理意见); the note says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle(Command):
    """Say what was done (处置); `outcome` is one of `OUTCOMES`."""

    outcome: str = "solved"
    evidence: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review(Command):
    """Look at what was done from above (审核): on, or back to work."""

    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify(Command):
    """Check on the spot what somebody else handled (核查)."""

    passed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack(Command):
    """Ask who reported it (回访). Who was reached says whether contacted, solved, satisfied.

    `reason`, one of `CALLBACK_REASONS`, says why not satisfied; `report` names another reporter's
    report, of a merged case.
    """

    reached: bool
    contacted: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    reason: str = ""
    report: str | None = None


# ── what is asked for ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Command):
    """The handler says it is not its matter (回退); the sender grants or refuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(Command):
    """Ask for more time (延期): `until` is the new due of the resolution."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPause(Command):
    """Ask for the clocks to stop (暂停计时) until a review date; the note has reason and plan."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTerm(Command):
    """Ask for an entry on the long-term list (挂账) until a review date."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal(Command):
    """Ask to be exempted (免责) from blame for a missed deadline with an objective `cause`."""

    stage: Stage
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Command):
    """Grant or refuse what was asked for; `stage` tells several appeals apart."""

    ask: AskKind
    granted: bool
    stage: Stage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(Command):
    """Let the clocks run again before the review date."""


# ── what is said from above ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Card(Command):
    """Confirm a red light (黄牌/红牌): the card is given now."""

    stage: Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervise(Command):
    """Press from above (督办): `kind` is one of `SUPERVISIONS`, `grade` 1 to 3."""

    kind: str
    grade: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedBack(Command):
    """Answer a supervision (督办反馈)."""


# ── how it ends, and comes back ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """Who reported it takes it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Void(Command):
    """It should never have been a case (作废)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    """It was not over after all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge(Command):
    """Let the case go on under a parent (`Known.parent`); its reporters follow."""

    cause: str = "surge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerge(Command):
    """Take the case out from under its parent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Command):
    """On the parent's side: a case with its reports comes under it."""

    child: str
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Command):
    """On the parent's side: a case with its reports goes out from under it."""

    child: str
    reports: int


# ── what is said about it ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Command):
    """Say something about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach(Command):
    """Bring files, by their SHA-256, in one of `ATTACHMENT_ROLES`."""

    files: tuple[str, ...]
    role: str = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inform(Command):
    """Tell an emergency upward: `channel` of `CHANNELS`, `to` of `INFORMED`, `sort`: `TELLINGS`."""

    channel: str
    to: str
    sort: str = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick(Command):
    """The clock says that a deadline has passed, a pause has ended, or a card is due."""
