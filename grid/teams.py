"""Who is who: the people of cells, communities, streets, districts and departments, over time.

Every unit (an area, or a department in an area) has one responsible person and a backup; cells
have assistants (协管员) and department staff sent down as well. In villages the secretary is head
of the cell and of the community: a level that the same person answers for as the one below is
skipped when a case rises.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - slots dataclasses keep it inspectable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from grid.model import PATH_ORDER, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Duty(StrEnum):
    """What somebody does in a unit. The first two answer for it; of each there is one at a time."""

    RESPONSIBLE = "responsible"  # 网格长, or the full-time worker
    BACKUP = "backup"
    ASSISTANT = "assistant"  # 协管员
    SENT = "sent"  # sent down to a cell by a department


#: The duties that answer for a unit, in the order in which they are asked.
ANSWERING = (Duty.RESPONSIBLE, Duty.BACKUP)


@dataclass(frozen=True, slots=True)
class Member:
    """One person's duty in one unit, from `valid_from` until before `valid_to` (None: open).

    `area` is the area's code, `person` the id of the principal. `department` is empty for the
    area's own team; with the duty `sent` it is where somebody was sent from, else the unit itself.
    """

    area: str
    department: str
    person: str
    name: str
    duty: Duty
    full_time: bool
    valid_from: datetime
    valid_to: datetime | None = None

    @property
    def unit(self) -> tuple[str, str]:
        """Area and department that the duty belongs to: who was sent to a cell is of its team."""
        return self.area, "" if self.duty is Duty.SENT else self.department

    def holds(self, at: datetime) -> bool:
        """True while the duty is this person's."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away from `begins` until before `ends` (None: nobody knows), whatever the unit.

    `stand_in` is who does the work meanwhile; None leaves it to each unit's backup.
    """

    person: str
    begins: datetime
    ends: datetime | None
    stand_in: str | None = None
    reason: str = ""

    def holds(self, at: datetime) -> bool:
        """True while the person is away."""
        return self.begins <= at and (self.ends is None or at < self.ends)


class _Unit(NamedTuple):
    """Who answers for a unit, in the order of `ANSWERING`; within a duty one follows another."""

    responsible: Sequence[Member]
    backup: Sequence[Member]


class Teams:
    """All members and absences, prepared so that a path is looked up in about a microsecond.

    Members that do not answer for their unit may be left out.
    """

    __slots__ = ("_absences", "_shared", "_units")

    def __init__(self, members: Iterable[Member], absences: Iterable[Absence]) -> None:
        away: dict[str, list[Absence]] = defaultdict(list)
        for absence in absences:
            away[absence.person].append(absence)
        self._absences = dict(away)
        units: dict[tuple[str, str], _Unit] = {}
        for member in members:
            if member.duty in ANSWERING:
                unit = units.setdefault((member.area, member.department), _Unit([], []))
                terms = unit.responsible if member.duty is Duty.RESPONSIBLE else unit.backup
                assert isinstance(terms, list)
                terms.append(member)
        self._units = units
        self._shared = self._areas_with_common_people()

    def _areas_with_common_people(self) -> frozenset[str]:
        """The areas of which somebody may, at some time, answer for another area too.

        Most paths hold none of them, and nothing else has to be looked at.
        """
        areas: dict[str, set[str]] = defaultdict(set)
        for (area, department), unit in self._units.items():
            if not department:
                for member in (*unit.responsible, *unit.backup):
                    for person in self._may_stand_for(member.person):
                        areas[person].add(area)
        return frozenset(code for codes in areas.values() if len(codes) > 1 for code in codes)

    def _may_stand_for(self, person: str) -> set[str]:
        """The person, and whoever any absence lets do the person's work."""
        found, ahead = {person}, [person]
        while ahead:
            for absence in self._absences.get(ahead.pop(), ()):
                if absence.stand_in is not None and absence.stand_in not in found:
                    found.add(absence.stand_in)
                    ahead.append(absence.stand_in)
        return found

    def there(self, person: str, at: datetime) -> str | None:
        """The person, or while it is away who stands in, or in turn for that one; None: nobody."""
        asked = {person}
        while True:
            absences = self._absences.get(person)
            absence = next((a for a in absences if a.holds(at)), None) if absences else None
            if absence is None:
                return person
            if absence.stand_in is None or absence.stand_in in asked:
                return None
            person = absence.stand_in
            asked.add(person)

    def responsible(self, area: str, department: str, at: datetime) -> str | None:
        """Who answers for the unit now: its responsible person, a stand-in, or else the backup.

        `area` is a code, `department` empty for the area's own team. None where nobody is named,
        and where everyone is away.
        """
        unit = self._units.get((area, department))
        if unit is None:
            return None
        for terms in unit:
            for member in terms:
                if member.holds(at) and (who := self.there(member.person, at)) is not None:
                    return who
        return None

    def answering(self, area: str, at: datetime, department: str = "") -> frozenset[str]:
        """Everybody who answers for the unit and is there: responsible, backup, their stand-ins."""
        unit = self._units.get((area, department), _Unit((), ()))
        found = {
            self.there(member.person, at) for terms in unit for member in terms if member.holds(at)
        }
        return frozenset(person for person in found if person is not None)

    def skipped(
        self, path: str, at: datetime, chain: Sequence[Level] = tuple(Level)
    ) -> tuple[Level, ...]:
        """The levels of the chain, lowest first, for which the step below it answers as well.

        Compared are the persons who answer along `path`; nobody is never the same as nobody.
        """
        codes = path.split("/")[:-1]
        if self._shared.isdisjoint(codes):
            return ()
        same: list[Level] = []
        below: str | None = None
        for level in chain:
            depth = _DEPTH[level]
            code = codes[depth] if depth < len(codes) else ""
            who = self.responsible(code, "", at) if code in self._shared else None
            if who is not None and who == below:
                same.append(level)
            below = who
        return tuple(same)


_DEPTH = {level: depth for depth, level in enumerate(PATH_ORDER)}

#: For who has no teams: nobody is named, no level is skipped.
NOBODY = Teams((), ())
