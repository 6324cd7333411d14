"""What a decision has to know beside the case: read in its transaction, after the lock."""

from __future__ import annotations

import math
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from geo_data.areas import layout_in_force
from geo_data.places.zones import zones_at
from geo_data.queries import load
from grid.cases import commands as c
from grid.cases.known import Known
from grid.cells.metres import METRES_PER_DEGREE
from grid.model import Place, Status

if TYPE_CHECKING:
    from geo_data.database import Connection
    from grid.cases.case import Case
    from grid.cases.commands import Command
    from grid.model import Unit
    from grid.policy.policy import Policy

_SQL = load("knowing")

#: Commands that are for who reported, or for them as well.
_BY_REPORTERS = (c.Withdraw, c.Reopen, c.Attach)
#: Commands after which the table may decide again.
_DECIDING = (c.Accept, c.Admit, c.Recategorise, c.Relocate, c.Reopen)
#: The box in which a cell is looked for is a little wider than what counts.
_WIDER = 1.01
_LOTS = secrets.SystemRandom()


async def known_for(
    conn: Connection,
    case: Case,
    command: Command,
    policy: Policy,
    position: tuple[float, float] | None = None,
) -> Known:
    """The facts that this command asks for. `position` (WGS 84) is where `Relocate` puts it.

    What the levels above are, the teams say; parents are in `geo_data.merging`.
    """
    known = await _asked_for(conn, case, command, policy, position)
    # A case that waits for a look may be decided by its clock before any command reaches it.
    if not isinstance(command, _DECIDING) and case.status is not Status.RECEIVED:
        return known
    here = position or (case.place.lon, case.place.lat)
    return replace(known, zones=(await zones_at(conn, [here]))[0])


async def _asked_for(
    conn: Connection,
    case: Case,
    command: Command,
    policy: Policy,
    position: tuple[float, float] | None,
) -> Known:
    if isinstance(command, _BY_REPORTERS):
        return Known(senders=await senders(conn, case.id))
    if isinstance(command, c.Settle):
        return Known(lot=_LOTS.random())
    if isinstance(command, c.Verify):
        return Known(reachable=await reachable(conn, case.id))
    if isinstance(command, c.Relocate):
        assert position is not None, "relocating needs the position"
        return Known(place=await place_at(conn, *position, policy.snap_m))
    return Known()


async def offering(conn: Connection, case: Case) -> Known:
    """The facts by which is told what somebody may do now."""
    return Known(senders=await senders(conn, case.id))


async def senders(conn: Connection, case_id: str) -> frozenset[str]:
    """Who sent the reports of the case, and of the cases under it."""
    rows = await (await conn.execute(_SQL.senders, {"id": case_id})).fetchall()
    return frozenset(row[0] for row in rows)


async def reachable(conn: Connection, case_id: str) -> bool:
    """True when somebody who reported it, or what lies under it, left a number to be called."""
    row = await (await conn.execute(_SQL.reachable, {"id": case_id})).fetchone()
    return bool(row and row[0])


async def belongs(conn: Connection, unit: Unit, person: str) -> bool:
    """True when somebody has a duty in the unit, or when nobody is known to have one there."""
    area = unit.area.rstrip("/").rpartition("/")[2]
    asked = {"area": area, "department": unit.code, "person": person}
    row = await (await conn.execute(_SQL.belongs, asked)).fetchone()
    return bool(row and row[0])


async def place_at(conn: Connection, lon: float, lat: float, snap_m: float) -> Place:
    """Where a position (WGS 84, degrees) lies in the layout in force. Raises NoLayout.

    As `grid.cells` has it: the lowest code of the cells that cover it, else the nearest one within
    `snap_m` metres, else no cell at all and the city.
    """
    layout = await layout_in_force(conn)
    dy = snap_m * _WIDER / METRES_PER_DEGREE
    dx = dy / max(math.cos(math.radians(lat)), 0.01)
    asked = {"layout": layout, "lon": lon, "lat": lat, "dx": dx, "dy": dy, "snap": snap_m}
    rows = await (await conn.execute(_SQL.located, asked)).fetchall()
    city, code, path, snapped = rows[0]
    shared = len(rows) > 1 and not snapped and not rows[1][3]
    return Place(
        path=path or city,
        cell=code,
        layout=layout,
        lon=lon,
        lat=lat,
        confidence=0.0 if snapped or code is None else 1.0,
        runner_up=rows[1][1] if shared else None,
        snapped=bool(snapped),
    )
