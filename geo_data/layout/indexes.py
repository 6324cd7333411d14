"""The indexes of cells that a process needs: of layouts that hold, that will, and that held."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from geo_data import queries
from geo_data.areas import NoLayout
from geo_data.layout.store import load_cells
from grid.cells.layouts import Begin, Layouts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.layout.cell_folder import CellFolder
    from grid.cells.index import CellIndex

_SQL = queries.load("layout")

#: Indexes kept beyond those that a process needs at the moment; each takes some 40 MB.
_SPARE = 2


async def unchanged(conn: Connection, known: Layouts) -> bool:
    """True where these are all that are published, and stay so until the transaction ends."""
    row = await (await conn.execute(_SQL.newest_shared)).fetchone()
    return row == known.newest


class CellIndexes:
    """The published layouts as a process knows them, with an index for each that it has met.

    A layout that will begin is loaded long before (`prepare`), so that nothing waits for it then; a
    report that was received under one that is over brings that one back.
    """

    def __init__(self, folder: CellFolder | None = None) -> None:
        """With a folder, indexes are kept there for all processes and mapped."""
        self._folder = folder
        self._layouts: Layouts | None = None
        self._indexes: dict[int, CellIndex] = {}

    @property
    def known(self) -> Layouts:
        """What `load` found."""
        if self._layouts is None:
            raise NoLayout("no layout has been loaded")
        return self._layouts

    async def load(self, conn: Connection) -> Layouts:
        """Read which layouts are published now. Raises NoLayout where none is, or all are over."""
        rows = await (await conn.execute(_SQL.published)).fetchall()
        if not rows:
            raise NoLayout("no layout of cells is in force: load one first")
        if rows[-1][2] is not None:  # nobody ends one without a next but by hand
            raise NoLayout(f"layout {rows[-1][0]} is over and none follows it: publish one")
        self._layouts = Layouts(Begin(*row[:2]) for row in rows)
        return self._layouts

    def lacks(self, moments: Iterable[datetime]) -> set[int]:
        """The layouts of these moments whose index is not here."""
        return {self.known.at(moment) for moment in moments} - self._indexes.keys()

    async def fetch(self, conn: Connection, numbers: Iterable[int]) -> None:
        """Load these layouts' indexes; of those that nobody needs now a few are kept."""
        for number in sorted(set(numbers) - self._indexes.keys()):
            self._indexes[number] = await load_cells(conn, number, self._folder)

    async def prepare(self, conn: Connection, now: datetime) -> None:
        """Know of new layouts, have those that hold from now on, and forget most of the others."""
        layouts = await self.load(conn)
        needed = layouts.from_now(now)
        if self._folder is not None and not self._indexes.keys() >= set(needed):
            await asyncio.to_thread(self._folder.forget, needed)
        await self.fetch(conn, needed)
        others = [number for number in self._indexes if number not in needed]
        for number in others[: max(len(others) - _SPARE, 0)]:
            del self._indexes[number]

    def at(self, moment: datetime) -> CellIndex:
        """The index of the layout that held at a moment; KeyError where it is not loaded."""
        return self._indexes[self.known.at(moment)]

    def of(self, number: int) -> CellIndex:
        """The index of a layout; KeyError where it is not loaded."""
        return self._indexes[number]
