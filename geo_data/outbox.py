"""Messages on their way to gateways. Phone numbers are read here at the moment of sending only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from geo_data.database import Connection

_SQL = load("outbox")


class Posted(NamedTuple):
    """A message that a clerk holds for a while, with the notice that it carries."""

    id: str
    attempts: int
    created_at: datetime
    case: str
    area: str
    department: str
    person: str
    report: str | None
    template: str
    facts: dict[str, str]
    at: datetime


async def hold(conn: Connection, channel: str, *, hold_s: float, limit: int) -> list[Posted]:
    """Hold the messages of a channel that are due and that nobody else holds, oldest first."""
    rows = await conn.execute(_SQL.hold, {"channel": channel, "hold_s": hold_s, "limit": limit})
    found = [Posted(*row) for row in await rows.fetchall()]
    return sorted(found, key=lambda one: (one.created_at, one.id))


async def phones(conn: Connection, reports: Iterable[str]) -> dict[str, str]:
    """The phone numbers of those who sent these reports, where they gave one.

    For the gateway only: they go neither into a table nor into a log.
    """
    rows = await conn.execute(_SQL.phones, {"reports": sorted(set(reports))})
    return dict(await rows.fetchall())


async def taken(conn: Connection, message: str, status: int) -> None:
    """The gateway has it."""
    await conn.execute(_SQL.taken, {"id": message, "status": status})


async def give_up(
    conn: Connection, message: str, reason: str, status: int | None = None, *, tried: bool
) -> None:
    """It is not sent, or not again."""
    await conn.execute(
        _SQL.given_up,
        {"id": message, "reason": reason, "status": status, "tries": int(tried)},
    )


async def later(
    conn: Connection, message: str, reason: str, status: int | None, wait_s: float
) -> None:
    """It is tried again after so many seconds."""
    await conn.execute(
        _SQL.later, {"id": message, "reason": reason, "status": status, "wait_s": wait_s}
    )


async def let_go(conn: Connection, messages: Sequence[str]) -> None:
    """Held and not sent: the next one may."""
    await conn.execute(_SQL.let_go, {"ids": list(messages)})


@dataclass(frozen=True, slots=True)
class Waiting:
    """How a channel stands: messages that wait, the oldest's age, given up in the last day."""

    channel: str
    messages: int
    oldest_s: float
    given_up: int


async def waiting(conn: Connection) -> list[Waiting]:
    """How every channel stands that ever had a message."""
    rows = await (await conn.execute(_SQL.waiting)).fetchall()
    return [
        Waiting(channel, messages, max(float(seconds), 0.0), given_up)
        for channel, messages, seconds, given_up in rows
    ]
