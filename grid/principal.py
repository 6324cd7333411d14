"""Who gives a command: one value that goes through everything, from the key to the event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grid.model import Unit


class Role(StrEnum):
    """What a key or an account is for."""

    WORKER = "worker"  # own cells
    STAFF = "staff"  # own area or department
    OPERATOR = "operator"  # own district and below
    SUPERVISOR = "supervisor"
    HOTLINE = "hotline"
    ANALYST = "analyst"  # reads; personal data masked
    SOURCE = "source"  # posts only
    CITIZEN = "citizen"
    ADMIN = "admin"
    SYSTEM = "system"  # timekeeper, watchers, rules


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with a role over a subtree of areas.

    `area` is the path of the area (a prefix of all paths below it); `department` is set for
    department staff, who then act for that department only.
    """

    id: str
    role: Role
    area: str
    name: str = ""
    department: str = ""

    def sees(self, path: str) -> bool:
        """True for what lies in the principal's subtree."""
        return path.startswith(self.area)

    def acts_for(self, unit: Unit) -> bool:
        """True when this principal may do the unit's work.

        A department's work is done by its own people: an operator who accepted for it would stop
        the clock of somebody who never heard of the case.
        """
        if self.role is Role.ADMIN:
            return True
        if unit.kind == "department":
            return self.department == unit.code and self.overlaps(unit.area)
        return not self.department and unit.area.startswith(self.area)

    def overlaps(self, area: str) -> bool:
        """True when one of the two areas lies within the other."""
        return self.area.startswith(area) or area.startswith(self.area)


#: The platform itself. Its commands go through the same door as everyone's.
CLOCK = Principal("system:clock", Role.SYSTEM, "")
RULES = Principal("system:rules", Role.SYSTEM, "")
WATCHER = Principal("system:watcher", Role.SYSTEM, "")
