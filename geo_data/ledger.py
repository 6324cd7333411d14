"""The one way in which anything is written to cases: events appended, state beside them.

Reports, commands and ticks are three doors into `grid.cases.decide`; what it answers is
written here, in the caller's transaction: the events, their places in the queue for the feed, and
the case.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_data.arrays import plain, quoted
from geo_data.queries import load
from grid.cases.wire import decode_case, encode_case, encode_event, type_of
from grid.codec import instant
from grid.model import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from grid.cases.case import Aside, Case
    from grid.cases.events import Event

_SQL = load("ledger")

_PROMISE = Stage.PROMISE

#: The columns of `columns_of` that hold moments.
_MOMENTS = ("warn_at", "due_at", "promise_due", "next_tick", "changed_at", "closed_at")

#: Those that hold numbers and truths, and are never NULL.
_PLAIN = ("layout", "version", "reports", "paused")


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
                await copy.write_row(_case_row(change))
    old = [(c.after, c.before.tally.version) for c in changes if c.before is not None]
    if old:
        await _update(conn, old)


async def rewrite(conn: Connection, cases: Sequence[Case]) -> None:
    """Write states and columns again that no event has changed."""
    await _update(conn, [(case, case.tally.version) for case in cases])


async def _update(conn: Connection, cases: Sequence[tuple[Case, int]]) -> None:
    """Write the cases, each over the version that it had."""
    rows = [columns_of(case) for case, _ in cases]
    columns = {name: _array(name, [row[name] for row in rows]) for name in rows[0]}
    columns["point"] = plain(point_wkb(case.place.lon, case.place.lat) for case, _ in cases)
    columns["was"] = plain(str(was) for _, was in cases)
    done = await conn.execute(_SQL.update_cases, columns)
    if done.rowcount != len(cases):
        raise StaleCase(f"{len(cases) - done.rowcount} of {len(cases)} cases had changed")


def _array(name: str, values: list[Any]) -> str:
    if name in _MOMENTS:
        return plain(map(_moment, values))
    return plain(map(str, values)) if name in _PLAIN else quoted(values)


def _moment(at: datetime | None) -> str | None:
    """A moment as COPY takes it: the text that is in the event is at hand already."""
    return None if at is None else instant(at)[1:-1]


def _case_row(change: Change) -> tuple[Any, ...]:
    case = change.after
    row = columns_of(case)
    for name in _MOMENTS:
        row[name] = _moment(row[name])
    return (*row.values(), _moment(change.received_at), point_wkb(case.place.lon, case.place.lat))


def _event_rows(change: Change) -> list[tuple[Any, ...]]:
    rows = []
    before = change.before
    for event, after in zip(change.events, change.steps, strict=True):
        rows.append(
            (
                event.case,
                event.number,
                type_of(event.what),
                _moment(event.at),
                event.by,
                after.place.path,
                before.place.path if before else None,
                after.status._value_,
                before.status._value_ if before else None,
                after.charge.level._value_,
                before.charge.level._value_ if before else None,
                encode_event(event),
            )
        )
        before = after
    return rows


def columns_of(case: Case) -> dict[str, Any]:
    """What queries filter and sort by, beside the state itself; in the order of `copy_cases`.

    The driver wants plain text, not members of an enumeration; `_value_` is what `value` looks up.
    """
    matter, place, charge, tally = case.matter, case.place, case.charge, case.tally
    aside = case.aside
    handler = charge.handler
    live = case.status.live
    promise = stage = None
    for deadline in case.deadlines:
        if deadline.stage is _PROMISE:
            promise = deadline
        elif stage is None or deadline.due < stage.due:
            stage = deadline
    if not live:
        stage = None
    elif stage is None:
        stage = promise
    return {
        "id": case.id,
        "number": case.number,
        "status": case.status._value_,
        "size": matter.size._value_,
        "category": matter.category,
        "source": matter.source._value_,
        "path": place.path,
        "cell": place.cell,
        "layout": place.layout,
        "level": charge.level._value_,
        "charge_path": charge.area,
        "handler_kind": handler.kind,
        "handler_path": handler.area,
        "department": handler.code,
        "stage": stage.stage._value_ if stage else None,
        "warn_at": stage.warn if stage else None,
        "due_at": stage.due if stage else None,
        "promise_due": promise.due if promise and live else None,
        "next_tick": case.next_tick,
        "version": tally.version,
        "reports": tally.reports,
        "parent": case.parent,
        "changed_at": tally.last_at,
        "closed_at": None if live else aside.ended_at or tally.last_at,
        "paused": aside.pause is not None,
        "handler_person": handler.person,
        "assisting": _words(part.department for part in aside.parts),
        "asks": _words(ask.kind._value_ for ask in aside.asks),
        "marks": _marks(aside),
        "state": encode_case(case),
    }


def _words(codes: Iterable[str]) -> str:
    """A PostgreSQL array literal of codes; one text, since lists of lists must not be ragged."""
    return quoted(codes)


def _marks(aside: Aside) -> str:
    """What became of its red lights, and why its clocks stand, where they do."""
    if not aside.lates and aside.pause is None:
        return "{}"
    found = {late.state._value_ for late in aside.lates}
    if aside.pause is not None:
        found.add(aside.pause.kind._value_)
    return _words(sorted(found))


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
