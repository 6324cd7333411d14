"""One API for all of these tests; each makes its own cases."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from kafka.admin import KafkaAdminClient

from ingest.topics import ensure_topics
from tests import api_house
from tests.broker import bootstrap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def api_prefix() -> Iterator[str]:
    """Topics of their own, deleted afterwards."""
    prefix = f"t{uuid4().hex[:8]}."
    ensure_topics(bootstrap(), prefix, partitions=2)
    yield prefix
    admin = KafkaAdminClient(bootstrap_servers=bootstrap())
    admin.delete_topics([topic for topic in admin.list_topics() if topic.startswith(prefix)])
    admin.close()


@pytest.fixture(scope="session")
async def house(api_prefix: str) -> AsyncIterator[api_house.House]:
    async with api_house.house(api_prefix) as made:
        async with made.client() as client, asyncio.timeout(10):
            # the producer connects in the background
            while (await client.get("/health/ready")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        yield made
