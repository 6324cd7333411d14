"""The waterline: up to which moment everything that had come in is filed, numbered and remembered.

What is seen across cases must not depend on how fast each worker is, so nothing is looked at
before what came in beside it is there. Whether it is, only Kafka and the database together know:
the ends of the partitions at a moment are noted, and once the workers have stored up to there, the
sequencer has numbered that and the follower has taken it in, the waterline is that moment.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from geo_data import intake, ledger, looks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from geo_data.database import Connection

log = logging.getLogger(__name__)

_KAFKA_WAIT_S = 5.0

#: A partition that nobody reads would keep the looks of a whole city waiting; no longer than this.
LONGEST = timedelta(minutes=2)


@dataclass(slots=True)
class _Mark:
    """What had come in at a moment; `pending` and `number` once it is known what that became."""

    at: datetime
    ends: Mapping[int, int]
    pending: int | None = None
    number: int | None = None


class Waterline:
    """The waterline of one topic for one follower of the feed.

    What is still under way `longest` after a mark was noted is not waited for any more.
    """

    def __init__(
        self, bootstrap: str, topic: str, follower: str, longest: timedelta = LONGEST
    ) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._follower = follower
        self._longest = longest
        self._consumer: Any = None
        self._mark: _Mark | None = None
        self._at: datetime | None = None

    async def rise(self, conn: Connection) -> datetime | None:
        """The waterline as it stands now; None before the first. Where Kafka is away, it stays."""
        # The clock first: what comes in while the ends are asked for is not promised.
        now = await ledger.clock(conn)
        if self._mark is None:
            try:
                self._mark = _Mark(now, await self._ends())
            except (KafkaError, TimeoutError) as error:
                await self.close()
                log.warning("the waterline stays where it is, Kafka is away: %r", error)
                return self._at
        mark = self._mark
        passed = await self._passed(conn, mark)
        if not passed and now - mark.at >= self._longest:
            log.warning("reports that came in before %s are still not filed: looking", mark.at)
            passed = True
        if passed:
            self._at, self._mark = mark.at, None
        return self._at

    async def _passed(self, conn: Connection, mark: _Mark) -> bool:
        """True when everything up to the mark has been filed, numbered and taken in, in turn."""
        if mark.pending is None:
            stored = await intake.consumed(conn, self._topic)
            if any(stored.get(partition, 0) < end for partition, end in mark.ends.items()):
                return False
        progress = await looks.progress(conn, self._follower)
        if mark.pending is None:
            mark.pending = progress.last_pending
        if mark.number is None and progress.first_pending > mark.pending:
            mark.number = progress.number
        return mark.number is not None and progress.cursor >= mark.number

    async def _ends(self) -> dict[int, int]:
        """The next offset of each partition that anything was written to."""
        async with asyncio.timeout(_KAFKA_WAIT_S):
            if self._consumer is None:
                consumer = AIOKafkaConsumer(
                    self._topic,
                    bootstrap_servers=self._bootstrap,
                    group_id=None,
                    enable_auto_commit=False,
                )
                self._consumer = consumer
                await consumer.start()
                consumer.pause(*consumer.assignment())  # nothing is read here
            found = await self._consumer.end_offsets(self._consumer.assignment())
        return {partition.partition: end for partition, end in found.items() if end}

    async def close(self) -> None:
        """Let the connection to Kafka go; the next question makes a new one."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(consumer.stop(), 2.0)
