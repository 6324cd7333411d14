"""What another layout of cells makes of a case: it follows its place, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grid.cases import charges
from grid.cases.events import Because, Rezoned
from grid.cases.refusing import refuse
from grid.model import level_of, path_at

if TYPE_CHECKING:
    from datetime import datetime

    from grid.cases import commands as c
    from grid.cases.case import Case
    from grid.cases.known import Known
    from grid.model import Charge
    from grid.policy.policy import Policy


def rezone(
    case: Case, command: c.Rezone, known: Known, _now: datetime, _policy: Policy
) -> list[Rezoned]:
    """The place under the layout that holds now; level in charge, status and deadlines stay.

    Nothing is decided again: nobody gets a fresh limit, and nobody is let go, because a border was
    drawn elsewhere. What was late stays with who was late.
    """
    place, before = known.place, case.place
    assert place is not None, "rezoning needs the place"
    if place.layout == before.layout:
        refuse("案件已按该网格划分方案", "it is under this layout of cells already")
    place = replace(place, lon=before.lon, lat=before.lat)
    return [
        Rezoned(
            place=place,
            charge=charge_along(case.charge, place.path, command.person),
            why=Because(
                "layout",
                (("layout", "before", str(before.layout)), ("place", "before", before.path)),
            ),
            asks=tuple(
                replace(ask, area=charges.follow_area(ask.area, place.path))
                for ask in case.aside.asks
            ),
        )
    ]


def charge_along(charge: Charge, path: str, person: str | None = None) -> Charge:
    """The charge when the place has another path; `person` where the handler is another unit."""
    level = charges.higher(charge.level, level_of(path))
    handler = charges.follow(charge.handler, path)
    if person is not None and not handler.same(charge.handler):
        handler = replace(handler, person=person)
    return replace(charge, level=level, area=path_at(path, level), handler=handler)
