"""Keeps the cells ready: a layout that will hold is there before any report needs it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from geo_data import ledger
from geo_data.areas import NoLayout
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    import asyncio

    from geo_data.database import Pool
    from geo_data.layout.indexes import CellIndexes
    from streams.wake import Bell

log = logging.getLogger(__name__)

#: How often it is looked for new layouts: they are published at least two minutes ahead.
EVERY_S = 15.0


async def keep_ready(pool: Pool, cells: CellIndexes, bell: Bell, stop: asyncio.Event) -> None:
    """Have the layout in force and those to come loaded, until `stop`.

    Where it fails the batches load for themselves what they need.
    """
    while not stop.is_set():
        await bell.sleep(EVERY_S)
        try:
            await persist(lambda: prepare(pool, cells), Backoff(limit_s=None), stop, "layouts")
        except NoLayout:
            log.warning("no layout is in force")
        except Exception:
            if not stop.is_set():
                log.exception("the layouts cannot be loaded")


async def prepare(pool: Pool, cells: CellIndexes) -> None:
    """Load what is published and not yet known, by the database's clock. Raises NoLayout."""
    async with pool.connection() as conn:
        await cells.prepare(conn, await ledger.clock(conn))
