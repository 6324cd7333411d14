"""Who is who, read: all teams as one value kept fresh, one area's people, and what is missing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - dataclasses keep it inspectable
from typing import TYPE_CHECKING, Any

from geo_data.queries import load as load_queries
from geo_data.rights import subtree
from grid.model import Level
from grid.teams import NOBODY, Absence, Duty, Member, Teams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from geo_data.database import Connection

_SQL = load_queries("teams")

#: How often a process asks whether somebody changed the teams.
LOOK_EVERY_S = 10.0


@dataclass(frozen=True, slots=True)
class Present:
    """A member of an area at a moment; `away` is the absence that holds then."""

    member: Member
    away: Absence | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A unit in which a duty is nobody's; `department` is empty for an area's own team."""

    area: str
    level: Level
    name: str
    department: str
    duty: Duty


async def stamp(conn: Connection) -> int:
    """A number that every change of members or absences raises."""
    row = await (await conn.execute(_SQL.stamp)).fetchone()
    assert row is not None
    number: int = row[0]
    return number


async def load(
    conn: Connection, areas: Sequence[str] | None = None, at: datetime | None = None
) -> Teams:
    """Whoever answers for a unit, now or later; only for these areas (codes) where they are given.

    With areas also of an earlier moment `at`. A city's 40,000 members take some tenths of a second;
    the value is made in a thread.
    """
    if areas is None:
        found = await conn.execute(_SQL.answering)
    else:
        found = await conn.execute(_SQL.answering_units, {"areas": list(areas), "at": at})
    rows = await found.fetchall()
    away = await (await conn.execute(_SQL.absences, {"at": at})).fetchall()
    return await asyncio.to_thread(_teams, rows, away)


def _teams(rows: list[tuple[Any, ...]], away: list[tuple[Any, ...]]) -> Teams:
    return Teams((member_of(row) for row in rows), (Absence(*row) for row in away))


def member_of(row: Sequence[Any]) -> Member:
    """The member of a row: area, department, person, name, duty, full-time, from, to."""
    area, department, person, name, duty, *rest = row
    return Member(area, department, person, name, Duty(duty), *rest)


class TeamsNow:
    """The teams as a process knows them: read once, and again soon after somebody changed them."""

    def __init__(
        self,
        look_every_s: float = LOOK_EVERY_S,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look_every_s = look_every_s
        self._monotonic = monotonic
        self._looked: float | None = None
        self._stamp: int | None = None
        self._teams = NOBODY
        self._reading = asyncio.Lock()

    async def get(self, conn: Connection) -> Teams:
        """The teams, at most `look_every_s` and one reading old."""
        if self._fresh() or (self._stamp is not None and self._reading.locked()):
            return self._teams
        async with self._reading:
            if not self._fresh():
                now = self._monotonic()
                latest = await stamp(conn)  # before the teams: it must never be newer than they
                if latest != self._stamp:
                    self._teams = await load(conn)
                    self._stamp = latest
                self._looked = now
        return self._teams

    def _fresh(self) -> bool:
        looked = self._looked
        return looked is not None and self._monotonic() - looked < self._look_every_s


async def of_area(conn: Connection, code: str, at: datetime) -> list[Present]:
    """Everybody who has a duty in the area at a moment, its departments' people last."""
    rows = await (await conn.execute(_SQL.of_area, {"area": code, "at": at})).fetchall()
    found = []
    for *row, begins, ends, stand_in in rows:
        member = member_of(row)
        away = Absence(member.person, begins, ends, stand_in) if begins is not None else None
        found.append(Present(member, away))
    return found


async def places_of(
    conn: Connection, layout: int, person: str
) -> list[tuple[str | None, str, Duty]]:
    """Where somebody has a duty, now or later: path (None: no area of this layout), department."""
    done = await conn.execute(_SQL.places_of, {"layout": layout, "person": person})
    return [(path, department, Duty(duty)) for path, department, duty in await done.fetchall()]


async def gaps(
    conn: Connection,
    layout: int,
    path: str,
    *,
    levels: Iterable[Level] = tuple(Level),
    duties: Iterable[Duty] = (Duty.RESPONSIBLE,),
    departments: Iterable[str] = (),
) -> list[Gap]:
    """The areas below a path in which these duties are nobody's now, from the top down.

    Then the districts in which nobody is responsible for one of the `departments` (codes).
    """
    low, high = subtree(path)
    within: dict[str, Any] = {"layout": layout, "path_low": low, "path_high": high}
    asked = {"levels": [level.value for level in levels], "duties": [d.value for d in duties]}
    rows = await (await conn.execute(_SQL.gaps, within | asked)).fetchall()
    found = [Gap(code, Level(level), name, "", Duty(duty)) for code, level, name, duty in rows]
    rows = await (
        await conn.execute(_SQL.department_gaps, within | {"departments": list(departments)})
    ).fetchall()
    return found + [
        Gap(code, Level.DISTRICT, name, department, Duty.RESPONSIBLE)
        for code, department, name in rows
    ]
