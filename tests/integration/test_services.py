"""Local services: started once, recognised, killed, started again, and never somebody else's."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest
from kafka import KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.consumer import KafkaConsumer
from kafka.errors import KafkaError

from geo_data.cluster import answers
from wangge.failures import Unavailable
from wangge.services import kafka, postgres, processes, state
from wangge.services.kafka import kafka_answers


def test_starting_what_runs_already_changes_nothing(own_services):
    before = [own_services.status(part).process for part in ("kafka", "postgres")]
    own_services.start_kafka()
    own_services.start_postgres()
    assert [own_services.status(part).process for part in ("kafka", "postgres")] == before


def test_kafka_keeps_what_it_acknowledged_over_a_kill(own_services, topic_prefix):
    topic = f"{topic_prefix}kept"
    with closing(KafkaAdminClient(bootstrap_servers=own_services.bootstrap)) as admin:
        admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    with closing(KafkaProducer(bootstrap_servers=own_services.bootstrap, acks="all")) as producer:
        for number in range(10):
            producer.send(topic, str(number).encode()).get(timeout=10)
    own_services.kill_kafka()
    assert not kafka_answers(own_services.bootstrap)
    own_services.start_kafka()
    with closing(KafkaConsumer(bootstrap_servers=own_services.bootstrap)) as consumer:
        ends = consumer.end_offsets([TopicPartition(topic, 0)])
    assert list(ends.values()) == [10]


def test_kafka_makes_no_topic_by_itself(own_services, topic_prefix):
    with (
        closing(KafkaProducer(bootstrap_servers=own_services.bootstrap, max_block_ms=500)) as lone,
        pytest.raises(KafkaError),
    ):
        lone.send(f"{topic_prefix}never-made", b"x").get(timeout=2)
    with closing(KafkaAdminClient(bootstrap_servers=own_services.bootstrap)) as admin:
        assert not [name for name in admin.list_topics() if name.startswith(topic_prefix)]


@pytest.mark.parametrize("mode", ["fast", "immediate", "kill"])
def test_postgres_keeps_what_it_committed(own_services, database_url, mode):
    with psycopg.connect(database_url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 1 AS one")
    own_services.stop_postgres(mode)
    assert not answers(database_url)
    own_services.start_postgres()
    with psycopg.connect(database_url) as conn:
        assert conn.execute("SELECT one FROM kept").fetchone() == (1,)


def test_the_products_role_is_no_superuser_and_has_postgis(database_url):
    with psycopg.connect(database_url) as conn:
        row = conn.execute(
            "SELECT current_setting('is_superuser'), ST_AsText(ST_Point(119.1, 36.7))"
        ).fetchone()
    assert row == ("off", "POINT(119.1 36.7)")


def test_without_the_password_nobody_enters(own_services):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=own_services.postgres_port, user="postgres")


def test_passwords_are_readable_by_their_owner_only(own_services):
    for name in ("postgres", "wangge"):
        assert (own_services.home / f"{name}.password").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("start", [kafka.start_kafka, postgres.start_postgres])
def test_a_port_of_somebody_else_is_named_and_left_alone(own_services, tmp_path, start):
    if start is kafka.start_kafka:  # the jars are there already
        (tmp_path / "kafka").mkdir()
        (tmp_path / "kafka" / "jars").symlink_to(own_services.home / "kafka" / "jars")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(
            Unavailable, match=rf"Port {port} on 127\.0\.0\.1 is taken by .*WANGGE_"
        ):
            start(tmp_path, port)


def test_a_pid_file_of_another_process_stops_nobody(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        pid_file = tmp_path / "run" / "kafka.json"
        state.open_home(tmp_path)
        state.write(pid_file, f'{{"pid": {stranger.pid}, "birth": "before the last boot"}}')
        assert kafka.stop_kafka(tmp_path) is False
        assert stranger.poll() is None
        stranger.communicate(b"\n")


def test_a_broker_whose_pid_file_a_crash_kept_back_is_found(own_services):
    (own_services.home / "run" / "kafka.json").unlink()
    assert own_services.status("kafka").process is not None


def test_a_process_that_is_dead_is_not_found(tmp_path):
    state.open_home(tmp_path)
    process = processes.start(
        ["/bin/sleep", "30"], pid_file=tmp_path / "run" / "x.json", log=tmp_path / "x.log"
    )
    assert processes.find(tmp_path / "run" / "x.json") == process
    assert os.getsid(process.pid) == process.pid
    processes.stop(process, patience_s=5)
    assert processes.find(tmp_path / "run" / "x.json") is None
