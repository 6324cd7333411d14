"""Open work that passes to others: ordered when somebody is away, leaves or is replaced.

One order at a time, a batch of cases in a transaction: an end in the middle leaves the rest, and
whoever comes next goes on behind the last case that was dealt with. A case for which nobody is
there stays with whom it is, and is looked at again later: nobody is released by being away.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_data import ledger, teams
from geo_data.commanding import moment
from geo_data.ledger import Change
from geo_data.places.zones import zones_of_waiting
from geo_data.queries import load
from grid.cases.commands import HandOver
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.errors import Rejected
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from grid.cases.case import Case
    from grid.model import Unit
    from grid.policy.policy import Policy
    from grid.teams import Teams

log = logging.getLogger(__name__)

_SQL = load("hand_overs")

#: Cases handed over in one transaction.
BATCH = 100
#: How soon work that nobody could take is offered again.
AGAIN_S = 600.0


class _Order(NamedTuple):
    """A row of `hand_overs` that is due; `holds` is False for an absence that is over."""

    id: int
    person: str
    successor: str | None
    unit_path: str | None
    department: str
    by: str
    reached: str | None
    waiting: int
    absent: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Round:
    """What one batch did: cases handed over, and those that wait because nobody is there."""

    handed: int
    waiting: int


async def hand_over_next(conn: Connection, policy: Policy, batch: int = BATCH) -> Round | None:
    """Carry out a batch of the order that is due longest, in one transaction; None: nothing is due.

    Orders that another process is at are passed over.
    """
    async with conn.transaction():
        row = await (await conn.execute(_SQL.due)).fetchone()
        if row is None:
            return None
        order = _Order(*row)
        if not order.holds or await _still_there(conn, order):
            await conn.execute(_SQL.finish, {"id": order.id, "handed": 0})
            return Round(0, 0)
        ids = await _open_work(conn, order, batch)
        changes, waiting = await _decide(conn, order, ids, policy)
        if changes:
            await ledger.append(conn, changes)
        await _note(conn, order, ids, len(changes), waiting, last=len(ids) < batch)
    return Round(len(changes), waiting)


async def next_due_s(conn: Connection) -> float | None:
    """Seconds until the next order is due (below zero: overdue); None where nothing waits."""
    row = await (await conn.execute(_SQL.next_due)).fetchone()
    return float(row[0].total_seconds()) if row and row[0] is not None else None


async def _still_there(conn: Connection, order: _Order) -> bool:
    """True for a term that ended where the same person goes on in the unit with another one."""
    if order.absent or order.unit_path is None:
        return False
    area = order.unit_path.rstrip("/").rpartition("/")[2]
    asked = {"area": area, "person": order.person, "department": order.department}
    row = await (await conn.execute(_SQL.still_there, asked)).fetchone()
    return bool(row and row[0])


async def _open_work(conn: Connection, order: _Order, batch: int) -> list[str]:
    asked = {
        "person": order.person,
        "reached": order.reached,
        "unit_path": order.unit_path,
        "department": order.department,
        "limit": batch,
    }
    return [row[0] for row in await (await conn.execute(_SQL.open_work, asked)).fetchall()]


async def _decide(
    conn: Connection, order: _Order, ids: Sequence[str], policy: Policy
) -> tuple[list[Change], int]:
    """What is handed over, and how many cases must wait."""
    if not ids:
        return [], 0
    locked = await ledger.lock(conn, ids)
    # Between looking and locking somebody may have taken a case over, or closed it.
    mine = [case for case in locked.values() if _is_its_work(case, order)]
    if not mine:
        return [], 0
    # Who gets it depends on the unit; what its clock brings before that, on the levels above.
    areas = {code for case in mine for code in case.place.path.split("/") if code}
    areas |= {_code(case.charge.handler) for case in mine}
    named = await teams.load(conn, sorted(areas))
    zones = await zones_of_waiting(conn, mine)
    now = await moment(conn, *mine)
    by = Principal(order.by, Role.SYSTEM, "")  # the order was checked when it was given
    cause = "absence" if order.absent else "replacement"
    changes: list[Change] = []
    for case in mine:
        who = _receiver(named, order, case.charge.handler, now)
        if who is None or who == order.person:
            continue
        try:
            command = HandOver(by=by, person=who, cause=cause)
            skipped = named.skipped(case.place.path, now, policy.chain)
            known = Known(skipped=skipped, zones=zones.get(case.id, frozenset()))
            events, steps = apply(case, command, known, now, policy)
        except Rejected as no:
            log.info("case %s is not handed over yet: %s", case.number, no.en)
            continue
        except Exception:  # one case that fails must not keep the others
            log.exception("case %s cannot be handed over", case.number)
            continue
        changes.append(Change(case, events, steps))
    return changes, len(mine) - len(changes)


def _is_its_work(case: Case, order: _Order) -> bool:
    handler = case.charge.handler
    here = order.unit_path is None or (handler.area, handler.code) == (
        order.unit_path,
        order.department,
    )
    return case.status.live and handler.person == order.person and here


def _receiver(named: Teams, order: _Order, unit: Unit, now: datetime) -> str | None:
    """Who gets the work: the successor, the absence's stand-in, or who answers for the unit."""
    first = order.successor or (order.person if order.absent else None)
    who = named.there(first, now) if first is not None else None
    return who or named.responsible(_code(unit), unit.code, now)


def _code(unit: Unit) -> str:
    return unit.area.rstrip("/").rpartition("/")[2]


async def _note(
    conn: Connection, order: _Order, ids: Sequence[str], handed: int, waiting: int, *, last: bool
) -> None:
    """How far the order has come: on to the next batch, done, or once more later."""
    about: dict[str, Any] = {"id": order.id, "handed": handed}
    if not last:
        await conn.execute(_SQL.go_on, about | {"reached": ids[-1], "waiting": waiting})
    elif order.waiting + waiting:
        await conn.execute(_SQL.again, about | {"seconds": AGAIN_S})
    else:
        await conn.execute(_SQL.finish, about)
