"""Kept tiles: bounded, drawn once, never more at once than may be."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from api import tile_store
from api.entity_tags import form_of
from api.quick_reads import QuickReads
from api.tile_store import TileStore
from geo_data.features.tile_sets import TILE_SETS
from geo_data.features.tiles import TileAsked
from geo_data.features.web_mercator import Tile
from geo_data.patience import TooSlow
from geo_data.rights import RowFilter

ALL = RowFilter("3707/", "", masked=False)


def cells(x: int, who: str = "") -> TileAsked:
    return TileAsked(TILE_SETS["cells"], Tile(12, x, 0), replace(ALL, sender=who), 1)


class Pool:
    """Connections that nobody looks at."""

    @asynccontextmanager
    async def connection(self):
        yield None


@pytest.fixture
def drawn(monkeypatch):
    """What was drawn, in its order; each tile is its column, 1,000 times."""
    seen = []

    async def draw(_conn, asked):
        seen.append(asked.tile.x)
        await asyncio.sleep(0)
        return bytes([asked.tile.x]) * 1000

    monkeypatch.setattr(tile_store.tiles, "draw", draw)
    return seen


async def test_a_tile_of_areas_is_drawn_once(drawn):
    store = TileStore(QuickReads(Pool(), 1))
    first = await store.get(cells(1))
    assert await store.get(cells(1)) is first
    assert drawn == [1]


async def test_those_who_ask_at_once_wait_for_one_drawing(drawn):
    store = TileStore(QuickReads(Pool(), 1))
    got = await asyncio.gather(*(store.get(cells(1)) for _ in range(10)))
    assert drawn == [1]
    assert len(set(map(id, got))) == 1


async def test_what_was_not_asked_for_longest_goes_first(drawn):
    store = TileStore(QuickReads(Pool(), 1), most_bytes=3 * 2500)
    for x in (1, 2, 3, 1, 4):
        await store.get(cells(x))
    assert drawn == [1, 2, 3, 4]
    await store.get(cells(1))
    await store.get(cells(2))
    assert drawn == [1, 2, 3, 4, 2], "2 had to go, 1 had not"


async def test_a_tile_larger_than_all_memory_is_given_and_not_kept(drawn):
    store = TileStore(QuickReads(Pool(), 1), most_bytes=1000)
    for _ in range(2):
        assert (await store.get(cells(7))).plain == b"\7" * 1000
    assert drawn == [7, 7]


async def test_who_goes_away_does_not_take_the_drawing_from_others(drawn):
    store = TileStore(QuickReads(Pool(), 1))
    gone, stays = (asyncio.create_task(store.get(cells(1))) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).plain
    assert drawn == [1]


async def test_nobody_waits_behind_all_that_another_asked_for(drawn):
    store = TileStore(QuickReads(Pool(), 1))
    greedy = [asyncio.create_task(store.get(cells(x, "greedy"))) for x in range(50)]
    await asyncio.sleep(0)
    await store.get(cells(99, "other"))
    assert len(drawn) < 5
    await asyncio.gather(*greedy)


async def test_a_failure_is_told_to_all_who_wait_and_not_kept(monkeypatch):
    tries = []

    async def draw(_conn, asked):
        tries.append(asked)
        await asyncio.sleep(0)
        raise TooSlow("slow")

    monkeypatch.setattr(tile_store.tiles, "draw", draw)
    store = TileStore(QuickReads(Pool(), 1))
    got = await asyncio.gather(*(store.get(cells(1)) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in got] == [TooSlow] * 3
    with pytest.raises(TooSlow):
        await store.get(cells(1))
    assert len(tries) == 2


async def test_never_more_at_once_than_may_be(monkeypatch):
    now, most = 0, 0

    async def draw(_conn, _asked):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1
        return b"x"

    monkeypatch.setattr(tile_store.tiles, "draw", draw)
    store = TileStore(QuickReads(Pool(), 3))
    await asyncio.gather(*(store.get(cells(x)) for x in range(12)))
    assert most == 3


async def test_the_two_forms_have_two_tags_and_the_same_bytes_the_same():
    one, same, other = (tile_store.Drawn(body) for body in (b"a" * 50_000, b"a" * 50_000, b"b"))
    packed = form_of(one.tag, packed=True)
    assert packed == form_of(same.tag, packed=True) != form_of(one.tag, packed=False)
    assert one.tag != other.tag
    assert await one.packed() == await same.packed()
