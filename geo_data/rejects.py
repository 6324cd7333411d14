"""What could not be taken: kept with its bytes until somebody sends it again or drops it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.database import Connection

_SQL = load("rejects")

STATES = ("open", "retried", "dropped")


@dataclass(frozen=True, slots=True)
class Kept:
    """A reject without its bytes."""

    id: int
    state: str
    code: str
    field: str
    reason: str
    topic: str
    partition: int
    offset: int
    report_id: str | None
    sender: str | None
    at: datetime
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Whole:
    """A reject with its bytes as they came, and the traceback of a bug."""

    kept: Kept
    key: bytes | None
    body: bytes
    traceback: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """What is put on the topic again."""

    id: int
    topic: str
    key: bytes | None
    body: bytes


async def listed(
    conn: Connection, state: str | None = None, after: int = 0, limit: int = 100
) -> list[Kept]:
    """At most `limit` rejects with an id above `after`, in order; of one state, or all."""
    rows = await conn.execute(_SQL.list, {"state": state, "after": after, "limit": limit})
    return [Kept(*row) for row in await rows.fetchall()]


async def show(conn: Connection, number: int) -> Whole | None:
    """One reject, whole; None where there is none."""
    row = await (await conn.execute(_SQL.show, {"id": number})).fetchone()
    if row is None:
        return None
    *kept, key, body, traceback = row
    return Whole(Kept(*kept), key, body, traceback)


async def lock_open(conn: Connection, ids: Sequence[int] | None) -> list[Again]:
    """The open ones among `ids` (None: all), locked in the running transaction."""
    wanted = None if ids is None else list(ids)
    rows = await (await conn.execute(_SQL.lock_open, {"ids": wanted})).fetchall()
    return [Again(*row) for row in rows]


async def change(conn: Connection, ids: Sequence[int], state: str) -> int:
    """Say what became of open rejects (`retried` or `dropped`); how many there were."""
    return (await conn.execute(_SQL.change, {"ids": list(ids), "state": state})).rowcount
