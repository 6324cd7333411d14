"""Tiles of areas: whole, where they lie, meeting their neighbours; of the layout that was asked."""

from __future__ import annotations

import pyogrio
import pytest
import shapely

from tests import city, winding
from tests.api_house import CITY
from tests.map_tiles import address, decoded, fetched, over, pixel

SIZE = CITY.across * CITY.step
EDGE = winding.STEP
BOX = (city.WEST - EDGE, city.SOUTH - EDGE, city.WEST + SIZE + EDGE, city.SOUTH + SIZE + EDGE)
THEN = {"as_of": "1995-06-01T00:00:00+08:00"}


async def put_together(client, name, z, **asked):
    """Each area out of all tiles of one zoom, with its properties."""
    parts, properties = {}, {}
    for at in over(*BOX, z):
        for one in (await fetched(client, name, at, **asked)).get(name, []):
            code = one.properties["id"]
            parts.setdefault(code, []).append(one.shape)
            properties[code] = one.properties
    return {code: shapely.union_all(pieces) for code, pieces in parts.items()}, properties


@pytest.mark.parametrize("z", [11, 13, 15])
async def test_together_the_tiles_of_a_zoom_hold_each_cell_to_within_a_pixel(admin, z):
    shapes, _ = await put_together(admin, "cells", z, **THEN)
    source = winding.cells()
    assert shapes.keys() == source.keys()
    for code, cell in source.items():
        assert cell.buffer(-pixel(z)).within(shapes[code])
        assert shapes[code].within(cell.buffer(pixel(z)))


@pytest.mark.parametrize("z", [11, 13, 15])
async def test_neighbours_meet_to_a_thousandth_of_a_pixel(admin, z):
    shapes, _ = await put_together(admin, "cells", z, **THEN)
    whole = shapely.union_all(list(shapes.values()))
    # between two, or in both: a strip along their border, of which the mean breadth is looked at
    border = sum(one.length for one in shapes.values()) / 2
    gaps = sum(shapely.Polygon(ring).area for ring in shapely.get_rings(whole)[1:])
    laps = sum(one.area for one in shapes.values()) - whole.area
    assert gaps / border < pixel(z) / 1000
    assert laps / border < pixel(z) / 1000


@pytest.mark.parametrize(
    ("name", "level", "count", "z"),
    [
        ("cells", "grid", 64, 9),
        ("communities", "community", 16, 8),
        ("streets", "street", 4, 5),
        ("districts", "district", 1, 3),
    ],
)
async def test_from_its_first_zoom_on_a_level_is_whole(admin, name, level, count, z):
    shapes, properties = await put_together(admin, name, max(z, 9))
    assert len(shapes) == count
    one = properties[
        CITY.path(0, 0).split("/")[-2 - ("grid", "community", "street", "district").index(level)]
    ]
    assert one == {
        "id": one["id"],
        "name": f"区{one['id']}",
        "level": level,
        "parent": one["parent"],
        "synthetic": True,
    }
    lower = await admin.get(f"/tiles/{name}/{z - 1}/0/0.mvt")
    assert lower.status_code == 404
    assert (await admin.get(f"/tiles/{name}/{z}/0/0.mvt")).status_code == 204


async def test_each_instant_has_its_layout(admin):
    x = over(*BOX, 12)[0]
    now = (await fetched(admin, "cells", x))["cells"]
    then = (await fetched(admin, "cells", x, **THEN))["cells"]
    assert {one.properties["name"][0] for one in now} == {"区"}
    assert {one.properties["name"][0] for one in then} == {"旧"}
    before = await admin.get(
        f"/tiles/cells/12/{x.x}/{x.y}.mvt", params={"as_of": "1980-01-01T00:00:00Z"}
    )
    assert before.status_code == 400
    assert "the first began at" in before.json()["detail"]


async def test_gdal_reads_the_same_out_of_a_tile(admin, tmp_path):
    at = over(*BOX, 12)[0]
    got = await admin.get(address("cells", at), params=THEN)
    path = tmp_path / f"{at.y}.mvt"
    path.write_bytes(got.content)
    read = pyogrio.read_dataframe(path, layer="cells", X=at.x, Y=at.y, Z=at.z, CLIP="NO")
    read = read.to_crs(4326).set_index("id")
    ours = {one.properties["id"]: one for one in decoded(got.content, at)["cells"]}
    assert set(read.index) == ours.keys()
    for code, one in ours.items():
        assert read.loc[code, "name"] == one.properties["name"]
        assert shapely.hausdorff_distance(read.loc[code, "geometry"], one.shape) < pixel(12) / 8
