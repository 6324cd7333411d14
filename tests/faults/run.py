"""One whole run: load, faults from a seed, everything drained, and the verdict."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, TopicPartition

from tests.faults.installation import PARTITIONS
from tests.faults.listener import listen
from tests.faults.officers import Officers
from tests.faults.phones import Phones, put_old_ones
from tests.faults.record import Record
from tests.faults.schedule import Faults, schedule
from tests.faults.verdict import Verdict, judge
from tests.faults.watch import Recovery, Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.installation import Installation

_OLDEST = timedelta(days=2)
_DRAINED_S = 120.0
#: How a process may end here: told to stop, killed, or because the database was away for long.
_EXPECTED = {0, -9, 75}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does. `pause_s` lies between two faults; `patient`: each recovery is awaited."""

    seed: int
    kills: int = 30
    scenarios: bool = True
    only: str = ""
    rate: float = 40.0
    workers: int = 2
    clerks: int = 2
    pause_s: float = 2.0
    patient: bool = True
    minutes: float = 11.0


@dataclass(slots=True)
class Result:
    """What came of it. `undone` are faults for which the time did not suffice."""

    verdict: Verdict
    recoveries: list[Recovery]
    undone: int
    seconds: float
    drained_s: float

    @property
    def good(self) -> bool:
        """Nothing wrong, everything done, and storing went on in time after every kill."""
        return (
            not self.verdict.wrong and not self.undone and all(r.in_time for r in self.recoveries)
        )


async def run(plan: Plan, installation: Installation, tell: Callable[[str], None]) -> Result:
    """Do it all, within `plan.minutes`; no process of the product is left running."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(plan.minutes * 60.0):
            await installation.start(workers=plan.workers, clerks=plan.clerks)
            tell(f"everything is up after {time.monotonic() - began:.1f} s")
            return await _under_load(plan, installation, began, tell)
    finally:
        await installation.stop()


async def _under_load(
    plan: Plan, installation: Installation, began: float, tell: Callable[[str], None]
) -> Result:
    it, record, stop = installation, Record(), asyncio.Event()
    watch = Watch(it, record)
    beside = [
        asyncio.create_task(watch.run()),
        asyncio.create_task(listen(it.url, it.keys[0], record)),
    ]
    senders = _senders(plan, it, record, stop)
    try:
        await _all_partitions(watch)
        recoveries, undone = await _faults(plan, it, watch, began, tell)
        stop.set()
        await asyncio.gather(*senders)
        drained_s = await _drained(it, watch, record)
        await _own_check(it)
        verdict = await asyncio.to_thread(judge, it.database_url, it.bootstrap, it.prefix, record)
    finally:
        for task in (*beside, *senders):
            task.cancel()
        await asyncio.gather(*beside, *senders, return_exceptions=True)
    verdict.wrong += [
        f"{part.name} left by itself with {code}"
        for part in it.parts
        for code in part.ends
        if code not in _EXPECTED
    ]
    return Result(verdict, recoveries, undone, time.monotonic() - began, drained_s)


def _senders(
    plan: Plan, it: Installation, record: Record, stop: asyncio.Event
) -> list[asyncio.Task[None]]:
    phones = Phones(it.url, it.keys, it.city, record, plan.seed + 2)
    officers = Officers(it.url, it.keys, record, plan.seed + 3)
    old_ones = put_old_ones(
        it.bootstrap, f"{it.prefix}reports", it.city, record, plan.seed + 4, _OLDEST, stop
    )
    return [
        asyncio.create_task(phones.run(plan.rate, stop)),
        asyncio.create_task(officers.run(0.5, stop)),
        asyncio.create_task(old_ones),
    ]


async def _all_partitions(watch: Watch) -> None:
    """Wait until reports of every partition have been stored."""
    async with asyncio.timeout(60.0):
        sight = watch.sight
        while len(sight.consumed) < PARTITIONS or sight.cursor == 0:
            sight = await watch.next_sight()


async def _faults(
    plan: Plan, installation: Installation, watch: Watch, began: float, tell: Callable[[str], None]
) -> tuple[list[Recovery], int]:
    faults = Faults(installation, watch, plan.seed)
    coming = schedule(plan.seed, plan.kills, scenarios=plan.scenarios, only=plan.only)
    rng = Random(plan.seed + 5)
    latest = began + plan.minutes * 60.0 - 90.0  # draining and judging need their time as well
    recovering: list[asyncio.Task[Recovery]] = []
    for done, fault in enumerate(coming):
        if time.monotonic() > latest:
            break
        task = asyncio.create_task(faults.do(fault, alone=plan.patient))
        recovering.append(task)
        if plan.patient:
            recovery = await task
            tell(f"{done + 1:3} of {len(coming)}  {line(recovery)}")
        await asyncio.sleep(plan.pause_s * rng.uniform(0.5, 1.5))
    recoveries = await asyncio.gather(*recovering)
    if not plan.patient:
        for recovery in recoveries:
            tell(line(recovery))
    return recoveries, len(coming) - len(recoveries)


def line(recovery: Recovery) -> str:
    """One line of the table."""

    def shown(seconds: float | None) -> str:
        return "   never" if seconds is None else f"{seconds:6.1f} s"

    return (
        f"{recovery.fault:38} taken {shown(recovery.taken)}  stored {shown(recovery.stored)}"
        f"  told {shown(recovery.told)}  heard {shown(recovery.heard)}  {recovery.remark}"
    )


async def _drained(installation: Installation, watch: Watch, record: Record) -> float:
    """Wait until nothing is on its way any more; how long that took."""
    began = time.monotonic()
    ends = await asyncio.to_thread(_ends, installation.bootstrap, f"{installation.prefix}reports")
    with suppress(TimeoutError):
        async with asyncio.timeout(_DRAINED_S):
            calm = 0
            while calm < 10:  # looks in a row: clocks may make events of their own
                sight = await watch.next_sight()
                through = all(sight.consumed.get(p, 0) >= end for p, end in ends.items())
                told = sight.pending == 0 and sight.cursor == sight.head == len(record.heard)
                calm = calm + 1 if through and told and sight.waiting == 0 else 0
                await asyncio.sleep(0.1)
    return time.monotonic() - began


def _ends(bootstrap: str, topic: str) -> dict[int, int]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, p) for p in range(PARTITIONS)]
        return {p.partition: end for p, end in consumer.end_offsets(partitions).items()}
    finally:
        consumer.close(autocommit=False)


async def _own_check(installation: Installation) -> None:
    """The product's own check must say the same; it has its own words where it does not."""
    check = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wangge", "verify-history"),
        env=installation.environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await check.communicate()
    if check.returncode != 0:
        raise AssertionError(f"wangge verify-history: {said.decode()[-1000:]}")
