"""A whole wangge: API, workers and clerks as processes, on servers that may be killed."""

from __future__ import annotations

import asyncio
import os
import sys
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
from wangge.services.processes import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from geo_data.database import Connection
    from wangge.services.local import Local

PARTITIONS = 12
_PROJECT = Path(__file__).parents[2]


class Installation:
    """Started by `start`; `stop` ends its processes, the servers are the caller's.

    `prefix` stands before its topics and its group, `logs` is a folder for what it says.
    """

    def __init__(self, local: Local, database_url: str, prefix: str, logs: Path) -> None:
        self.local = local
        self.database_url = database_url
        self.prefix = prefix
        self.logs = logs
        self.city = City()
        self.url = ""
        self.keys: list[str] = []
        self.workers: list[Part] = []
        self.clerks: list[Part] = []
        self.apis: list[Part] = []
        self._api_port = free_port()
        self._made = 0

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return self.local.bootstrap

    async def start(self, *, workers: int, clerks: int) -> None:
        """Everything up and taking work."""
        await migrate(self.database_url)
        async with self.connection() as conn:
            await build(conn, self.city)
            for name in ("one", "other"):
                _, key = await keys.add(conn, role=Role.ADMIN, area="3707/", name=name, by="tests")
                self.keys.append(key)
        await asyncio.to_thread(ensure_topics, self.bootstrap, self.prefix, PARTITIONS)
        self.url = f"http://127.0.0.1:{self._api_port}"
        self.apis.append(self._part("api"))
        self.clerks += [self._part("clerk") for _ in range(clerks)]
        self.workers += [self._part("worker") for _ in range(workers)]
        await self._ready()

    def _part(self, command: str) -> Part:
        self._made += 1
        name = f"{command}-{self._made}"
        made = [sys.executable, "-m", "wangge", command]
        part = Part(name, made, self.environment(), self.logs / f"{name}.log")
        part.start()
        return part

    def environment(self) -> dict[str, str]:
        """What a process of the product is told."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("WANGGE_")}
        return kept | {
            "PYTHONPATH": str(_PROJECT),
            "WANGGE_HOME": str(self.logs),
            "WANGGE_KAFKA": self.bootstrap,
            "WANGGE_DATABASE_URL": self.database_url,
            "WANGGE_TOPIC_PREFIX": self.prefix,
            "WANGGE_API_PORT": str(self._api_port),
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

    @asynccontextmanager
    async def batches_held(self) -> AsyncIterator[int]:
        """No batch can commit: its transaction waits at its last statement.

        Yields once all workers' do, or after 3 s, how many.
        """
        async with AsyncExitStack() as stack:
            conn = await stack.enter_async_context(self.connection())
            await conn.execute("BEGIN")
            await conn.execute("LOCK TABLE consumed IN SHARE MODE")
            held = 0
            for _ in range(30):
                waiting = await conn.execute(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted"
                    " AND relation = 'consumed'::regclass"
                )
                row = await waiting.fetchone()
                held = int(row[0]) if row is not None else 0
                if held >= len(self.workers):
                    break
                await asyncio.sleep(0.1)
            yield held

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection of the test's own."""
        async with connect(self.database_url) as conn:
            yield conn

    @property
    def parts(self) -> list[Part]:
        """All processes of the product."""
        return [*self.apis, *self.workers, *self.clerks]

    async def stop(self) -> None:
        """End all processes, in order where they do."""
        await asyncio.gather(*(part.leave() for part in self.parts))
