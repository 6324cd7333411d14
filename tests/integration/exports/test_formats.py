"""Each format, read back by somebody else's reader, has the rows and shapes of the collection."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from shutil import which

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from psycopg import sql

from geo_data.areas import layout_in_force
from geo_data.exports.formats import Format
from geo_data.features.collections import COLLECTIONS, Kind
from geo_data.features.reading import Asked, Part, rows
from tests.integration.exports.conftest import ANALYST, EVERYTHING, exported
from tests.stream_house import CITY

NAMES = ["cells", "districts", "cases", "reports", "places", "area_facts"]
CHINA = timezone(timedelta(hours=8))


@pytest.fixture(scope="module", autouse=True)
async def odd_places(pool):
    """Places of every shape, with words that break what is put together carelessly.

    And facts: of an area, and of one that is not in today's layout, so it has no shape.
    """
    words = ["", 'a "b", c', "line\r\nbreak", "=1+1", "back\\slash\x07", "三角形", "00123"]
    shapes = [
        "POINT (118.91 36.51)",
        "POLYGON ((118.9 36.5, 118.92 36.5, 118.92 36.52, 118.9 36.5))",
        "LINESTRING (118.9 36.5, 118.95 36.55)",
        "MULTIPOINT ((118.9 36.5), (118.91 36.51))",
    ]
    async with pool.connection() as conn:
        for i, word in enumerate(words):
            await conn.execute(
                "INSERT INTO places (code, kind, name, owner, source, digest, valid_from, geom)"
                " VALUES (%s, 'school', %s, %s, 'tests', sha256('x'), '2026-11-22 01:30:00.25Z',"
                " public.ST_GeomFromText(%s, 4326))",
                (f"p{i}", word, word, shapes[i % 4]),
            )
        for area, value in ((CITY.code(1, 2), 0.1), ("nowhere", 1e20)):
            await conn.execute(
                "INSERT INTO area_facts (source, area, measure, day, value)"
                " VALUES ('tests', %s, 'inhabitants', '2026-01-01', %s)",
                (area, value),
            )


async def collection(pool, name, rights=EVERYTHING):
    """What is there, by id: values and shape, as PostGIS gives them."""
    async with pool.connection() as conn:
        part = rows(Asked(COLLECTIONS[name], rights, await layout_in_force(conn)))
        text = sql.SQL("SELECT to_jsonb(f) - 'geom' - 'id', public.ST_AsBinary(f.geom), f.id::text")
        done = await conn.execute(text + sql.SQL(" FROM ({}) AS f").format(part.text), part.values)
        return {
            ident: (values, wkb and shapely.from_wkb(wkb))
            for values, wkb, ident in await done.fetchall()
        }


def same(found, wanted, decimals=12):
    """Ids, values and shapes."""
    assert set(found) == set(wanted)
    for ident, (values, shape) in found.items():
        assert values == wanted[ident][0]
        exact = shapely.equals_exact(shape, wanted[ident][1], 10.0**-decimals)
        assert exact if shape is not None else wanted[ident][1] is None


def instant(value, to="microseconds"):
    return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec=to)


def moments(name, values, to="microseconds"):
    """The values with each moment in one way of writing."""
    kept = {c.name for c in COLLECTIONS[name].columns if c.kind is Kind.MOMENT}
    return {k: instant(v, to) if k in kept and v else v for k, v in values.items()}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", NAMES)
async def test_geojson(pool, name, packed):
    text = await exported(pool, name, Format.GEOJSON, packed=packed)
    document = json.loads(gzip.decompress(text) if packed else text)
    assert document["type"] == "FeatureCollection"
    found = {
        one["id"]: (one["properties"], one["geometry"] and shapely.geometry.shape(one["geometry"]))
        for one in document["features"]
    }
    assert len(found) == len(document["features"])
    same(found, await collection(pool, name))


@pytest.mark.parametrize("name", NAMES)
async def test_geoparquet_by_pyarrow(pool, name):
    file = io.BytesIO(await exported(pool, name, Format.PARQUET))
    table = pq.read_table(file)
    found = {}
    for row in table.to_pylist():
        box, wkb = row.pop("bbox"), row.pop("geometry")
        shape = wkb and shapely.from_wkb(wkb)
        assert (tuple(box.values()) if box else None) == (shape.bounds if shape else None)
        values = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}
        ident = values.pop("id")
        found[ident] = (moments(name, values), shape)
    wanted = await collection(pool, name)
    same(found, {k: (moments(name, values), shape) for k, (values, shape) in wanted.items()})
    geo = json.loads(pq.read_metadata(file).metadata[b"geo"])
    column = geo["columns"]["geometry"]
    assert geo["version"] == "1.1.0"
    assert geo["primary_column"] == "geometry"
    assert column["encoding"] == "WKB"
    assert column["crs"]["id"] == {"authority": "OGC", "code": "CRS84"}
    assert set(column["geometry_types"]) == {s.geom_type for _, s in wanted.values() if s}
    if any(shape for _, shape in wanted.values()):
        every = shapely.GeometryCollection([shape for _, shape in wanted.values() if shape])
        assert tuple(column["bbox"]) == every.bounds


async def test_geoparquet_by_geopandas_within_a_box(pool):
    file = io.BytesIO(await exported(pool, "cases", Format.PARQUET))
    whole = geopandas.read_parquet(file)
    assert whole.crs == "OGC:CRS84"
    box = (118.9, 36.5, 118.92, 36.52)
    part = geopandas.read_parquet(file, bbox=box)
    assert 0 < len(part) < len(whole)
    assert set(part["id"]) == set(whole[whole.within(shapely.box(*box))]["id"])


@pytest.mark.parametrize("name", NAMES)
async def test_geopackage(pool, name, tmp_path):
    file = tmp_path / f"{name}.gpkg"
    file.write_bytes(await exported(pool, name, Format.GPKG, folder=tmp_path))
    assert list(tmp_path.iterdir()) == [file], "nothing of the work is left"
    frame = pyogrio.read_dataframe(file)
    found = {}
    bools = {c.name for c in COLLECTIONS[name].columns if c.kind is Kind.BOOLEAN}
    numbers = {c.name for c in COLLECTIONS[name].columns if c.kind is Kind.INTEGER}
    for row in frame.to_dict("records"):
        shape = row.pop("geometry")
        values = {}
        for key, value in row.items():
            plain = None if value is None or value != value else value  # noqa: PLR0124 - NaN, NaT
            if plain is not None and key in bools | numbers:
                plain = bool(plain) if key in bools else int(plain)
            if hasattr(plain, "isoformat"):
                plain = plain.isoformat()
            values[key] = plain
        ident = values.pop("id")
        found[ident] = (moments(name, values, "milliseconds"), shape)
    wanted = await collection(pool, name)
    same(
        found,
        {
            k: (moments(name, values, "milliseconds"), shape)
            for k, (values, shape) in wanted.items()
        },
    )
    info = pyogrio.read_info(file)
    assert info["layer_name"] == name
    assert info["crs"] == "EPSG:4326"
    assert info["features"] == len(wanted)


def ogrinfo(*words):
    told = subprocess.run(["ogrinfo", "-q", *words], capture_output=True, check=True, text=True)
    assert told.stderr == ""
    return told.stdout


@pytest.mark.skipif(which("ogrinfo") is None, reason="GDAL's programs are not installed")
async def test_geopackage_is_sound_and_its_index_is_used_and_kept_up(pool, tmp_path):
    file = tmp_path / "places.gpkg"
    file.write_bytes(await exported(pool, "places", Format.GPKG, folder=tmp_path))

    def stored(query):
        db = sqlite3.connect(file)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()

    assert stored("PRAGMA integrity_check") == [("ok",)]
    assert stored("PRAGMA foreign_key_check") == []
    indexed = stored("SELECT id FROM rtree_places_geom ORDER BY id")
    assert indexed == stored("SELECT fid FROM places ORDER BY fid")
    box = ("-spat", "118.94", "36.54", "118.96", "36.56")
    told = await asyncio.to_thread(ogrinfo, *box, str(file), "places")
    assert told.count("OGRFeature(") == told.count("LINESTRING") == 2
    # GDAL knows the functions that the triggers call: the index follows what an editor does.
    for change in (
        "UPDATE places SET geom = (SELECT geom FROM places WHERE fid = 3) WHERE fid = 1",
        "DELETE FROM places WHERE fid = 2",
    ):
        await asyncio.to_thread(ogrinfo, str(file), "-sql", change)
    boxes = dict(stored("SELECT id, minx FROM rtree_places_geom WHERE id < 4"))
    assert boxes == {1: boxes[3], 3: boxes[3]}


def lines(text):
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize("name", NAMES)
async def test_csv_as_it_is(pool, name):
    text = await exported(pool, name, Format.CSV, spreadsheet=False)
    assert not text.startswith(b"\xef\xbb\xbf")
    kinds = {c.name: c.kind for c in COLLECTIONS[name].columns}
    read = {
        Kind.TEXT: str,
        Kind.INTEGER: int,
        Kind.NUMBER: float,
        Kind.BOOLEAN: {"true": True, "false": False}.__getitem__,
        Kind.MOMENT: str,
    }
    found = {}
    for row in lines(text):
        if "lon" in row:
            shape = shapely.Point(float(row.pop("lon")), float(row.pop("lat")))
        else:
            wkt = row.pop("wkt")
            shape = shapely.from_wkt(wkt) if wkt else None
        ident = row.pop("id")
        found[ident] = ({k: read[kinds[k]](v) if v else None for k, v in row.items()}, shape)
    wanted = await collection(pool, name)
    same(
        found,
        {
            k: ({n: None if v == "" else v for n, v in values.items()}, shape)
            for k, (values, shape) in wanted.items()
        },
    )


async def test_csv_for_spreadsheets_has_moments_of_china_and_codes_that_stay_text(pool):
    text = await exported(pool, "cases", Format.CSV)
    assert text.startswith(b"\xef\xbb\xbf")
    assert text.count(b"\r\n") == text.count(b"\n") == 31
    wanted = await collection(pool, "cases")
    for row in lines(text):
        values, shape = wanted[row["id"]]
        assert row["cell"] == f'="{values["cell"]}"'
        assert row["community"] == f'="{values["community"]}"'
        at = datetime.fromisoformat(values["received_at"]).astimezone(CHINA)
        assert row["received_at (+08:00)"] == f"{at:%Y-%m-%d %H:%M:%S}"
        assert (float(row["lon"]), float(row["lat"])) == (shape.x, shape.y)


async def test_csv_for_spreadsheets_runs_no_formula(pool):
    found = {row["code"]: row["name"] for row in lines(await exported(pool, "places", Format.CSV))}
    assert found == {
        "p0": "",
        "p1": 'a "b", c',
        "p2": "line\r\nbreak",
        "p3": "'=1+1",
        "p4": "back\\slash\x07",
        "p5": "三角形",
        "p6": '="00123"',
    }


@pytest.mark.parametrize("form", Format)
async def test_masked_positions_are_coarse_in_every_format(pool, form, tmp_path):
    file = tmp_path / f"cases.{form}"
    file.write_bytes(await exported(pool, "cases", form, ANALYST, folder=tmp_path))
    wanted = await collection(pool, "cases", ANALYST)
    exact = await collection(pool, "cases")
    match form:
        case Format.PARQUET:
            frame = geopandas.read_parquet(file)
        case Format.CSV:
            frame = None
        case _:
            frame = pyogrio.read_dataframe(file)
    if frame is None:
        found = [(float(r["lon"]), float(r["lat"])) for r in lines(file.read_bytes())]
    else:
        found = [(p.x, p.y) for p in frame.geometry]
    assert sorted(found) == sorted((p.x, p.y) for _, p in wanted.values())
    assert not {(p.x, p.y) for _, p in exact.values()} & set(found)
    assert all(abs(side - round(side, 3)) < 1e-9 for at in found for side in at)


@pytest.mark.parametrize("form", Format)
async def test_a_collection_without_rows_is_a_whole_file(pool, form, tmp_path):
    none = Part(sql.SQL("false"), {})
    file = tmp_path / f"cases.{form}"
    file.write_bytes(await exported(pool, "cases", form, folder=tmp_path, more=(none,)))
    match form:
        case Format.PARQUET:
            assert len(geopandas.read_parquet(file)) == 0
        case Format.CSV:
            assert lines(file.read_bytes()) == []
        case Format.GEOJSON:
            assert json.loads(file.read_bytes())["features"] == []
        case Format.GPKG:
            assert pyogrio.read_info(file)["features"] == 0


@pytest.mark.filterwarnings("ignore")  # readers grumble before they give up
@pytest.mark.parametrize("form", [Format.PARQUET, Format.GPKG, Format.GEOJSON])
async def test_what_was_cut_off_cannot_be_read(pool, form, tmp_path):
    whole = await exported(pool, "cases", form, folder=tmp_path)
    file = tmp_path / f"half.{form}"
    read = geopandas.read_parquet if form is Format.PARQUET else pyogrio.read_dataframe
    for part in (0.5, 0.99):
        file.write_bytes(whole[: int(len(whole) * part)])
        with pytest.raises((pa.ArrowInvalid, pyogrio.errors.DataSourceError)):
            read(file)
