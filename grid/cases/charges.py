"""Who answers and who works: levels, areas and units along the policy's chain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.model import Charge, Level, Unit, level_of, path_at
from grid.policy.calendar import ZONE

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

    from grid.model import Place
    from grid.policy.policy import Policy

_KINDS = {
    Level.GRID: "team",
    Level.COMMUNITY: "community",
    Level.STREET: "street",
    Level.DISTRICT: "district",
    Level.CITY: "city",
}


def unit_of(level: Level, path: str) -> Unit:
    """The unit that works for a level: the cell's team, the community, the district's centre."""
    return Unit(_KINDS[level], path_at(path, level))


def department(code: str, path: str) -> Unit:
    """The department as it works in the district of a path."""
    return Unit("department", path_at(path, Level.DISTRICT), code)


def at_filing(
    place: Place, level: Level, handler: str, category: str, policy: Policy, at: datetime
) -> Charge:
    """Charge and handler of a new case.

    `handler` is what the decision table says: `team`, a level's name, or `department`, which is
    the one that the responsibility table names on the day of `at`; where it names none, the level
    in charge itself is the handler. A place outside every cell is answered for by the city.
    """
    lowest = level_of(place.path)
    level = higher(level, lowest)
    if handler == "department":
        area = path_at(place.path, level)
        code = department_for(category, place.path, at, policy)
        if code is not None:
            return Charge(level, area, Unit("department", path_at(area, Level.DISTRICT), code))
        return Charge(level, area, Unit(_KINDS[level], area))
    asked = Level.GRID if handler == "team" else Level(handler) if handler else level
    unit = unit_of(higher(asked, lowest), place.path)
    return Charge(level, path_at(place.path, level), unit)


def higher(one: Level, other: Level) -> Level:
    """The higher of two levels."""
    return one if one.rank > other.rank else other


def department_for(category: str, path: str, at: datetime, policy: Policy) -> str | None:
    """The code of the department that answers for a category at a path on the day of `at`."""
    return policy.department_for(category, path, at.astimezone(ZONE).date())


def given(charge: Charge, handler: Unit, now: datetime) -> Charge:
    """The charge with another handler from now on."""
    return replace(charge, handler=handler, since=now, handled_by=None)


def follow(unit: Unit, path: str) -> Unit:
    """The unit that does the same along another path; the person stays with it where it is one.

    A department stays the department; where a path ends above the unit's level, its end works.
    """
    area = follow_area(unit.area, path)
    if unit.kind == "department":
        return replace(unit, area=area)
    return replace(unit_of(level_of(area), area), person=unit.person)


def follow_area(area: str, path: str) -> str:
    """The area of the same level along another path."""
    return path_at(path, higher(level_of(area), level_of(path)))


def above(
    charge: Charge, path: str, policy: Policy, skipped: Container[Level] = ()
) -> Charge | None:
    """The charge one step up the chain, the handler unchanged; None at its top.

    Levels in `skipped` are answered by the same people as the level below them: going there would
    be going nowhere.
    """
    step = next((s for s in policy.chain if s.rank > charge.level.rank and s not in skipped), None)
    return None if step is None else replace(charge, level=step, area=path_at(path, step))


def upward(
    level: Level, path: str, policy: Policy, skipped: Container[Level] = (), steps: int = 1
) -> str:
    """The area's path that many steps above `level`: along the chain, then the city.

    Levels in `skipped` are answered by the same people as the level below them: no step.
    """
    ladder = [s for s in (*policy.chain, Level.CITY) if s.rank > level.rank and s not in skipped]
    return path_at(path, ladder[min(steps, len(ladder)) - 1] if ladder else Level.CITY)


def lowest_step(level: Level, policy: Policy) -> Level:
    """The lowest level of the chain at or above `level`; its top where there is none."""
    return next((step for step in policy.chain if step.rank >= level.rank), policy.chain[-1])
