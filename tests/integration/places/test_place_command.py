"""`wangge place` as a user meets it: files of each format, faults with rows, loading again."""

from __future__ import annotations

import json
import math
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import pytest
import shapely
from click.testing import CliRunner

from geo_data.database import connect
from tests import city
from tests.services import STATE
from wangge.place import place

TOWN = city.City()
LON, LAT = TOWN.middle(1, 1)


@pytest.fixture
async def database(monkeypatch, database_url):
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    async with connect(database_url) as conn:
        await city.build(conn, TOWN)
    return database_url


def run(*arguments: object):
    # The commands open an event loop of their own, the test has one already: another thread.
    with ThreadPoolExecutor(1) as thread:
        call = thread.submit(CliRunner().invoke, place, [str(a) for a in arguments])
        return call.result()


async def stored(database, what: str = "code, kind, name, owner"):
    async with connect(database) as conn:
        text = f"SELECT {what} FROM places WHERE closed_at IS NULL ORDER BY code"
        return await (await conn.execute(text)).fetchall()


def frame(**changes) -> gpd.GeoDataFrame:
    columns = {
        "code": ["s1", "g1"], "kind": ["school", "gas_line"], "name": ["第一小学", "和平路"],
        "owner": ["教育局", "燃气公司"], "valid_from": ["2020-01-01", None],
        "geometry": [
            shapely.box(LON, LAT, LON + 0.001, LAT + 0.001),
            shapely.LineString([(LON, LAT), (LON + 0.01, LAT)]),
        ],
    }  # fmt: skip
    return gpd.GeoDataFrame(columns | changes, crs="EPSG:4326")


def written(folder, name: str, what: gpd.GeoDataFrame):
    path = folder / name
    if path.suffix == ".parquet":
        what.to_parquet(path)
    else:
        what.to_file(path)
    return path


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet"])
async def test_a_file_is_loaded_and_the_same_again_changes_nothing(database, tmp_path, ending):
    file = written(tmp_path, f"城区.{ending}", frame())
    assert run("check", file).stdout == "2 places, no fault\n"
    assert await stored(database) == []
    told = run("load", file, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout) == {"added": 2, "changed": 0, "gone": 0, "same": 0}
    assert await stored(database) == [
        ("g1", "gas_line", "和平路", "燃气公司"), ("s1", "school", "第一小学", "教育局"),
    ]  # fmt: skip
    assert run("load", file).stdout == "0 added, 0 changed, 0 gone, 2 same\n"
    listed = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert [(one["source"], one["kind"], one["now"]) for one in listed] == [
        ("城区", "gas_line", 1), ("城区", "school", 1),
    ]  # fmt: skip


async def test_a_shapefile_in_another_reference_system_with_words_of_its_own(database, tmp_path):
    schools = frame().iloc[:1].rename(columns={"kind": "LX", "name": "MC", "code": "BH"})
    schools["LX"] = "小学"
    file = written(tmp_path, "edu.shp", schools[["BH", "LX", "MC", "geometry"]].to_crs(4527))
    told = run(
        "load", file, "--code-column", "BH", "--kind-column", "LX", "--name-column", "MC",
        "--word", "小学=school", "--source", "教育局",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert await stored(database, "source, code, kind, name") == [
        ("教育局", "s1", "school", "第一小学")
    ]
    (west,) = (await stored(database, "public.ST_XMin(geom)"))[0]
    assert west == pytest.approx(LON, abs=1e-8)


async def test_what_is_gone_is_closed_and_what_changed_begins_anew(database, tmp_path):
    run("load", written(tmp_path, "a.geojson", frame()), "--source", "x")
    less = frame(name=["第一中学", ""]).iloc[:1]
    told = run("load", written(tmp_path, "b.geojson", less), "--source", "x")
    assert told.stdout == "0 added, 1 changed, 1 gone, 0 same\n"
    async with connect(database) as conn:
        rows = await conn.execute(
            "SELECT code, name, valid_from < now() - interval '1 day', valid_to IS NULL,"
            " closed_at IS NULL FROM places ORDER BY id"
        )
        assert await rows.fetchall() == [
            ("s1", "第一小学", True, False, False),
            ("g1", "和平路", False, False, False),
            ("s1", "第一中学", False, True, True),
        ]
        rows = await conn.execute(
            "SELECT (SELECT valid_to FROM places WHERE name = '第一小学')"
            " = (SELECT valid_from FROM places WHERE name = '第一中学')"
        )
        assert await rows.fetchall() == [(True,)]
    other = run("load", written(tmp_path, "c.geojson", frame()), "--source", "y")
    assert other.stdout == "2 added, 0 changed, 0 gone, 0 same\n", "sources are apart"


BOW_TIE = shapely.Polygon(
    [(LON, LAT), (LON + 0.01, LAT + 0.01), (LON + 0.01, LAT), (LON, LAT + 0.01)]
)
FAULTS = {
    "unknown_kind": ({"kind": ["school", "moon"]}, 2, "kind", "moon"),
    "duplicate": ({"code": ["s1", "s1"]}, 2, "code", "s1"),
    "no_code": ({"code": ["s1", None]}, 2, "code", ""),
    "bad_date": ({"valid_from": ["yesterday", None]}, 1, "valid_from", "yesterday"),
    "ends_early": ({"valid_to": ["2019-01-01", None]}, 1, "valid_to", "2019-01-01"),
    "bad_geometry": ({"geometry": [BOW_TIE, shapely.Point(LON, LAT)]}, 1, "geometry", ""),
    "no_number": ({"geometry": [shapely.Point(math.nan, LAT), shapely.Point(LON, LAT)]}, 1,
                  "geometry", "nan 36.507500 nan 36.507500"),
    "empty_geometry": ({"geometry": [None, shapely.Point(LON, LAT)]}, 1, "geometry", ""),
    "outside_city": ({"geometry": [shapely.Point(LON, LAT), shapely.Point(LAT, LON)]}, 2,
                     "geometry",
                     "36.507500 118.907500 36.507500 118.907500"),
    "too_long": ({"name": ["学" * 201, ""]}, 1, "name", "学" * 201),
}  # fmt: skip


KINDS = {"ends_early": "bad_date", "no_number": "bad_geometry"}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_told_with_row_field_and_value_and_nothing_changes(
    database, tmp_path, name
):
    changes, row, field, value = FAULTS[name]
    kept = written(tmp_path, "good.geojson", frame())
    run("load", kept, "--source", "x")
    before = await stored(database, "id, digest, valid_from, valid_to, closed_at")
    bad = run("load", written(tmp_path, "bad.gpkg", frame(**changes)), "--source", "x", "--json")
    assert bad.exit_code == 1
    assert "nothing was stored" in bad.stderr
    (fault,) = json.loads(bad.stdout)["faults"]
    told = (fault["kind"], fault["row"], fault["field"], fault["value"])
    assert told == (KINDS.get(name, name), row, field, value)
    assert await stored(database, "id, digest, valid_from, valid_to, closed_at") == before


async def test_a_file_without_rows_ends_all_places_only_where_that_is_meant(database, tmp_path):
    run("load", written(tmp_path, "good.geojson", frame()), "--source", "x")
    nothing = written(tmp_path, "none.parquet", frame().iloc[:0])
    assert "file: has no rows" in run("load", nothing, "--source", "x").stderr
    told = run("load", nothing, "--source", "x", "--empty")
    assert told.stdout == "0 added, 0 changed, 2 gone, 0 same\n"
    assert await stored(database) == []


async def test_all_faults_of_a_file_are_told_at_once(database, tmp_path):
    file = written(tmp_path, "bad.gpkg", frame(kind=["a", "b"], valid_from=["x", "y"]))
    shown = run("load", file).stderr.splitlines()
    assert len(shown) == 5
    assert shown[0].startswith("row 1, kind 'a': the kind is none of school, ")
    assert shown[-1] == "Error: bad.gpkg has 4 faults: nothing was stored"


async def test_a_file_as_a_whole(database, tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "a.geojson").write_text("{")
    no_kind = written(tmp_path, "n.geojson", frame().drop(columns="kind"))
    two = tmp_path / "two.gpkg"
    frame().to_file(two, layer="one")
    frame().to_file(two, layer="other")
    assert "is none of" in run("load", tmp_path / "a.txt").stderr
    assert "cannot be read" in run("load", tmp_path / "a.geojson").stderr
    assert "file, kind: no such column; there are: code, name" in run("load", no_kind).stderr
    assert run("load", no_kind, "--kind", "asset").exit_code == 0
    assert "name one of the layers: one, other" in run("load", two).stderr
    assert run("load", two, "--layer", "other").exit_code == 0
    assert "is not WORD=KIND" in run("load", two, "--word", "x").stderr


async def test_without_a_layout_it_says_so(monkeypatch, database_url, tmp_path):
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    told = run("load", written(tmp_path, "a.geojson", frame()))
    assert (told.exit_code, "no layout" in told.stderr) == (1, True)
