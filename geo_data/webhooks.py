"""Webhooks: partners' addresses, each a cursor in the feed of its own, and what was sent there.

A clerk holds a webhook for a while by a mark in its row, not by a lock: no connection waits while
somebody's server takes its time.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from geo_data.queries import load
from geo_data.rights import subtree
from grid.notices.seal import SECRET_BYTES
from grid.principal import Principal, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry

_SQL = load("webhooks")

#: Entries of the feed whose attempts are kept for each webhook.
KEPT = 1000


@dataclass(frozen=True, slots=True)
class WebhookRecord:
    """A webhook as its owner sees it, without its secret. `events` empty: all types."""

    id: str
    owner: str
    url: str
    name: str
    events: list[str]
    area: str
    cursor: int
    state: str
    paused_why: str | None
    attempts: int
    failing_since: datetime | None
    next_try: datetime | None
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """The attempts to deliver one entry of the feed; `delivered_at` None: not taken yet."""

    feed: int
    case: str
    event: int
    type: str
    attempts: int
    status: int | None
    error: str
    took_ms: int
    at: datetime
    delivered_at: datetime | None


class Held(NamedTuple):
    """A webhook that a clerk holds for a while."""

    id: str
    owner: str
    url: str
    secret: bytes
    events: list[str]
    area: str
    cursor: int
    attempts: int


class Attempt(NamedTuple):
    """How one attempt ended: `status` None where there was no answer."""

    entry: FeedEntry
    status: int | None
    error: str
    took_ms: int
    taken: bool


async def add(
    conn: Connection,
    owner: Principal,
    url: str,
    *,
    name: str = "",
    events: Sequence[str] = (),
    area: str,
    after: int | None = None,
) -> tuple[str, bytes]:
    """Make a webhook over the area at `area` (a path); its id and its secret.

    It hears what comes after entry `after` of the feed, by default what comes from now on.
    """
    ident, secret = secrets.token_hex(8), secrets.token_bytes(SECRET_BYTES)
    async with conn.transaction():
        await conn.execute(
            _SQL.add,
            {
                "id": ident,
                "owner": owner.id,
                "url": url,
                "name": name,
                "secret": secret,
                "events": list(events),
                "area": area,
                "after": after,
            },
        )
        await _audit(conn, owner, "webhook add", ident)
    return ident, secret


async def owned(conn: Connection, owner: Principal) -> int:
    """How many webhooks this principal has."""
    row = await (await conn.execute(_SQL.owned, {"owner": owner.id})).fetchone()
    assert row is not None
    return int(row[0])


async def records(
    conn: Connection, asker: Principal, ident: str | None = None
) -> list[WebhookRecord]:
    """The asker's webhooks, for an admin all of its area; with `ident` that one or none."""
    low, high = subtree(asker.area) if asker.role is Role.ADMIN else ("", "")
    rows = await conn.execute(
        _SQL.records, {"owner": asker.id, "low": low, "high": high, "id": ident}
    )
    return [WebhookRecord(*row) for row in await rows.fetchall()]


async def delete(conn: Connection, ident: str, by: Principal) -> None:
    """Take the webhook away with all that was kept of it."""
    async with conn.transaction():
        await conn.execute(_SQL.delete, {"id": ident})
        await _audit(conn, by, "webhook delete", ident)


async def pause(conn: Connection, ident: str, by: Principal, why: str) -> None:
    """Send nothing until it is resumed; its place in the feed is kept."""
    async with conn.transaction():
        await conn.execute(_SQL.pause, {"id": ident, "why": why})
        await _audit(conn, by, "webhook pause", ident)


async def resume(conn: Connection, ident: str, by: Principal) -> None:
    """Go on where it stopped."""
    async with conn.transaction():
        await conn.execute(_SQL.resume, {"id": ident})
        await _audit(conn, by, "webhook resume", ident)


async def replay(conn: Connection, ident: str, by: Principal, after: int) -> None:
    """Send everything after entry `after` of the feed, again where it was sent before."""
    async with conn.transaction():
        await conn.execute(_SQL.replay, {"id": ident, "after": after})
        await _audit(conn, by, "webhook replay", ident)


async def deliveries(
    conn: Connection, ident: str, *, before: int, limit: int, failed: bool = False
) -> list[Delivery]:
    """The last attempts, newest entries first, with feed numbers below `before`."""
    rows = await conn.execute(
        _SQL.deliveries, {"id": ident, "before": before, "failed": failed, "limit": limit}
    )
    return [Delivery(*row) for row in await rows.fetchall()]


async def hold(
    conn: Connection, clerk: str, *, hold_s: float, limit: int, busy: Sequence[str]
) -> list[Held]:
    """Hold the webhooks that have something to send now and that nobody else holds."""
    rows = await conn.execute(
        _SQL.hold, {"clerk": clerk, "hold_s": hold_s, "limit": limit, "busy": list(busy)}
    )
    return [Held(*row) for row in await rows.fetchall()]


async def let_go(conn: Connection, ident: str, clerk: str) -> None:
    """Let the next one hold it."""
    await conn.execute(_SQL.let_go, {"id": ident, "clerk": clerk})


async def owner(conn: Connection, held: Held) -> Principal | None:
    """Whose webhook it is, with the rights of now; None where the key is no longer in force."""
    row = await (await conn.execute(_SQL.owner, {"owner": held.owner})).fetchone()
    if row is None:
        return None
    ident, role, area, department, name = row
    return Principal(ident, Role(role), area, name, department)


async def own_cases(conn: Connection, sender: str, cases: Sequence[str]) -> set[str]:
    """Those of the cases that hold a report of this sender, themselves or in a merged one."""
    rows = await conn.execute(_SQL.own_cases, {"sender": sender, "cases": list(cases)})
    return {row[0] for row in await rows.fetchall()}


async def settle(
    conn: Connection,
    held: Held,
    clerk: str,
    cursor: int,
    attempts: Sequence[Attempt],
    *,
    keep: bool,
    hold_s: float,
    wait_s: float,
    give_up_s: float,
) -> bool:
    """Store how a turn ended, in one transaction: its attempts and the cursor; True: go on.

    Nothing is stored where the webhook was deleted, paused or replayed in the meantime, or another
    clerk has it: what was sent may then be sent again. After `give_up_s` seconds of failures, or
    at once where the receiver says that it is gone, the webhook is paused.
    """
    async with conn.transaction():
        mine = await conn.execute(_SQL.held, {"id": held.id, "clerk": clerk, "cursor": held.cursor})
        if await mine.fetchone() is None:
            return False
        failed = next((one for one in attempts if not one.taken), None)
        taken = next((one for one in reversed(attempts) if one.taken), None)
        if taken is not None:
            await conn.execute(_SQL.succeeded, {"id": held.id, "status": taken.status})
        if failed is not None:
            words = {"id": held.id, "status": failed.status, "error": failed.error}
            await conn.execute(_SQL.failed, words | {"wait_s": wait_s})
            why = f"failing for {give_up_s / 3600:.0f} h: {failed.error}"
            gone = failed.status == _GONE
            if gone:
                why = "the receiver answered 410: it does not want this any more"
            await conn.execute(
                _SQL.give_up, {"id": held.id, "why": why, "now": gone, "give_up_s": give_up_s}
            )
        if attempts:
            await _record(conn, held.id, attempts)
        await conn.execute(
            _SQL.moved,
            {"id": held.id, "cursor": cursor, "keep": keep and failed is None, "hold_s": hold_s},
        )
    return keep and failed is None


_GONE = 410


async def revoked(conn: Connection, held: Held) -> None:
    """Pause a webhook whose key is no longer in force."""
    await conn.execute(_SQL.pause, {"id": held.id, "why": "its key is no longer in force"})


async def _record(conn: Connection, ident: str, attempts: Sequence[Attempt]) -> None:
    await conn.execute(
        _SQL.record,
        {
            "id": ident,
            "feed": [one.entry.number for one in attempts],
            "case_id": [one.entry.case_id for one in attempts],
            "event": [one.entry.event for one in attempts],
            "type": [one.entry.type for one in attempts],
            "status": [one.status for one in attempts],
            "error": [one.error for one in attempts],
            "took_ms": [one.took_ms for one in attempts],
            "taken": [one.taken for one in attempts],
        },
    )
    await conn.execute(_SQL.trim, {"id": ident, "keep": KEPT})


async def _audit(conn: Connection, by: Principal, act: str, subject: str) -> None:
    await conn.execute(load("keys").note_act, {"principal": by.id, "act": act, "subject": subject})


@dataclass(frozen=True, slots=True)
class WebhookDistance:
    """How far a webhook is behind, entries, and for how many seconds it has been failing."""

    id: str
    paused: bool
    entries: int
    failing_s: float


async def distances(conn: Connection) -> list[WebhookDistance]:
    """How every webhook stands."""
    rows = await (await conn.execute(_SQL.distances)).fetchall()
    return [
        WebhookDistance(ident, paused, entries, max(float(seconds), 0.0))
        for ident, paused, entries, seconds in rows
    ]
