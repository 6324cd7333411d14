"""What a new layout still owes, looked up: areas that nobody answers for, keys for areas gone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_data import queries
from geo_data.layout import listing
from geo_data.layout.comparing import compared
from geo_data.layout.report.known import stored
from geo_data.teams import member_of
from grid.layouts.owed import Elsewhere, Missing, Origin, Owed, Stray, origins, proposal, successors
from grid.model import Level

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from typing import Any

    from geo_data.database import Connection
    from grid.teams import Member

_SQL = queries.load("layout_owed")

_NOWHERE = Origin((), ())


@dataclass(frozen=True, slots=True)
class Owing:
    """Which layout owes it, beside which one before, at which moment, and whether that is ahead."""

    layout: int
    before: int | None
    at: datetime
    ahead: bool
    owed: Owed


async def counted(conn: Connection, layout: int, before: int | None) -> tuple[int, int]:
    """How many areas have nobody, and how many keys lead nowhere: as quick as a look."""
    if before is None:
        return 0, 0
    at, _ = await _holds(conn, layout)
    asked = {"layout": layout, "before": before, "at": at}
    areas = await (await conn.execute(_SQL.areas, asked)).fetchall()
    rights = await (await conn.execute(_SQL.rights, asked)).fetchall()
    return len(areas), len(rights)


async def owing(conn: Connection, number: int | None) -> Owing:
    """What the layout of a number owes, by default the newest published one.

    The first of all owes nothing: nothing was before it. LookupError where there is none.
    """
    layout = await _newest(conn) if number is None else number
    before = await listing.before(conn, layout)
    at, ahead = await _holds(conn, layout)
    if before is None:
        return Owing(layout, None, at, ahead, Owed((), (), ()))
    old, new = (await stored(conn, before))[1], (await stored(conn, layout))[1]
    found = await asyncio.to_thread(compared, old, new)
    asked = {"layout": layout, "before": before, "at": at}
    came, went = origins(found), successors(found)
    codes = {*old.areas["code"]}
    other = [
        code
        for code, origin in came.items()
        if code in codes and origin.before and code not in origin.before
    ]
    lacking = await (await conn.execute(_SQL.areas, asked)).fetchall()
    like = await _largest(conn, before, [came.get(code, _NOWHERE) for code, _, _ in lacking])
    people = await _people(conn, [*other, *filter(None, like), *(row[0] for row in lacking)], at)
    missing = []
    for (code, level, name), source in zip(lacking, like, strict=True):
        there = tuple(people.get(code, ()))
        proposed = proposal(code, there, people.get(source or "", ()), at)
        origin = came.get(code, _NOWHERE)
        missing.append(Missing(code, Level(level), name, origin, there, source, proposed))
    names = dict(zip(new.areas["code"], new.areas["name"], strict=True))
    rights = await (await conn.execute(_SQL.rights, asked)).fetchall()
    owed = Owed(
        tuple(missing),
        tuple(
            Elsewhere(code, names[code], tuple(people[code]), came[code])
            for code in sorted(other)
            if people.get(code)
        ),
        tuple(
            Stray(kind, name, role, called, area, went.get(area, ()))
            for kind, name, role, called, area in rights
        ),
    )
    return Owing(layout, before, at, ahead, owed)


async def _newest(conn: Connection) -> int:
    for one in reversed(await listing.listed(conn)):
        if one.valid_from is not None:
            return one.number
    raise LookupError("no layout is published yet")


async def _holds(conn: Connection, layout: int) -> tuple[datetime, bool]:
    row = await (await conn.execute(_SQL.holds, {"layout": layout})).fetchone()
    if row is None:
        raise LookupError(f"there is no layout {layout}")
    return row[0], bool(row[1])


async def _largest(conn: Connection, layout: int, came: Iterable[Origin]) -> list[str | None]:
    """Of what each came from the area with the most ground."""
    came = list(came)
    asked: dict[str, Any] = {"layout": layout, "codes": [c for one in came for c in one.before]}
    sizes: dict[str, float] = dict(await (await conn.execute(_SQL.sizes, asked)).fetchall())
    return [
        max(one.before, key=lambda code: (sizes[code], code)) if one.before else None
        for one in came
    ]


async def _people(conn: Connection, areas: list[str], at: datetime) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = defaultdict(list)
    for row in await (await conn.execute(_SQL.members, {"areas": areas, "at": at})).fetchall():
        member = member_of(row)
        found[member.area].append(member)
    return found
