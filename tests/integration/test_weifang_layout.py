"""Weifang's layout as it is drawn: complete, seamless at every level, the same each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo_data.layout import check, files, seams
from geo_data.layout.model import COLUMNS, LEVELS, Layout
from geo_data.layout.weifang_sources import METRIC, County, counties
from tests.services import STATE


@pytest.fixture(scope="module")
def drawn() -> tuple[Layout, Path]:
    return files.drawn_weifang(STATE / "layouts")


@pytest.fixture(scope="module")
def layout(drawn: tuple[Layout, Path]) -> Layout:
    return drawn[0]


@pytest.fixture(scope="module")
def real() -> tuple[County, ...]:
    return counties()


def test_as_many_areas_as_weifang_has(layout: Layout) -> None:
    count = layout.areas["level"].value_counts().to_dict()
    assert count == {"city": 1, "district": 12, "street": 122, "community": 7060, "grid": 13_000}
    assert tuple(layout.areas.columns) == COLUMNS
    assert layout.areas["code"].is_unique
    assert layout.name == "潍坊市"


def test_nothing_is_wrong_with_it(layout: Layout) -> None:
    named = layout.areas.assign(feature=layout.areas["code"])
    assert [str(f) for f in check.faults(named, tolerance_m2=0.0)] == []


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_seamless_in_one_piece_and_on_the_raster(layout: Layout, level: str) -> None:
    shapes = layout.level(level)["geometry"].to_numpy()
    assert shapely.coverage_is_valid(shapes)
    assert shapely.is_valid(shapes).all()
    assert set(shapely.get_type_id(shapes)) == {3}
    assert not shapely.get_num_interior_rings(shapes).any()
    steps = shapely.get_coordinates(shapes) / seams.GRID_DEGREES
    assert (steps == np.round(steps)).all()


@pytest.mark.parametrize("level", LEVELS[:-1])
def test_children_fill_their_parent(layout: Layout, level: str) -> None:
    parents = layout.level(level)
    below = layout.level(LEVELS[LEVELS.index(level) + 1])
    children = {parent: c["geometry"].to_numpy() for parent, c in below.groupby("parent")}
    assert sorted(children) == parents["code"].tolist()
    differ = [
        shapely.symmetric_difference(shape, shapely.union_all(children[code])).area
        for code, shape in zip(parents["code"], parents["geometry"], strict=True)
    ]
    assert max(differ) == pytest.approx(0.0, abs=1e-15)  # square degrees: 0.00001 m²


def test_counties_keep_their_real_outlines(layout: Layout, real: tuple[County, ...]) -> None:
    metric = layout.level("district").to_crs(METRIC).set_index("code")
    for county in real:
        drawn_border = metric.geometry[county.code].boundary
        assert drawn_border.hausdorff_distance(county.outline.boundary) < 0.02, county.name


def test_codes_and_paths_follow_the_hierarchy(layout: Layout) -> None:
    path_of = dict(zip(layout.areas["code"], layout.areas["path"], strict=True))
    digits = {"city": 4, "district": 6, "street": 9, "community": 12, "grid": 15}
    for row in layout.areas.itertuples():
        above = path_of[row.parent] if row.level != "city" else ""
        assert row.path == f"{above}{row.code}/"
        assert len(row.code) == digits[row.level]
        assert row.synthetic == (row.level not in {"city", "district"})
        if row.level == "grid":
            assert row.code.startswith(row.parent)
            assert row.name.endswith(f"第{int(row.code[12:])}网格")


def test_the_zone_without_outline_lies_in_the_north_of_hanting(layout: Layout) -> None:
    areas = layout.areas.to_crs(METRIC).set_index("code")
    zone = areas[areas.index.isin(["370772004", "370772005"])]
    assert zone["path"].str.startswith("3707/370703/").all()
    others = areas[(areas["parent"] == "370703") & ~areas.index.isin(zone.index)]
    assert zone.geometry.centroid.y.min() > others.geometry.centroid.y.max()


def test_most_known_points_lie_in_their_area(layout: Layout, real: tuple[County, ...]) -> None:
    # Outlines follow the cells, so a point near a border may fall across it.
    shape = layout.areas.to_crs(METRIC).set_index("code").geometry
    streets = [s for c in real for s in c.streets if s.point is not None]
    inside = [shape[s.code].contains(shapely.Point(s.point)) for s in streets]
    assert sum(inside) >= 0.98 * len(streets)
    villages = [v for c in real for s in c.streets for v in s.villages if v.point is not None]
    usable = [v for v in villages if shape[v.street].contains(shapely.Point(v.point))]
    inside = [shape[v.code].contains(shapely.Point(v.point)) for v in usable]
    assert sum(inside) >= 0.9 * len(usable) > 140


def test_near_codes_are_near_places(layout: Layout) -> None:
    villages = layout.level("community").to_crs(METRIC)
    middle = np.column_stack([villages.geometry.centroid.x, villages.geometry.centroid.y])
    same_street = (villages["parent"] == villages["parent"].shift()).to_numpy()[1:]
    hops = np.hypot(*np.diff(middle, axis=0).T)[same_street]
    spacing = np.sqrt(villages.geometry.area.to_numpy()[1:])[same_street]
    assert np.median(hops / spacing) < 1.6


def test_drawn_again_by_another_process_it_is_the_same_to_the_byte(
    drawn: tuple[Layout, Path], tmp_path: Path
) -> None:
    again = (
        "import sys, pathlib; from geo_data.layout import files;"
        "files.drawn_weifang(pathlib.Path(sys.argv[1]))"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", again, tmp_path], check=True, cwd=root)
    assert (tmp_path / drawn[1].name).read_bytes() == drawn[1].read_bytes()


def test_what_was_written_is_read_back(drawn: tuple[Layout, Path]) -> None:
    back = files.read(drawn[1])
    assert back.areas.equals(drawn[0].areas)
    assert (back.name, back.source, back.seed) == (
        drawn[0].name,
        drawn[0].source,
        drawn[0].seed,
    )
