"""A position that people put right lies where the cell index would have put it."""

from __future__ import annotations

import random

import pytest
import shapely

from geo_data import knowing
from geo_data.areas import NoLayout
from geo_data.database import connect
from grid.cells.index import CellIndex
from tests import city

TOWN = city.City(across=8)


@pytest.fixture
async def built(database_url):
    async with connect(database_url) as conn:
        await city.build(conn, TOWN)
        yield conn


def index() -> CellIndex:
    cells = [area for area in TOWN.areas() if area[1] == "grid"]
    shapes = [shapely.box(*area[3:]) for area in cells]
    return CellIndex([area[0] for area in cells], shapes, [area[2] for area in cells])


def positions() -> list[tuple[float, float]]:
    dice = random.Random(7)
    west, south, step = city.WEST, city.SOUTH, TOWN.step
    end = 8 * step
    inside = [(west + dice.uniform(0, end), south + dice.uniform(0, end)) for _ in range(60)]
    borders = [(west + x * step, south + y * step) for x in (1, 2, 4) for y in (1, 3, 4.5)]
    near = [(west - dice.uniform(0, 0.0021), south + dice.uniform(0, end)) for _ in range(30)]
    near += [(west + dice.uniform(0, end), south - dice.uniform(0, 0.0017)) for _ in range(30)]
    return [*inside, *borders, *near, (0.0, 0.0), (west + 1, south), (118.0, 89.9)]


@pytest.mark.parametrize("snap_m", [0.0, 80.0, 200.0, 3000.0])
async def test_it_is_where_the_index_says(built, snap_m):
    cells = index()
    for lon, lat in positions():
        expected = cells.locate_one(lon, lat, snap_m=snap_m)
        found = await knowing.place_at(built, lon, lat, snap_m)
        assert found.cell == (cells.code(expected.cell) if expected.cell >= 0 else None), (lon, lat)
        assert found.snapped == expected.snapped
        assert found.path == (cells.path(expected.cell) if expected.cell >= 0 else "3707/")
        assert found.confidence == expected.confidence
        known = cells.code(expected.runner_up) if expected.runner_up >= 0 else None
        assert found.runner_up == known


async def test_without_a_layout_there_is_no_place(database_url):
    async with connect(database_url) as conn:
        with pytest.raises(NoLayout):
            await knowing.place_at(conn, 119.0, 36.0, 200.0)
