"""What a new layout still owes: who answers for its new areas, which keys lead nowhere.

People belong to areas by their codes. A code that is new has nobody until somebody is named; the
people of the area that it came from are proposed, never taken over by themselves.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING

from grid.team_sheet import OPTIONAL, REQUIRED
from grid.teams import ANSWERING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from grid.layouts.difference import Change, Difference
    from grid.model import Level
    from grid.teams import Member

#: The columns of a sheet of teams, in the order in which people write them.
COLUMNS = ("area", "department", "person", "name", "duty", "full_time", "valid_from", "valid_to")
assert {*COLUMNS} == {*REQUIRED, *OPTIONAL}


@dataclass(frozen=True, slots=True)
class Origin:
    """What an area came from: how, and the codes of the areas before."""

    changes: tuple[Change, ...]
    before: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A new area that nobody is responsible for, who is `there` already, and who could be.

    `proposed` are the people of `like`, the largest of the areas that it came from.
    """

    code: str
    level: Level
    name: str
    origin: Origin
    there: tuple[Member, ...]
    like: str | None
    proposed: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Stray:
    """A key, webhook or reader (`kind`) over an area that is gone; `now` is what has its ground."""

    kind: str
    id: str
    role: str
    name: str
    area: str
    now: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A code that now names other ground, so that its people answer for what they do not know."""

    code: str
    name: str
    people: tuple[Member, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Owed:
    """Everything that a layout owes beside the one before it."""

    missing: tuple[Missing, ...]
    elsewhere: tuple[Elsewhere, ...]
    strays: tuple[Stray, ...]


def origins(found: Mapping[Level, Difference]) -> dict[str, Origin]:
    """Where each area of the new layout came from, by its code."""
    return {
        code: Origin(row.changes, row.before)
        for one in found.values()
        for row in one.rows
        for code in row.after
    }


def successors(found: Mapping[Level, Difference]) -> dict[str, tuple[str, ...]]:
    """What became of each area of the old layout, by its code."""
    return {code: row.after for one in found.values() for row in one.rows for code in row.before}


def proposal(
    area: str, there: Iterable[Member], people: Iterable[Member], since: datetime
) -> tuple[Member, ...]:
    """The people of an area as those of its successor, from when that holds.

    Who is there already stays what they are: nobody twice, and no second one with their duty.
    """
    there = tuple(there)
    persons = {(one.unit, one.person) for one in there}
    held = {(one.unit, one.duty) for one in there if one.duty in ANSWERING}
    moved = (
        replace(one, area=area, valid_from=max(one.valid_from, since))
        for one in people
        if one.valid_to is None or one.valid_to > since
    )
    return tuple(
        one
        for one in moved
        if (one.unit, one.person) not in persons and (one.unit, one.duty) not in held
    )


def sheet(missing: Iterable[Missing], at: datetime, *, ahead: bool) -> str:
    """Who is proposed, as `wangge team load` takes it, beside who is there: they would leave else.

    Where the layout holds already (not `ahead`), they begin when the sheet is loaded.
    """
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for area in missing:
        for one in (*area.there, *area.proposed) if area.proposed else ():
            from_now = one in area.proposed and not ahead and one.valid_from <= at
            since = "" if from_now else one.valid_from.isoformat()
            until = one.valid_to.isoformat() if one.valid_to else ""
            full_time = "yes" if one.full_time else "no"
            about = (one.area, one.department, one.person, one.name, one.duty.value)
            lines.writerow((*about, full_time, since, until))
    return text.getvalue()
