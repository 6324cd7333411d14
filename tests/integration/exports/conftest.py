"""A house with cases and places in it, shared by what only reads."""

from __future__ import annotations

import io
import random
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from geo_data.areas import layout_in_force
from geo_data.exports.formats import Shape
from geo_data.exports.stream import chunks
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked
from geo_data.rights import RowFilter
from tests import stream_house
from tests.stream_house import CITY, intake_of, messages, pool_of, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from geo_data.database import Pool
    from tests.stream_house import House

EVERYTHING = RowFilter(CITY.path(0, 0)[:5], "", masked=False)
ANALYST = RowFilter(CITY.path(0, 0)[:5], "", masked=True)


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[House]:
    async with stream_house.house(tmp_path_factory.mktemp("exports")) as made:
        yield made


@pytest.fixture(scope="module")
async def pool(house) -> AsyncIterator[Pool]:
    """Thirty cases at odd places."""
    rng = random.Random(5)
    sent = []
    for _ in range(30):
        lon, lat = CITY.middle(rng.randrange(8), rng.randrange(8))
        sent.append(report(lon=lon + rng.random() / 500, lat=lat + rng.random() / 500))
    async with pool_of(house) as made:
        await (await intake_of(made)).take(messages(sent))
        yield made


async def exported(pool, name, form, rights=EVERYTHING, *, more=(), **shape) -> bytes:
    """The whole file."""
    out = io.BytesIO()
    async with pool.connection() as conn:
        layout = await layout_in_force(conn)
        await conn.rollback()
        asked = Asked(COLLECTIONS[name], rights, layout, more=more)
        async with aclosing(chunks(conn, asked, Shape(form, **shape))) as pieces:
            async for piece in pieces:
                assert piece
                out.write(piece)
    return out.getvalue()
