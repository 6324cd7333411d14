"""Hands open work over when an absence begins, a term ends or somebody is replaced.

Any number of clerks do it, each order one at a time; what one leaves, another goes on with.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from geo_data import handing_over
from geo_data.intake import content_at_fault
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    import asyncio

    from geo_data.database import Pool
    from geo_data.handing_over import Round
    from geo_data.policies import PolicyStore
    from streams.wake import Bell

log = logging.getLogger(__name__)

#: The longest sleep: an absence that begins at once is entered at any time.
LONGEST_S = 2.0
#: The shortest: what is due may be in somebody else's hands for a moment.
SHORTEST_S = 0.1
#: How soon an order is tried again that failed for what is in it.
STUCK_S = 60.0


class HandOvers:
    """Carries out the orders of one database."""

    def __init__(self, pool: Pool, policies: PolicyStore, bell: Bell, stop: asyncio.Event) -> None:
        self._pool = pool
        self._policies = policies
        self._bell = bell
        self._stop = stop
        self._backoff = Backoff(limit_s=None)

    async def run(self) -> None:
        """Hand over until told to stop."""
        while not self._stop.is_set():
            try:
                done = await persist(self.step, self._backoff, self._stop, "hand-overs")
            except Exception as error:
                if not content_at_fault(error):
                    raise
                log.exception("open work cannot be handed over")
                await self._bell.sleep(STUCK_S)
                continue
            if done is None:
                wait = await persist(self._wait_s, self._backoff, self._stop, "hand-overs")
                await self._bell.sleep(wait)

    async def step(self) -> Round | None:
        """One batch of what is due; None where nothing is."""
        async with self._pool.connection() as conn:
            async with conn.transaction():
                policy = await self._policies.now(conn)
            return await handing_over.hand_over_next(conn, policy)

    async def _wait_s(self) -> float:
        async with self._pool.connection() as conn:
            due = await handing_over.next_due_s(conn)
        return LONGEST_S if due is None else min(max(due, SHORTEST_S), LONGEST_S)
