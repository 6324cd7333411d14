"""OGC API Features, Part 2, against its abstract test suite; PROJ says what positions should be.

Each test has the name of the suite's test that it answers: `/conf/crs/fc-bbox-crs-valid-value` is
`test_crs_fc_bbox_crs_valid_value`.
"""

from __future__ import annotations

from functools import cache

import pytest
from pyproj import CRS, Transformer

from tests.api_house import CITY
from tests.integration.ogc.asking import CASES, CELLS, ROOT, features, get, ids, refused
from tests.winding import BEGAN

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0"
SYSTEMS = {
    CRS84: "OGC:CRS84",
    f"{EPSG}/4326": "EPSG:4326",
    f"{EPSG}/3857": "EPSG:3857",
    f"{EPSG}/4490": "EPSG:4490",
}
NEAR = {uri: 3e-4 if uri.endswith("3857") else 1e-9 for uri in SYSTEMS}  # metres, degrees


@cache  # PROJ takes a second to find its way to CGCS2000
def there(uri):
    """From CRS84 to a system in its own order of axes."""
    return Transformer.from_crs("OGC:CRS84", SYSTEMS[uri]).transform


def corners(feature):
    return [tuple(p) for ring in feature["geometry"]["coordinates"] for p in ring[0]]


async def test_crs_crs_uri_and_fc_md_crs_list(analyst):
    listed = await get(analyst, ROOT)
    assert listed["crs"] == list(SYSTEMS)
    for one in listed["collections"]:
        assert one["crs"] == list(SYSTEMS)
        assert (await get(analyst, f"{ROOT}/{one['id']}"))["crs"] == list(SYSTEMS)


async def test_crs_fc_md_storage_crs_valid_value(analyst):
    for one in (await get(analyst, ROOT))["collections"]:
        assert one["storageCrs"] == CRS84
        assert one["storageCrs"] in one["crs"]


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
async def test_crs_fc_crs_and_bbox_crs_definition(analyst, name):
    document = await get(analyst, "/ogc/api")
    told = document["components"]["parameters"][name]
    assert (told["in"], told["required"]) == ("query", False)
    assert (told["style"], told["explode"]) == ("form", False)
    assert told["schema"]["type"] == "string"
    assert told["schema"]["default"] == CRS84


@pytest.mark.parametrize("path", [CELLS, f"{CELLS}/{CITY.code(0, 0)}"])
@pytest.mark.parametrize("uri", SYSTEMS)
async def test_crs_fc_crs_valid_value_and_crs_header(analyst, path, uri):
    answer = await analyst.get(path, params={"crs": uri})
    assert answer.status_code == 200
    assert answer.headers["content-crs"] == f"<{uri}>"


@pytest.mark.parametrize("path", [CELLS, f"{CELLS}/{CITY.code(0, 0)}"])
async def test_crs_fc_crs_default_value(analyst, path):
    answer = await analyst.get(path)
    assert answer.headers["content-crs"] == f"<{CRS84}>"
    assert "geometry" in answer.text


ODD = ("EPSG:4326", "4326", "", f"{EPSG}/2154", f"{EPSG}/4326 ", "x" * 3000)


@pytest.mark.parametrize("uri", ODD)
async def test_crs_fc_crs_invalid_value(analyst, uri):
    await refused(analyst, CELLS, "crs", crs=uri)
    await refused(analyst, f"{CELLS}/{CITY.code(0, 0)}", "crs", crs=uri)


@pytest.mark.parametrize("uri", ODD)
async def test_crs_fc_bbox_crs_invalid_value(analyst, uri):
    await refused(analyst, CELLS, "bbox-crs", **{"bbox": "1,2,3,4", "bbox-crs": uri})


@pytest.mark.parametrize("uri", SYSTEMS)
@pytest.mark.parametrize("as_of", ["2026-01-01T00:00:00Z", BEGAN])
async def test_crs_fc_crs_action(analyst, uri, as_of):
    """Positions are those of PROJ, in the order of the axes that the system has."""
    plain = await features(analyst, CELLS, as_of=as_of, limit=5)
    moved = await features(analyst, CELLS, as_of=as_of, limit=5, crs=uri)
    assert [one["id"] for one in moved] == [one["id"] for one in plain]
    for before, after in zip(plain, moved, strict=True):
        for (lon, lat), position in zip(corners(before), corners(after), strict=True):
            assert position == pytest.approx(there(uri)(lon, lat), abs=NEAR[uri])
    [own] = await features(analyst, CELLS, as_of=as_of, limit=1, crs=uri)
    alone = await get(analyst, f"{CELLS}/{own['id']}", as_of=as_of, crs=uri)
    assert alone["geometry"] == own["geometry"]


@pytest.mark.parametrize("uri", SYSTEMS)
async def test_crs_axis_order_of_points(house, analyst, uri):
    case = await house.file(3, 3)
    plain, found = [
        (await get(analyst, f"{CASES}/{case.id}", crs=one))["geometry"]["coordinates"]
        for one in (CRS84, uri)
    ]
    assert found == pytest.approx(there(uri)(*plain), abs=NEAR[uri])
    north_first = CRS(SYSTEMS[uri]).axis_info[0].direction == "north"
    assert (36 < found[0] < 37) is north_first


@pytest.mark.parametrize("uri", SYSTEMS)
async def test_crs_fc_bbox_crs_valid_value_and_action(analyst, uri):
    lon, lat = CITY.middle(3, 5)
    low, high = there(uri)(lon - 1e-4, lat - 1e-4), there(uri)(lon + 1e-4, lat + 1e-4)
    box = ",".join(map(str, (*low, *high)))
    assert await ids(analyst, CELLS, **{"bbox": box, "bbox-crs": uri}) == [CITY.code(3, 5)]


async def test_crs_fc_bbox_crs_default_value(analyst):
    lon, lat = CITY.middle(3, 5)
    box = f"{lon},{lat},{lon},{lat}"
    assert await ids(analyst, CELLS, bbox=box) == [CITY.code(3, 5)]
    assert await ids(analyst, CELLS, **{"bbox": box, "bbox-crs": CRS84}) == [CITY.code(3, 5)]


async def test_crs_of_box_and_of_answer_are_two_things(analyst):
    lon, lat = CITY.middle(3, 5)
    asked = {"bbox": f"{lat},{lon},{lat},{lon}", "bbox-crs": f"{EPSG}/4490", "crs": f"{EPSG}/3857"}
    [found] = await features(analyst, CELLS, **asked)
    assert found["id"] == CITY.code(3, 5)
    assert corners(found)[0][0] > 1e7


async def test_crs_geojson(analyst):
    """The media type stays GeoJSON, without the `crs` member that GeoJSON no longer has."""
    answer = await analyst.get(CELLS, params={"crs": f"{EPSG}/3857", "limit": 1})
    assert answer.headers["content-type"] == "application/geo+json"
    assert "crs" not in answer.json()
    assert set(answer.json()["features"][0]["geometry"]) == {"type", "coordinates"}
