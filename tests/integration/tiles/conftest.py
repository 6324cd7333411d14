"""One API for all of these tests: the made-up city and, before 2000, one of winding borders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import api_house, winding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx


@pytest.fixture(scope="session")
def tiles_prefix() -> Iterator[str]:
    with api_house.own_topics() as prefix:
        yield prefix


@pytest.fixture(scope="session")
async def house(tiles_prefix: str) -> AsyncIterator[api_house.House]:
    async with api_house.house(tiles_prefix) as made:
        async with made.database() as conn:
            await winding.build(conn)
        await api_house.until_ready(made)
        yield made


@pytest.fixture
async def admin(house) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client("admin") as client:
        yield client


@pytest.fixture
async def analyst(house) -> AsyncIterator[httpx.AsyncClient]:
    async with house.client("analyst") as client:
        yield client
