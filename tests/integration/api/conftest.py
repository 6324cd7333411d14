"""One API for all of these tests; each makes its own cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import api_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def api_prefix() -> Iterator[str]:
    with api_house.own_topics(partitions=2) as prefix:
        yield prefix


@pytest.fixture(scope="session")
async def house(api_prefix: str) -> AsyncIterator[api_house.House]:
    async with api_house.house(api_prefix) as made:
        await api_house.until_ready(made)
        yield made
