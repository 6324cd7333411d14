"""What cases were before `case_history` was kept, made from their events.

This runs once, with the migration that brought the history: while it runs nothing else writes.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - named tuples keep it inspectable
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_data.fact_history import Turns
from geo_data.ledger import columns_of, point_wkb
from geo_data.queries import load
from grid.cases.case import Case  # noqa: TC001 - likewise
from grid.cases.evolve import evolve
from grid.cases.wire import decode_event
from grid.figures.fold import advance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_data.database import Connection
    from grid.cases.events import Event
    from grid.figures.facts import CaseFacts

_SQL = load("history")

_ROWS = 500
#: The columns of a version after those that say of which case and when it was, but for its point.
_COLUMNS = (
    "status", "size", "category", "path", "cell", "layout", "level", "handler_kind", "department",
    "assisting", "stage", "warn_at", "due_at", "promise_due", "paused", "reports", "parent",
    "closed_at", "handler_person", "asks", "marks",
)  # fmt: skip


async def make(conn: Connection) -> int:
    """Write what all cases were, in the running transaction; how many versions there were."""
    await conn.execute(_SQL.versions)
    done, last = 0, "00000000-0000-0000-0000-000000000000"
    while True:
        found = await (await conn.execute(_SQL.cases, {"after": last, "n": _ROWS})).fetchall()
        if not found:
            break
        turns = Turns()
        rows = []
        for _, bodies in found:
            events = [decode_event(body) for body in bodies or ()]
            rows += _rows(events) if events else []
            _note(turns, events)
        async with conn.cursor().copy(_SQL.copy_versions) as copy:
            for row in rows:
                await copy.write_row(row)
        await turns.write(conn)
        done, last = done + len(rows), found[-1][0]
    await conn.execute(_SQL.save_versions)
    return done


class Version(NamedTuple):
    """What a case was from an instant until another one."""

    since: datetime
    until: datetime
    case: Case


def versions(events: Iterable[Event]) -> tuple[Case, list[Version]]:
    """The case that a history makes, and what it was before. ValueError where it makes none."""
    held: dict[datetime, Case] = {}
    case: Case | None = None
    for event in events:
        case = evolve(case, event)
        held[event.at] = case
    if case is None:
        raise ValueError("no events, no case")
    begins = [*held]
    return case, [Version(*one) for one in zip(begins, begins[1:], held.values(), strict=False)]


def _rows(events: Sequence[Event]) -> list[tuple[Any, ...]]:
    """The rows of `case_history` that a case has."""
    now, before = versions(events)
    rows = []
    for since, until, was in before:
        said = columns_of(was)
        place = was.place
        moved = (place.lon, place.lat) != (now.place.lon, now.place.lat)
        point = point_wkb(place.lon, place.lat) if moved else None
        rows.append((was.id, since, until, *(said[name] for name in _COLUMNS), point))
    return rows


def _note(turns: Turns, events: Sequence[Event]) -> None:
    facts: CaseFacts | None = None
    for event in events:
        before, facts = facts, advance(facts, event)
        turns.note(before, facts, event.at)
