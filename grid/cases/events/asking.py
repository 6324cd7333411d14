"""Time, what is asked for, cards and supervision."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the codec reads annotations at run time

from grid.cases.case import Ask, AskKind, Late, Pause  # noqa: TC001 - the codec reads annotations at run time
from grid.cases.events.because import Because  # noqa: TC001 - the codec reads annotations at run time
from grid.model import Charge, Deadline, Stage  # noqa: TC001 - the codec reads annotations at run time
from grid.values import value


@value
class Asked:
    """Something was asked for: a return, an extension, a pause, an appeal."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    kind: AskKind
    done_at: datetime | None = None
    lates: tuple[Late, ...] | None = None


@value
class Refused:
    """The request was not granted; the work goes on as before."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    kind: AskKind
    note: str | None = None
    lates: tuple[Late, ...] | None = None


@value
class Returned:
    """The handler was let go: the level in charge has it again and must give it to someone."""

    charge: Charge
    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    note: str | None = None
    lates: tuple[Late, ...] | None = None


@value
class Extended:
    """More time was granted; `was` is what had been promised, `promise` what is promised now."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    was: datetime
    promise: datetime
    note: str | None = None
    lates: tuple[Late, ...] | None = None


@value
class Paused:
    """All clocks stand until the review date."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    pause: Pause
    note: str | None = None


@value
class Resumed:
    """The clocks run again, each with the time given back that it stood; `pause` has ended."""

    deadlines: tuple[Deadline, ...]
    cause: str
    pause: Pause | None = None
    note: str | None = None


@value
class Exempted:
    """The appeal was granted: late, but nobody is blamed. The raw figures keep it."""

    asks: tuple[Ask, ...]
    deadlines: tuple[Deadline, ...]
    lates: tuple[Late, ...]
    stage: Stage
    due: datetime
    note: str | None = None


@value
class Carded:
    """A red light that stood after the window for an appeal, or that a supervisor confirmed."""

    lates: tuple[Late, ...]
    stage: Stage
    due: datetime
    cause: str
    note: str | None = None


@value
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
    lates: tuple[Late, ...] | None = None


@value
class FedBack:
    """The handler answered a supervision."""

    deadlines: tuple[Deadline, ...]
    note: str | None = None
    done_at: datetime | None = None
