"""The layouts there are: which holds, which did, which will, which are drafts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_data import queries

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.database import Connection

_SQL = queries.load("layout")


@dataclass(frozen=True, slots=True)
class Listed:
    """A stored layout. `valid_from` None: a draft; `again` is the one whose areas it repeats."""

    number: int
    name: str
    source: str
    created_at: datetime
    valid_from: datetime | None
    valid_to: datetime | None
    published_at: datetime | None
    published_by: str
    cells: int
    live_cases: int
    again: int | None

    def state(self, now: datetime) -> str:
        """`draft`, `to come`, `in force` or `over`."""
        if self.valid_from is None:
            return "draft"
        if self.valid_from > now:
            return "to come"
        return "in force" if self.valid_to is None or self.valid_to > now else "over"


async def listed(conn: Connection) -> list[Listed]:
    """All layouts in the order in which they hold, drafts last."""
    rows = await (await conn.execute(_SQL.listed)).fetchall()
    return [Listed(*row) for row in rows]


async def page(conn: Connection, *, below: int, drafts: bool, limit: int) -> list[Listed]:
    """Layouts with numbers below this one, the newest first, with drafts or without."""
    asked = {"below": below, "drafts": drafts, "limit": limit}
    rows = await (await conn.execute(_SQL.page, asked)).fetchall()
    return [Listed(*row) for row in rows]


async def one(conn: Connection, number: int, *, drafts: bool) -> Listed | None:
    """The layout of a number; None where there is none, or only a draft and none is wanted."""
    found = await page(conn, below=number + 1, drafts=drafts, limit=1)
    return found[0] if found and found[0].number == number else None


async def before(conn: Connection, number: int | None) -> int | None:
    """The layout that this one ended; for a draft or a file (None) the newest published one."""
    row = await (await conn.execute(_SQL.came_before, {"layout": number})).fetchone()
    return None if row is None else int(row[0])
