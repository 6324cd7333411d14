"""Tile sets as OGC API Tiles describes them; tests have the names of its abstract test suite."""

from __future__ import annotations

import pytest

from api.ogc.tilesets import CONFORMANCE
from geo_data.features.collections import COLLECTIONS
from geo_data.features.tile_sets import TILE_SETS
from geo_data.features.web_mercator import Tile, tile_at
from tests.api_house import CITY
from tests.map_tiles import decoded

REL = "http://www.opengis.net/def/rel/ogc/1.0"
QUAD = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
NAMES = [name for name in COLLECTIONS if name in TILE_SETS]


def linked(document, rel):
    (one,) = [link for link in document["links"] if link["rel"] == rel]
    return one


async def read(client, href):
    answer = await client.get(href)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


async def test_conformance(analyst):
    told = (await read(analyst, "/ogc/conformance"))["conformsTo"]
    assert set(CONFORMANCE) <= set(told)


@pytest.mark.parametrize("name", NAMES)
async def test_geodata_tilesets_desc_links_and_tilesets_list(analyst, name):
    """From a collection to its list, from the list to the set, from the set to a tile."""
    collection = await read(analyst, f"/ogc/collections/{name}")
    listed = await read(analyst, linked(collection, f"{REL}/tilesets-vector")["href"])
    (one,) = listed["tilesets"]
    scheme = await read(analyst, linked(one, f"{REL}/tiling-scheme")["href"])
    assert (scheme["id"], scheme["uri"]) == ("WebMercatorQuad", QUAD)
    told = await read(analyst, linked(one, "self")["href"])
    for document in (one, told):
        assert document["dataType"] == "vector"
        assert document["tileMatrixSetURI"] == QUAD
        assert document["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
        assert linked(document, "item")["templated"] is True
        for variable in ("{tileMatrix}", "{tileRow}", "{tileCol}"):
            assert linked(document, "item")["href"].count(variable) == 1
    assert linked(told, "item")["type"] == "application/vnd.mapbox-vector-tile"
    assert (await read(analyst, linked(told, "describedby")["href"]))["tilejson"] == "3.0.0"


async def test_tileset_tms_limits_and_tc_success(house, analyst):
    await house.file(2, 2)
    for name in ("cells", "districts", "cases"):
        told = await read(analyst, f"/ogc/collections/{name}/tiles/WebMercatorQuad")
        item, layers = linked(told, "item")["href"], {one["id"] for one in told["layers"]}
        for limit in told["tileMatrixSetLimits"]:
            z = int(limit["tileMatrix"])
            at = tile_at(*CITY.middle(2, 2), z)
            assert limit["minTileRow"] <= at.y <= limit["maxTileRow"]
            assert limit["minTileCol"] <= at.x <= limit["maxTileCol"]
            parts = {"{tileMatrix}": z, "{tileRow}": at.y, "{tileCol}": at.x}
            href = item
            for variable, value in parts.items():
                href = href.replace(variable, str(value))
            got = await analyst.get(href)
            assert got.status_code == 200
            assert decoded(got.content, Tile(z, at.x, at.y)).keys() <= layers


async def test_the_matrix_set_is_the_registered_one(analyst):
    (one,) = (await read(analyst, "/ogc/tileMatrixSets"))["tileMatrixSets"]
    told = await read(analyst, linked(one, "self")["href"])
    matrices = told["tileMatrices"]
    assert [m["id"] for m in matrices] == [str(z) for z in range(23)]
    # the scale denominators that OGC 17-083r4 prints for these zooms
    for z, printed in ((0, 559082264.028717), (12, 136494.693366386), (22, 133.295599)):
        assert matrices[z]["scaleDenominator"] == pytest.approx(printed, rel=1e-7)
        assert matrices[z]["matrixWidth"] == matrices[z]["matrixHeight"] == 2**z


async def test_the_matrix_set_has_the_names_of_the_first_edition_as_well(analyst):
    told = await read(analyst, "/ogc/tileMatrixSets/WebMercatorQuad")
    assert (told["identifier"], told["supportedCRS"]) == (told["id"], told["crs"])
    for matrix in told["tileMatrices"]:
        assert matrix["identifier"] == matrix["id"]
        assert matrix["topLeftCorner"] == matrix["pointOfOrigin"]


async def test_a_tile_is_the_same_by_either_address(house, analyst):
    await house.file(2, 2)
    for name, z in (("cells", 12), ("cases", 14)):
        at = tile_at(*CITY.middle(2, 2), z)
        one = await analyst.get(f"/tiles/{name}/{z}/{at.x}/{at.y}.mvt")
        other = await analyst.get(
            f"/ogc/collections/{name}/tiles/WebMercatorQuad/{z}/{at.y}/{at.x}"
        )
        assert one.content == other.content
        assert one.headers["etag"] == other.headers["etag"]
        assert other.headers["content-type"] == "application/vnd.mapbox-vector-tile"


async def test_oas30_operation_ids(analyst):
    """Every set's three operations with the endings of Table 11, and none of what has no tiles."""
    paths = (await analyst.get("/ogc/api")).json()["paths"]
    told = {path: found["get"]["operationId"] for path, found in paths.items() if "/tiles" in path}
    endings = ("getTileSetsList", "getTileSet", "getTile")
    assert sorted(told.values()) == sorted(
        f"{name}.collection.vector.{ending}" for name in NAMES for ending in endings
    )
    for path in told:
        name = path.split("/")[2]
        at = tile_at(*CITY.middle(0, 0), 14)
        parts = {"{tileMatrix}": 14, "{tileRow}": at.y, "{tileCol}": at.x}
        for variable, value in parts.items():
            path = path.replace(variable, str(value))  # noqa: PLW2901
        assert (await analyst.get(f"/ogc{path}")).status_code in (200, 204), name


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing/tiles", 404),
        ("area_facts/tiles", 404),
        ("cells/tiles/WorldCRS84Quad", 404),
        ("cells/tiles?f=html", 400),
        ("cells/tiles?limit=1", 400),
        ("cells/tiles/WebMercatorQuad?as_of=2026-01-01T00:00:00Z", 400),
        ("area_facts/tiles/WebMercatorQuad/0/0/0", 404),
        ("heat/tiles/WebMercatorQuad/5/0/0", 404),
        ("cells/tiles/WebMercatorQuad/12/4096/0", 404),
        ("cells/tiles/WebMercatorQuad/12/x/0", 400),
        ("cells/tiles/WebMercatorQuad/12/0/0?datetime=2026-01-01T00:00:00Z", 400),
    ],
)
async def test_tc_error(analyst, path, status):
    answer = await analyst.get(f"/ogc/collections/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
