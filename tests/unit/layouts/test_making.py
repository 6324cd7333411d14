"""A report on made-up layouts: each principle finds its own fault, where it is and how big."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
import shapely

from geo_data.layout.report.known import Known
from geo_data.layout.report.making import make
from geo_data.layout.report.page import html
from grid.layouts.bounds import Verdict
from grid.layouts.principles import Group
from grid.layouts.report import as_json
from tests.layouts import NORTHWARD, SOUTH, STEP, WEST, changed, layout, metres, square

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs/reference/layout-report.schema.json").read_text()
)
NOBODY = Known(cases=np.empty((0, 2)), facts={"households": {}, "people": {}})


def report(areas, known=NOBODY):
    made = make(areas, known, (7, "城", "made up"), NOW)
    jsonschema.validate(json.loads(json.dumps(as_json(made), allow_nan=False)), SCHEMA)
    return made


def held(made, name):
    return next(one for one in made.held if one.principle.name == name)


def figure(made, measure, group=Group.ALL):
    every = [f for one in made.held for f in one.figures]
    return next(f for f in every if f.measure == measure and f.group is group)


def spread_cases(counts):
    """Positions in the middle of cells: so many of each of the row y = 0, 1, …"""
    middles = [
        (WEST + (x + 0.5) * STEP, SOUTH + (y + 0.5) * STEP)
        for (x, y), n in counts.items()
        for _ in range(n)
    ]
    return Known(cases=np.array(middles), facts={"households": {}, "people": {}})


def even(n, across=4):
    return {(x, y): n for x in range(across) for y in range(across)}


def test_a_good_layout_passes_and_says_what_it_could_not_judge():
    made = report(layout())
    verdicts = {one.principle.name: one.verdict for one in made.held}
    assert verdicts == {
        "clear": Verdict.PASS,
        "moderate": Verdict.PASS,
        "comparable": Verdict.UNKNOWN,
        "manageable": Verdict.PASS,
        "seamless": Verdict.PASS,
        "stable": Verdict.UNKNOWN,
    }
    assert (made.verdict, made.not_judged) == (Verdict.PASS, ("comparable", "stable"))
    reasons = {f: figure(made, f).reason for f in ("cases", "households", "cells_unchanged")}
    assert reasons == {"cases": "no_cases", "households": "no_facts",
                       "cells_unchanged": "first_layout"}  # fmt: skip


# Clearly bounded


@pytest.mark.parametrize(
    ("to", "measure", "value", "kind"),
    [
        ({"geometry": None}, "invalid_outlines", 1, "empty_geometry"),
        ({"geometry": shapely.Point(119, 36.5)}, "invalid_outlines", 1, "no_polygon"),
        ({"geometry": shapely.box(200, 0, 201, 1)}, "invalid_outlines", 1, "outside_world"),
        (
            {"geometry": shapely.Polygon([(119, 36), (120, 37), (120, 36), (119, 37)])},
            "invalid_outlines", 1, "invalid_outline",
        ),
        ({"code": "C01"}, "bad_codes", 1, "duplicate_code"),
        ({"code": None}, "bad_codes", 1, "bad_code"),
    ],
)  # fmt: skip
def test_a_cell_that_is_not_clearly_bounded(to, measure, value, kind):
    made = report(changed(layout(), "C00", **to))
    assert (figure(made, measure).value, figure(made, measure).verdict) == (value, Verdict.FAIL)
    assert kind in {spot.kind for spot in held(made, "clear").spots}
    assert html(made, changed(layout(), "C00", **to))


@pytest.mark.parametrize(
    ("name", "measure", "codes"),
    [
        (None, "unnamed", ["C00"]),
        ("", "unnamed", ["C00"]),
        ("C00", "unnamed", ["C00"]),
        ("第10网格", "namesakes", ["C00", "C10"]),
    ],
)
def test_cells_without_a_name_of_their_own(name, measure, codes):
    made = report(changed(layout(), "C00", name=name))
    assert figure(made, measure).beyond == len(codes)
    assert held(made, "clear").verdict is Verdict.FAIL
    assert [(c.code, c.measure, c.beyond) for c in held(made, "clear").worst] == [
        (code, measure, True) for code in codes
    ]


def test_the_same_name_in_another_community_is_no_namesake():
    made = report(changed(layout(), "C00", name="第02网格"))
    assert held(made, "clear").verdict is Verdict.PASS


# Moderate in size


def test_a_cell_far_too_big():
    areas = layout(across=2)
    for level in ("city", "district", "street", "community"):
        code = areas.loc[areas["level"] == level, "code"].iloc[0]
        areas = changed(areas, code, geometry=square(0, 0, 2, 8))
    areas = changed(areas, "C01", geometry=square(0, 1, 1, 7))
    areas = changed(areas, "C11", geometry=square(1, 1, 1, 7))
    made = report(areas)
    ground = figure(made, "ground", Group.URBAN)
    side = STEP * NORTHWARD / 1000
    expected = 7 * side * side * np.cos(np.radians(SOUTH + 4.5 * STEP))
    assert ground.most == pytest.approx(expected, rel=1e-6)
    assert (ground.beyond, ground.value, ground.verdict) == (2, 0.5, Verdict.FAIL)
    worst = held(made, "moderate").worst
    assert [(c.code, c.beyond) for c in worst[:3]] == [("C01", True), ("C11", True), ("C00", False)]
    assert (worst[0].place, worst[0].path) == ("区 街道 社区0", "1/11/111/V0/C01/")


def test_households_of_cells_and_of_communities_shared_out():
    facts = {"households": {"V0": 3200, "C02": 900, "C12": 100}, "people": {}}
    made = report(layout(), Known(cases=np.empty((0, 2)), facts=facts))
    found = figure(made, "households")
    # Eight cells of V0 with 400 each; of V2 two are known by themselves, six are not.
    assert (found.known, found.of, found.beyond) == (10, 16, 2)
    assert (found.least, found.median, found.most) == (100, 400, 900)
    assert [c.code for c in held(made, "moderate").worst[:2]] == ["C12", "C02"]


def test_people_are_judged_where_households_are_not_known():
    people = {"V0": 9600.0, "V2": 6400.0}
    alone = report(layout(), Known(np.empty((0, 2)), {"households": {}, "people": people}))
    assert figure(alone, "people").verdict is Verdict.FAIL
    both = {"households": {"V0": 3200.0, "V2": 3200.0}, "people": people}
    beside = report(layout(), Known(np.empty((0, 2)), both))
    assert figure(beside, "people").reason == "households_known"
    assert figure(beside, "people").median == 1000
    assert held(beside, "moderate").verdict is Verdict.PASS


# Comparable in work


def test_the_same_work_everywhere():
    made = report(layout(), spread_cases(even(20)))
    assert figure(made, "cases_gini", Group.URBAN).value == 0.0
    assert figure(made, "cases_worst_to_median", Group.URBAN).value == 1.0
    assert held(made, "comparable").verdict is Verdict.PASS


def test_one_cell_with_all_the_trouble():
    made = report(layout(), spread_cases(even(10) | {(2, 3): 490}))
    gini = figure(made, "cases_gini", Group.URBAN)
    # 15 cells of 10 and one of 490: the mean is 40, half of the mean difference over it 11.25 / 16.
    assert gini.value == pytest.approx(0.703125)
    assert figure(made, "cases_worst_to_median", Group.URBAN).value == 49.0
    assert (gini.verdict, held(made, "comparable").verdict) == (Verdict.FAIL, Verdict.FAIL)
    first = held(made, "comparable").worst[0]
    assert (first.code, first.value, first.beyond) == ("C23", 490.0, True)


def test_urban_and_rural_cells_are_compared_apart():
    areas = layout()
    rural = areas["parent"].eq("V2") & areas["level"].eq("grid")
    areas = areas.assign(ur_class=np.where(rural, "220", "111"))
    counts = {(x, y): 40 if y < 2 else 20 for x in range(4) for y in range(4)}
    made = report(areas, spread_cases(counts))
    assert figure(made, "cases_gini", Group.ALL).value == pytest.approx(1 / 6)
    assert figure(made, "cases_gini", Group.ALL).verdict is Verdict.UNKNOWN
    for group in (Group.URBAN, Group.RURAL):
        assert figure(made, "cases_gini", group).value == 0.0


def test_a_handful_of_cases_judges_nobody():
    made = report(layout(), spread_cases({(0, 0): 3, (1, 1): 2}))
    assert held(made, "comparable").verdict is Verdict.UNKNOWN
    assert figure(made, "cases_gini", Group.URBAN).reason == "too_few_cases"
    assert not any(cell.beyond for cell in held(made, "comparable").worst)


def test_cases_outside_every_cell_are_told():
    far = Known(np.array([[WEST - 1.0, SOUTH]]), {"households": {}, "people": {}})
    assert figure(report(layout(), far), "cases_elsewhere").value == 1


# Easy to manage


def test_a_sliver():
    """One cell is 5 m wide, the other has the rest of both."""
    areas = changed(layout(), "C00", geometry=metres(0, 0, 5, STEP * NORTHWARD))
    thin = areas.loc[areas["code"] == "C00", "geometry"].iloc[0]
    areas = changed(areas, "C10", geometry=square(0, 0, 2, 1).difference(thin))
    made = report(areas)
    assert figure(made, "length_to_width").most == pytest.approx(STEP * NORTHWARD / 5, rel=1e-3)
    wide = STEP * NORTHWARD
    assert figure(made, "polsby_popper").least == pytest.approx(
        4 * np.pi * 5 * wide / (2 * (wide + 5)) ** 2, rel=1e-3
    )
    assert held(made, "manageable").worst[0].code == "C00"
    assert held(made, "manageable").verdict is Verdict.WATCH


def test_a_cell_in_two_pieces():
    two = shapely.union_all([square(0, 0), square(2, 0)])
    areas = changed(layout(), "C00", geometry=two)
    areas = changed(areas, "C20", geometry=square(3, 0, 0.5))
    areas = changed(areas, "C30", geometry=square(3.5, 0, 0.5))
    made = report(areas)
    assert figure(made, "strays").beyond == 1
    worst = held(made, "manageable").worst[0]
    assert (worst.code, worst.measure, worst.value) == ("C00", "strays", 1.0)


def test_a_cell_without_a_parent():
    made = report(changed(layout(), "C00", parent="V9"))
    assert figure(made, "parents").verdict is Verdict.FAIL
    assert [spot.code for spot in held(made, "manageable").spots] == ["C00"]
    assert figure(made, "left_out").value == 1


# Without gaps


def test_a_gap_of_three_square_metres():
    hole = metres(1.0, 0.5, 1.0, 3.0)
    areas = changed(layout(), "C10", geometry=square(1, 0).difference(hole))
    made = report(areas)
    assert figure(made, "gaps").value == 1
    assert figure(made, "gap_ground").value == pytest.approx(3.0, rel=1e-4)
    (spot,) = held(made, "seamless").spots
    assert (spot.kind, spot.code) == ("gap", "V0")
    assert shapely.contains_xy(hole, spot.lon, spot.lat)
    page = html(made, areas)
    assert "3.0 平方米" in page
    assert f"{spot.lon:.6f}, {spot.lat:.6f}" in page


def test_a_gap_below_the_tolerance_is_rounding():
    hole = metres(1.0, 0.5, 0.5, 0.5)
    areas = changed(layout(), "C10", geometry=square(1, 0).difference(hole))
    assert figure(report(areas), "gaps").value == 0


def test_an_overlap():
    """One cell reaches ten metres into its neighbour, along the whole border."""
    reach = shapely.union_all([square(0, 0), metres(1, 0, 10, STEP * NORTHWARD)])
    made = report(changed(layout(), "C00", geometry=reach))
    assert figure(made, "overlaps").value == 1
    expected = 10 * STEP * NORTHWARD
    assert figure(made, "overlap_ground").value == pytest.approx(expected, rel=1e-3)
    (spot,) = held(made, "seamless").spots
    assert (spot.kind, spot.code) == ("overlap", "C00")
    assert "C10" in spot.reason


def test_an_area_without_children_is_all_gap():
    areas = layout()
    made = report(areas[~(areas["parent"].eq("V2") & areas["level"].eq("grid"))])
    assert [spot.kind for spot in held(made, "seamless").spots] == ["no_children"]
    side = STEP * NORTHWARD
    expected = 8 * side**2 * np.cos(np.radians(SOUTH + 3 * STEP))
    assert figure(made, "gap_ground").value == pytest.approx(expected, rel=1e-6)


# Stable


def against(before, after):
    return report(after, Known(np.empty((0, 2)), NOBODY.facts, before, "6"))


def test_nothing_changed():
    made = against(layout(), layout())
    assert figure(made, "cells_unchanged").value == 1.0
    assert (held(made, "stable").worst, made.before) == ((), "6")


def test_a_border_that_moved():
    """C00 gives a quarter of its ground to C10, a fifth of which is new to it."""
    after = changed(layout(), "C00", geometry=square(0, 0, 0.75))
    after = changed(after, "C10", geometry=square(0.75, 0, 1.25))
    made = against(layout(), after)
    assert figure(made, "cells_unchanged").value == 14 / 16
    assert figure(made, "ground_unchanged").value == pytest.approx((16 - 0.25) / 16, rel=1e-5)
    worst = held(made, "stable").worst
    assert [c.code for c in worst] == ["C10", "C00"]
    assert [c.value for c in worst] == pytest.approx([0.8, 1.0], rel=1e-6)
    assert [figure(made, f).value for f in ("moved", "split", "gone", "new")] == [2, 0, 0, 0]
    assert held(made, "stable").verdict is Verdict.WATCH


def test_a_cell_that_was_split():
    before = layout()
    areas = changed(before, "C00", geometry=square(0, 0, 0.5))
    other = areas[areas["code"] == "C00"].assign(code="D00", name="新", feature="D00")
    after = pd.concat([areas, other.set_geometry([square(0.5, 0, 0.5)], crs="EPSG:4326")])
    made = against(before, after.reset_index(drop=True))
    assert [(c.code, c.value, c.beyond) for c in held(made, "stable").worst] == [
        ("C00", 0.0, True),
        ("D00", 0.0, True),
    ]
    assert figure(made, "split").value == 1
    assert figure(made, "cells_unchanged").value == 15 / 16
    assert figure(made, "ground_unchanged").value == pytest.approx(15 / 16, rel=1e-4)


def test_another_code_is_a_change_of_the_cell_and_not_of_the_ground():
    made = against(layout(), changed(layout(), "C00", code="D00"))
    assert [(c.code, c.value) for c in held(made, "stable").worst] == [
        ("D00", pytest.approx(1.0, rel=1e-6))
    ]
    assert figure(made, "cells_unchanged").value == 15 / 16
    assert figure(made, "ground_unchanged").value == pytest.approx(1.0, rel=1e-6)


# The page


def test_the_page_is_one_file_with_both_languages_and_nothing_from_outside():
    areas = changed(layout(), "C00", name="<b>&坏</b>")
    page = html(report(areas), areas)
    assert page.startswith("<!doctype html>")
    assert "&lt;b&gt;&amp;坏&lt;/b&gt;" in page
    assert "<b>&坏" not in page
    assert not any(word in page for word in ("http:", "https:", "<script", '<link rel="style'))
    assert page.count("<svg") >= 4
    assert page.count("<svg") == page.count('role="img"')
    for one in ("边界清晰", "Clearly bounded", "相对稳定", "Stable"):
        assert one in page


def test_a_file_in_which_nothing_is_right_still_gets_its_report():
    areas = layout().assign(geometry=None, name=None, parent="?")
    made = report(areas.set_geometry("geometry", crs="EPSG:4326"))
    assert made.verdict is Verdict.FAIL
    assert "不达标" in html(made, areas)


def test_a_file_without_any_cell_still_gets_its_report():
    areas = layout().query("level != 'grid'").reset_index(drop=True)
    made = report(areas, Known(np.array([[WEST, SOUTH]]), NOBODY.facts, layout(), "6"))
    assert made.about.cells == 0
    assert held(made, "seamless").verdict is Verdict.FAIL
    assert "不达标" in html(made, areas)
