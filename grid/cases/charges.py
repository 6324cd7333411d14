"""Who answers and who works: levels, areas and units along the policy's chain."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.model import Charge, Level, Unit, level_of, path_at

if TYPE_CHECKING:
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


def at_filing(place: Place, level: Level, handler: str, category: str, policy: Policy) -> Charge:
    """Charge and handler of a new case.

    `handler` is what the decision table says: `team`, a level's name, or `department`, which is
    the one that the responsibility table names; where it names none, the level in charge itself
    is the handler. A place outside every cell is answered for by the city.
    """
    level = max(level, level_of(place.path), key=lambda at: at.rank)
    area = path_at(place.path, level)
    if handler == "department":
        code = policy.department_for(category, place.path)
        if code is not None:
            return Charge(level, area, Unit("department", path_at(area, Level.DISTRICT), code))
        return Charge(level, area, unit_of(level, place.path))
    lowest = level_of(place.path)
    asked = Level.GRID if handler == "team" else Level(handler) if handler else level
    return Charge(level, area, unit_of(max(asked, lowest, key=lambda at: at.rank), place.path))


def above(charge: Charge, path: str, policy: Policy) -> Charge | None:
    """The charge one step up the chain, the handler unchanged; None at its top."""
    step = policy.above(charge.level)
    return None if step is None else replace(charge, level=step, area=path_at(path, step))


def lowest_step(level: Level, policy: Policy) -> Level:
    """The lowest level of the chain at or above `level`; its top where there is none."""
    return next((step for step in policy.chain if step.rank >= level.rank), policy.chain[-1])
