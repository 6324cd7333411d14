"""A whole wangge of its own: Kafka, PostgreSQL, API, workers and clerks, on free ports."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from geo_data import keys
from geo_data.database import connect
from geo_data.migrate import migrate
from grid.principal import Role
from ingest.topics import ensure_topics
from tests.city import City, build
from tests.faults.part import Part
from tests.services import STATE
from wangge.services import jars, processes, state
from wangge.services.kafka import kill_kafka, start_kafka, stop_kafka
from wangge.services.postgres import start_postgres, stop_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from geo_data.database import Connection

PARTITIONS = 12
_PROJECT = Path(__file__).parents[2]


class Installation:
    """Started by `start`, all of it stopped and its folder removed by `stop`."""

    def __init__(self, *, workers: int, clerks: int, log_level: str = "info") -> None:
        self.home = Path(tempfile.mkdtemp(prefix="wangge-faults-"))
        self.home.chmod(0o755)  # PostgreSQL may run as another user
        self.city = City()
        self.kafka_port = processes.free_port()
        self.postgres_port = processes.free_port()
        self.api_port = processes.free_port()
        self.bootstrap = f"127.0.0.1:{self.kafka_port}"
        self.url = f"http://127.0.0.1:{self.api_port}"
        self.database_url = ""
        self.keys: list[str] = []
        self.workers: list[Part] = []
        self.clerks: list[Part] = []
        self.apis: list[Part] = []
        self._counts = workers, clerks
        self._log_level = log_level
        self._made = 0

    async def start(self) -> None:
        """Everything up and taking work."""
        await asyncio.to_thread(self._share_jars)
        _, server = await asyncio.gather(
            asyncio.to_thread(self.start_broker),
            asyncio.to_thread(start_postgres, self.home, self.postgres_port, durable=True),
        )
        self.database_url = server.database_url
        await migrate(self.database_url)
        async with self.connection() as conn:
            await build(conn, self.city)
            for name in ("one", "other"):
                _, key = await keys.add(conn, role=Role.ADMIN, area="3707/", name=name, by="tests")
                self.keys.append(key)
        await asyncio.to_thread(ensure_topics, self.bootstrap, partitions=PARTITIONS)
        self.apis.append(self._part("api"))
        workers, clerks = self._counts
        self.clerks += [self._part("clerk") for _ in range(clerks)]
        self.workers += [self._part("worker") for _ in range(workers)]
        await self._ready()

    def _share_jars(self) -> None:
        """Kafka's jars are fetched once for all runs, not once for each."""
        kept = jars.fetch(state.open_home(STATE))
        mine = jars.folder(state.open_home(self.home))
        mine.parent.mkdir(parents=True, exist_ok=True)
        mine.symlink_to(kept.absolute())

    def _part(self, command: str) -> Part:
        self._made += 1
        name = f"{command}-{self._made}"
        part = Part(
            name,
            [sys.executable, "-m", "wangge", command],
            self.environment(),
            self.home / "log" / f"{name}.log",
        )
        part.start()
        return part

    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")}
        return kept | {
            "PYTHONPATH": str(_PROJECT),
            "WANGGE_HOME": str(self.home),
            "WANGGE_KAFKA": self.bootstrap,
            "WANGGE_DATABASE_URL": self.database_url,
            "WANGGE_API_PORT": str(self.api_port),
            "WANGGE_LOG_LEVEL": self._log_level,
        }

    async def _ready(self, within_s: float = 60.0) -> None:
        async with asyncio.timeout(within_s), httpx.AsyncClient() as client:
            while True:
                with suppress(httpx.HTTPError):
                    if (await client.get(f"{self.url}/health/ready")).is_success:
                        return
                await asyncio.sleep(0.2)

    def add_worker(self) -> Part:
        """One more worker."""
        part = self._part("worker")
        self.workers.append(part)
        return part

    # ── what the faults do to it ────────────────────────────────────────────────────────────

    def start_broker(self) -> None:
        """Start Kafka on its data; returns when it answers."""
        start_kafka(self.home, self.kafka_port)

    def kill_broker(self) -> None:
        """Kill Kafka with -9."""
        kill_kafka(self.home)

    def start_database(self) -> None:
        """Start PostgreSQL on its data; returns when it answers."""
        start_postgres(self.home, self.postgres_port, durable=True)

    def crash_database(self) -> None:
        """End PostgreSQL as a crash does: nothing is flushed, every connection breaks."""
        stop_postgres(self.home, "immediate")

    @asynccontextmanager
    async def batches_held(self) -> AsyncIterator[None]:
        """No batch can commit: its transaction waits at its last statement. Yields once all do."""
        async with AsyncExitStack() as stack:
            conn = await stack.enter_async_context(self.connection())
            await conn.execute("BEGIN")
            await conn.execute("LOCK TABLE consumed IN SHARE MODE")
            for _ in range(15):
                waiting = await conn.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                row = await waiting.fetchone()
                if row is not None and row[0] >= len(self.workers):
                    break
                await asyncio.sleep(0.1)
            yield

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of the test's own."""
        async with connect(self.database_url) as conn:
            yield conn

    # ── the end ─────────────────────────────────────────────────────────────────────────────

    @property
    def parts(self) -> list[Part]:
        """All processes of the product."""
        return [*self.apis, *self.workers, *self.clerks]

    async def stop(self, *, keep: bool = False) -> None:
        """Stop all of it; `keep` leaves data and logs where they are."""
        await asyncio.gather(*(part.leave() for part in self.parts))
        await asyncio.to_thread(stop_kafka, self.home)
        await asyncio.to_thread(stop_postgres, self.home)
        if not keep:
            data = state.noted(self.home, "postgres").get("data")
            if data is not None:
                await asyncio.to_thread(shutil.rmtree, Path(data).parent, ignore_errors=True)
            await asyncio.to_thread(shutil.rmtree, self.home, ignore_errors=True)
