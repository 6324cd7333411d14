"""The case and its parts, as small frozen values.

A case is the fold of its events. Its parts are nested and small, because an event usually changes
one of them: replacing a flat value of 25 fields costs seven times what replacing four does.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - slots dataclasses keep it inspectable
from enum import StrEnum

from grid.model import (
    Charge,
    Deadline,
    Level,
    Matter,
    Place,
    Stage,
    Status,
    Unit,
)
from grid.values import value


class AskKind(StrEnum):
    """What can be asked for, to be granted or refused by somebody above."""

    RETURN = "return"
    EXTENSION = "extension"
    PAUSE = "pause"
    LONG_TERM = "long_term"
    APPEAL = "appeal"


#: Marks the verification of a settled case on which the lot fell: the community does it.
RECHECK = "recheck"

#: What only the handler who asked needs an answer to: it ends with the work of that handler.
HANDLERS_ASKS = frozenset({AskKind.RETURN, AskKind.EXTENSION})


@value
class Ask:
    """A request that waits for its answer.

    `area` is the path of the area that answers, `until` what is asked for (a new due, the review
    date of a pause), `stage` and `due` the late mark that is appealed against, `cause` its
    objective cause.
    """

    kind: AskKind
    by: str
    area: str
    at: datetime
    until: datetime | None = None
    note: str | None = None
    stage: Stage | None = None
    due: datetime | None = None
    cause: str = ""


@value
class Part:
    """What an assisting department has to do: there or not yet, done or not yet."""

    department: str
    area: str
    reported_in: bool = False
    done: bool = False


@value
class Pause:
    """A stop of all clocks: a pause or an entry of the long-term list, until its review date."""

    kind: AskKind
    since: datetime
    until: datetime
    note: str | None = None


class LateState(StrEnum):
    """What became of a missed deadline."""

    STANDING = "standing"  # red; the window for an appeal is open
    APPEALED = "appealed"  # waits for the answer, no card meanwhile
    EXEMPT = "exempt"  # the appeal was granted
    EXCUSED = "excused"  # shown as late, blamed on nobody
    CARD = "card"


#: What the clock still has to deal with: a card to give, an appeal that waits for its answer.
OPEN_LATES = frozenset({LateState.STANDING, LateState.APPEALED})


@value
class Late:
    """A missed deadline and who held it; the card comes at `card_at` unless an appeal is granted.

    While an appeal waits, `card_at` is when its answer is late.

    `ended` is when the stage ended after all, by the clock of who ended it; `who` is the
    deadline's, which tells several of one stage apart; `carded` that a card was given once, which
    an appeal in its window can still take back.
    """

    stage: Stage
    unit: Unit
    due: datetime
    card_at: datetime
    ended: datetime | None = None
    state: LateState = LateState.STANDING
    who: str = ""
    carded: bool = False


@value
class Tally:
    """What is counted on a case."""

    version: int = 0  # number of its last event
    relevant: int = 0  # number of its last event that changed status, charge, handler or cell
    rework: int = 0
    escalations: int = 0
    supervisions: int = 0
    reports: int = 1
    last_at: datetime | None = None
    returns: int = 0
    extensions: int = 0
    reopened: int = 0


@value
class Origin:
    """Where the case came from: when it was received and happened, who sent which report.

    `filed_at` is when it became a case: a backlog may lie between.
    """

    received_at: datetime | None = None
    occurred_at: datetime | None = None
    sender: str = ""
    report: str | None = None
    filed_at: datetime | None = None


@value
class Aside:
    """What lies beside the main line; most cases have none of it.

    `asks` wait for an answer, `parts` are the assisting departments', `reviews` the levels that
    still have to review, `rounds` the callbacks that found somebody unsatisfied, `tries` the calls
    that reached nobody; `ended_as` is the status before the case ended and `ended_at` when that
    was, for those who bring it back.
    """

    asks: tuple[Ask, ...] = ()
    parts: tuple[Part, ...] = ()
    pause: Pause | None = None
    lates: tuple[Late, ...] = ()
    reviews: tuple[Level, ...] = ()
    rounds: int = 0
    tries: tuple[datetime, ...] = ()
    ended_as: Status | None = None
    ended_at: datetime | None = None


_PROMISED = frozenset({Stage.PROMISE})

NOTHING_ASIDE = Aside()
UNKNOWN_ORIGIN = Origin()


@value
class Case:
    """A case, whole. `deadlines` holds the running ones, the promise first.

    A merged case keeps the deadlines that it had: they do not run, but it may be taken out again.
    """

    id: str
    number: str
    status: Status
    matter: Matter
    place: Place
    charge: Charge
    deadlines: tuple[Deadline, ...]
    tally: Tally
    parent: str | None = None
    origin: Origin = UNKNOWN_ORIGIN
    aside: Aside = NOTHING_ASIDE

    @property
    def next_tick(self) -> datetime | None:
        """The earliest moment at which the clock has something to do; None when nothing waits.

        That is a deadline that nobody has dealt with, the end of a pause, or a card.
        """
        aside = self.aside
        if aside.pause is not None:
            waiting = [aside.pause.until]
        elif self.status is Status.VERIFIED:
            # The work is done and checked: the promise waits for what the reporter says.
            waiting = [d.due for d in self.deadlines if not d.missed and d.stage not in _PROMISED]
        elif self.status.live:
            waiting = [d.due for d in self.deadlines if not d.missed]
        else:
            waiting = []
        if aside.lates:
            waiting += [late.card_at for late in aside.lates if late.state in OPEN_LATES]
        return min(waiting) if waiting else None

    def deadline(self, stage: Stage, who: str = "") -> Deadline | None:
        """The running deadline of that stage, if there is one; the last of several."""
        found = [d for d in self.deadlines if d.stage is stage and d.who == who]
        return found[-1] if found else None

    def ask(self, kind: AskKind) -> Ask | None:
        """The open request of that kind, if there is one."""
        return next((ask for ask in self.aside.asks if ask.kind is kind), None)

    def part(self, department: str) -> Part | None:
        """The part of that department, if it has one."""
        return next((part for part in self.aside.parts if part.department == department), None)
