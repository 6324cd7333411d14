"""A city, topics and processes of their own for what streams: workers, clerks, reports to send."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from geo_data.database import connect, open_pool
from geo_data.layout.indexes import CellIndexes
from geo_data.policies import PolicyStore
from grid.model import Source
from grid.reports.report import Report, encode
from streams.batch import Intake
from streams.cells import prepare
from streams.reading import Message
from tests import city, services
from tests.services import bootstrap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from geo_data.database import Pool

CITY = city.City()
#: A class of matters without an emergency's short limits.
RUBBISH = "event.01.10"
#: `tests/odd_worker.py` does what these descriptions say.
RAISES = "decide raises"


def report(**changes: Any) -> Report:
    """A report from the middle of the city's first cell, just now."""
    now = datetime.now(UTC)
    lon, lat = CITY.middle(0, 0)
    made = Report(
        id=str(uuid4()),
        category=RUBBISH,
        lon=lon,
        lat=lat,
        observed_at=now - timedelta(seconds=10),
        source=Source.CITIZEN,
        received_at=now,
        sender="key:test",
    )
    return replace(made, **changes)


def reports(n: int, seed: int = 0, **changes: Any) -> list[Report]:
    """`n` reports all over the city, the same ids and places for the same seed."""
    rng = random.Random(seed)
    size = CITY.across * CITY.step
    return [
        report(
            id=str(UUID(int=rng.getrandbits(128), version=4)),
            lon=city.WEST + rng.random() * size,
            lat=city.SOUTH + rng.random() * size,
            **changes,
        )
        for _ in range(n)
    ]


@dataclass
class House:
    """A schema with the city in it, and a prefix for topics and groups."""

    schema: str
    prefix: str
    state: Path
    processes: list[Process] = field(default_factory=list)

    @property
    def topic(self) -> str:
        return f"{self.prefix}reports"

    async def one(self, sql: str, *args: Any) -> Any:
        """The first column of the first row."""
        async with connect(services.database_url(), schema=self.schema) as conn:
            row = await (await conn.execute(sql, args)).fetchone()  # type: ignore[arg-type]
        return row[0] if row else None

    async def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        async with connect(services.database_url(), schema=self.schema) as conn:
            return await (await conn.execute(sql, args)).fetchall()  # type: ignore[arg-type]

    async def send(self, sent: Iterable[Report | bytes], partition: int | None = None) -> None:
        """Put reports, or bytes that are none, on the topic."""
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap(), linger_ms=5)
        await producer.start()
        try:
            waiting = []
            for one in sent:
                body = one if isinstance(one, bytes) else encode(one)
                key = b"x" if isinstance(one, bytes) else one.id.encode()
                waiting.append(await producer.send(self.topic, body, key, partition=partition))
            await asyncio.gather(*waiting)
        finally:
            await producer.stop()

    async def until(self, sql: str, wanted: Any, within_s: float = 30.0) -> None:
        """Wait until a query answers what is wanted."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while (found := await self.one(sql)) != wanted:
            if loop.time() > end:
                logs = "\n".join(process.log[-3000:] for process in self.processes)
                raise AssertionError(f"{sql}: {found}, not {wanted}\n{logs}")
            await asyncio.sleep(0.1)

    async def done(self, n: int, within_s: float = 30.0) -> None:
        """Wait until `n` messages of the topic have been dealt with."""
        await self.until("SELECT coalesce(sum(next_offset), 0)::int FROM consumed", n, within_s)

    async def start(self, command: str, **env: str) -> Process:
        """Start `worker`, `clerk` or `odd_worker`; WANGGE_* settings may be changed."""
        log = self.state / f"{command}-{uuid4().hex[:8]}.log"
        module = (
            ["-m", "tests.odd_worker"] if command == "odd_worker" else ["-m", "wangge", command]
        )
        variables = {
            "WANGGE_HOME": str(self.state),
            "WANGGE_KAFKA": bootstrap(),
            "WANGGE_DATABASE_URL": services.database_url(),
            "WANGGE_SCHEMA_NAME": self.schema,
            "WANGGE_TOPIC_PREFIX": self.prefix,
            "WANGGE_POLICY": "default",
            **env,
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")}
        with log.open("wb") as out:
            running = await asyncio.create_subprocess_exec(
                sys.executable,
                *module,
                env=kept | variables,
                stdout=out,
                stderr=out,
                cwd=Path(__file__).parents[1],
            )
        process = Process(running, log)
        self.processes.append(process)
        return process


@dataclass
class Process:
    """A process under test and its log."""

    running: asyncio.subprocess.Process
    path: Path

    @property
    def log(self) -> str:
        return self.path.read_text(errors="replace")

    def signal(self, number: int) -> None:
        if self.running.returncode is None:
            self.running.send_signal(number)

    async def ended(self, within_s: float = 30.0) -> int:
        """The exit code, below zero for a signal."""
        return await asyncio.wait_for(self.running.wait(), within_s)

    async def says(self, words: str, within_s: float = 30.0) -> None:
        """Wait until the log holds the words."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while words not in self.log:
            going = loop.time() < end and self.running.returncode is None
            assert going, (words, self.log[-3000:])
            await asyncio.sleep(0.05)

    async def ready(self) -> None:
        """Wait until a worker consumes."""
        await self.says("Worker ready")

    async def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return await self.ended()


@asynccontextmanager
async def house(state: Path, partitions: int = 4) -> AsyncIterator[House]:
    """A house of its own; whatever still runs in it is killed on leaving."""
    prefix = f"t{uuid4().hex[:8]}."
    async with services.schema() as schema:
        async with connect(services.database_url(), schema=schema) as conn:
            await city.build(conn, CITY)
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap())
        await admin.start()
        topics = [f"{prefix}reports", f"{prefix}case-events"]
        try:
            await admin.create_topics([NewTopic(name, partitions, 1) for name in topics])
            made = House(schema, prefix, state)
            try:
                yield made
            finally:
                for process in made.processes:
                    process.signal(signal.SIGKILL)
                    await process.ended()
        finally:
            await admin.delete_topics(topics)
            await admin.close()


@asynccontextmanager
async def pool_of(made: House, most: int = 8) -> AsyncIterator[Pool]:
    async with open_pool(services.database_url(), schema=made.schema, most=most) as pool:
        yield pool


async def intake_of(pool: Pool) -> Intake:
    """A worker's inside, without Kafka around it."""
    cells = CellIndexes()
    await prepare(pool, cells)
    return Intake(pool, cells, PolicyStore(), asyncio.Event())


def messages(
    sent: Sequence[Report], partition: int = 0, first: int = 0, topic: str = "reports"
) -> list[Message]:
    """Reports as they come from Kafka."""
    return [
        Message(topic, partition, first + i, one.id.encode(), encode(one))
        for i, one in enumerate(sent)
    ]
