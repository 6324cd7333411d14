"""Reading cases: lists with filters and keyset paging, one case with what belongs to it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

from geo_data import areas
from geo_data.queries import load
from grid.cases.wire import decode_event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.areas import AreaName
    from geo_data.database import Connection
    from geo_data.rights import RowFilter
    from grid.cases.events import Event
    from grid.principal import Principal

_SQL = load("cases")


class Order(StrEnum):
    """How a list is sorted; `due` has what is due first in front and what has no limit last."""

    NEWEST = "newest"
    OLDEST = "oldest"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page of a list ended."""

    id: str
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """What a list is asked for; None asks nothing. Box in degrees, times half-open."""

    ident: str | None = None
    number: str | None = None
    report: str | None = None
    status: Sequence[str] | None = None
    level: Sequence[str] | None = None
    size: Sequence[str] | None = None
    light: Sequence[str] | None = None
    handler_kind: str | None = None
    department: str | None = None
    person: str | None = None
    paused: bool | None = None
    ask: Sequence[str] | None = None
    asking: bool | None = None
    late: bool | None = None
    card: bool | None = None
    long_term: bool | None = None
    category: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    west: float | None = None
    south: float | None = None
    east: float | None = None
    north: float | None = None


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row of a list: the state as it is stored (decoded JSON) and what the clock makes of it.

    `marks` say what is remarkable: what became of red lights, and why the clocks stand.
    """

    id: str
    state: dict[str, Any]
    stage: str | None
    light: str | None
    warn_at: datetime | None
    due_at: datetime | None
    received_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    marks: list[str]


@dataclass(frozen=True, slots=True)
class CaseReport:
    """A report of a case, without people's data."""

    id: str
    received_at: datetime
    category: str
    lon: float
    lat: float
    description: str | None
    place: dict[str, str] | None
    attachments: list[dict[str, str]] | None
    external_number: str | None
    settled: str | None


async def now(conn: Connection) -> datetime:
    """The database's clock, by which lights are told."""
    row = await (await conn.execute(_SQL.now)).fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


async def page(
    conn: Connection,
    rights: RowFilter,
    wanted: CaseFilter,
    *,
    at: datetime,
    order: Order = Order.NEWEST,
    after: Position | None = None,
    limit: int = 100,
) -> list[CaseRow]:
    """At most `limit` cases that the rights show, lights told as of `at`.

    Not prepared: the planner has to see which filters are asked for.
    """
    query = listed(_SQL.present, _SQL.seen, order)
    params = asked(rights, wanted, at, after, limit)
    rows = await (await conn.execute(query, params, prepare=False)).fetchall()
    return [CaseRow(str(row[0]), json.loads(row[1]), *row[2:]) for row in rows]


def listed(source: LiteralString, whose: LiteralString, order: Order) -> LiteralString:
    """A list's query: where its rows are from, and whose they are."""
    parts = (_SQL.listed, source, _SQL.lights, whose, _SQL.filtered, getattr(_SQL, order.value))
    return "\n".join(parts)


def asked(
    rights: RowFilter, wanted: CaseFilter, at: datetime, after: Position | None, limit: int
) -> dict[str, Any]:
    """The parameters of a list's query."""
    low, high = rights.bounds
    return asdict(wanted) | {
        "now": at,
        "path_low": low,
        "path_high": high,
        "own": rights.department,
        "after_id": after.id if after else None,
        "after_due": after.due if after else None,
        "limit": limit,
    }


async def one(conn: Connection, rights: RowFilter, name: str, *, at: datetime) -> CaseRow | None:
    """The case of that id or number, where the rights show it."""
    found = await page(conn, rights, _named(name), at=at, limit=1)
    return found[0] if found else None


async def visible(conn: Connection, rights: RowFilter, name: str) -> str | None:
    """The id of the case of that id or number, where the rights show it."""
    low, high = rights.bounds
    wanted = _named(name)
    row = await (
        await conn.execute(
            _SQL.visible,
            {
                "ident": wanted.ident,
                "number": wanted.number,
                "path_low": low,
                "path_high": high,
                "own": rights.department,
            },
        )
    ).fetchone()
    return str(row[0]) if row else None


async def identify(conn: Connection, name: str) -> str | None:
    """The id of the case of that id or number, whoever asks."""
    wanted = _named(name)
    asked = {"ident": wanted.ident, "number": wanted.number}
    row = await (await conn.execute(_SQL.identify, asked)).fetchone()
    return str(row[0]) if row else None


async def briefly(conn: Connection, case_id: str) -> dict[str, Any]:
    """What whoever has just sent a case out of sight may still hear of it."""
    row = await (await conn.execute(_SQL.briefly, {"id": case_id})).fetchone()
    assert row is not None, "a case stays"
    return {"id": str(row[0]), "number": row[1], "status": row[2], "version": row[3]}


def _named(name: str) -> CaseFilter:
    try:
        return CaseFilter(ident=str(UUID(name)))
    except ValueError:
        return CaseFilter(number=name.replace("\x00", ""))


async def reports(conn: Connection, case_id: str, limit: int = 100) -> list[CaseReport]:
    """The case's reports, the first ones first."""
    rows = await (await conn.execute(_SQL.reports, {"id": case_id, "limit": limit})).fetchall()
    return [CaseReport(str(row[0]), *row[1:]) for row in rows]


async def children(conn: Connection, case_id: str, limit: int = 100) -> list[tuple[str, str]]:
    """Ids and numbers of the cases that were merged into this one."""
    rows = await (await conn.execute(_SQL.children, {"id": case_id, "limit": limit})).fetchall()
    return [(str(row[0]), row[1]) for row in rows]


async def numbers(conn: Connection, case_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Ids and numbers of these cases."""
    rows = await (await conn.execute(_SQL.numbers, {"ids": list(case_ids)})).fetchall()
    return [(str(row[0]), row[1]) for row in rows]


async def history(conn: Connection, case_id: str) -> tuple[list[str], list[Event]]:
    """The case's events: as they are stored, and as today's values."""
    rows = await (await conn.execute(load("ledger").history, {"id": case_id})).fetchall()
    texts = [row[1] for row in rows]
    return texts, [decode_event(text) for text in texts]


async def area_names(conn: Connection, events: Sequence[Event]) -> list[AreaName]:
    """The names of all areas that a history names, from the layouts under which the case was.

    Of a name that changed the latest comes last.
    """
    places = [place for event in events if (place := getattr(event.what, "place", None))]
    paths = {path for event in events for path in _paths(event.what)}
    layouts = dict.fromkeys(place.layout for place in places)
    return [name for layout in layouts for name in await areas.names(conn, layout, paths)]


def _paths(what: object) -> set[str]:
    found = {getattr(what, "area", "")}
    for part in ("charge", "place"):
        value = getattr(what, part, None)
        if value is not None:
            found |= {getattr(value, "area", ""), getattr(value, "path", "")}
            handler = getattr(value, "handler", None)
            if handler is not None:
                found.add(handler.area)
    return found - {""}


async def notes(conn: Connection, case_id: str) -> dict[str, str]:
    """The free text of the case's commands, by the digest that stands in the events."""
    rows = await (await conn.execute(_SQL.notes, {"id": case_id})).fetchall()
    return {row[0]: row[1] for row in rows}


async def people(
    conn: Connection, case_id: str, principal: Principal
) -> list[tuple[str, dict[str, str]]]:
    """Who reported, by report id. The look is noted in the audit log, in the same transaction."""
    async with conn.transaction():
        await conn.execute(_SQL.note_look, {"principal": principal.id, "subject": case_id})
        rows = await (await conn.execute(_SQL.people, {"id": case_id})).fetchall()
    return [(str(row[0]), row[1]) for row in rows]
