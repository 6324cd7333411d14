"""What the surge watcher costs for each report: remembering it, and looking at it.

    python -m bench.watching --database URL [--reports N]

Reports all over a city of 13,000 cells; then as many from one district, where nearly all of them
become surges. The schemas that it uses are dropped at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

from psycopg import sql

from geo_data import feed, ledger
from geo_data.database import connect, open_pool
from geo_data.migrate import migrate
from geo_data.policies import PolicyStore
from streams.followers import one_batch
from streams.surge import SurgeWatcher
from tests import city, stream_house

CELLS = city.City(across=114)  # 12,996 cells, as many as Weifang has
CATEGORIES = ("event.01.10", "event.05.02", "event.02.01", "component.01.01")
WORDS = (
    "楼道里堆放杂物，影响通行",
    "路面破损，雨天积水",
    "燃气味很大，请尽快来看",
    "夜间施工噪声扰民",
)


def made_up(n: int, share: float, seed: int) -> list[stream_house.Report]:
    """`n` reports of the last hour, from a part of the city's width."""
    rng = Random(seed)
    size = CELLS.across * CELLS.step * share
    made = []
    for _ in range(n):
        one = stream_house.report(
            id=str(UUID(int=rng.getrandbits(128), version=4)),
            lon=city.WEST + rng.random() * size,
            lat=city.SOUTH + rng.random() * size,
            category=rng.choice(CATEGORIES),
            description=rng.choice(WORDS),
            sender=f"key:{rng.randrange(500)}",
        )
        made.append(one)
    return made


async def measure(url: str, name: str, n: int, share: float) -> None:
    """File `n` reports and let the watcher go through them, as it would at 500 a second."""
    schema = f"bench_{uuid4().hex[:8]}"
    await migrate(url, schema=schema)
    async with connect(url, schema=schema) as conn:
        await city.build(conn, CELLS)
    try:
        async with open_pool(url, schema=schema, most=4) as pool:
            spent = await _go(pool, made_up(n, share, 1))
            async with pool.connection() as conn:
                row = await (
                    await conn.execute(
                        "SELECT count(*) FILTER (WHERE parent IS NOT NULL),"
                        " (SELECT count(*) FROM surges), (SELECT count(*) FROM suggestions),"
                        " count(*) FILTER (WHERE recurred) FROM sightings"
                    )
                ).fetchone()
        print(f"{name}: {n} reports; under a parent, parents, suggestions, repeated: {row}")
        for what, (wall, cpu, events) in spent.items():
            print(
                f"  {what}: {1e6 * wall / n:.0f} µs a report, {1e6 * cpu / n:.0f} of it Python's;"
                f" {events} entries, {1e6 * wall / max(events, 1):.0f} µs each"
            )
    finally:
        async with connect(url, schema=schema) as conn:
            await conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


async def _go(pool: stream_house.Pool, sent: list[stream_house.Report]) -> dict[str, list[float]]:
    intake = await stream_house.intake_of(pool)
    watcher = SurgeWatcher(PolicyStore(), timedelta(milliseconds=1))
    async with pool.connection() as conn:
        await feed.add_follower(conn, watcher.name)
    spent = {"remembering": [0.0, 0.0, 0], "looking": [0.0, 0.0, 0]}
    for start in range(0, len(sent), 500):
        await intake.take(stream_house.messages(sent[start : start + 500], first=start))
        done = 1
        while done:
            async with pool.connection() as conn, conn.transaction():
                await feed.number_pending(conn, 5000)
            wall, cpu = time.perf_counter(), time.process_time()
            followed = await one_batch(pool, watcher)
            spent["remembering"][0] += time.perf_counter() - wall
            spent["remembering"][1] += time.process_time() - cpu
            wall, cpu = time.perf_counter(), time.process_time()
            async with pool.connection() as conn, conn.transaction():
                looked = await watcher.look(conn, await ledger.clock(conn))
            spent["looking"][0] += time.perf_counter() - wall
            spent["looking"][1] += time.process_time() - cpu
            spent["remembering"][2] += followed
            spent["looking"][2] += looked
            done = followed + looked
    return spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default=os.environ.get("WANGGE_TEST_DATABASE_URL"))
    parser.add_argument("--reports", type=int, default=10_000)
    asked = parser.parse_args()
    for name, share in (("all over the city", 1.0), ("one district reports as one", 0.1)):
        asyncio.run(measure(asked.database, name, asked.reports, share))


if __name__ == "__main__":
    main()
