"""How a principal stands to a case: the relations that the table of transitions names."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from grid.cases.case import RECHECK, AskKind, LateState
from grid.model import Level, Stage, Status, level_of, path_at
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid.cases.case import Ask, Case, Part
    from grid.cases.known import Known
    from grid.model import Deadline


class Relation(StrEnum):
    """How a principal must stand to a case to give a command."""

    SYSTEM = "system"  # the platform itself
    TEAM = "team"  # the team of the case's cell
    HANDLER = "handler"  # acts for the handler
    PART = "part"  # acts for a department that assists
    HANDS = "hands"  # acts for the handler or for a department that assists
    CHARGE = "charge"  # acts for the level in charge, or stands above it
    EITHER = "either"  # handler or level in charge
    INTAKE = "intake"  # the same before it is filed, then the level in charge alone
    CHECKER = "checker"  # sees the place; the sample of what a team settled is the community's
    REVIEWER = "reviewer"  # acts for the level that has to review next
    ANCESTOR = "ancestor"  # stands over the level in charge or is it, and does not work on it
    ANSWERER = "answerer"  # stands where an open request is answered
    LATE = "late"  # acts for a unit that has a red light, or a card
    PRESSED = "pressed"  # may have to answer a supervision: handler, level, part, hotline
    REPORTER = "reporter"  # sent one of its reports
    SEES = "sees"  # sees the place, or works on it
    CONCERNED = "concerned"  # sees it or reported it


def stands_in(principal: Principal, relation: Relation, case: Case, known: Known) -> bool:
    """True when the principal stands to the case as the relation asks."""
    return _STANDS[relation](principal, case, known)


#: Who has to answer a supervision, beside departments by their codes.
HANDLER, LEVEL, HOTLINE = "handler", "level", "hotline"


def pressed(feedback: Deadline) -> str:
    """Who has to answer: `HANDLER`, `LEVEL` (in charge), `HOTLINE`, or a department's code.

    What was ordered from above is the handler's; what the clock brought says whose it is.
    """
    who, colon, _ = feedback.who.partition(":")
    return who if colon else HANDLER


def must_answer(principal: Principal, feedback: Deadline, case: Case) -> bool:
    """True when the principal acts for who has to answer this supervision."""
    who = pressed(feedback)
    if who == HOTLINE or principal.role is Role.HOTLINE:
        calls = who == HOTLINE and principal.role in (Role.HOTLINE, Role.ADMIN)
        return calls and principal.sees(case.place.path)
    if who == HANDLER:
        return principal.acts_for(case.charge.handler)
    if who == LEVEL:
        return _over(principal, case.charge.area)
    return principal.role is Role.ADMIN or principal.department == who


def answers(principal: Principal, ask: Ask) -> bool:
    """True when this principal may grant or refuse the request.

    It stands at the area that answers, or above, and did not ask. Appeals are a supervisor's: who
    was late, and whoever gave the work, would judge in their own matter.
    """
    if principal.id == ask.by:
        return False
    if principal.role is Role.ADMIN:
        return True
    if ask.kind is AskKind.APPEAL and principal.role is not Role.SUPERVISOR:
        return False
    return not principal.department and ask.area.startswith(principal.area)


def part_of(case: Case, principal: Principal) -> Part | None:
    """The part of the principal's department, where that is not the leading one."""
    code = principal.department
    if not code or code == case.charge.handler.code:
        return None
    return case.part(code)


def _over(principal: Principal, area: str) -> bool:
    return not principal.department and area.startswith(principal.area)


def _handler(principal: Principal, case: Case, _: Known) -> bool:
    return principal.acts_for(case.charge.handler)


def _part(principal: Principal, case: Case, _: Known) -> bool:
    return any(
        principal.role is Role.ADMIN
        or (principal.department == part.department and principal.overlaps(part.area))
        for part in case.aside.parts
    )


def _charge(principal: Principal, case: Case, _: Known) -> bool:
    return _over(principal, case.charge.area)


def _intake(principal: Principal, case: Case, known: Known) -> bool:
    if case.status is Status.RECEIVED:
        return _handler(principal, case, known) or _charge(principal, case, known)
    # Once it is filed, whoever has to do the work does not decide that there is none.
    return _charge(principal, case, known) and not is_handler(principal, case)


def _team(principal: Principal, case: Case, _: Known) -> bool:
    own = principal.role is Role.ADMIN or level_of(principal.area) is Level.GRID
    return own and _over(principal, path_at(case.place.path, Level.GRID))


def _pressed(principal: Principal, case: Case, known: Known) -> bool:
    return (
        _handler(principal, case, known)
        or _charge(principal, case, known)
        or _part(principal, case, known)
        or (principal.role is Role.HOTLINE and principal.sees(case.place.path))
    )


def _checker(principal: Principal, case: Case, _: Known) -> bool:
    if principal.department or not principal.sees(case.place.path):
        return False
    return level_of(principal.area) is not Level.GRID or not case.deadline(Stage.VERIFY, RECHECK)


def _reviewer(principal: Principal, case: Case, _: Known) -> bool:
    reviews = case.aside.reviews
    return bool(reviews) and _over(principal, path_at(case.place.path, reviews[0]))


def _sees(principal: Principal, case: Case, known: Known) -> bool:
    if not principal.department:
        return principal.sees(case.place.path)
    return _handler(principal, case, known) or _part(principal, case, known)


def _reporter(principal: Principal, case: Case, known: Known) -> bool:
    return principal.id == case.origin.sender or principal.id in known.senders


def _late(principal: Principal, case: Case, _: Known) -> bool:
    lit = (late for late in case.aside.lates if late.state in (LateState.STANDING, LateState.CARD))
    return any(principal.acts_for(late.unit) for late in lit)


def _concerned(principal: Principal, case: Case, known: Known) -> bool:
    if principal.role in (Role.CITIZEN, Role.SOURCE):
        return _reporter(principal, case, known)
    return _sees(principal, case, known)


_STANDS: dict[Relation, Callable[[Principal, Case, Known], bool]] = {
    Relation.SYSTEM: lambda principal, _case, _known: principal.role is Role.SYSTEM,
    Relation.TEAM: _team,
    Relation.HANDLER: _handler,
    Relation.PART: _part,
    Relation.HANDS: lambda p, case, known: _handler(p, case, known) or _part(p, case, known),
    Relation.CHARGE: _charge,
    Relation.EITHER: lambda p, case, known: _handler(p, case, known) or _charge(p, case, known),
    Relation.INTAKE: _intake,
    Relation.CHECKER: _checker,
    Relation.REVIEWER: _reviewer,
    Relation.ANCESTOR: lambda p, case, known: _charge(p, case, known) and not is_handler(p, case),
    Relation.ANSWERER: lambda p, case, _: any(answers(p, ask) for ask in case.aside.asks),
    Relation.LATE: _late,
    Relation.PRESSED: _pressed,
    Relation.REPORTER: _reporter,
    Relation.SEES: _sees,
    Relation.CONCERNED: _concerned,
}


def is_handler(principal: Principal, case: Case) -> bool:
    """True for the very unit that works, and not for who stands above it; never for an admin."""
    handler = case.charge.handler
    if principal.role is Role.ADMIN:
        return False
    if handler.kind == "department":
        return principal.department == handler.code
    return not principal.department and handler.area == principal.area
