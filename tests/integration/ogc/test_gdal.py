"""GDAL's own programs against an API that listens: every collection, every cell, one geometry each.

They need Debian's package gdal-bin; without it these tests are skipped.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys

import pytest
import shapely

from geo_data.features.collections import COLLECTIONS
from tests.api_house import CITY

pytestmark = pytest.mark.skipif(
    shutil.which("ogr2ogr") is None or shutil.which("ogrinfo") is None,
    reason="ogrinfo and ogr2ogr are not installed: apt-get install gdal-bin",
)


FORM = ("-f", "GeoJSON", "-lco", "COORDINATE_PRECISION=15", "-lco", "ID_FIELD=id")


async def run(house, *command, who="analyst"):
    """What a program of GDAL says; it logs in as `who`, by name and password."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={"PATH": "/usr/bin:/bin", "GDAL_HTTP_USERPWD": f"gis:{house.key[who]}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    assert not err, err.decode()
    return out.decode()


def source(house):
    return f"OAPIF:{house.base}/ogc"


async def read(house, target, layer, *options, who="analyst"):
    """The features of a layer as ogr2ogr writes them; GeoJSON has ids apart from properties."""
    await run(house, "ogr2ogr", *FORM, str(target), source(house), layer, *options, who=who)
    return {one["id"]: one for one in json.loads(target.read_text("utf-8"))["features"]}


async def stored(house, query, *values):
    """WKB by id, as the database has it."""
    async with house.database() as conn:
        rows = await (await conn.execute(query, values)).fetchall()
    return {ident: shapely.from_wkb(bytes(wkb)) for ident, wkb in rows}


def same(found, shapes):
    """Position by position, to the nine decimals that are written: a tenth of a millimetre."""
    assert set(found) == set(shapes)
    for ident, feature in found.items():
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        equal = shapely.equals_exact(shape, shapes[ident], tolerance=0.8e-9, normalize=True)
        assert equal, ident


async def test_ogrinfo_lists_every_collection(house):
    told = await run(house, "ogrinfo", source(house))
    listed = [line.split()[1] for line in told.splitlines() if line[:1].isdigit()]
    assert listed == list(COLLECTIONS)


@pytest.mark.parametrize("name", COLLECTIONS)
async def test_ogrinfo_reads_every_collection(house, name):
    await house.file(1, 1)
    told = await run(house, "ogrinfo", "-so", source(house), name)
    for column in COLLECTIONS[name].columns:
        assert f"\n{column.name}: " in told
    assert "Feature Count: " in told


@pytest.mark.parametrize("size", [7, 10, 1000])
async def test_ogr2ogr_pages_through_all_cells(house, tmp_path, size):
    found = await read(house, tmp_path / "cells.json", "cells", "-oo", f"PAGE_SIZE={size}")
    query = "SELECT code, ST_AsBinary(geom) FROM areas WHERE layout = %s AND level = 'grid'"
    same(found, await stored(house, query, house.layout))


async def test_ogr2ogr_reads_a_page_of_a_past_layout_with_winding_borders(house, tmp_path):
    """`as_of` is no matter of the driver: the page is fetched and read as GeoJSON."""
    page, target = tmp_path / "page.json", tmp_path / "past.json"
    async with house.client("analyst") as client:
        asked = {"as_of": "1995-01-01T00:00:00Z"}
        answer = await client.get("/ogc/collections/cells/items", params=asked)
    page.write_bytes(answer.content)
    await run(house, "ogr2ogr", *FORM, str(target), str(page))
    found = {one["id"]: one for one in json.loads(target.read_text("utf-8"))["features"]}
    query = "SELECT code, ST_AsBinary(geom) FROM areas WHERE layout <> %s AND level = 'grid'"
    same(found, await stored(house, query, house.layout))


async def test_ogr2ogr_reads_places_of_every_kind(house, tmp_path):
    found = await read(house, tmp_path / "places.json", "places", "-oo", "PAGE_SIZE=2")
    there = "SELECT id::text, ST_AsBinary(geom) FROM places WHERE valid_to IS NULL"
    same(found, await stored(house, there))


@pytest.mark.parametrize("who", ["admin", "worker"])
async def test_ogr2ogr_reads_the_cases_that_the_key_sees(house, tmp_path, who):
    await house.file(0, 0)
    far = await house.file(7, 7)
    found = await read(house, tmp_path / "cases.json", "cases", who=who)
    area = "3707/" if who == "admin" else CITY.path(0, 0)
    query = "SELECT id::text, ST_AsBinary(point) FROM cases WHERE starts_with(path, %s)"
    same(found, await stored(house, query, area))
    assert (far.id in found) is (who == "admin")


async def test_ogr2ogr_hands_boxes_and_conditions_to_the_server(house, tmp_path):
    lon, lat = CITY.middle(3, 5)
    box = [str(side) for side in (lon, lat, lon + 1e-4, lat + 1e-4)]
    found = await read(house, tmp_path / "box.json", "cells", "-spat", *box)
    assert list(found) == [CITY.code(3, 5)]
    street = CITY.code(3, 5)[:9]
    where = f"street='{street}' AND level='grid'"
    found = await read(house, tmp_path / "where.json", "cells", "-where", where)
    assert len(found) == 16


async def test_ogr2ogr_reads_a_zoom_of_tiles_through_their_tilejson(house, tmp_path):
    tiles, target = f"{house.base}/tiles/cells", tmp_path / "tiles.json"
    told = ("-oo", f"METADATA_FILE={tiles}.json", "-oo", "TILE_EXTENSION=mvt")
    await run(house, "ogr2ogr", "-f", "GeoJSON", str(target), f"MVT:{tiles}/12", "cells", *told)
    found = json.loads(target.read_text("utf-8"))["features"]
    assert {one["properties"]["id"] for one in found} == {
        CITY.code(x, y) for x in range(CITY.across) for y in range(CITY.across)
    }


async def test_the_tiles_of_a_collection_are_layers_of_gdal(house):
    """The wheel's GDAL: Debian's 3.6 is built without the driver's vectors."""
    source = f"OGCAPI:{house.base}/ogc/collections/cells"
    corners = {"MINX": 13100000, "MINY": 4200000, "MAXX": 13400000, "MAXY": 4500000}
    script = (
        "import json, sys, pyogrio; source, corners = sys.argv[1], json.loads(sys.argv[2]);"
        "found = pyogrio.read_dataframe(source, layer='Zoom level 12', use_arrow=False, **corners);"
        "print(json.dumps(sorted(set(found['id']))), found.crs.to_epsg())"
    )
    told = await run(house, sys.executable, "-c", script, source, json.dumps(corners))
    listed, epsg = told.rsplit(maxsplit=1)
    assert json.loads(listed) == sorted(
        CITY.code(x, y) for x in range(CITY.across) for y in range(CITY.across)
    )
    assert epsg == "3857"


async def test_without_a_key_gdal_is_told_why(house):
    process = await asyncio.create_subprocess_exec(
        "ogrinfo", source(house), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode != 0
    assert b"401" in err
