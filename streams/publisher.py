"""The publisher: the feed on Kafka, as CloudEvents, for whoever is not in the database.

Order holds per case, which is the key. A batch that was sent but not marked as sent goes out
again: readers know an event by (case, number).
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from grid.cases.wire import cloud_event
from streams.followers import Away

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry, Head

log = logging.getLogger(__name__)

#: How long one batch may take to be in all in-sync replicas.
_LIMIT_S = 10.0


class Publisher:
    """The follower that writes to Kafka's `case-events`."""

    name = "publisher"
    batch = 500

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._producer: Any = None
        self._starting = asyncio.Lock()  # the anchor sends as well: one connection, not two

    async def take(self, _conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """Send the entries and wait until Kafka has them all. Raises Away where it has not."""
        await self.send(
            (entry.case_id, cloud_event(entry.body, entry.number, entry.path)) for entry in entries
        )

    async def send(self, messages: Iterable[tuple[str, str]]) -> None:
        """Send (key, text) pairs. Raises Away."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                producer = await self._ready()
                sent = [
                    await producer.send(self._topic, text.encode(), key.encode())
                    for key, text in messages
                ]
                await asyncio.gather(*sent)
        except (KafkaError, TimeoutError) as error:
            await self.close()
            raise Away(f"Kafka: {error!r}") from error

    async def _ready(self) -> Any:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    enable_idempotence=True,
                    linger_ms=2,
                    request_timeout_ms=5000,
                )
                try:
                    await producer.start()
                except BaseException:
                    await _stopped(producer)
                    raise
                self._producer = producer
            return self._producer

    async def close(self) -> None:
        """Let the connection to Kafka go; the next batch makes a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stopped(producer)


async def _stopped(producer: Any) -> None:
    with suppress(KafkaError, TimeoutError):
        await asyncio.wait_for(producer.stop(), 2.0)


def head_event(head: Head) -> str:
    """The feed's head as a CloudEvent: an anchor outside the database for its chain."""
    event = {
        "specversion": "1.0",
        "id": f"feed/{head.epoch}/{head.number}",
        "source": "/wangge/feed",
        "type": "wangge.feed.head.v1",
        "subject": "feed",
        "time": head.at.isoformat(),
        "datacontenttype": "application/json",
        "feed": head.number,
        "data": {"epoch": head.epoch, "number": head.number, "hash": head.hash.hex()},
    }
    return json.dumps(event, sort_keys=True, separators=(",", ":"))
