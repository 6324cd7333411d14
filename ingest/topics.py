"""The topics of this product and their settings: made by it, never by the broker on its own."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewTopic
from kafka.errors import TopicAlreadyExistsError

PARTITIONS = 12

#: From so many replicas on, two must have a message before it counts as taken.
_SAFE_REPLICATION = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its name without prefix, and how long it keeps what is in it."""

    name: str
    kept: timedelta


REPORTS = Topic("reports", timedelta(days=14))
CASE_EVENTS = Topic("case-events", timedelta(days=30))
TRACKS = Topic("tracks", timedelta(days=7))
TOPICS = (REPORTS, CASE_EVENTS, TRACKS)


@dataclass(frozen=True, slots=True)
class Ensured:
    """What was done: names of topics that were made, and in words how others differ."""

    created: tuple[str, ...]
    differences: tuple[str, ...]


def ensure_topics(
    bootstrap: str, prefix: str = "", partitions: int = PARTITIONS, replication: int = 1
) -> Ensured:
    """Make the topics that are missing and compare the others with what they should be.

    A topic that is there is never changed: its number of partitions is fixed for life, and
    somebody may have had a reason. Raises kafka.errors.KafkaError where no broker answers.
    """
    with closing(
        KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=10_000)
    ) as admin:
        existing = set(admin.list_topics())
        created = [
            name
            for topic in TOPICS
            if (name := prefix + topic.name) not in existing
            and _create(admin, name, settings(topic, replication), partitions, replication)
        ]
        if created:
            admin.wait_for_topics(created)
        found = _describe(admin, [prefix + topic.name for topic in TOPICS])
        differences = [
            f"topic {name}: {setting} is {found[name].get(setting)}, should be {wanted}"
            for topic in TOPICS
            for name in [prefix + topic.name]
            for setting, wanted in (
                settings(topic, replication)
                | {"partitions": str(partitions), "replication": str(replication)}
            ).items()
            if found[name].get(setting) != wanted
        ]
    return Ensured(tuple(created), tuple(differences))


def settings(topic: Topic, replication: int) -> dict[str, str]:
    """The settings of a topic, by Kafka's names for them."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(int(topic.kept / timedelta(milliseconds=1))),
        "min.insync.replicas": "2" if replication >= _SAFE_REPLICATION else "1",
    }


def _create(
    admin: KafkaAdminClient, name: str, wanted: dict[str, str], partitions: int, replication: int
) -> bool:
    topic = NewTopic(
        name, num_partitions=partitions, replication_factor=replication, topic_configs=wanted
    )
    try:
        admin.create_topics([topic])
    except TopicAlreadyExistsError:  # another process was quicker
        return False
    return True


def _describe(admin: KafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """For each topic its settings, with `partitions` and `replication`, all as text."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    configs = admin.describe_configs(asked, config_filter="all")["topic"]
    found = {
        name: {setting: entry["value"] for setting, entry in configs[name].items()}
        for name in names
    }
    for topic in admin.describe_topics(names):
        partitions = topic["partitions"]
        found[topic["name"]] |= {
            "partitions": str(len(partitions)),
            "replication": str(min(len(each["replica_nodes"]) for each in partitions)),
        }
    return found
