"""Pages follow one another without gap and without repetition, whatever is written meanwhile."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from psycopg import sql

from geo_data.features import items
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked, Part
from geo_data.patience import TooSlow
from geo_data.rights import RowFilter
from tests.integration.ogc.asking import CASES, CELLS, REPORTS, ROOT, get, ids, links, refused
from tests.winding import BEGAN


async def walk(client, path, between=None, **params):
    """All features by `next`, from page to page; `between` is awaited after each page."""
    found = []
    page = await get(client, path, **params)
    while True:
        found += page["features"]
        following = links(page, "next")
        if not following:
            return found
        assert page["numberReturned"] == params["limit"], "only the last page is short"
        if between is not None:
            await between()
        page = await get(client, following[0]["href"])


@pytest.mark.parametrize("limit", [1, 7, 63, 64, 65])
async def test_all_cells_come_once_and_in_order(analyst, limit):
    whole = await ids(analyst, CELLS)
    walked = [one["id"] for one in await walk(analyst, CELLS, limit=limit)]
    assert walked == whole == sorted(whole)
    assert len(set(walked)) == 64


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_every_collection_walks(house, analyst, name):
    for x in range(4):
        await house.file(x, x)
    path = f"{ROOT}/{name}/items"
    whole = await ids(analyst, path, limit=10_000)
    assert [one["id"] for one in await walk(analyst, path, limit=2)] == whole


@pytest.mark.parametrize("path", [CASES, REPORTS])
async def test_what_is_written_meanwhile_neither_hides_nor_repeats(house, admin, path):
    """Cases are filed before, between and after the pages, some with ids below the cursor."""
    for x in range(6):
        await house.file(x, 0)
    before = set(await ids(admin, path, limit=10_000))

    async def file_on():
        for _ in range(12):
            await house.file(1, 1)

    async with asyncio.TaskGroup() as group:
        group.create_task(file_on())
        walked = [one["id"] for one in await walk(admin, path, limit=3)]
    assert len(walked) == len(set(walked)), "nothing twice"
    assert before <= set(walked), "nothing left out"
    assert walked == sorted(walked)


async def test_next_keeps_what_was_asked(house, analyst):
    await house.file(1, 1)
    first = await get(analyst, CELLS, limit=2, bbox="118,36,119,36.51", synthetic="true", f="json")
    [following] = links(first, "next")
    given = parse_qs(urlsplit(following["href"]).query)
    kept = {"limit": ["2"], "bbox": ["118,36,119,36.51"], "synthetic": ["true"], "f": ["json"]}
    assert {k: v for k, v in given.items() if k != "after"} == kept
    found = await walk(analyst, CELLS, limit=2, bbox="118,36,119,36.51")
    assert len(found) == 24


async def test_a_list_of_areas_stays_one_list_when_another_layout_begins_to_hold(house, analyst):
    """The cursor keeps the layout: half old and half new would be a city that never was."""
    first = await get(analyst, CELLS, limit=10, as_of=BEGAN)
    [following] = links(first, "next")
    # As a client without `as_of` would go on, whose second page comes after the change.
    rest = await get(analyst, CELLS, after=after(following))
    assert {f["properties"]["layout"] for f in first["features"] + rest["features"]} == {2}
    assert len(first["features"]) + len(rest["features"]) == 16


def after(link):
    return parse_qs(urlsplit(link["href"]).query)["after"][0]


async def test_a_cursor_of_another_collection_is_none(analyst):
    [following] = links(await get(analyst, CELLS, limit=1), "next")
    await refused(analyst, CASES, "after", after=after(following))
    await refused(analyst, f"{ROOT}/streets/items", "after", after=after(following))


async def test_a_cursor_gives_no_rights(house, admin):
    """With the cursor of who sees everything, who sees little still sees little."""
    for x in range(3):
        await house.file(x, 7)
    [following] = links(await get(admin, CASES, limit=1), "next")
    async with house.client("worker") as worker:
        own = set(await ids(worker, CASES, limit=10_000))
        assert set(await ids(worker, CASES, limit=10_000, after=after(following))) <= own


async def test_a_count_that_takes_too_long_is_left_out(house, analyst, monkeypatch):
    async def nothing(*_args, **_kwargs):
        return None

    monkeypatch.setattr(items, "count", nothing)
    page = await get(analyst, CELLS, limit=5, bbox="118,36,120,38")
    assert "numberMatched" not in page
    assert page["numberReturned"] == 5
    assert links(page, "next")


async def test_the_areas_of_a_layout_are_counted_once(house, analyst, monkeypatch):
    known = (await get(analyst, CELLS, limit=5))["numberMatched"]
    asked = []

    async def counted(_conn, what, *_args):
        asked.append(what)
        return 7

    monkeypatch.setattr(items, "count", counted)
    assert (await get(analyst, CELLS, limit=5))["numberMatched"] == known
    assert asked == []
    assert (await get(analyst, CELLS, limit=5, bbox="118,36,120,38"))["numberMatched"] == 7


async def test_counting_is_given_up_in_time_and_the_connection_lives_on(house):
    slow = Part(sql.SQL("pg_sleep(0.05) IS NOT NULL"), {})
    asked = Asked(COLLECTIONS["cells"], RowFilter("3707/", "", masked=False), 1, more=(slow,))
    async with house.wiring.pool.connection() as conn:
        assert await items.count(conn, asked, within_s=0.1) is None
        plain = Asked(COLLECTIONS["cells"], RowFilter("3707/", "", masked=False), 1)
        assert await items.count(conn, plain) == 64


async def test_a_question_that_takes_too_long_is_given_up(house, analyst, monkeypatch):
    async def slow(*_args, **_kwargs):
        raise TooSlow("this question takes too long")

    monkeypatch.setattr(items, "page", slow)
    problem = await get(analyst, CELLS, 503)
    assert "ask for less" in problem["detail"]
