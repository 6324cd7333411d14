"""What became of a report: the case that has it, or why it was not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - dataclasses keep it inspectable
from typing import TYPE_CHECKING

from geo_data.queries import load

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("fates")


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a report: the case it is in, and that case's parent where it was merged."""

    sender: str
    case: str
    number: str
    status: str
    path: str
    parent: str | None
    parent_number: str | None
    parent_status: str | None


@dataclass(frozen=True, slots=True)
class Reject:
    """Why a report was not taken."""

    sender: str | None
    code: str
    field: str
    reason: str
    at: datetime


async def fate(conn: Connection, report_id: str) -> Fate | None:
    """What became of a report; None where no case has it."""
    row = await (await conn.execute(_SQL.fate, {"id": report_id})).fetchone()
    if row is None:
        return None
    sender, case, number, status, path, parent, *of_parent = row
    return Fate(
        sender, str(case), number, status, path, str(parent) if parent else None, *of_parent
    )


async def reject(conn: Connection, report_id: str, sender: str | None) -> Reject | None:
    """The last reject that still stands of a report from this sender; None is any sender."""
    row = await (await conn.execute(_SQL.reject, {"id": report_id, "sender": sender})).fetchone()
    return Reject(*row) if row else None
