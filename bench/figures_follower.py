"""Events a second that the follower of the figures takes from the feed, beside other followers.

    python -m bench.figures_follower --database URL [--kafka HOST:PORT] [--cases N]

The schema that it uses is dropped at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from psycopg import sql

from geo_data import feed
from geo_data.database import connect, open_pool
from geo_data.migrate import migrate
from streams.counters import Counters
from streams.figures import Figures
from streams.followers import Follower, one_batch
from streams.publisher import Publisher
from tests.lives import lives
from tests.lives_stored import store


async def fill(url: str, schema: str, n: int) -> int:
    """Cases with their events in the feed; how many events."""
    async with connect(url, schema=schema) as conn:
        stored = await store(conn, lives(n, days=30))
        await conn.execute("ANALYZE feed")
        await conn.execute("ANALYZE case_events")
        return stored


async def publisher(kafka: str, topic: str) -> Publisher:
    """The publisher with a topic of its own; what is in it is kept for an hour."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 12, 1, topic_configs={"retention.ms": "3600000"})])
    await admin.close()
    return Publisher(kafka, topic)


async def rate(url: str, schema: str, follower: Follower) -> tuple[float, float]:
    """Events a second, and this process's own microseconds for each."""
    async with open_pool(url, schema=schema) as pool:
        async with pool.connection() as conn:
            await feed.add_follower(conn, follower.name)
        begin, taken, own = time.perf_counter(), 0, time.process_time()
        while done := await one_batch(pool, follower):
            taken += done
        return taken / (time.perf_counter() - begin), (time.process_time() - own) / taken * 1e6


async def measure(url: str, kafka: str | None, cases: int) -> None:
    schema = f"bench_{uuid4().hex[:8]}"
    await migrate(url, schema=schema)
    try:
        n = await fill(url, schema, cases)
        print(f"{cases} cases, {n} events")
        followers: list[Follower] = [Counters(), Figures()]
        if kafka is not None:
            followers.append(await publisher(kafka, f"{schema}.case-events"))
        for follower in followers:
            each, own = await rate(url, schema, follower)
            print(f"{follower.name}: {each:,.0f} events/s, own work {own:,.0f} us each")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
        if isinstance(followers[-1], Publisher):
            await followers[-1].close()
    finally:
        async with connect(url) as conn:
            await conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--kafka")
    parser.add_argument("--cases", type=int, default=10_000)
    args = parser.parse_args()
    asyncio.run(measure(args.database, args.kafka, args.cases))
