"""Puts reports on Kafka, and says so only when every in-sync replica has them.

A caller never hangs: after `patience_s` it is told that the broker is away and when to ask again.
What was on its way then may still arrive; the same report sent once more does no harm.
"""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from grid.reports.report import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid.reports.report import Report

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProducerConfig:
    """Where reports go and how long a caller is kept waiting; times in seconds."""

    bootstrap: str
    topic: str = "reports"
    patience_s: float = 3.0
    retry_after_s: float = 5.0
    linger_ms: int = 2
    first_pause_s: float = 0.2  # between attempts to connect; doubles up to the longest
    longest_pause_s: float = 2.0
    grace_s: float = 5.0  # for what is on its way when the producer stops


class BrokerAway(Exception):
    """Kafka did not take the report in time: keep it and try again after `retry_after_s`."""

    def __init__(self, retry_after_s: float, reason: str) -> None:
        super().__init__(f"Kafka did not take the report: {reason}")
        self.retry_after_s = math.ceil(retry_after_s)
        self.reason = reason


class ReportProducer:
    """A connection to Kafka that is made in the background and made anew when it breaks."""

    def __init__(self, config: ProducerConfig) -> None:
        self._config = config
        self._ready = asyncio.Event()
        self._broken = asyncio.Event()
        self._producer: AIOKafkaProducer | None = None
        self._keeper: asyncio.Task[NoReturn] | None = None
        self._trouble = "not connected yet"

    async def start(self) -> None:
        """Begin to connect. Returns at once, also when the broker is away."""
        self._keeper = asyncio.create_task(self._keep_connected())

    async def stop(self) -> None:
        """Give what is on its way the time to arrive, then disconnect."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    @property
    def connected(self) -> bool:
        """True while there is a connection; what a health check asks."""
        return self._ready.is_set()

    async def send(self, report: Report) -> None:
        """Put one report on Kafka; returns when all in-sync replicas have it.

        Raises BrokerAway after `patience_s` at the latest.
        """
        try:
            async with asyncio.timeout(self._config.patience_s):
                await self._deliver(report)
        except TimeoutError:
            raise self._away(self._trouble) from None

    async def send_many(self, reports: Sequence[Report]) -> list[BrokerAway | None]:
        """Put many reports on Kafka; for each None, or why it was not taken in time."""
        tasks = [asyncio.create_task(self._deliver(report)) for report in reports]
        if tasks:
            await asyncio.wait(tasks, timeout=self._config.patience_s)
        late = [task for task in tasks if task.cancel()]
        if late:
            await asyncio.wait(late)
        return [self._outcome(task) for task in tasks]

    def _outcome(self, task: asyncio.Task[None]) -> BrokerAway | None:
        if task.cancelled():
            return self._away(self._trouble)
        error = task.exception()
        if error is None or isinstance(error, BrokerAway):
            return error
        raise error

    async def _deliver(self, report: Report) -> None:
        await self._ready.wait()
        producer = self._producer
        assert producer is not None
        config = self._config
        try:
            await producer.send_and_wait(
                config.topic, value=encode(report), key=report.id.encode("ascii")
            )
        except (KafkaTimeoutError, TimeoutError):
            raise self._away("no answer in time") from None
        except KafkaError as error:
            self._trouble = f"{type(error).__name__}"
            log.warning("Kafka refused a report: %r; connecting anew", error)
            if producer is self._producer:
                self._broken.set()
            raise self._away(self._trouble) from None

    def _away(self, reason: str) -> BrokerAway:
        return BrokerAway(self._config.retry_after_s, reason)

    async def _keep_connected(self) -> NoReturn:
        pause_s = self._config.first_pause_s
        while True:
            producer = self._make()
            try:
                async with asyncio.timeout(self._config.patience_s * 2):
                    await producer.start()
                self._producer, self._trouble = producer, "no answer in time"
                pause_s = self._config.first_pause_s
                self._ready.set()
                await self._broken.wait()
            except (KafkaError, OSError, TimeoutError) as error:
                self._trouble = f"no connection to {self._config.bootstrap}"
                log.warning("%s: %r; next try in %.1f s", self._trouble, error, pause_s)
            finally:
                self._ready.clear()
                self._broken.clear()
                await self._close(producer)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, self._config.longest_pause_s)

    def _make(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._config.bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=self._config.linger_ms,
            max_batch_size=128 * 1024,
            metadata_max_age_ms=30_000,
            request_timeout_ms=5_000,
            retry_backoff_ms=200,
        )

    async def _close(self, producer: AIOKafkaProducer) -> None:
        closing = asyncio.create_task(producer.stop())
        done, _ = await asyncio.wait({closing}, timeout=self._config.grace_s)
        if not done:
            # An idempotent producer tries for ever, and has no public way to be told to give up.
            producer._sender.sender_task.cancel()  # noqa: SLF001
            await closing
