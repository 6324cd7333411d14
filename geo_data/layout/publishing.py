"""Publishing layouts: a draft that holds from a time on, the one before it again, or not yet.

One transaction each: whoever looks finds the old state or the new one. Nothing is ever deleted,
so that every case and every instant keeps the layout under which it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from geo_data import queries
from geo_data.layout import store
from grid.policy.arithmetic import clock
from grid.policy.versions import LEAD

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.layout.model import Layout

_SQL = queries.load("layout")

#: What is kept free beyond the lead when no time is named, so that it is still ahead when asked.
_ROOM = timedelta(seconds=5)


class CannotPublish(ValueError):
    """A layout that is right in itself, but may not be published so."""


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: its number, from when on it holds, and the one that it ends."""

    number: int
    valid_from: datetime
    before: int | None


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest published layout, seen under the lock, and the database's clock."""

    now: datetime
    number: int | None
    name: str
    valid_from: datetime | None
    by: str

    @property
    def told(self) -> str:
        """What somebody has to know who meets it."""
        assert self.valid_from is not None
        by = f" by {self.by}" if self.by else ""
        return (
            f"layout {self.number} ({self.name}), published{by}, from {clock(self.valid_from)} on"
        )


async def keep(conn: Connection, layout: Layout) -> int:
    """Store a layout as a draft; its number. The same areas stored already are not stored again."""
    return await store.save(conn, layout, valid_from=None)


async def publish(
    conn: Connection, what: Layout | int, valid_from: datetime | None, by: str
) -> Published:
    """Let a layout, or the draft of a number, hold from a moment on; None: as soon as may be.

    The first of all may begin at any time, every other one at least two minutes ahead. Raises
    CannotPublish where it is no draft, another one waits to begin, or the moment is too near.
    """
    async with conn.transaction():
        await conn.execute(_SQL.alone)
        number = what if isinstance(what, int) else await keep(conn, what)
        row = await (await conn.execute(_SQL.about, {"id": number})).fetchone()
        if row is None:
            raise CannotPublish(f"there is no layout {number}")
        if row[1] is not None:
            raise CannotPublish(_held(number, row[1]))
        return await _begin(conn, number, valid_from, by)


async def hold(conn: Connection, layout: Layout, by: str) -> Published:
    """Publish as soon as may be, or do nothing where the newest layout has these very areas."""
    async with conn.transaction():
        number = await keep(conn, layout)
        row = await (await conn.execute(_SQL.about, {"id": number})).fetchone()
        assert row is not None
        if row[1] is not None:
            return Published(number, row[1], None)
        return await publish(conn, number, None, by)


async def roll_back(
    conn: Connection, valid_from: datetime | None, by: str, to: int | None = None
) -> Published:
    """Publish an earlier layout's areas again, under a new number; None: of the one before.

    Raises CannotPublish as `publish`, and where there is nothing to go back to.
    """
    async with conn.transaction():
        await conn.execute(_SQL.alone)
        newest = await _newest(conn)
        _none_to_come(newest)
        if to is None:
            row = await (
                await conn.execute(_SQL.before, {"valid_from": newest.valid_from})
            ).fetchone()
            if row is None:
                raise CannotPublish("there is no layout before the one in force")
            to = int(row[0])
        row = await (await conn.execute(_SQL.about, {"id": to})).fetchone()
        if row is None or row[1] is None or to == newest.number:
            raise CannotPublish(f"layout {to} is none that has held before the one in force")
        again = await (await conn.execute(_SQL.add_again, {"id": to})).fetchone()
        assert again is not None
        await conn.execute(_SQL.copy_again, {"id": to, "into": again[0]})
        await conn.execute(_SQL.know_areas)
        return await _begin(conn, again[0], valid_from, by)


async def withdraw(conn: Connection) -> int:
    """Make a draft again of the layout that waits to begin; its number. Raises CannotPublish.

    Not in its last two minutes: by then reports may have been received under it, as far as the
    clocks of machines can be trusted.
    """
    async with conn.transaction():
        await conn.execute(_SQL.alone)
        await conn.execute(_SQL.lock)
        newest = await _newest(conn)
        if newest.number is None or newest.valid_from is None or newest.valid_from <= newest.now:
            raise CannotPublish("no layout waits to begin")
        if newest.valid_from < newest.now + LEAD:
            raise CannotPublish(
                f"{newest.told}, begins within {LEAD.seconds // 60} minutes: roll back afterwards"
            )
        await conn.execute(_SQL.back_to_draft, {"id": newest.number})
        await conn.execute(_SQL.reopen, {"valid_from": newest.valid_from})
        return newest.number


async def _begin(conn: Connection, number: int, valid_from: datetime | None, by: str) -> Published:
    await conn.execute(_SQL.lock)
    newest = await _newest(conn)
    _none_to_come(newest)
    soonest = newest.now + (LEAD if newest.number is not None else timedelta(0))
    if valid_from is None:
        valid_from = soonest + (_ROOM if newest.number is not None else timedelta(0))
    elif newest.number is not None and valid_from < soonest:
        raise CannotPublish(
            f"a layout must begin to hold at least {LEAD.seconds // 60} minutes from now, so that "
            f"every process has it by then; now it is {clock(newest.now)} in China"
        )
    await store.begin(conn, number, valid_from, by)
    return Published(number, valid_from, newest.number)


def _none_to_come(newest: _Newest) -> None:
    if newest.valid_from is not None and newest.valid_from > newest.now:
        raise CannotPublish(f"{newest.told}, waits to begin: publish after that, or withdraw it")


async def _newest(conn: Connection) -> _Newest:
    row = await (await conn.execute(_SQL.newest_and_clock)).fetchone()
    assert row is not None
    now, number, name, valid_from, by = row
    return _Newest(now, number, name or "", valid_from, by or "")


def _held(number: int, since: datetime) -> str:
    return (
        f"layout {number} is published already, from {clock(since)} on; "
        f"one that is over holds again by `wangge layout rollback --to {number}`"
    )
