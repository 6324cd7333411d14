"""The timekeeper: gives every case whose deadline has passed its tick, on any number of clerks."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from geo_data import ledger, ticks
from geo_data.commanding import moment
from geo_data.intake import content_at_fault
from geo_data.ledger import Change
from geo_data.migrate import make_months
from geo_data.places.zones import zones_of_waiting
from geo_data.teams import TeamsNow
from grid.cases.commands import Tick
from grid.cases.decide import apply
from grid.cases.known import NOTHING, Known
from grid.cases.wire import decode_case
from grid.errors import Rejected
from grid.principal import CLOCK
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    from geo_data.database import Pool
    from geo_data.policies import PolicyStore
    from grid.cases.case import Case
    from grid.policy.policy import Policy
    from grid.teams import Teams
    from streams.wake import Bell

log = logging.getLogger(__name__)

#: Cases taken in one transaction.
BATCH = 200
#: Batches side by side: while the database writes one, the next is decided.
AT_ONCE = 2
#: The longest sleep: a case filed meanwhile may be due sooner than what was waiting.
LONGEST_S = 1.0
#: The shortest: what is due may be in somebody else's hands for a moment.
SHORTEST_S = 0.05
_MONTHS_EVERY = timedelta(days=1)


class Timekeeper:
    """Ticks the cases of one database, each under the policy that holds at that moment."""

    def __init__(self, pool: Pool, policies: PolicyStore, bell: Bell, stop: asyncio.Event) -> None:
        self._pool = pool
        self._policies = policies
        self._bell = bell
        self._stop = stop
        self._teams = TeamsNow()
        self._backoff = Backoff(limit_s=None)

    async def run(self) -> None:
        """Tick until told to stop."""
        months_at: datetime | None = None
        while not self._stop.is_set():
            now = datetime.now(UTC)
            if months_at is None or now - months_at >= _MONTHS_EVERY:
                await self._look_after_months()
                months_at = now
            await self.work_off()
            wait = await persist(self._wait_s, self._backoff, self._stop, "timekeeper")
            await self._bell.sleep(wait)

    async def work_off(self) -> int:
        """Tick until nothing is due, or told to stop; how many there were."""
        return sum(await asyncio.gather(*(self._work_off() for _ in range(AT_ONCE))))

    async def _work_off(self) -> int:
        done, found = 0, BATCH
        while found >= BATCH and not self._stop.is_set():
            found = await persist(self.tick_due, self._backoff, self._stop, "timekeeper")
            done += found
        return done

    async def tick_due(self) -> int:
        """Tick one batch of cases that are due; how many there were.

        A case whose tick fails is put off in a transaction of its own; the others go on.
        """
        try:
            return await self._tick_batch(BATCH)
        except Exception as error:
            if not content_at_fault(error):
                raise
            log.warning("a batch of ticks failed, now one by one: %s", error)
        return await self._tick_batch(1)

    async def _tick_batch(self, limit: int) -> int:
        failed: list[str] = []
        due: list[tuple[str, str]] = []
        async with self._pool.connection() as conn:
            async with conn.transaction():
                policies = await self._policies.current(conn)
                teams = await self._teams.get(conn)
            try:
                async with conn.transaction():
                    due = await ticks.lock_due(conn, limit)
                    if not due:
                        return 0
                    cases = [case for case_id, state in due if (case := _read(case_id, state))]
                    zones = await zones_of_waiting(conn, cases)
                    now = await moment(conn, *cases)
                    policy = policies.at(now)
                    found = (_tick(case, teams, now, policy, zones) for case in cases)
                    changes = [change for change in found if change]
                    ticked = {change.after.id for change in changes}
                    failed = [case_id for case_id, _ in due if case_id not in ticked]
                    if changes:
                        await ledger.append(conn, changes)
            except Exception as error:
                if limit > 1 or not due or not content_at_fault(error):
                    raise
                log.exception("tick of case %s failed", due[0][0])
                failed = [due[0][0]]
            for case_id in failed:
                async with conn.transaction():
                    await ticks.put_off(conn, case_id)
        return len(due)

    async def _wait_s(self) -> float:
        async with self._pool.connection() as conn:
            due = await ticks.next_due_s(conn)
        return LONGEST_S if due is None else min(max(due, SHORTEST_S), LONGEST_S)

    async def _look_after_months(self) -> None:
        """Make the months ahead. Where that cannot be, events go to the rest, as health shows."""
        try:
            await persist(self._make_months, self._backoff, self._stop, "months")
        except Exception as error:
            if not content_at_fault(error):
                raise
            log.exception("the months of the history cannot be made")

    async def _make_months(self) -> None:
        async with self._pool.connection() as conn:
            await make_months(conn, await ledger.clock(conn))


def _tick(
    case: Case, teams: Teams, now: datetime, policy: Policy, zones: dict[str, frozenset[str]]
) -> Change | None:
    """What the tick makes of the case; None where it failed."""
    try:
        skipped = teams.skipped(case.place.path, now, policy.chain)
        here = zones.get(case.id, frozenset())
        known = Known(skipped=skipped, zones=here) if skipped or here else NOTHING
        events, steps = apply(case, Tick(by=CLOCK), known, now, policy)
    except Rejected as no:
        log.warning("tick of case %s refused: %s", case.number, no.en)
        return None
    except Exception:
        log.exception("tick of case %s failed", case.number)
        return None
    return Change(case, events, steps) if events else None


def _read(case_id: str, state: str) -> Case | None:
    """The case; None for a state that this version cannot read, say of a newer one beside it."""
    try:
        return decode_case(state)
    except Exception:
        log.exception("case %s cannot be read", case_id)
        return None
