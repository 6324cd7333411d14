"""After a restore: put the workers' group back to where the restored database stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kafka import KafkaConsumer, TopicPartition
from kafka.structs import OffsetAndMetadata

if TYPE_CHECKING:
    from collections.abc import Iterable


class GroupBusyError(RuntimeError):
    """Workers are still running, so the group cannot be moved."""


def rewind(
    bootstrap: str, group: str, topic: str, offsets: Iterable[tuple[str, int, int]]
) -> dict[tuple[str, int], int]:
    """Commit the offsets for the group; what was set, by (topic, partition).

    A partition of `topic` that has no offset goes to its beginning: nothing of it had been taken.
    An offset below what the topic still keeps is raised to the oldest that is there, which the
    caller should tell: those reports are beyond their retention. Raises GroupBusyError.
    """
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    try:
        wanted = {TopicPartition(topic, p): 0 for p in consumer.partitions_for_topic(topic) or ()}
        wanted |= {TopicPartition(name, partition): offset for name, partition, offset in offsets}
        oldest = consumer.beginning_offsets(list(wanted))
        newest = consumer.end_offsets(list(wanted))
        made = {at: min(max(offset, oldest[at]), newest[at]) for at, offset in wanted.items()}
        consumer.assign(list(wanted))
        try:
            consumer.commit({at: OffsetAndMetadata(o, "", -1) for at, o in made.items()})
        except Exception as error:
            raise GroupBusyError(f"the group {group} is in use: stop the workers first") from error
        return {(at.topic, at.partition): offset for at, offset in made.items()}
    finally:
        consumer.close(autocommit=False)
