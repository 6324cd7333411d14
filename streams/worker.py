"""The worker: a Faust agent that takes batches of reports from Kafka and stores each whole.

Faust acknowledges a batch when the agent's body has been left, by whatever way: an exception and
a cancellation lose it for good. So nothing but success leaves the body; anything else ends the
process on the spot, as hard as a power cut, and the offsets stay where they were.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import faust
import uvloop
from aiokafka.errors import KafkaError

from geo_data.database import open_pool
from geo_data.layout.cell_folder import CellFolder
from geo_data.layout.indexes import CellIndexes
from geo_data.places.zones import ZonesNow
from geo_data.policies import PolicyStore
from grid.cells.index import warm_up as compile_cells
from grid.garbage import collect_seldom
from streams.batch import Intake
from streams.cells import keep_ready, prepare
from streams.leaving import GRACE_S, Exit, end_now, exit_code, set_alarm
from streams.reading import Message
from streams.retry import Backoff, persist
from streams.wake import Bell

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from geo_data.database import Pool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What a worker needs to know; `batch_within_s` bounds how long a report waits for others."""

    bootstrap: str
    group: str
    database_url: str
    datadir: Path
    cells: Path | None = None  # the folder where indexes of cells are kept
    topic_prefix: str = ""
    schema: str = "wangge"
    policy: str = "default"
    batch_max: int = 1000
    batch_within_s: float = 0.1
    log_level: str = "INFO"


def run(config: WorkerConfig) -> int:
    """Run one worker until it is told to stop; the exit code."""
    logging.basicConfig(
        level=config.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    config.datadir.mkdir(parents=True, exist_ok=True)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_main(config))


async def _main(config: WorkerConfig) -> int:
    stop = asyncio.Event()
    folder = None if config.cells is None else CellFolder(config.cells)
    policies, cells, zones = PolicyStore(config.policy), CellIndexes(folder), ZonesNow()
    async with open_pool(config.database_url, schema=config.schema) as pool:
        backoff = Backoff()
        try:
            await persist(lambda: prepare(pool, cells), backoff, stop, "start")
            await persist(lambda: _load_policies(pool, policies), backoff, stop, "start")
            await persist(lambda: _load_zones(pool, zones), backoff, stop, "start")
        except Exception as error:
            log.exception("cannot start")
            return exit_code(error)
        intake = Intake(pool, cells, policies, stop, backoff, zones=zones)
        warm_up(intake)
        ready = asyncio.create_task(keep_ready(pool, cells, Bell(stop), stop))
        worker = Worker(build_app(config, intake), stop)
        try:
            await worker.start()
        except KafkaError as error:
            log.critical("cannot start, Kafka is away: %r", error)
            return Exit.TRY_LATER
        await worker.finished()
        ready.cancel()
        with suppress(asyncio.CancelledError):
            await ready
        return Exit.BUG if worker.crash_reason else Exit.DONE


async def _load_policies(pool: Pool, policies: PolicyStore) -> None:
    async with pool.connection() as conn:
        await policies.load(conn)


async def _load_zones(pool: Pool, zones: ZonesNow) -> None:
    async with pool.connection() as conn:
        await zones.get(conn)


def warm_up(intake: Intake) -> None:
    """Use what is slow the first time, before any report waits for it."""
    compile_cells()
    intake.cells.at(datetime.now(UTC)).locate([0.0, 120.0], [0.0, 36.0])
    collect_seldom()


def build_app(config: WorkerConfig, intake: Intake) -> Any:
    """The Faust app with its one agent."""
    app: Any = faust.App(
        config.group,
        broker=[f"kafka://{server.strip()}" for server in config.bootstrap.split(",")],
        datadir=config.datadir,
        key_serializer="raw",
        value_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        # After a kill the others wait so long for a sign of life; a worker that only seemed dead
        # does no harm, what it did is claimed. Kafka allows no less.
        broker_session_timeout=6.0,
        broker_heartbeat_interval=2.0,
        broker_rebalance_timeout=30.0,
        broker_commit_interval=1.0,
        stream_wait_empty=True,
        worker_redirect_stdouts=False,
    )
    reports = app.topic(f"{config.topic_prefix}reports", key_type=bytes, value_type=bytes)

    @app.agent(reports, name="reports")  # type: ignore[untyped-decorator]
    async def take_reports(stream: Any) -> None:
        batches: AsyncIterator[Any] = stream.take_events(config.batch_max, config.batch_within_s)
        async for events in batches:
            try:
                await intake.take([_message(event.message) for event in events])
            except BaseException as error:  # noqa: BLE001 - nothing but success may leave
                end_now(error)

    return app


def _message(message: Any) -> Message:
    return Message(
        message.topic, message.partition, message.offset, message.key, message.value or b""
    )


class Worker(faust.Worker):
    """Faust's worker with our own way of stopping: no new tries, 20 s for the batch, then out."""

    def __init__(self, app: Any, stop: asyncio.Event) -> None:
        super().__init__(
            app,
            loop=asyncio.get_running_loop(),
            override_logging=False,
            redirect_stdouts=False,
            quiet=True,
        )
        self._stop_tries = stop

    def _schedule_shutdown(self, signal: Any) -> None:
        if not self._stop_tries.is_set():
            log.info("told to stop; the running batch has %.0f s", GRACE_S)
            self._stop_tries.set()
            set_alarm()
        super()._schedule_shutdown(signal)

    async def finished(self) -> None:
        """Wait until everything has been stopped, after `start` came back."""
        if self._signal_stop_future is not None:
            await self._signal_stop_future
        else:
            await self.stop()
