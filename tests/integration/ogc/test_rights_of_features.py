"""Each key sees its rows and no others, and no more of them than it may: by no way of asking."""

from __future__ import annotations

import pytest

from tests.api_house import CITY, GAS
from tests.integration.ogc.asking import CASES, CELLS, REPORTS, features, get, ids

INSIDE, OUTSIDE = (0, 0), (7, 7)
EVERYTHING = {"limit": "10000"}
READERS = {
    "worker": False,
    "staff": False,
    "operator": True,
    "supervisor": True,
    "hotline": True,
    "analyst": True,
    "admin": True,
}


@pytest.mark.parametrize(("who", "sees_far"), READERS.items())
async def test_cases_and_reports_of_the_keys_area(house, who, sees_far):
    near, far = await house.file(*INSIDE), await house.file(*OUTSIDE)
    async with house.client(who) as client:
        cases = await ids(client, CASES, **EVERYTHING)
        assert near.id in cases
        assert (far.id in cases) is sees_far
        reports = {
            one["properties"]["case_id"] for one in await features(client, REPORTS, **EVERYTHING)
        }
        assert near.id in reports
        assert (far.id in reports) is sees_far
        await get(client, f"{CASES}/{near.id}")
        await get(client, f"{CASES}/{far.id}", 200 if sees_far else 404)


@pytest.mark.parametrize("who", ["worker", "staff"])
@pytest.mark.parametrize("path", [CASES, REPORTS])
async def test_counts_tell_nothing_of_rows_that_are_kept_back(house, who, path):
    """Whatever is asked, the count is of the rows that the key would get."""
    await house.file(*INSIDE)
    await house.file(*INSIDE)
    for _ in range(3):
        await house.file(*OUTSIDE)
    size = CITY.across * CITY.step
    box = f"118.9,36.5,{118.9 + size},{36.5 + size}"
    async with house.client(who) as client:
        for asked in (
            {},
            {"status": "open"},
            {"bbox": box},
            {"datetime": "2020-01-01T00:00:00Z/.."},
            {"cell": CITY.code(*OUTSIDE)},
            {"as_of": "2090-01-01T00:00:00Z"},
        ):
            whole = await features(client, path, **EVERYTHING, **asked)
            first = await get(client, path, limit="1", **asked)
            assert first["numberMatched"] == len(whole)
            assert all(CITY.code(*OUTSIDE) not in str(one) for one in whole)


async def test_areas_are_for_every_reader(house):
    async with house.client("worker") as client:
        assert len(await ids(client, CELLS)) == 64


@pytest.mark.parametrize("who", ["source", "citizen"])
async def test_who_reads_no_cases_has_no_way_in(house, who):
    async with house.client(who) as client:
        for path in ("/ogc", "/ogc/collections", CELLS, CASES, f"{CASES}/x"):
            await get(client, path, 403)


@pytest.mark.parametrize("path", [CASES, REPORTS])
async def test_a_masked_analyst_cannot_locate_a_case_by_shrinking_boxes(
    house, analyst, admin, path
):
    """Halving the box again and again ends at the rounded place, never at the real one."""
    lon, lat = CITY.middle(2, 2)
    lon, lat = round(lon, 3) + 0.00037, round(lat, 3) - 0.00021
    case = await house.file(2, 2, lon=lon, lat=lat, category=GAS)
    # the helper puts the case into the middle of the cell: move it to where it was seen
    async with house.database() as conn:
        await conn.execute(
            "UPDATE cases SET point = ST_SetSRID(ST_MakePoint(%s, %s), 4326) WHERE id = %s",
            (lon, lat, case.id),
        )
    mine = {"number": case.number}

    async def shrunk(client):
        west, south, east, north = lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01
        while east - west > 1e-6:
            middle = (west + east) / 2
            if await ids(client, path, bbox=f"{west},{south},{middle},{north}", **mine):
                east = middle
            else:
                assert await ids(client, path, bbox=f"{middle},{south},{east},{north}", **mine)
                west = middle
            middle = (south + north) / 2
            if await ids(client, path, bbox=f"{west},{south},{east},{middle}", **mine):
                north = middle
            else:
                south = middle
        return (west + east) / 2, (south + north) / 2

    assert await shrunk(admin) == pytest.approx((lon, lat), abs=2e-6)
    found = await shrunk(analyst)
    assert found == pytest.approx((round(lon, 3), round(lat, 3)), abs=2e-6)
    assert abs(found[0] - lon) > 3e-4
    [shown] = await features(analyst, path, **mine)
    assert shown["geometry"]["coordinates"] == [round(lon, 3), round(lat, 3)]


@pytest.mark.parametrize(
    "uri",
    [
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "http://www.opengis.net/def/crs/EPSG/0/3857",
        "http://www.opengis.net/def/crs/EPSG/0/4490",
    ],
)
async def test_a_masked_place_is_masked_in_every_system_and_form(house, analyst, uri):
    case = await house.file(3, 1)
    answer = await analyst.get(f"{CASES}/{case.id}", params={"crs": uri})
    page = await analyst.get(f"{CASES}/{case.id}", params={"f": "html"})
    for text in (answer.text, page.text):
        assert str(case.place.lon) not in text
        assert str(case.place.lat) not in text


async def test_no_feature_has_peoples_words_or_names(house, admin):
    case = await house.file(
        1, 1, description="三单元 王家", reporter={"name": "测试人", "phone": "000"}
    )
    for path in (CASES, REPORTS):
        text = str(await features(admin, path, number=case.number))
        assert case.number in text
        assert "王家" not in text
        assert "测试人" not in text
