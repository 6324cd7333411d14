"""Loading anyone's layout: good ones whole, bad ones not at all and with every fault named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geo_data.layout.load import BadLayout, Columns, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

X, Y, S = 119.0, 36.5, 0.0078125  # 2⁻⁷ degree, about 700 × 870 m


def box(left: float, bottom: float, right: float, top: float) -> shapely.Polygon:
    return shapely.box(X + left * S, Y + bottom * S, X + right * S, Y + top * S)


def features() -> list[dict[str, Any]]:
    """One of each above four cells of 1 × 1 steps, in a square of 2 × 2."""
    whole = box(0, 0, 2, 2)
    rows = [
        ("city", "1", None, "城", whole),
        ("district", "11", "1", "区", whole),
        ("street", "111", "11", "街", whole),
        ("community", "1111", "111", "社区西", box(0, 0, 1, 2)),
        ("community", "1112", "111", "社区东", box(1, 0, 2, 2)),
        ("grid", "11111", "1111", "第1网格", box(0, 0, 1, 1)),
        ("grid", "11112", "1111", "第2网格", box(0, 1, 1, 2)),
        ("grid", "11121", "1112", "第1网格", box(1, 0, 2, 1)),
        ("grid", "11122", "1112", "第2网格", box(1, 1, 2, 2)),
    ]
    columns = ("level", "code", "parent", "name", "geometry")
    return [dict(zip(columns, row, strict=True)) for row in rows]


def frame(rows: list[dict[str, Any]], crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=crs)


def geojson(rows: list[dict[str, Any]]) -> str:
    parts = [
        {
            "type": "Feature",
            "properties": {k: v for k, v in row.items() if k != "geometry"},
            "geometry": json.loads(shapely.to_geojson(row["geometry"]) or "null"),
        }
        for row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": parts})


def change(i: int, **to: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[i].update(to)


def write_geojson(path: Path) -> Path:
    path = path / "a.geojson"
    path.write_text(geojson(features()), encoding="utf-8")
    return path


def write_gpkg(path: Path) -> Path:
    frame(features()).to_crs("EPSG:4547").to_file(path / "a.gpkg", layer="areas")
    return path / "a.gpkg"


def write_layers(path: Path) -> Path:
    for level, rows in frame(features()).groupby("level"):
        rows.drop(columns="level").to_file(path / "layers.gpkg", layer=level)
    return path / "layers.gpkg"


def write_parquet(path: Path) -> Path:
    frame(features()).to_crs("EPSG:32650").to_parquet(path / "a.parquet")
    return path / "a.parquet"


@pytest.mark.parametrize("write", [write_geojson, write_gpkg, write_layers, write_parquet])
def test_a_good_layout_is_loaded_whole(write: Callable[[Path], Path], tmp_path: Path) -> None:
    layout = load(write(tmp_path))
    assert layout.areas["code"].tolist() == [r["code"] for r in features()]
    cell = layout.areas.set_index("code").loc["11122"]
    assert cell["path"] == "1/11/111/1112/11122/"
    assert (cell["name"], bool(cell["synthetic"])) == ("第2网格", False)
    difference = cell["geometry"].symmetric_difference(features()[-1]["geometry"])
    assert difference.area < 1e-12
    assert (layout.name, layout.seed) == ("城", None)
    assert str(layout.areas.crs) == "EPSG:4326"
    assert layout.areas["parent"].isna().tolist() == [True] + [False] * 8


def test_columns_and_level_words_by_options(tmp_path: Path) -> None:
    words = {"grid": "网格", "community": "社区", "street": "街道", "district": "区", "city": "市"}
    rows = [
        {
            "JB": words[r["level"]],
            "BM": int(r["code"]),
            "SJ": int(r["parent"]) if r["parent"] else None,
            "MC": r["name"],
            "geometry": r["geometry"],
        }
        for r in features()
    ]
    frame(rows).to_file(tmp_path / "a.gpkg")
    columns = Columns("JB", "BM", "SJ", "MC", levels={zh: en for en, zh in words.items()})
    layout = load(tmp_path / "a.gpkg", columns, name="新划分")
    assert layout.name == "新划分"
    assert layout.areas["path"].iloc[-1] == "1/11/111/1112/11122/"


def test_names_may_be_missing_and_drawn_areas_stay_marked(tmp_path: Path) -> None:
    rows = features()
    for row in rows:
        del row["name"]
        row["synthetic"] = row["level"] == "grid"
    frame(rows).to_parquet(tmp_path / "a.parquet")
    areas = load(tmp_path / "a.parquet").areas
    assert areas["name"].tolist() == areas["code"].tolist()
    assert areas["synthetic"].tolist() == [False] * 5 + [True] * 4


BOWTIE = shapely.Polygon(
    [(X, Y), (X + S, Y + S), (X + S, Y), (X, Y + S)],
)
HOLE = box(0.25, 0.25, 0.5, 0.5)
STEP_M2 = (S * 111_195) ** 2 * 0.8036  # cos 36.5°

#: What is done to the good layout → (kind, feature, code, words of the reason, m², place).
FAULTS = {
    "ring crosses itself": (
        change(5, geometry=BOWTIE),
        (
            "invalid_outline",
            "feature 6",
            "11111",
            "self-intersection",
            None,
            (X + S / 2, Y + S / 2),
        ),
    ),
    "hole outside its shell": (
        change(5, geometry=shapely.Polygon(box(0, 0, 1, 1).exterior, [box(3, 3, 4, 4).exterior])),
        ("invalid_outline", "feature 6", "11111", "hole lies outside shell", None, None),
    ),
    "overlap": (
        change(6, geometry=box(0, 0.75, 1, 2)),
        ("overlap", "feature 6", "11111", r"overlaps feature 7 \(11112\)", STEP_M2 / 4, None),
    ),
    "one cell within another": (
        change(6, geometry=box(0, 0, 1, 2)),
        ("overlap", "feature 6", "11111", r"overlaps feature 7 \(11112\)", STEP_M2, None),
    ),
    "gap inside a parent": (
        change(5, geometry=box(0, 0, 1, 1).difference(HOLE)),
        (
            "gap",
            "feature 4",
            "1111",
            "no child covers",
            STEP_M2 / 16,
            (X + S * 0.375, Y + S * 0.375),
        ),
    ),
    "child reaches beyond its parent": (
        change(5, geometry=box(-0.5, 0, 1, 1)),
        (
            "outside_parent",
            "feature 4",
            "1111",
            r"reach beyond it: feature 6 \(11111\)",
            STEP_M2 / 2,
            (X - S / 4, Y + S / 2),
        ),
    ),
    "code twice": (
        change(6, code="11111"),
        ("duplicate_code", "feature 7", "11111", "taken by feature 6", None, None),
    ),
    "code twice, at different levels": (
        change(6, code="111"),
        ("duplicate_code", "feature 7", "111", "taken by feature 3", None, None),
    ),
    "no code": (change(6, code=None), ("bad_code", "feature 7", None, "empty", None, None)),
    "slash in a code": (
        change(6, code="1/2"),
        ("bad_code", "feature 7", None, "slash", None, None),
    ),
    "unknown level": (
        change(6, level="cell"),
        ("bad_level", "feature 7", "11112", "'cell' is none of city, district", None, None),
    ),
    "parent not in the file": (
        change(6, parent="9999"),
        ("missing_parent", "feature 7", "11112", "9999 is not in the file", None, None),
    ),
    "no parent": (
        change(6, parent=None),
        ("missing_parent", "feature 7", "11112", r"names no parent \(community\)", None, None),
    ),
    "parent of another level": (
        change(6, parent="111"),
        ("missing_parent", "feature 7", "11112", "of level street, not community", None, None),
    ),
    "city with a parent": (
        change(0, parent="11"),
        ("missing_parent", "feature 1", "1", "cannot have one", None, None),
    ),
    "two cities": (
        lambda rows: rows.append({**rows[0], "code": "2"}),
        ("no_single_city", "file", None, "2 areas of level city", None, None),
    ),
    "community without cells": (
        lambda rows: rows.__delitem__(slice(7, 9)),
        ("no_children", "feature 5", "1112", "no grid names it as its parent", None, None),
    ),
    "no geometry": (
        change(5, geometry=None),
        ("empty_geometry", "feature 6", "11111", "the geometry is empty", None, None),
    ),
    "empty polygon": (
        change(5, geometry=shapely.Polygon()),
        ("empty_geometry", "feature 6", "11111", "the geometry is empty", None, None),
    ),
    "a point": (
        change(5, geometry=shapely.Point(X, Y)),
        ("no_polygon", "feature 6", "11111", "is a Point, not a polygon", None, (X, Y)),
    ),
    "a line": (
        change(5, geometry=shapely.LineString([(X, Y), (X + S, Y)])),
        ("no_polygon", "feature 6", "11111", "not a polygon", None, None),
    ),
    "metres instead of degrees": (
        change(5, geometry=shapely.box(500_000, 4_000_000, 500_100, 4_000_100)),
        ("outside_world", "feature 6", "11111", "leave the world: 500000, 4e", None, None),
    ),
}


@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize("form", ["geojson", "parquet"])
def test_each_fault_is_named_with_feature_code_place_and_size(
    what: str, form: str, tmp_path: Path
) -> None:
    spoil, (kind, feature, code, reason, area_m2, place) = FAULTS[what]
    rows = features()
    spoil(rows)
    path = tmp_path / f"bad.{form}"
    if form == "geojson":
        path.write_text(geojson(rows), encoding="utf-8")
    else:
        frame(rows).to_parquet(path)
    with pytest.raises(BadLayout, match=reason) as caught:
        load(path)
    found = [f for f in caught.value.faults if f.kind == kind]
    assert [(f.feature, f.code) for f in found] == [(feature, code)], caught.value.faults
    if area_m2 is not None:
        assert found[0].area_m2 == pytest.approx(area_m2, rel=0.01)
    if place is not None:
        assert (found[0].lon, found[0].lat) == pytest.approx(place, abs=1e-6)


def test_all_faults_are_told_at_once_and_none_brings_others(tmp_path: Path) -> None:
    rows = features()
    rows[5]["geometry"] = BOWTIE
    rows[6]["parent"] = "9999"
    rows[8]["code"] = ""
    (tmp_path / "bad.geojson").write_text(geojson(rows), encoding="utf-8")
    with pytest.raises(BadLayout, match=r"and 2 more") as caught:
        load(tmp_path / "bad.geojson")
    kinds = sorted(f.kind for f in caught.value.faults)
    assert kinds == ["bad_code", "invalid_outline", "missing_parent"]


def test_rounding_is_no_fault_but_a_tolerance_is_the_callers(tmp_path: Path) -> None:
    rows = features()
    rows[5]["geometry"] = box(0, 0, 1, 1 - 1e-6)  # a strip of 0.6 m²
    (tmp_path / "a.geojson").write_text(geojson(rows), encoding="utf-8")
    assert len(load(tmp_path / "a.geojson").areas) == 9
    with pytest.raises(BadLayout, match="no child covers"):
        load(tmp_path / "a.geojson", tolerance_m2=0.1)


WHOLE_FILE = {
    "unknown_format": ("a.shp", b"", "none of .geojson, .json, .gpkg, .parquet"),
    "unreadable": ("a.geojson", b'{"type": "Featu', "a.geojson cannot be read"),
    "unreadable parquet": ("a.parquet", b"PAR1", "a.parquet cannot be read"),
    "unreadable gpkg": ("a.gpkg", b"SQLite", "a.gpkg cannot be read"),
    "no features": (
        "a.geojson",
        b'{"type": "FeatureCollection", "features": []}',
        "no column 'level'",
    ),
    "no column": (
        "a.geojson",
        geojson([{"lvl": "grid", "geometry": box(0, 0, 1, 1)}]).encode(),
        "no column 'level' for the level; there are: lvl",
    ),
}


@pytest.mark.parametrize("what", WHOLE_FILE)
def test_a_file_that_cannot_be_understood(what: str, tmp_path: Path) -> None:
    name, content, reason = WHOLE_FILE[what]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadLayout, match=reason):
        load(tmp_path / name)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        load(tmp_path / "nowhere.geojson")


@pytest.mark.parametrize("form", ["parquet", "gpkg"])
def test_a_file_that_declares_no_crs(form: str, tmp_path: Path) -> None:
    areas = frame(features(), crs=None)
    path = tmp_path / f"a.{form}"
    if form == "parquet":
        areas.to_parquet(path)
    else:
        with pytest.warns(UserWarning, match="crs"):
            areas.to_file(path)
    with pytest.raises(BadLayout, match="declares no coordinate reference system"):
        load(path)


def test_a_table_without_geometries(tmp_path: Path) -> None:
    plain = pd.DataFrame(features()).drop(columns="geometry")
    plain.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(BadLayout):
        load(tmp_path / "a.parquet")
