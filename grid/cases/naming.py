"""How areas, units and moments are called in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from grid.policy.calendar import ZONE
from grid.words import LEVELS, Pair

if TYPE_CHECKING:
    from datetime import datetime

    from grid.model import Level, Unit
    from grid.policy.policy import Policy


class Names(Protocol):
    """Names of areas, by path; the path's last code where it is unknown."""

    def area(self, path: str) -> str:
        """The area's name in Chinese."""
        ...


def clock(moment: datetime) -> str:
    """A moment as a clerk reads it: `2026-11-22 17:50` in China's time."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@dataclass(frozen=True, slots=True)
class Naming:
    """What sentences need to call things by their names."""

    policy: Policy
    names: Names

    def unit(self, unit: Unit) -> Pair:
        """A unit's name."""
        area = self.names.area(unit.area)
        if unit.kind == "department":
            zh, en = self.department(unit.code)
            return f"{area}{zh}", f"{en} of {area}"
        if unit.kind == "team":
            return f"{area}团队", f"the team of {area}"
        if unit.kind == "hotline":
            return f"{area}热线", f"the hotline of {area}"
        return area, area

    def department(self, code: str) -> Pair:
        """A department's name; its code where the policy does not know it (any more)."""
        known = self.policy.responsibilities.departments.get(code)
        return (code, code) if known is None else (known.name_zh, known.name_en)

    def departments(self, codes: tuple[str, ...]) -> Pair:
        """Several."""
        names = [self.department(code) for code in codes]
        return "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)

    def charge(self, level: Level, area: str) -> Pair:
        """A level with its area: `奎文区（区县）`."""
        name, (zh, en) = self.names.area(area), LEVELS[level]
        return f"{name}（{zh}）", f"{name} ({en})"
