"""How long the oldest report has waited on Kafka for a worker."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiokafka import TopicPartition

_FETCH_MS = 2000


async def oldest_unread_s(
    bootstrap: str, topic: str, positions: Mapping[int, int]
) -> tuple[float, int]:
    """Age in seconds of the oldest report that nobody has stored, and how many wait; 0 for none.

    `positions` has the next offset to read of each partition; partitions without one have not been
    read at all. Raises aiokafka's errors where the broker is away.
    """
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        max_partition_fetch_bytes=1 << 17,
        request_timeout_ms=5000,
    )
    await consumer.start()
    try:
        partitions = consumer.assignment()  # without a group: all of them
        first = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        following = {p: max(positions.get(p.partition, 0), first[p]) for p in partitions}
        waiting = {p for p in partitions if following[p] < ends[p]}
        if not waiting:
            return 0.0, 0
        consumer.pause(*(partitions - waiting))
        for partition in waiting:
            consumer.seek(partition, following[partition])
        oldest = await _oldest(consumer, set(waiting))
        age = max(time.time() - oldest, 0.0) if oldest is not None else 0.0
        return age, sum(ends[p] - following[p] for p in waiting)
    finally:
        await consumer.stop()


async def _oldest(consumer: AIOKafkaConsumer, waiting: set[TopicPartition]) -> float | None:
    """The least timestamp among the first messages of these partitions, seconds since 1970."""
    until = time.monotonic() + _FETCH_MS / 1000
    firsts: list[float] = []
    while waiting and time.monotonic() < until:
        got = await consumer.getmany(timeout_ms=200)
        for partition, messages in got.items():
            if partition in waiting and messages:
                firsts.append(messages[0].timestamp / 1000)
                waiting.discard(partition)
                consumer.pause(partition)
    return min(firsts) if firsts else None
