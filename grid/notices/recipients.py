"""Who is told of an event: recipients, and the ways in which they follow from a case.

A recipient is a place in the house or outside it, not an address: which phone or account that is,
the shell finds out at the moment of sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from grid.model import Level, path_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grid.cases.case import Case
    from grid.cases.events import Event
    from grid.model import Unit


class To(StrEnum):
    """Kinds of recipients."""

    HANDLER = "handler"  # the unit that works, and the person there who has it in hand
    LEVEL = "level"  # the people of an area that answers for the case
    UNIT = "unit"  # any other unit: who assists, who held a stage, the head of a unit
    PERSON = "person"
    REPORTER = "reporter"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told: `area` is a path, `department` a code, `person` a principal's id.

    A reporter is named by the `report`; `person` is then the principal that sent it.
    """

    kind: To
    area: str = ""
    department: str = ""
    person: str = ""
    report: str = ""

    @property
    def same(self) -> tuple[str, ...]:
        """What two recipients have in common who would get the same notice twice."""
        if self.kind is To.REPORTER:
            return ("report", self.report)
        if self.kind is To.PERSON:
            return ("person", self.person)
        return ("unit", self.area, self.department, self.person)


class Circle(NamedTuple):
    """What an event does not hold about those around the case, read by the shell.

    `reports` are (id, sender) of the case's reports and of those of the cases then under it;
    `parent` is the number of the case that it was merged into.
    """

    reports: tuple[tuple[str, str], ...] = ()
    parent: str = ""


#: Nobody around the case.
NOBODY = Circle()


class Told(NamedTuple):
    """An event with the case before it (None: it begins) and after it."""

    event: Event
    what: Any
    before: Case | None
    case: Case
    circle: Circle


def unit(of: Unit, kind: To = To.UNIT) -> Recipient:
    """The recipient that a unit is: who has it in hand there, or else all of it."""
    return Recipient(kind, of.area, of.code, of.person)


def level(area: str) -> Recipient:
    """The people of an area."""
    return Recipient(To.LEVEL, area)


def handler(told: Told) -> Iterator[Recipient]:
    """Who works on it now."""
    yield unit(told.case.charge.handler, To.HANDLER)


def handler_before(told: Told) -> Iterator[Recipient]:
    """Who worked on it until now."""
    if told.before is not None:
        yield unit(told.before.charge.handler, To.HANDLER)


def in_charge(told: Told) -> Iterator[Recipient]:
    """The level that answers for it now."""
    yield level(told.case.charge.area)


def handler_and_level(told: Told) -> Iterator[Recipient]:
    """Who works and who answers."""
    yield from handler(told)
    yield from in_charge(told)


def above(told: Told) -> Iterator[Recipient]:
    """The level above the one that answers: after a rise, the one that it came to."""
    area = told.case.charge.area
    if told.before is None or told.before.charge.area == area:
        area = "/".join(area.split("/")[:-2]) + "/" if area.count("/") > 1 else area
    yield level(area)


def whole_house(told: Told) -> Iterator[Recipient]:
    """The city, the level in charge and who works: all that an emergency concerns."""
    yield Recipient(To.CITY, path_at(told.case.place.path, Level.CITY))
    yield from handler_and_level(told)


def reporters(told: Told) -> Iterator[Recipient]:
    """Everybody who reported it, also under cases that were merged into it."""
    for report, sender in told.circle.reports:
        yield Recipient(To.REPORTER, person=sender, report=report)


def askers(told: Told) -> Iterator[Recipient]:
    """Whose request was answered."""
    asked = told.before.aside.asks if told.before is not None else ()
    for ask in asked:
        if ask not in told.case.aside.asks:
            yield Recipient(To.PERSON, person=ask.by)


def answering(told: Told) -> Iterator[Recipient]:
    """The area that has to answer what was asked for just now."""
    yield level(told.what.asks[-1].area)


def called_departments(told: Told) -> Iterator[Recipient]:
    """The departments that were called to help just now."""
    had = {p.department for p in told.before.aside.parts} if told.before is not None else set()
    for part in told.case.aside.parts:
        if part.department not in had:
            yield Recipient(To.UNIT, part.area, part.department)


def held_it(told: Told) -> Iterator[Recipient]:
    """Who held the stage that was missed; the promise is the handler's and its level's."""
    late = getattr(told.what, "late", None)
    if late is not None:
        yield unit(late.unit)
    else:
        yield from handler_and_level(told)


def carded(told: Told) -> Iterator[Recipient]:
    """Who held the stage that the card is for."""
    for late in told.case.aside.lates:
        if (late.stage, late.due) == (told.what.stage, told.what.due):
            yield unit(late.unit)


def taking_hand(told: Told) -> Iterator[Recipient]:
    """The person who has it in hand from now on."""
    yield Recipient(To.PERSON, person=told.case.charge.handler.person)


def leaving_hand(told: Told) -> Iterator[Recipient]:
    """The person who had it in hand."""
    if told.what.before:
        yield Recipient(To.PERSON, person=told.what.before)


def head_of_handler(told: Told) -> Iterator[Recipient]:
    """The unit that did the work, whoever had it in hand: its head hears of it."""
    if told.before is not None:
        had = told.before.charge.handler
        yield Recipient(To.UNIT, had.area, had.code)


def duty_above(told: Told) -> Iterator[Recipient]:
    """The area that a missed check or review went up to."""
    yield level(told.what.area)
