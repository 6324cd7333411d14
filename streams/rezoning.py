"""Moves live cases to the layout that holds now, until none is left on one that is over.

Any number of clerks do it, each its own batch; what one leaves, another goes on with.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from geo_data import ledger, rezoning
from geo_data.areas import NoLayout, layout_in_force
from geo_data.intake import content_at_fault
from geo_data.layout.indexes import CellIndexes
from geo_data.teams import TeamsNow
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    import asyncio

    from geo_data.database import Connection, Pool
    from geo_data.layout.cell_folder import CellFolder
    from geo_data.policies import PolicyStore
    from streams.wake import Bell

log = logging.getLogger(__name__)

#: How often it is looked whether a case waits.
EVERY_S = 2.0
#: How soon cases are tried again that could not be moved, and a batch that failed as a whole.
STUCK_S = 60.0


class Rezoning:
    """Moves the cases of one database."""

    def __init__(
        self,
        pool: Pool,
        policies: PolicyStore,
        bell: Bell,
        stop: asyncio.Event,
        folder: CellFolder | None = None,
    ) -> None:
        """With a folder, indexes of cells are kept there for all processes."""
        self._pool = pool
        self._policies = policies
        self._bell = bell
        self._stop = stop
        self._cells, self._teams = CellIndexes(folder), TeamsNow()
        self._backoff = Backoff(limit_s=None)
        self._stuck: set[str] = set()
        self._followed: int | None = None

    async def run(self) -> None:
        """Move what waits until told to stop."""
        rested = 0.0
        while not self._stop.is_set():
            try:
                moved = await persist(self.step, self._backoff, self._stop, "rezoning")
            except Exception as error:
                if not content_at_fault(error):
                    raise
                log.exception("live cases cannot be moved to the layout in force")
                await self._bell.sleep(STUCK_S)
                continue
            if moved:
                continue
            await self._bell.sleep(EVERY_S)
            rested += EVERY_S
            if rested >= STUCK_S:
                self._stuck.clear()
                rested = 0.0

    async def step(self, batch: int = rezoning.BATCH) -> int:
        """One batch; how many cases it moved."""
        async with self._pool.connection() as conn:
            await self._follow(conn)
            if not await rezoning.any_waiting(conn):
                return 0
            async with conn.transaction():
                await self._policies.current(conn)
                teams = await self._teams.get(conn)
            now = await ledger.clock(conn)
            await self._cells.load(conn)
            await self._cells.fetch(conn, self._cells.lacks([now]))
            index = self._cells.at(now)
            moved = await rezoning.move_next(conn, index, self._policies, teams, self._stuck, batch)
        self._stuck.update(moved.failed)
        return moved.cases

    async def _follow(self, conn: Connection) -> None:
        """Once for each layout, before its cases: who sees them must not lose sight of them."""
        try:
            layout = await layout_in_force(conn)
        except NoLayout:
            return
        if layout != self._followed:
            if followed := await rezoning.follow_areas(conn, layout):
                log.info("%d keys and the like follow their areas to layout %d", followed, layout)
            self._followed = layout
