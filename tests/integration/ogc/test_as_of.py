"""`as_of`: areas of the layout that held then; everything else as it was then."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests.api_house import CITY
from tests.integration.ogc import what_lies_there
from tests.integration.ogc.asking import CASES, CELLS, REPORTS, ROOT, features, get, ids, refused
from tests.winding import BEGAN, ENDED, cells

SECOND = timedelta(seconds=1)


async def test_areas_are_those_of_the_layout_that_held(analyst):
    assert await ids(analyst, CELLS, as_of=BEGAN) == sorted(cells())
    assert await ids(analyst, CELLS, as_of="1999-12-31T23:59:59Z") == sorted(cells())
    for later in (ENDED, "2026-01-01T00:00:00Z", "2090-01-01T00:00:00+08:00"):
        assert await ids(analyst, CELLS, as_of=later) == await ids(analyst, CELLS), later
    one = f"{CELLS}/{min(cells())}"
    assert (await get(analyst, one, as_of=BEGAN))["properties"]["name"].startswith("旧")
    await get(analyst, one, 404)
    await get(analyst, f"{CELLS}/{CITY.code(0, 0)}", 404, as_of=BEGAN)


async def test_before_the_first_layout_there_is_none(analyst):
    await refused(analyst, CELLS, "as_of", as_of="1989-12-31T23:59:59Z")
    await refused(analyst, f"{CELLS}/1", "as_of", as_of="1989-12-31T23:59:59Z")


@pytest.mark.parametrize("path", [CASES, REPORTS])
async def test_what_came_in_later_is_not_there_yet(house, analyst, path):
    case = await house.file(4, 1)
    mine = {"number": case.number, "limit": "10000"}
    [told] = await features(analyst, path, **mine)
    at = datetime.fromisoformat(told["properties"]["received_at"])
    assert len(await ids(analyst, path, **mine, as_of=at.isoformat())) == 1
    assert await ids(analyst, path, **mine, as_of=(at - SECOND).isoformat()) == []
    assert (await get(analyst, path, **mine, as_of=(at - SECOND).isoformat()))["numberMatched"] == 0
    await get(analyst, f"{path}/{told['id']}", 404, as_of=(at - SECOND).isoformat())
    assert (await get(analyst, f"{path}/{told['id']}", as_of=at.isoformat()))["id"] == told["id"]


async def test_places_are_those_that_are_there_or_were(analyst):
    """From their first moment on, and not at their last; a time that is asked for finds all."""
    path, n = f"{ROOT}/places/items", len(what_lies_there.PLACES)
    for at, there in (
        ("2009-12-31T23:59:59+08:00", 0),
        (what_lies_there.BEGAN, n + 1),
        ("2019-12-31T23:59:59+08:00", n + 1),
        (what_lies_there.ENDED, n),
    ):
        assert len(await ids(analyst, path, as_of=at)) == there, at
    now = await ids(analyst, path)
    assert len(now) == n
    [gone] = set(await ids(analyst, path, datetime="../2015-01-01T00:00:00Z")) - set(now)
    told = await get(analyst, f"{path}/{gone}")
    assert told["properties"]["code"] == "gone", "what a page shows can be asked for alone"
    await get(analyst, f"{path}/{gone}", 404, as_of=what_lies_there.ENDED)


async def test_facts_of_areas_are_those_that_the_files_told_then(house, analyst):
    path = f"{ROOT}/area_facts/items"
    async with house.database() as conn:
        loaded = await conn.execute("SELECT max(valid_from) FROM area_facts")
        before = (await loaded.fetchone())[0]
        changed = await conn.execute(
            "WITH old AS (UPDATE area_facts SET valid_to = clock_timestamp()"
            " WHERE value = 7 AND valid_to IS NULL"
            " RETURNING source, area, measure, day, valid_to)"
            " INSERT INTO area_facts (source, area, measure, day, value, valid_from)"
            " SELECT source, area, measure, day, 8, valid_to FROM old RETURNING valid_from"
        )
        at = (await changed.fetchone())[0]
    try:
        for instant, value in ((before, 7.0), (at - SECOND / 1e6, 7.0), (at, 8.0)):
            found = await features(analyst, path, as_of=instant.isoformat())
            told = sorted(one["properties"]["value"] for one in found)
            assert len(told) == len(what_lies_there.FACTS)
            assert told[0] == value, instant
        assert await ids(analyst, path, as_of=(before - SECOND).isoformat()) == []
    finally:
        async with house.database() as conn:
            await conn.execute("DELETE FROM area_facts WHERE value = 8")
            await conn.execute("UPDATE area_facts SET valid_to = NULL")


async def test_a_case_is_as_it_was_whatever_became_of_it(house, analyst, admin):
    """In values, filters, single features, tiles and files; today's are what they are."""
    case = await house.file(3, 6)
    at = case.tally.last_at.isoformat()
    void = {"id": str(uuid4()), "command": "void", "note": "写错了"}
    assert (await admin.post(f"/v1/cases/{case.id}/commands", json=void)).status_code == 200
    mine = {"number": case.number}
    [now], [then] = [await features(analyst, CASES, **mine, **one) for one in ({}, {"as_of": at})]
    assert (now["properties"]["status"], then["properties"]["status"]) == ("void", "open")
    assert then["properties"]["changed_at"] != now["properties"]["changed_at"]
    assert (await get(analyst, f"{CASES}/{case.id}", as_of=at))["properties"] == then["properties"]
    assert await ids(analyst, CASES, **mine, status="open") == []
    assert await ids(analyst, CASES, **mine, status="open", as_of=at) == [case.id]
    assert await ids(analyst, CASES, **mine, filter="status = 'void'", as_of=at) == []
    [report] = await features(analyst, REPORTS, **mine, as_of=at)
    assert report["properties"]["status"] == "open"
    asked = {"number": case.number, "dialect": "plain"}
    files = [(await analyst.get("/export/cases.csv", params=asked | one)).text
             for one in ({}, {"as_of": at})]  # fmt: skip
    assert [('"void"' in one, '"open"' in one) for one in files] == [
        (True, False),
        (False, True),
    ], files


@pytest.mark.parametrize(
    "text", ["", "2026-11-22", "../2026-11-22T12:00:00Z", "2026-11-22T12:00:00"]
)
async def test_an_instant_is_a_moment_with_its_offset(analyst, text):
    await refused(analyst, CELLS, "as_of", as_of=text)
    await refused(analyst, CASES, "as_of", as_of=text)
