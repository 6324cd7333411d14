"""`as_of`: areas of the layout that held then; cases and reports that had come in by then."""

from __future__ import annotations

from datetime import datetime, timedelta

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


async def test_places_are_those_that_were_there(analyst):
    """From their first moment on, and not at their last."""
    for at, n in (
        ("2009-12-31T23:59:59+08:00", 0),
        (what_lies_there.BEGAN, len(what_lies_there.PLACES)),
        ("2019-12-31T23:59:59+08:00", len(what_lies_there.PLACES)),
        (what_lies_there.ENDED, 0),
    ):
        assert len(await ids(analyst, f"{ROOT}/places/items", as_of=at)) == n, at


@pytest.mark.parametrize(
    "text", ["", "2026-11-22", "../2026-11-22T12:00:00Z", "2026-11-22T12:00:00"]
)
async def test_an_instant_is_a_moment_with_its_offset(analyst, text):
    await refused(analyst, CELLS, "as_of", as_of=text)
    await refused(analyst, CASES, "as_of", as_of=text)
