"""Live cases move to the layout that holds now: a batch in a transaction, an event for each.

What is to be done is read off the cases themselves, so that an end in the middle leaves the rest to
whoever looks next, and what comes back or is filed late under a layout that is over moves as well.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo_data import ledger
from geo_data.commanding import moment
from geo_data.ledger import Change
from geo_data.places.zones import zones_of_waiting
from geo_data.queries import load
from grid.cases.commands import Rezone
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.cases.rezoning import charge_along
from grid.cases.wire import decode_case
from grid.errors import Rejected
from grid.model import Level, Place, level_of, path_at
from grid.principal import RULES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.policies import PolicyStore
    from grid.cases.case import Case
    from grid.cells.index import CellIndex
    from grid.model import Unit
    from grid.teams import Teams

log = logging.getLogger(__name__)

_SQL = load("rezoning")

#: Cases moved in one transaction.
BATCH = 200


class Moved(NamedTuple):
    """What one batch came to: how many cases moved, and the ids of those that could not."""

    cases: int
    failed: list[str]


class Backlog(NamedTuple):
    """Live cases under a layout that is over; seconds for which the first of them has waited.

    One that changes meanwhile waits from then on, for it may have come back only then.
    """

    cases: int
    oldest_s: float


async def any_waiting(conn: Connection) -> bool:
    """True where a live case is under a layout that holds no more."""
    row = await (await conn.execute(_SQL.any_waiting)).fetchone()
    return bool(row and row[0])


async def backlog(conn: Connection) -> Backlog:
    """How much waits to be moved: nothing, but in the minutes after a layout has begun to hold."""
    row = await (await conn.execute(_SQL.backlog)).fetchone()
    assert row is not None
    return Backlog(row[0], max(float(row[1]), 0.0))


async def follow_areas(conn: Connection, layout: int) -> int:
    """Let keys, webhooks, readers and orders go with their areas; how many did.

    Each is for the area of a code: under another parent the area has another path. One whose code
    the layout has not stays as it is, and sees nothing new.
    """
    done = 0
    async with conn.transaction():
        for statement in (
            _SQL.keys_follow,
            _SQL.webhooks_follow,
            _SQL.readers_follow,
            _SQL.hand_overs_follow,
        ):
            done += (await conn.execute(statement, {"layout": layout})).rowcount
    return done


async def move_next(
    conn: Connection,
    index: CellIndex,
    policies: PolicyStore,
    teams: Teams,
    but: Collection[str] = (),
    batch: int = BATCH,
) -> Moved:
    """Move a batch of cases in one transaction to the layout of the index, which is in force.

    The cases of the ids `but` are left out.
    """
    async with conn.transaction():
        asked = {"limit": batch, "but": list(but)}
        found = await (await conn.execute(_SQL.waiting, asked)).fetchall()
        if not found:
            return Moved(0, [])
        failed: list[str] = []
        cases = [case for case_id, state in found if (case := _read(case_id, state, failed))]
        now = await moment(conn, *cases)
        policy = policies.known.at(now)
        places = _places(cases, index, policy.snap_m)
        zones = await zones_of_waiting(conn, cases)
        hands = await _hands(conn, cases, places, teams, now)
        changes = []
        for case, place in zip(cases, places, strict=True):
            known = Known(
                place=place,
                skipped=teams.skipped(case.place.path, now, policy.chain),
                zones=zones.get(case.id, frozenset()),
            )
            try:
                command = Rezone(by=RULES, person=hands.get(case.id))
                events, steps = apply(case, command, known, now, policy)
            except Rejected as no:
                # Its clock had ended it by now: what is over keeps its layout.
                log.info("case %s does not move: %s", case.number, no.en)
                failed.append(case.id)
            except Exception:  # one case that fails must not keep the others
                log.exception("case %s cannot be moved to layout %d", case.number, index.layout)
                failed.append(case.id)
            else:
                changes.append(Change(case, events, steps))
        if changes:
            await ledger.append(conn, changes)
    return Moved(len(changes), failed)


def _read(case_id: str, state: str, failed: list[str]) -> Case | None:
    """The case; one that this version cannot read is left to a newer one beside it."""
    try:
        return decode_case(state)
    except Exception:
        log.exception("case %s cannot be read", case_id)
        failed.append(case_id)
        return None


def _places(cases: Sequence[Case], index: CellIndex, snap_m: float) -> list[Place]:
    """Where the positions lie now. A surge's parent stays at its level of areas.

    How exact a position was is not known any more: in the same cell the confidence stays, in
    another one it is what covers the position.
    """
    located = index.locate(
        np.array([case.place.lon for case in cases], dtype=np.float64),
        np.array([case.place.lat for case in cases], dtype=np.float64),
        snap_m=snap_m,
    )
    city = index.path(0).split("/", 1)[0] + "/"
    places = []
    for case, cell, confidence, snapped in zip(
        cases,
        located.cell.tolist(),
        located.confidence.tolist(),
        located.snapped.tolist(),
        strict=True,
    ):
        before = case.place
        path = index.path(cell) if cell >= 0 else city
        code = index.code(cell) if cell >= 0 else None
        above = level_of(before.path)
        if case.origin.report is None and above is not Level.GRID:
            path, code = path_at(path, above), None
        if path == before.path:
            places.append(replace(before, layout=index.layout))
            continue
        places.append(
            Place(
                path=path,
                cell=code,
                layout=index.layout,
                lon=before.lon,
                lat=before.lat,
                confidence=round(confidence, 4) if code is not None else 0.0,
                runner_up=None,
                snapped=snapped and code is not None,
            )
        )
    return places


async def _hands(
    conn: Connection, cases: Sequence[Case], places: Sequence[Place], teams: Teams, now: datetime
) -> dict[str, str]:
    """Who has it in hand where another unit works now and who had it has no duty there.

    That is whoever answers for the unit; nobody where nobody does.
    """
    asked: list[tuple[Case, Unit]] = []
    for case, place in zip(cases, places, strict=True):
        unit = charge_along(case.charge, place.path).handler
        if unit.person and not unit.same(case.charge.handler):
            asked.append((case, unit))
    if not asked:
        return {}
    columns = {
        "area": [_code(unit) for _, unit in asked],
        "department": [unit.code for _, unit in asked],
        "person": [unit.person for _, unit in asked],
    }
    rows = await (await conn.execute(_SQL.belonging, columns)).fetchall()
    stay = {row[0] - 1 for row in rows}
    return {
        case.id: teams.responsible(_code(unit), unit.code, now) or ""
        for i, (case, unit) in enumerate(asked)
        if i not in stay
    }


def _code(unit: Unit) -> str:
    return unit.area.rstrip("/").rpartition("/")[2]
