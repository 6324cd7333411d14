"""Topics and producer against a real broker."""

import asyncio
import contextlib
import itertools
import socket
import time
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient, NewTopic

from grid.reports.report import decode
from ingest.door import accept
from ingest.producer import BrokerAway, ProducerConfig, ReportProducer
from ingest.topics import ensure_topics
from tests.broker import Gate
from tests.services import bootstrap


def made_up():
    submission = {
        "id": str(uuid4()),
        "category": "event.05.02",
        "lon": 119.1,
        "lat": 36.7,
        "observed_at": "2026-11-22T09:10:00+08:00",
        "source": "worker",
        "description": "楼道里有煤气味",
    }
    return accept(submission, sender="key:test", received_at=datetime.now(UTC))


@pytest.fixture
def admin():
    client = KafkaAdminClient(bootstrap_servers=bootstrap())
    yield client
    client.close()


@pytest.fixture
def prefix(admin):
    """A prefix of its own; its topics are deleted afterwards."""
    name = f"t{uuid4().hex[:8]}."
    yield name
    left = [topic for topic in admin.list_topics() if topic.startswith(name)]
    if left:
        admin.delete_topics(left)


async def producing(topic, address=None, **config):
    producer = ReportProducer(ProducerConfig(address or bootstrap(), topic, grace_s=0.5, **config))
    await producer.start()
    return producer


def read_all(topic, count):
    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap(),
        auto_offset_reset="earliest",
        group_id=None,
        consumer_timeout_ms=10_000,
    )
    with contextlib.closing(consumer):
        return list(itertools.islice(consumer, count))


def test_topics_are_made_once_with_their_settings(prefix):
    first = ensure_topics(bootstrap(), prefix, partitions=3)
    assert set(first.created) == {f"{prefix}{n}" for n in ("reports", "case-events", "tracks")}
    assert first.differences == ()
    again = ensure_topics(bootstrap(), prefix, partitions=3)
    assert (again.created, again.differences) == ((), ())


def test_a_topic_that_differs_is_reported_and_left_alone(admin, prefix):
    name = f"{prefix}reports"
    admin.create_topics([NewTopic(name, 2, 1, topic_configs={"retention.ms": "60000"})])
    for _ in range(2):
        ensured = ensure_topics(bootstrap(), prefix, partitions=3)
        assert [d for d in ensured.differences if name in d] == [
            f"topic {name}: retention.ms is 60000, should be 1209600000",
            f"topic {name}: partitions is 2, should be 3",
        ]


async def test_what_was_sent_stands_in_the_topic_under_its_id(prefix):
    await asyncio.to_thread(ensure_topics, bootstrap(), prefix, 3)
    producer = await producing(f"{prefix}reports")
    alone, many = made_up(), [made_up() for _ in range(40)]
    await producer.send(alone)
    assert await producer.send_many(many) == [None] * 40
    await producer.stop()
    messages = await asyncio.to_thread(read_all, f"{prefix}reports", 41)
    assert {m.key.decode(): decode(m.value) for m in messages} == {
        report.id: report for report in [alone, *many]
    }


async def test_no_reports_are_sent_at_once(prefix):
    producer = await producing(f"{prefix}reports")
    assert await producer.send_many([]) == []
    await producer.stop()


async def test_a_missing_topic_is_said_in_time_and_found_once_it_is_there(prefix):
    producer = await producing(f"{prefix}reports", patience_s=1.0, retry_after_s=4.2)
    began = time.perf_counter()
    with pytest.raises(BrokerAway) as caught:
        await producer.send(made_up())
    assert time.perf_counter() - began < 1.5
    assert caught.value.retry_after_s == 5
    await asyncio.to_thread(ensure_topics, bootstrap(), prefix, 3)
    await producer.send(made_up())
    await producer.stop()


async def test_a_broker_that_is_away_at_the_start_is_found_when_it_comes(prefix):
    await asyncio.to_thread(ensure_topics, bootstrap(), prefix, 3)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    gate = Gate(port, bootstrap())
    producer = await producing(
        f"{prefix}reports", gate.address, patience_s=0.5, longest_pause_s=0.3
    )
    began = time.perf_counter()
    with pytest.raises(BrokerAway):
        await producer.send(made_up())
    refused = await producer.send_many([made_up(), made_up()])
    assert [type(each) for each in refused] == [BrokerAway, BrokerAway]
    assert time.perf_counter() - began < 2
    assert not producer.connected
    await gate.open()
    for _ in range(20):  # each waits for the connection for half a second
        with contextlib.suppress(BrokerAway):
            await producer.send(made_up())
            break
    assert producer.connected
    await producer.stop()
    await gate.close()
