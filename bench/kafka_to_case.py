"""Reports a second from Kafka to committed case on one worker, beside two bare ceilings.

In one run, on the same topic and machine: (a) an agent of Faust that does nothing, (b) a bare
`unnest` insert of the same rows, (c) the worker. Then the worker drains a backlog, which is
compared with its steady rate on reports that arrive while it works.

    python bench/kafka_to_case.py --bootstrap HOST:PORT --database URL [--reports N] [--backlog N]

The database must be an empty one; the schema it uses is dropped at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import psutil
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from geo_data.database import connect  # noqa: E402
from geo_data.layout.store import load_cells  # noqa: E402
from geo_data.migrate import migrate  # noqa: E402
from geo_data.policies import load_shipped  # noqa: E402
from grid.reports.report import encode  # noqa: E402
from tests import city, stream_house  # noqa: E402

CELLS = city.City(across=114)  # 12,996 cells, as many as Weifang has
CATEGORIES = ("event.01.10", "event.05.02", "event.02.01", "component.01.01")


def made_up(n: int, seed: int) -> list[bytes]:
    """`n` encoded reports all over the city, no two of them near enough to be a surge."""
    rng = Random(seed)
    size = CELLS.across * CELLS.step
    words = (
        "楼道里堆放杂物，影响通行",
        "路面破损，雨天积水",
        "燃气味很大，请尽快来看",
        "夜间施工噪声扰民",
    )
    return [
        encode(
            stream_house.report(
                id=str(UUID(int=rng.getrandbits(128), version=4)),
                lon=city.WEST + rng.random() * size,
                lat=city.SOUTH + rng.random() * size,
                accuracy_m=rng.choice((None, 5.0, 15.0, 40.0)),
                category=rng.choice(CATEGORIES),
                description=rng.choice(words),
                sender=f"key:{rng.randrange(500)}",
            )
        )
        for _ in range(n)
    ]


def put(bootstrap: str, topic: str, bodies: list[bytes], rate: float | None = None) -> None:
    """Put reports on the topic, at once or at a rate."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, acks="all")
    begin = time.perf_counter()
    for i, body in enumerate(bodies):
        producer.send(topic, key=json.loads(body)["id"].encode(), value=body)
        if rate and i % 100 == 0:
            time.sleep(max(0.0, begin + i / rate - time.perf_counter()))
    producer.flush()
    producer.close()


EMPTY_AGENT = """
import sys, time, faust, uvloop, asyncio
bootstrap, topic, group, n = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
app = faust.App(group, broker="kafka://" + bootstrap, value_serializer="raw", web_enabled=False,
                topic_disable_leader=True, topic_allow_declare=False, datadir=sys.argv[5])
@app.agent(app.topic(topic, key_type=bytes, value_type=bytes))
async def nothing(stream):
    seen, begin = 0, 0.0
    async for events in stream.take_events(1000, 0.1):
        begin = begin or time.perf_counter()
        seen += len(events)
        if seen >= n:
            print("RATE", (seen - 1000) / (time.perf_counter() - begin), flush=True)
async def main():
    worker = faust.Worker(app, loop=asyncio.get_running_loop(), override_logging=False,
                          redirect_stdouts=False, quiet=True)
    await worker.start()
with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


def empty_agent(args: argparse.Namespace, topic: str, n: int) -> float:
    """Messages a second through an agent that does nothing."""
    with tempfile.TemporaryDirectory() as datadir:
        process = subprocess.Popen(
            [sys.executable, "-c", EMPTY_AGENT, args.bootstrap, topic, f"e{uuid4()}", str(n),
             datadir], stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if "RATE" in line:  # Faust's terminal codes may stand before it
                    return float(line.split()[-1])
        finally:
            process.kill()
            process.wait()
    raise RuntimeError("the empty agent ended")


def literal(values: list[str | None]) -> str:
    """An array as PostgreSQL reads it, made before the clock runs: only the insert counts."""
    return (
        "{"
        + ",".join("NULL" if v is None else json.dumps(v, ensure_ascii=False) for v in values)
        + "}"
    )


async def bare_insert(args: argparse.Namespace, schema: str, n: int, *, literals: bool) -> float:
    """Reports a second by one `unnest` a table and batch, into copies with all their indexes.

    The columns are given as the driver takes them, as lists; with `literals` they are arrays in
    PostgreSQL's own text already, made before the clock starts: the server's work alone.
    """
    async with connect(args.database, schema=schema) as conn:
        bare = f"{schema}_bare"
        await conn.execute(f"DROP SCHEMA IF EXISTS {bare} CASCADE")
        await conn.execute(f"CREATE SCHEMA {bare}")
        await conn.execute(f"SET search_path TO {bare}, public")
        rows, total, spent = {}, 0, 0.0
        tables = ("reports", "report_details", "cases", "case_events", "feed_pending")
        for table in tables:
            await conn.execute(f"CREATE TABLE {bare}.{table} (LIKE {schema}.{table} INCLUDING ALL)")
            cursor = await conn.execute(f"SELECT * FROM {schema}.{table} LIMIT 0")
            names = [column.name for column in cursor.description or ()]
            if table == "feed_pending":
                names.remove("id")
            types = await (
                await conn.execute(
                    "SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a"
                    " WHERE a.attrelid = %s::regclass AND a.attnum > 0",
                    (f"{schema}.{table}",),
                )
            ).fetchall()
            kinds = {name: kind.replace("public.", "").split("(")[0] for name, kind in types}
            listed = ", ".join(f'"{name}"' for name in names)
            # A column of arrays goes as one array of their texts: arrays of arrays are no lists.
            flat = {name: kinds[name].replace("[]", "") for name in names}
            asked = ", ".join(f"%({name})s::text[]::{flat[name]}[]" for name in names)
            given = ", ".join(f'"{name}"::{kinds[name]}' for name in names)
            read = ", ".join(f'"{name}"::text' for name in names)
            found = await (
                await conn.execute(f"SELECT {read} FROM {schema}.{table} LIMIT {n}")
            ).fetchall()
            statement = (
                f"INSERT INTO {table} ({listed}) SELECT {given}"
                f" FROM unnest({asked}) AS row ({listed})"
            )
            rows[statement] = (names, found)
        for start in range(0, n, 1000):
            batches = [
                (
                    statement,
                    {
                        name: (literal if literals else list)(
                            [row[i] for row in found[start : start + 1000]]
                        )
                        for i, name in enumerate(names)
                    },
                )
                for statement, (names, found) in rows.items()
            ]
            begin = time.perf_counter()
            async with conn.transaction():
                for statement, columns in batches:
                    await conn.execute(statement, columns)
            spent += time.perf_counter() - begin
            total += min(1000, n - start)
        return total / spent


class Watched:
    """The worker under test."""

    def __init__(self, args: argparse.Namespace, schema: str, prefix: str) -> None:
        self.args, self.schema = args, schema
        self.home = tempfile.mkdtemp()
        self.log = Path(self.home) / "worker.log"
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")} | {
            "WANGGE_HOME": self.home,
            "WANGGE_KAFKA": args.bootstrap,
            "WANGGE_DATABASE_URL": args.database,
            "WANGGE_SCHEMA_NAME": schema,
            "WANGGE_TOPIC_PREFIX": prefix,
            "WANGGE_POLICY": "default",
            "WANGGE_BATCH_MAX": str(args.batch),
        }
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "wangge", "worker"],
                env=environment, cwd=ROOT, stdout=out, stderr=out,
            )  # fmt: skip

    async def count(self) -> int:
        async with connect(self.args.database, schema=self.schema) as conn:
            row = await (
                await conn.execute("SELECT coalesce(sum(next_offset), 0)::int FROM consumed")
            ).fetchone()
        assert row is not None
        return int(row[0])

    async def rate(self, until: int) -> float:
        """Reports a second from the first batch seen to `until`, by the database's own word."""
        marks = []
        begun = await self.count()
        while not marks or marks[-1][1] < until:
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-2000:])
            done = await self.count()
            if done > begun:
                marks.append((time.perf_counter(), done))
            await asyncio.sleep(0.05)
        (since, first), (last, end) = marks[0], marks[-1]
        return (end - first) / (last - since)

    def resident(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss / 2**20)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.home)


async def backlog(
    args: argparse.Namespace, worker: Watched, topic: str, drained: float, n: int
) -> None:
    """The worker's rate on what arrives while it works, and on a backlog that waited for it."""
    steady_n = min(n, 20_000)
    offered = args.steady or drained * 0.9
    feeder = asyncio.create_task(
        asyncio.to_thread(put, args.bootstrap, topic, made_up(steady_n, 2), offered)
    )
    steady = await worker.rate(n + steady_n)
    await feeder
    worker.process.send_signal(signal.SIGSTOP)
    put(args.bootstrap, topic, made_up(args.backlog, 3))
    worker.process.send_signal(signal.SIGCONT)
    rate = await worker.rate(n + steady_n + args.backlog)
    print(f"  steady, arriving at {offered:,.0f}/s        {steady:8,.0f} reports/s")
    print(f"  backlog of {args.backlog:<8,} drained      {rate:8,.0f} reports/s")
    print(f"  backlog to steady                {rate / steady:8.2f}")


async def main(args: argparse.Namespace) -> None:
    schema, prefix = f"intake_bench_{uuid4().hex[:8]}", f"intake-bench{uuid4().hex[:8]}."
    topic = f"{prefix}reports"
    admin = KafkaAdminClient(bootstrap_servers=args.bootstrap)
    admin.create_topics([NewTopic(topic, 12, 1)])
    await migrate(args.database, schema)
    worker: Watched | None = None
    try:
        async with connect(args.database, schema=schema) as conn:
            await city.build(conn, CELLS)
            assert len(await load_cells(conn)) == CELLS.across**2
        load_shipped("default")
        n = args.reports
        put(args.bootstrap, topic, made_up(n, 1))
        empty = empty_agent(args, topic, n)
        worker = Watched(args, schema, prefix)
        drained = await worker.rate(n)
        print(f"{n} reports waiting on Kafka, one worker, batches of {args.batch}:")
        print(f"  worker, Kafka to committed case  {drained:8,.0f} reports/s")
        bare = await bare_insert(args, schema, min(n, 10_000), literals=False)
        server = await bare_insert(args, schema, min(n, 10_000), literals=True)
        print(f"  Faust agent that does nothing    {empty:8,.0f} messages/s")
        print(f"  bare unnest insert of the rows   {bare:8,.0f} reports/s")
        print(f"  the same, arrays ready-made      {server:8,.0f} reports/s")
        print(f"  ratio to the lower ceiling       {drained / min(empty, bare):8.2f}")
        if args.backlog:
            await backlog(args, worker, topic, drained, n)
        print(f"  worker's resident memory         {worker.resident():8,} MB")
        worker.stop()
        async with connect(args.database, schema=schema) as conn:
            row = await (
                await conn.execute(
                    "SELECT (SELECT count(*) FROM cases), (SELECT count(*) FROM rejects)"
                )
            ).fetchone()
        assert row is not None
        print(f"  cases {row[0]:,}, rejects {row[1]}")
    finally:
        if worker is not None and worker.process.poll() is None:
            worker.process.kill()
        async with connect(args.database, schema=schema) as conn:
            await conn.execute(f"DROP SCHEMA IF EXISTS {schema}_bare CASCADE")
            await conn.execute(f"DROP SCHEMA {schema} CASCADE")
        admin.delete_topics([topic])
        admin.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--reports", type=int, default=30_000)
    parser.add_argument("--backlog", type=int, default=200_000, help="0 leaves it out")
    parser.add_argument("--steady", type=float, help="reports/s to arrive in the steady part")
    parser.add_argument("--batch", type=int, default=500)
    asyncio.run(main(parser.parse_args()))
