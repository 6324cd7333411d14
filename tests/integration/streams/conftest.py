"""One house for the tests that share it; faults get their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import stream_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.stream_house import House


@pytest.fixture
async def house(tmp_path) -> AsyncIterator[House]:
    async with stream_house.house(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
async def worked_house(tmp_path_factory) -> AsyncIterator[House]:
    """A house in which one worker runs all the time."""
    async with stream_house.house(tmp_path_factory.mktemp("house")) as made:
        process = await made.start("odd_worker")
        await process.ready()
        yield made
        assert await process.stop() == 0, process.log[-3000:]
