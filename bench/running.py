"""A whole system for one measurement: a schema and topics of its own, processes up and down.

Servers are named by WANGGE_DATABASE_URL and WANGGE_KAFKA, as for every command.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import psutil
from kafka.admin import KafkaAdminClient
from psycopg import sql

from geo_data.database import connect
from ingest.topics import ensure_topics
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class System:
    """A running system: its address, a key for everything, processes by name."""

    base: str
    key: str
    kafka: str
    prefix: str
    processes: dict[str, subprocess.Popen[bytes]]

    def resident_mb(self) -> dict[str, float]:
        """Resident memory of each process, MB."""
        return {
            name: psutil.Process(process.pid).memory_info().rss / 1e6
            for name, process in self.processes.items()
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def system(*names: str) -> Iterator[System]:
    """`wangge` processes of these names over Weifang's layout; all is taken away afterwards."""
    mark = uuid4().hex[:8]
    port = free_port()
    changes = {
        "WANGGE_SCHEMA_NAME": f"bench_{mark}",
        "WANGGE_TOPIC_PREFIX": f"bench{mark}.",
        "WANGGE_API_PORT": str(port),
        "WANGGE_LOG_LEVEL": "warning",
    }
    os.environ |= changes
    settings = load_settings()
    base = f"http://127.0.0.1:{port}"
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        ensure_topics(settings.kafka, settings.topic_prefix, settings.partitions)
        _wangge("db", "migrate")
        _wangge("layout", "build", "weifang")
        key = json.loads(_wangge("key", "add", "--role", "admin", "--area", "3707", "--json"))
        for name in names:
            processes[name] = subprocess.Popen([sys.executable, "-m", "wangge", name])
        wait_ready(f"{base}/health/ready")
        yield System(base, key["key"], settings.kafka, settings.topic_prefix, processes)
    finally:
        for process in processes.values():
            process.send_signal(signal.SIGTERM)
        for process in processes.values():
            process.wait(30)
        asyncio.run(_drop(settings.database_url, settings.schema_name))
        admin = KafkaAdminClient(bootstrap_servers=settings.kafka)
        mine = [t for t in admin.list_topics() if t.startswith(settings.topic_prefix)]
        admin.delete_topics(mine)
        admin.close()


def wait_ready(url: str, seconds: float = 60) -> None:
    """Until the URL answers 200."""
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            if time.monotonic() > until:
                raise
        time.sleep(0.2)


def _wangge(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "wangge", *arguments], check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode()


async def _drop(url: str, schema: str) -> None:
    async with connect(url) as conn:
        await conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
