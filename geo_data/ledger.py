"""The one way in which anything is written to cases: events appended, state beside them.

Reports, commands and ticks are three doors into `grid.decide`; what it answers is written here,
in the caller's transaction: the events, their places in the queue for the feed, and the case.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_data.queries import load
from grid.wire import decode_case, encode_case, encode_event, type_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from grid.events import Event
    from grid.model import Case

_SQL = load("ledger")


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision made: the case before (None for a new one), its events and their states.

    `steps[i]` is the case after `events[i]`; the last one is what is stored. `received_at` is
    needed for a new case only.
    """

    before: Case | None
    events: Sequence[Event]
    steps: Sequence[Case]
    received_at: datetime | None = None

    @property
    def after(self) -> Case:
        """The case as it will be stored."""
        return self.steps[-1]


class StaleCase(RuntimeError):
    """A locked case had changed all the same: a bug, the transaction must not stand."""


def point_wkb(lon: float, lat: float) -> str:
    """EWKB of a WGS 84 point in hexadecimal, as COPY takes it."""
    return struct.pack("<BIIdd", 1, 0x20000001, 4326, lon, lat).hex()


async def append(conn: Connection, changes: Sequence[Change]) -> None:
    """Write the changes in the running transaction; all of them or, by its failure, none.

    Order within the feed follows the order given here. COPY instead of INSERT, because it is the
    fastest way through the driver: the rows are formatted in C.
    """
    cursor = conn.cursor()
    async with cursor.copy(_SQL.copy_events) as copy:
        for change in changes:
            for row in _event_rows(change):
                await copy.write_row(row)
    async with cursor.copy(_SQL.copy_pending) as copy:
        for change in changes:
            for event in change.events:
                await copy.write_row((event.case, event.number))
    await conn.execute(_SQL.wake_sequencer)
    new = [change for change in changes if change.before is None]
    if new:
        async with cursor.copy(_SQL.copy_cases) as copy:
            for change in new:
                place = change.after.place
                await copy.write_row(
                    (
                        *columns_of(change.after).values(),
                        change.received_at,
                        point_wkb(place.lon, place.lat),
                    )
                )
    old = [change for change in changes if change.before is not None]
    if old:
        await _update(conn, old)


async def _update(conn: Connection, changes: Sequence[Change]) -> None:
    rows = [columns_of(change.after) for change in changes]
    columns: dict[str, Any] = {name: [row[name] for row in rows] for name in rows[0]}
    columns["was"] = [change.before.tally.version for change in changes if change.before]
    done = await conn.execute(_SQL.update_cases, columns)
    if done.rowcount != len(changes):
        raise StaleCase(f"{len(changes) - done.rowcount} of {len(changes)} cases had changed")


def _event_rows(change: Change) -> list[tuple[Any, ...]]:
    rows = []
    before = change.before
    for event, after in zip(change.events, change.steps, strict=True):
        rows.append(
            (
                event.case,
                event.number,
                type_of(event.what),
                event.at,
                event.by,
                after.place.path,
                before.place.path if before else None,
                after.status.value,
                before.status.value if before else None,
                after.charge.level.value,
                before.charge.level.value if before else None,
                encode_event(event),
            )
        )
        before = after
    return rows


def columns_of(case: Case) -> dict[str, Any]:
    """What queries filter and sort by, beside the state itself; in the order of `copy_cases`."""
    matter, place, charge, tally = case.matter, case.place, case.charge, case.tally
    live = case.status.live
    promise = next((d for d in case.deadlines if d.stage.value == "promise"), None)
    waiting = [d for d in case.deadlines if d.stage.value != "promise"] or list(case.deadlines)
    stage = min(waiting, key=lambda d: d.due) if waiting and live else None
    return {
        "id": case.id,
        "number": case.number,
        "status": case.status.value,
        "size": matter.size.value,
        "category": matter.category,
        "source": matter.source.value,
        "path": place.path,
        "cell": place.cell,
        "layout": place.layout,
        "level": charge.level.value,
        "charge_path": charge.area,
        "handler_kind": charge.handler.kind,
        "handler_path": charge.handler.area,
        "department": charge.handler.code,
        "stage": stage.stage.value if stage else None,
        "warn_at": stage.warn if stage else None,
        "due_at": stage.due if stage else None,
        "promise_due": promise.due if promise else None,
        "next_tick": case.next_tick,
        "version": tally.version,
        "reports": tally.reports,
        "parent": case.parent,
        "changed_at": tally.last_at,
        "closed_at": None if live else tally.last_at,
        "state": encode_case(case),
    }


async def case_numbers(conn: Connection, n: int, year: int) -> list[str]:
    """`n` new numbers as people say them, such as `2026-0000123`. A number may stay unused."""
    rows = await (await conn.execute(_SQL.next_numbers, {"n": n})).fetchall()
    return [f"{year}-{row[0]:07d}" for row in rows]


async def lock(conn: Connection, case_ids: Sequence[str]) -> dict[str, Case]:
    """The cases by id, locked in id order until the transaction ends; unknown ids are absent."""
    rows = await (await conn.execute(_SQL.lock_cases, {"ids": list(case_ids)})).fetchall()
    cases = [decode_case(row[0]) for row in rows]
    return {case.id: case for case in cases}


async def clock(conn: Connection) -> datetime:
    """The database's clock now: not `now()`, which is when the transaction began."""
    row = await (await conn.execute(_SQL.clock)).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
