"""A house and a pool of its own for each test of places and facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import stream_house
from tests.stream_house import pool_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from geo_data.database import Pool
    from tests.stream_house import House


@pytest.fixture
async def house(tmp_path) -> AsyncIterator[House]:
    async with stream_house.house(tmp_path) as made:
        yield made


@pytest.fixture
async def pool(house) -> AsyncIterator[Pool]:
    async with pool_of(house) as made:
        yield made
