"""Due ticks a second, worked off through the database by one clerk and by two at once.

30,000 cases whose limit to accept has passed, all due at once. Each tick is a real escalation:
its event with the reason, its place in the feed's queue, and the case with the level above in
charge and a new limit. A clerk is a process of its own with the timekeeper alone, or with the
sequencer beside it, as in use, until every event has its number in the feed.

python -m bench.ticks --database URL [--cases N]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import psutil
import uvloop
from psycopg import sql

from geo_data import feed
from geo_data.database import connect, open_pool
from geo_data.layout.store import load_cells
from geo_data.migrate import migrate
from geo_data.policies import PolicyStore, load_shipped
from grid.garbage import collect_seldom
from grid.reports.report import encode
from streams.reading import Message
from streams.sequencer import sequence
from streams.timekeeper import Timekeeper
from streams.wake import Bell
from tests import city, stream_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from geo_data.database import Pool

#: Matters of a department, to be accepted within four work hours and solved within five days.
CATEGORIES = ("event.01.11", "event.01.13", "component.02.84", "event.01.79")
BATCH = 1000


async def file(pool: Pool, n: int) -> None:
    """`n` cases that came in one working day ago and nobody has accepted; their events numbered."""
    calendar = load_shipped("default").calendar
    received = calendar.leave_work_hours(datetime.now(UTC), timedelta(hours=8))
    intake = await stream_house.intake_of(pool)
    for begin in range(0, n, BATCH):
        made = stream_house.reports(
            min(BATCH, n - begin), seed=begin, received_at=received, observed_at=received
        )
        await intake.take(
            [
                Message("reports", 0, i, None, encode(replace(one, category=category)))
                for i, (one, category) in enumerate(zip(made, cycle(CATEGORIES)), begin)
            ]
        )
    while await number(pool):
        pass


async def cells(pool: Pool) -> Any:
    async with pool.connection() as conn:
        return await load_cells(conn)


async def number(pool: Pool) -> int:
    async with pool.connection() as conn, conn.transaction():
        return await feed.number_pending(conn, 2000) or 0


async def clerk(database: str, schema: str, *, numbering: bool) -> None:
    """One clerk: ready, told to go, ticking until nothing is due; says how many and when."""
    stop = asyncio.Event()
    async with open_pool(database, schema=schema, most=4) as pool:
        keeper = Timekeeper(pool, PolicyStore(), Bell(stop), stop)
        servers = await backends(pool)
        collect_seldom()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        began, bell = time.time(), Bell(stop)
        own, theirs = time.process_time(), spent(servers)
        sequencer = asyncio.create_task(sequence(pool, bell, stop)) if numbering else None
        done = await keeper.work_off()
        ticked = time.time()
        own, theirs = time.process_time() - own, spent(servers) - theirs
        while sequencer is not None:
            async with pool.connection() as conn:
                if not await feed.is_pending(conn):
                    break
            await asyncio.sleep(0.02)
        print(done, began, ticked, time.time(), own, theirs, flush=True)
        stop.set()
        bell.ring()
        if sequencer is not None:
            await sequencer


async def backends(pool: Pool) -> list[psutil.Process]:
    """The server's processes behind all connections of the pool."""
    async with AsyncExitStack() as stack:
        conns = [await stack.enter_async_context(pool.connection()) for _ in range(4)]
        return [psutil.Process(conn.info.backend_pid) for conn in conns]


def spent(processes: list[psutil.Process]) -> float:
    """Processor seconds that they have had."""
    times = [process.cpu_times() for process in processes]
    return sum(one.user + one.system for one in times)


class Rates(NamedTuple):
    """Ticks a second, also until all were numbered; processor µs a tick, clerks' and server's."""

    ticked: float
    numbered: float
    own: float
    server: float


async def run(database: str, schema: str, clerks: int, *, numbering: bool) -> Rates:
    """What so many clerks do at once."""
    options = ["--database", database, "--schema", schema, *(["--numbering"] * numbering)]
    running = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.ticks", *options,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(clerks)
    ]  # fmt: skip
    for process in running:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
    told = [(await process.communicate())[0].split() for process in running]
    done = sum(int(line[0]) for line in told)
    began = min(float(line[1]) for line in told)
    ticked, numbered = (max(float(line[i]) for line in told) for i in (2, 3))
    own, server = (sum(float(line[i]) for line in told) / done * 1e6 for i in (4, 5))
    return Rates(done / (ticked - began), done / (numbered - began), own, server)


async def filed(database: str, n: int) -> AsyncIterator[str]:
    """A schema with `n` cases that are due, dropped afterwards."""
    schema = f"ticks_bench_{uuid4().hex[:8]}"
    await migrate(database, schema)
    try:
        async with connect(database, schema=schema) as conn:
            await city.build(conn, stream_house.CITY)
        async with open_pool(database, schema=schema) as pool:
            await file(pool, n)
        async with connect(database, schema=schema) as conn:
            await conn.execute("VACUUM ANALYZE cases")
        yield schema
        async with connect(database, schema=schema) as conn:
            await check(conn, n)
    finally:
        async with connect(database, schema=schema) as conn:
            await conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


async def check(conn: Any, n: int) -> None:
    """Every case has risen once, and nothing is due any more."""
    found = await conn.execute(
        "SELECT (SELECT count(*) FROM case_events WHERE type = 'escalated' AND level = 'district'),"
        " (SELECT count(*) FROM cases WHERE version = 2 AND level = 'district'),"
        " (SELECT count(*) FROM cases WHERE next_tick <= clock_timestamp()),"
        " (SELECT count(*) FROM feed) + (SELECT count(*) FROM feed_pending)"
    )
    assert await found.fetchone() == (n, n, 0, 2 * n)


async def main(args: argparse.Namespace) -> None:
    print(f"{args.cases:,} ticks due at once, ticks a second:")
    for clerks in (1, 2):
        for numbering in (False, True):
            async for schema in filed(args.database, args.cases):
                rates = await run(args.database, schema, clerks, numbering=numbering)
                whom = f"{clerks} clerk{'s' * (clerks > 1)}"
                if numbering:
                    print(f"  {whom}, sequencer beside it     {rates.ticked:8,.0f}")
                    print(f"  {whom}, until all are numbered  {rates.numbered:8,.0f}", flush=True)
                else:
                    print(f"  {whom}, timekeeper alone        {rates.ticked:8,.0f}")
                    print(
                        f"    processor a tick: {rates.own:.0f} µs of clerks,"
                        f" {rates.server:.0f} µs of the server",
                        flush=True,
                    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--cases", type=int, default=30_000)
    parser.add_argument("--schema", help="be one clerk on this schema (used by itself)")
    parser.add_argument("--numbering", action="store_true", help="with the sequencer beside it")
    given = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if given.schema:
            runner.run(clerk(given.database, given.schema, numbering=given.numbering))
        else:
            runner.run(main(given))
