"""Weifang's layout: real names, codes and county outlines; everything below drawn from a seed.

Streets share a county by weighted Voronoi cells, villages spread evenly over their street, cells
evenly over their village. The outlines are those of the finest level: one Voronoi diagram of all
cells of a county, so that a village is exactly its cells, a street exactly its villages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from geo_data.layout import contiguity, seams, voronoi
from geo_data.layout.codes import along_curve, cell_code, cell_name
from geo_data.layout.model import COLUMNS, Layout, silent
from geo_data.layout.weifang_sources import METRIC, County, Street, Village, counties

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from geo_data.layout.model import Progress

CITY_CODE, CITY_NAME = "3707", "潍坊市"
DEFAULT_SEED = 3707
#: The number of cells that Weifang is known to have.
CELLS = 13_000
#: Cells of a village by its urban–rural class (statistics' codes; 111 is the densest).
CELLS_BY_CLASS = {"111": 6, "112": 4, "121": 3, "122": 2, "123": 1, "220": 1, "210": 1}
CELLS_UNKNOWN = 2
#: Where cells are added until there are 13,000.
TOPPED_UP = ("370705", "370782")
SAMPLES_PER_CELL = 48
ROUNDS_VILLAGES, ROUNDS_CELLS = 16, 8
#: Borders are snapped to this before they are crossed.
GRID_M = 0.01
#: Streets of a zone without outline lie in this northern share of their county.
_NORTH = 0.35
SOURCE = "NBS 2023 (china-division 2.7.0), Vonng/adcode (Amap 2018), GeoNames; CC-BY-4.0, WTFPL"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Cells of one county before the seams: seed points, their villages, the villages' order."""

    county: County
    villages: tuple[Village, ...]
    village_of: NDArray[np.int64]
    seeds: NDArray[np.float64]


def build(seed: int = DEFAULT_SEED, progress: Progress = silent) -> Layout:
    """Draw the layout. The same seed gives the same layout, to the last bit.

    Raises RuntimeError where what was drawn is not seamless (no seed is known that does this).
    """
    whole = counties()
    numbers = cell_numbers([v for c in whole for s in c.streets for v in s.villages])
    drawn, polygons = [], []
    for done, county in enumerate(whole):
        progress(f"{county.name}: streets, villages, cells", done, len(whole) + 3)
        plan = _draw(county, numbers, seed)
        plan, cells = _held_together(plan)
        drawn.append(plan)
        polygons.append(cells)
    progress("seams", len(whole), len(whole) + 3)
    rows = [row for plan in drawn for row in _cell_rows(plan)]
    kin = _labels(rows)
    metric = seams.seamless(np.concatenate(polygons), kin, GRID_M)
    cells = seams.to_degrees(metric, METRIC)
    progress("areas", len(whole) + 1, len(whole) + 3)
    areas = _areas(whole, rows, cells)
    progress("checking the seams", len(whole) + 2, len(whole) + 3)
    if not shapely.coverage_is_valid(cells) or not shapely.is_valid(cells).all():
        raise RuntimeError(f"the layout drawn from seed {seed} is not seamless")
    progress("done", len(whole) + 3, len(whole) + 3)
    note = {
        "crs_of_drawing": METRIC,
        "cells": len(rows),
        "synthetic": "streets, communities and cells are drawn by a program; real are names, "
        "codes, hierarchy and the counties' outlines",
    }
    return Layout(areas, CITY_NAME, SOURCE, seed, note)


def cell_numbers(villages: list[Village]) -> dict[str, int]:
    """How many cells each village gets, by code: by class, then topped up to `CELLS`.

    What is missing goes, one each, to the villages of `TOPPED_UP`, the most urban first.
    """
    numbers = {
        v.code: CELLS_UNKNOWN if v.ur_class is None else CELLS_BY_CLASS[v.ur_class]
        for v in villages
    }
    waiting = sorted(
        (v for v in villages if v.code[:6] in TOPPED_UP),
        key=lambda v: (v.ur_class or "2", v.code),
    )
    for i in range(CELLS - sum(numbers.values())):
        numbers[waiting[i % len(waiting)].code] += 1
    return numbers


def _draw(county: County, numbers: dict[str, int], seed: int) -> _Drawn:
    random = np.random.default_rng([seed, int(county.code)])
    points = _street_points(county, random)
    shares = np.array([float(len(s.villages)) for s in county.streets])
    weights = voronoi.power_weights(points, shares, shapely.area(county.outline))
    outlines = voronoi.power_cells(county.outline, points, weights)
    villages: list[Village] = []
    village_of: list[int] = []
    seeds: list[NDArray[np.float64]] = []
    for street, outline in zip(county.streets, outlines, strict=True):
        own = np.random.default_rng([seed, int(street.code)])
        for village, cells in _villages(street, outline, numbers, own):
            village_of += [len(villages)] * len(cells)
            villages.append(village)
            seeds.append(cells)
    return _Drawn(county, tuple(villages), np.array(village_of), np.concatenate(seeds))


def _street_points(county: County, random: np.random.Generator) -> NDArray[np.float64]:
    """A seed for each street: known ones as they are, others as far as possible from all."""
    candidates = voronoi.sample(county.outline, 4000, random)
    border = shapely.boundary(county.outline)
    north = candidates[:, 1] > np.quantile(candidates[:, 1], 1.0 - _NORTH)
    points: dict[str, NDArray[np.float64]] = {
        s.code: s.point for s in county.streets if s.point is not None
    }
    for street in county.streets:
        if street.code not in points:
            allowed = candidates[north] if street.zone != county.code else candidates
            taken = np.array(list(points.values()))
            points[street.code] = voronoi.farthest(allowed, border, taken, 1)[0]
    return np.array([points[s.code] for s in county.streets])


def _villages(
    street: Street, outline: Any, numbers: dict[str, int], random: np.random.Generator
) -> Iterable[tuple[Village, NDArray[np.float64]]]:
    """The street's villages in order of code, each with the seeds of its cells in their order."""
    total = sum(numbers[v.code] for v in street.villages)
    ground = voronoi.sample(outline, SAMPLES_PER_CELL * total, random)
    known = [v for v in street.villages if v.point is not None and _holds(outline, v.point)]
    start = random.choice(ground, len(street.villages) - len(known), replace=False)
    fixed = [v.point for v in known if v.point is not None]
    centres, label = voronoi.relax(
        ground, np.vstack([*fixed, start]), ROUNDS_VILLAGES, fixed=len(known)
    )
    place = {v.code: i for i, v in enumerate(known)}
    others = [v for v in street.villages if v.code not in place]
    curve = along_curve(centres[len(known) :])
    place |= {v.code: len(known) + int(i) for v, i in zip(others, curve, strict=True)}
    for village in street.villages:
        own = place[village.code]
        yield village, _cells(ground[label == own], centres[own], numbers[village.code], random)


def _cells(
    ground: NDArray[np.float64],
    centre: NDArray[np.float64],
    number: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Seeds of a village's cells, neighbours next to each other."""
    if number == 1:
        return centre[None, :]
    start = random.choice(ground, number, replace=False)
    seeds, _ = voronoi.relax(ground, start, ROUNDS_CELLS)
    return seeds[along_curve(seeds)]


def _holds(outline: Any, point: NDArray[np.float64]) -> bool:
    return bool(shapely.contains_xy(outline, point[0], point[1]))


def _held_together(plan: _Drawn) -> tuple[_Drawn, NDArray[Any]]:
    """The county's cells, drawn so that villages and streets are in one piece."""
    street_of = np.array([int(plan.villages[i].street) for i in plan.village_of])
    groups = [
        np.flatnonzero(label == one)
        for label in (plan.village_of, street_of)
        for one in np.unique(label)
    ]
    seeds, cells = contiguity.held_together(plan.county.outline, plan.seeds, groups)
    return _Drawn(plan.county, plan.villages, plan.village_of, seeds), cells


def _cell_rows(plan: _Drawn) -> Iterable[dict[str, Any]]:
    """One row a cell without its geometry, in the order of the seeds."""
    number = 0
    for i, of in enumerate(plan.village_of):
        number = number + 1 if i and plan.village_of[i - 1] == of else 1
        village = plan.villages[of]
        path = f"{CITY_CODE}/{plan.county.code}/{village.street}/{village.code}/"
        code = cell_code(village.code, number)
        yield {
            "level": "grid",
            "code": code,
            "parent": village.code,
            "name": cell_name(village.name, number),
            "path": f"{path}{code}/",
            "ur_class": village.ur_class,
            "synthetic": True,
        }


def _labels(rows: list[dict[str, Any]]) -> NDArray[np.int64]:
    """County, street and village of each cell as numbers, shape (n, 3)."""
    chains = [row["path"].split("/")[1:4] for row in rows]
    return np.column_stack(
        [np.unique(c, return_inverse=True)[1] for c in zip(*chains, strict=True)]
    )


def _areas(
    whole: tuple[County, ...], rows: list[dict[str, Any]], cells: NDArray[Any]
) -> gpd.GeoDataFrame:
    """All areas: each parent the union of its children, so that nothing can differ."""
    known: dict[str, dict[str, Any]] = {
        CITY_CODE: _row("city", CITY_CODE, None, CITY_NAME, "", synthetic=False)
    }
    for county in whole:
        top = f"{CITY_CODE}/"
        known[county.code] = _row(
            "district", county.code, CITY_CODE, county.name, top, synthetic=False
        )
        for street in county.streets:
            path = known[county.code]["path"]
            known[street.code] = _row("street", street.code, county.code, street.name, path)
            for v in street.villages:
                path = known[street.code]["path"]
                row = _row("community", v.code, street.code, v.name, path)
                known[v.code] = row | {"ur_class": v.ur_class}
    everything = [row | {"geometry": g} for row, g in zip(rows, cells, strict=True)]
    below = everything
    while below[0]["parent"] is not None:
        parents, label = np.unique([row["parent"] for row in below], return_inverse=True)
        geometry = np.array([row["geometry"] for row in below], dtype=object)
        united = seams.gathered(geometry, label, len(parents))
        below = [
            known[str(code)] | {"geometry": g} for code, g in zip(parents, united, strict=True)
        ]
        everything = below + everything
    ordered = sorted(everything, key=lambda row: (row["path"].count("/"), row["code"]))
    frame = {column: [row[column] for row in ordered] for column in COLUMNS}
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="EPSG:4326")


def _row(
    level: str, code: str, parent: str | None, name: str, above: str, *, synthetic: bool = True
) -> dict[str, Any]:
    return {
        "level": level,
        "code": code,
        "parent": parent,
        "name": name,
        "path": f"{above}{code}/",
        "ur_class": None,
        "synthetic": synthetic,
    }
