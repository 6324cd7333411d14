"""Made-up people for the drawn city: ids begin with `demo:`, names end with （虚构）, made up.

The same layout and seed give the same people. About a third of the villages have their secretary
as head of the cell and of the community, as villages do; towns have full-time workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from grid.model import Level
from grid.teams import Duty, Member

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
_MADE_UP = "（虚构）"
#: Of a hundred villages so many have one person for cell and community.
_SECRETARIES = 33
#: Of a hundred urban cells so many have somebody sent down by a department.
_SENT = 30
#: Of a hundred rural cells so many have an assistant.
_RURAL_ASSISTANTS = 40


class Ground(NamedTuple):
    """An area as far as its people depend on it; `rural` of cells and communities."""

    code: str
    level: Level
    parent: str
    rural: bool


def made_up_teams(
    areas: Iterable[Ground], departments: Sequence[str], seed: int, since: datetime
) -> Iterator[Member]:
    """Everybody in the city, from a moment on: some 55,000 for 13,000 cells.

    `departments` are codes: each has a responsible person and a backup in each district.
    """
    people = _People(seed, since)
    for area in areas:
        if area.level is Level.GRID:
            yield from _cell(area, departments, people)
            continue
        yield people.member(area.code, "", "head", Duty.RESPONSIBLE)
        yield people.member(area.code, "", "backup", Duty.BACKUP)
        if area.level is Level.DISTRICT:
            for code in departments:
                yield people.member(area.code, code, f"{code}:head", Duty.RESPONSIBLE)
                yield people.member(area.code, code, f"{code}:backup", Duty.BACKUP)


class _People(NamedTuple):
    """Makes people up: who it is depends on the seed and the id alone."""

    seed: int
    since: datetime

    def draw(self, what: str) -> int:
        """A whole number, the same each time."""
        return crc32(f"{self.seed} {what}".encode())

    def member(
        self,
        area: str,
        department: str,
        post: str,
        duty: Duty,
        *,
        full_time: bool = True,
        of: str = "",
    ) -> Member:
        """Whoever has the post in the area, or in the area `of`."""
        person = f"demo:{of or area}:{post}"
        number = self.draw(person)
        name = _SURNAMES[number % 20] + _GIVEN[number // 20 % 20] + _MADE_UP
        return Member(area, department, person, name, duty, full_time, self.since)


def _cell(cell: Ground, departments: Sequence[str], people: _People) -> Iterator[Member]:
    code, full_time = cell.code, not cell.rural
    secretary = cell.rural and people.draw(f"secretary {cell.parent}") % 100 < _SECRETARIES
    head = cell.parent if secretary else code
    yield people.member(code, "", "head", Duty.RESPONSIBLE, full_time=full_time, of=head)
    yield people.member(code, "", "backup", Duty.BACKUP, full_time=False)
    if not cell.rural or people.draw(f"assistant {code}") % 100 < _RURAL_ASSISTANTS:
        yield people.member(code, "", "assistant", Duty.ASSISTANT, full_time=False)
    if departments and not cell.rural and (draw := people.draw(f"sent {code}")) % 100 < _SENT:
        department = departments[draw // 100 % len(departments)]
        yield people.member(code, department, "sent", Duty.SENT, full_time=False)
