"""What the worker writes for a batch of reports, beside cases and events.

A report's id is claimed once, for ever: whoever comes second with it finds it taken. Everything
here runs in the batch's one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb

from geo_data.arrays import plain, quoted
from geo_data.database import Failure, classify
from geo_data.queries import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from grid.reports.report import Report

_SQL = load("intake")


@dataclass(frozen=True, slots=True)
class Claim:
    """A report that wants to become a case: `digest` (32 bytes) is what its sender said.

    `seen_at` is when it was observed, by the server's clock.
    """

    report: Report
    case_id: str
    digest: bytes
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Reject:
    """A message that could not be taken: why, where it came from, and its bytes as they came."""

    topic: str
    partition: int
    offset: int
    code: str
    reason: str
    key: bytes | None
    body: bytes
    field: str = ""
    traceback: str | None = None
    report_id: str | None = None
    sender: str | None = None


def content_at_fault(error: Exception) -> bool:
    """True where one message's content may be to blame, so that the others should be tried alone.

    That is SQLSTATE 22 and 23, what the driver refuses to send, and every exception of ours.
    """
    if isinstance(error, MemoryError):
        return False
    if not isinstance(error, psycopg.Error):
        return classify(error) is not Failure.TRANSIENT
    return classify(error) is Failure.DATA or (
        error.sqlstate is None and isinstance(error, psycopg.DataError)
    )


async def claim(conn: Connection, claims: Sequence[Claim]) -> set[str]:
    """Claim these report ids (each once in `claims`); those that nobody had before.

    Inserted in the order of ids: two workers with the same ids must not wait for each other in a
    circle.
    """
    if not claims:
        return set()
    rows = await conn.execute(
        _SQL.claim,
        {
            "id": plain(c.report.id for c in claims),
            "case_id": plain(c.case_id for c in claims),
            "sender": quoted(c.report.sender for c in claims),
            "digest": plain(f'"\\\\x{c.digest.hex()}"' for c in claims),
            "category": plain(c.report.category for c in claims),
            "received_at": plain(c.report.received_at.isoformat() for c in claims),
            "seen_at": plain(c.seen_at.isoformat() for c in claims),
            "lon": plain(repr(c.report.lon) for c in claims),
            "lat": plain(repr(c.report.lat) for c in claims),
        },
    )
    return {row[0] for row in await rows.fetchall()}


async def digests(conn: Connection, ids: Sequence[str]) -> dict[str, bytes]:
    """What the holders of these ids said."""
    rows = await conn.execute(_SQL.digests, {"ids": list(ids)})
    return {row[0]: row[1] for row in await rows.fetchall()}


async def release(conn: Connection, ids: Sequence[str]) -> None:
    """Give back ids claimed in this transaction, whose reports did not become cases."""
    if ids:
        await conn.execute(_SQL.release, {"ids": list(ids)})


async def save_details(conn: Connection, reports: Iterable[tuple[Report, bytes]]) -> None:
    """Words and people of the reports, apart from the cases, each with its salt."""
    details, people = [], []
    for report, salt in reports:
        row = _details(report, salt)
        if row is not None:
            details.append(row)
        if report.reporter is not None:
            people.append((report.id, Jsonb(report.reporter)))
    await _copy(conn, _SQL.copy_details, details)
    await _copy(conn, _SQL.copy_people, people)


def _details(report: Report, salt: bytes) -> tuple[Any, ...] | None:
    if not (
        report.description
        or report.place
        or report.original
        or report.attachments
        or report.external_number
        or report.settled
    ):
        return None
    return (
        report.id,
        report.description or None,
        salt if report.description else None,
        Jsonb(report.place) if report.place else None,
        Jsonb(report.original._asdict()) if report.original else None,
        Jsonb([a._asdict() for a in report.attachments]) if report.attachments else None,
        report.external_number,
        report.settled,
    )


async def _copy(conn: Connection, statement: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    async with conn.cursor().copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)


async def save_rejects(conn: Connection, rejects: Sequence[Reject]) -> None:
    """Keep what could not be taken; a message that comes again keeps its first reject."""
    if not rejects:
        return
    await conn.execute(
        _SQL.save_rejects,
        {
            "topic": [r.topic for r in rejects],
            "partition": [r.partition for r in rejects],
            "offset": [r.offset for r in rejects],
            "code": [r.code for r in rejects],
            "field": [r.field for r in rejects],
            "reason": [_storable(r.reason) for r in rejects],
            "traceback": [_storable(r.traceback) for r in rejects],
            "report_id": [r.report_id for r in rejects],
            "sender": [_storable(r.sender) for r in rejects],
            "key": [r.key for r in rejects],
            "body": [r.body for r in rejects],
        },
    )


def _storable(text: str | None) -> str | None:
    """A reject must never fail for the very content that made it one."""
    if text is None:
        return None
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


async def save_consumed(conn: Connection, positions: Mapping[tuple[str, int], int]) -> None:
    """The next offset of each (topic, partition): what a restore rewinds to.

    The last writer wins, even with a lower number: reading twice is harmless, skipping is not.
    """
    ordered = sorted(positions.items())
    await conn.execute(
        _SQL.save_consumed,
        {
            "topic": [topic for (topic, _), _ in ordered],
            "partition": [partition for (_, partition), _ in ordered],
            "next_offset": [offset for _, offset in ordered],
        },
    )


async def consumed(conn: Connection, topic: str) -> dict[int, int]:
    """The next offset to read of each partition, as the workers' last transactions left it."""
    rows = await (await conn.execute(_SQL.consumed, {"topic": topic})).fetchall()
    return dict(rows)
