"""Which faults come, in which order: all of it from one seed; and how each is done."""

from __future__ import annotations

import asyncio
import signal
import time
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.faults.installation import Installation
    from tests.faults.part import Part
    from tests.faults.watch import Recovery, Watch

#: From a fault until everything goes on: reports are taken, those of every partition stored, events
#: numbered, followed, heard. Where a server was away, from when it answers again.
GOES_ON_S = 15.0
LEAVE_S = 25.0
#: How long a worker is frozen, and how long the database waits for one in mid-transaction.
FROZEN_S = 45.0
IDLE_S = 15.0


class Fault(StrEnum):
    """What can happen."""

    KILL_WORKER = "kill -9 worker"
    KILL_IN_BATCH = "kill -9 worker in mid-batch"
    KILL_CLERK = "kill -9 clerk"
    KILL_API = "kill -9 API"
    KILL_BROKER = "kill -9 broker"
    TERM_IN_BATCH = "SIGTERM in mid-batch, database up"
    TERM_WITHOUT_DATABASE = "SIGTERM in mid-batch, database down"
    JOIN_AND_LEAVE = "a worker joins and leaves"
    FREEZE = "a worker frozen in mid-batch"
    DATABASE_CRASH = "database crashes"
    DATABASE_AWAY = "database away for a minute"


#: The kills with -9, in this proportion.
_KILLS = (
    Fault.KILL_WORKER,
    Fault.KILL_BROKER,
    Fault.KILL_CLERK,
    Fault.KILL_API,
    Fault.KILL_IN_BATCH,
)
_SCENARIOS = (
    Fault.TERM_IN_BATCH,
    Fault.JOIN_AND_LEAVE,
    Fault.FREEZE,
    Fault.DATABASE_CRASH,
    Fault.TERM_WITHOUT_DATABASE,
    Fault.DATABASE_AWAY,
)


def schedule(seed: int, kills: int, *, scenarios: bool, only: str = "") -> list[Fault]:
    """The faults in their order: `kills` with -9 spread evenly, and each scenario once.

    Only those with the word `only` in their names.
    """
    rng = Random(seed)
    faults = [_KILLS[i % len(_KILLS)] for i in range(kills)]
    if scenarios:
        faults += _SCENARIOS
    rng.shuffle(faults)
    return [fault for fault in faults if only in fault.value]


class Done(NamedTuple):
    """The moment from which a fault's recovery counts, and what is to be said about it.

    `away_s` is how long a server took to be there again, counted from that moment.
    """

    at: float
    remark: str
    away_s: float = 0.0


class Faults:
    """Does them, one at a time, each to a process that the seed chooses."""

    def __init__(self, installation: Installation, watch: Watch, seed: int) -> None:
        self._it = installation
        self._watch = watch
        self._rng = Random(seed + 1)
        self._did: dict[Fault, Callable[[], Awaitable[Done]]] = {
            Fault.KILL_WORKER: lambda: self._kill(self._it.workers),
            Fault.KILL_IN_BATCH: self._kill_in_batch,
            Fault.KILL_CLERK: lambda: self._kill(self._it.clerks),
            Fault.KILL_API: lambda: self._kill(self._it.apis),
            Fault.KILL_BROKER: self._kill_broker,
            Fault.TERM_IN_BATCH: self._term_in_batch,
            Fault.TERM_WITHOUT_DATABASE: self._term_without_database,
            Fault.JOIN_AND_LEAVE: self._join_and_leave,
            Fault.FREEZE: self._freeze,
            Fault.DATABASE_CRASH: lambda: self._database_away(1.0),
            Fault.DATABASE_AWAY: lambda: self._database_away(60.0),
        }

    async def do(self, fault: Fault, *, alone: bool) -> Recovery:
        """Let it happen; how long afterwards everything went on.

        For the scenarios the time counts from their end, when everything is there again. Only
        with time between the faults a limit makes sense: `alone` says so.
        """
        done = await self._did[fault]()
        limit_s = GOES_ON_S + done.away_s if alone else None
        recovery = await self._watch.recovery(fault.value, done.at, limit_s)
        recovery.remark = done.remark
        return recovery

    async def _kill(self, parts: list[Part]) -> Done:
        part = self._rng.choice(parts)
        part.signal(signal.SIGKILL)
        return Done(time.monotonic(), part.name)

    async def _kill_in_batch(self) -> Done:
        part = self._rng.choice(self._it.workers)
        async with self._it.batches_held() as held:
            part.signal(signal.SIGKILL)
            return Done(time.monotonic(), f"{part.name}, {held} batches held")

    async def _kill_broker(self) -> Done:
        at = time.monotonic()
        await asyncio.to_thread(self._it.local.kill_kafka)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(self._it.local.start_kafka)
        away_s = time.monotonic() - at
        return Done(at, f"it answered again after {away_s:.1f} s", away_s)

    async def _term_in_batch(self) -> Done:
        part = self._rng.choice(self._it.workers)
        async with self._it.batches_held():
            part.signal(signal.SIGTERM)
            told = time.monotonic()
            await asyncio.sleep(2.0)
        return await self._left(part, told, expected=0)

    async def _term_without_database(self) -> Done:
        part = self._rng.choice(self._it.workers)
        async with self._it.batches_held():
            part.signal(signal.SIGTERM)
            told = time.monotonic()
            await asyncio.to_thread(self._it.local.stop_postgres, "immediate")
        left = await self._left(part, told, expected=75)
        await asyncio.to_thread(self._it.local.start_postgres)
        return Done(time.monotonic(), left.remark)

    async def _left(self, part: Part, told: float, expected: int) -> Done:
        code = await part.end(LEAVE_S)
        at = time.monotonic()
        if code != expected:
            raise AssertionError(
                f"{part.name} was told to stop: exit code {code}, should be {expected};"
                f" {at - told:.1f} s, should be within {LEAVE_S:.0f}"
            )
        return Done(at, f"{part.name} left after {at - told:.1f} s with {code}")

    async def _join_and_leave(self) -> Done:
        part = self._it.add_worker()
        await asyncio.sleep(12.0)
        self._it.workers.remove(part)
        told = time.monotonic()
        code = await part.leave(LEAVE_S)
        at = time.monotonic()
        if code != 0:
            raise AssertionError(f"{part.name} was to leave, exit code {code}")
        return Done(at, f"{part.name} left after {at - told:.1f} s")

    async def _freeze(self) -> Done:
        """In mid-transaction, which then holds what it has claimed: the others must not wait."""
        part = self._rng.choice(self._it.workers)
        async with self._it.batches_held() as held:
            part.signal(signal.SIGSTOP)
            at = time.monotonic()
        asyncio.get_running_loop().call_later(FROZEN_S, part.signal, signal.SIGCONT)
        return Done(at, f"{part.name}, {held} batches held", IDLE_S)

    async def _database_away(self, seconds: float) -> Done:
        await asyncio.to_thread(self._it.local.stop_postgres, "immediate")
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._it.local.start_postgres)
        return Done(time.monotonic(), f"away {seconds:.0f} s")
