"""How a principal stands to a case: the relations that the table of transitions names."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from grid.cases.case import RECHECK, AskKind, LateState
from grid.model import Level, Stage, Status, level_of, path_at
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from grid.cases.case import Ask, Case
    from grid.cases.known import Known


class Relation(StrEnum):
    """How a principal must stand to a case to give a command."""

    SYSTEM = "system"  # the platform itself
    TEAM = "team"  # the team of the case's cell, or who stands above it
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
    LATE = "late"  # acts for a unit that has a red light
    REPORTER = "reporter"  # sent one of its reports
    SEES = "sees"  # sees the place, or works on it
    CONCERNED = "concerned"  # sees it or reported it


def stands_in(principal: Principal, relation: Relation, case: Case, known: Known) -> bool:
    """True when the principal stands to the case as the relation asks."""
    return _STANDS[relation](principal, case, known)


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
    looks = case.status is Status.RECEIVED and _handler(principal, case, known)
    return looks or _charge(principal, case, known)


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
    standing = (late for late in case.aside.lates if late.state is LateState.STANDING)
    return any(principal.acts_for(late.unit) for late in standing)


def _concerned(principal: Principal, case: Case, known: Known) -> bool:
    if principal.role in (Role.CITIZEN, Role.SOURCE):
        return _reporter(principal, case, known)
    return _sees(principal, case, known)


_STANDS: dict[Relation, Callable[[Principal, Case, Known], bool]] = {
    Relation.SYSTEM: lambda principal, _case, _known: principal.role is Role.SYSTEM,
    Relation.TEAM: lambda p, case, _: _over(p, path_at(case.place.path, Level.GRID)),
    Relation.HANDLER: _handler,
    Relation.PART: _part,
    Relation.HANDS: lambda p, case, known: _handler(p, case, known) or _part(p, case, known),
    Relation.CHARGE: _charge,
    Relation.EITHER: lambda p, case, known: _handler(p, case, known) or _charge(p, case, known),
    Relation.INTAKE: _intake,
    Relation.CHECKER: _checker,
    Relation.REVIEWER: _reviewer,
    Relation.ANCESTOR: lambda p, case, known: (
        _charge(p, case, known) and not _is_handler_itself(p, case)
    ),
    Relation.ANSWERER: lambda p, case, _: any(answers(p, ask) for ask in case.aside.asks),
    Relation.LATE: _late,
    Relation.REPORTER: _reporter,
    Relation.SEES: _sees,
    Relation.CONCERNED: _concerned,
}


def _is_handler_itself(principal: Principal, case: Case) -> bool:
    """True for the very unit that works: nobody supervises himself."""
    handler = case.charge.handler
    return handler.kind != "department" and handler.area == principal.area
