"""One API for all of these tests; each makes its own cases. Before 2000 borders were winding."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from kafka.admin import KafkaAdminClient

from ingest.topics import ensure_topics
from tests import api_house, winding
from tests.broker import bootstrap
from tests.integration.ogc import what_lies_there

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx


@pytest.fixture(scope="session")
def ogc_prefix() -> Iterator[str]:
    """Topics of their own, deleted afterwards."""
    prefix = f"t{uuid4().hex[:8]}."
    ensure_topics(bootstrap(), prefix, partitions=1)
    yield prefix
    admin = KafkaAdminClient(bootstrap_servers=bootstrap())
    admin.delete_topics([topic for topic in admin.list_topics() if topic.startswith(prefix)])
    admin.close()


@pytest.fixture(scope="session")
async def house(ogc_prefix: str) -> AsyncIterator[api_house.House]:
    async with api_house.house(ogc_prefix) as made:
        async with made.database() as conn:
            await winding.build(conn)
            await what_lies_there.build(conn)
        async with made.client() as client, asyncio.timeout(10):
            while (await client.get("/health/ready")).status_code != 200:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        yield made


@pytest.fixture
async def analyst(house) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client("analyst") as client:
        yield client


@pytest.fixture
async def admin(house) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client("admin") as client:
        yield client
