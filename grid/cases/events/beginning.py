"""How a case begins, is decided again, and gets another cell."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - the codec reads annotations at run time

from grid.cases.case import Ask, Late  # noqa: TC001 - the codec reads annotations at run time
from grid.cases.events.because import Because  # noqa: TC001 - the codec reads annotations at run time
from grid.model import Charge, Deadline, Matter, Place, Status  # noqa: TC001 - the codec reads annotations at run time
from grid.values import value


@value
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


@value
class Admitted:
    """The check found it true, or nobody looked in time (`why` says which): it is filed."""

    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    note: str | None = None
    done_at: datetime | None = None


@value
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


@value
class Recategorised:
    """Its category was put right, and it was decided again."""

    matter: Matter
    charge: Charge
    deadlines: tuple[Deadline, ...]
    why: Because
    status: Status
    note: str | None = None
    done_at: datetime | None = None


@value
class Rezoned:
    """Another layout of cells holds: its place under that one, and who answers and works there.

    Status, level in charge and deadlines stay. `why` tells the layout and the place before.
    """

    place: Place
    charge: Charge
    why: Because
    asks: tuple[Ask, ...] = ()
