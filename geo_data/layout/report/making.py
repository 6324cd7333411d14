"""A report made: each principle measured over all cells at once, and judged by its bounds."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_data.layout.check import TOLERANCE_M2, faults, square_metres
from geo_data.layout.model import silent
from geo_data.layout.report.cells import cells_of
from geo_data.layout.report.figuring import Measured, of_each, single, worst
from geo_data.layout.report.stability import changes
from grid.cells.index import CellIndex
from grid.layouts import bounds as sheet
from grid.layouts import compactness
from grid.layouts.difference import Change
from grid.layouts.principles import PRINCIPLES, Group
from grid.layouts.report import About, Held, Report, Spot
from grid.layouts.spread import gini, gini_by_chance, worst_to_median

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_data.layout.check import Fault
    from geo_data.layout.model import Progress
    from geo_data.layout.report.cells import Cells
    from geo_data.layout.report.known import Known
    from grid.layouts.bounds import Bounds
    from grid.layouts.report import Figure

    Floats = NDArray[np.float64]

_PRINCIPLE = {principle.name: principle for principle in PRINCIPLES}
_OUTLINES = ("empty_geometry", "no_polygon", "outside_world", "invalid_outline")
_CODES = ("bad_code", "duplicate_code", "bad_level")
_PARENTS = ("missing_parent", "no_single_city")
_SEAMS = ("gap", "overlap", "outside_parent", "no_children")
_KM2 = 1e6
#: Shared ground comes rounded to a tenth of a square metre: so much of it is all of it.
_ALL = 1.0 - 1e-6
_CHANGES = {
    "split": Change.SPLIT,
    "merged": Change.MERGED,
    "moved": Change.MOVED,
    "renamed": Change.RENAMED,
    "new_parent": Change.NEW_PARENT,
    "gone": Change.GONE,
    "new": Change.NEW,
}


def published() -> Bounds:
    """The bounds that ship."""
    path = files("geo_data").joinpath("data", "layout", "bounds.csv")
    return sheet.read(path.read_text(encoding="utf-8"))


def make(
    areas: gpd.GeoDataFrame,
    known: Known,
    about: tuple[int | None, str, str],
    made_at: datetime,
    *,
    bounds: Bounds | None = None,
    tolerance_m2: float = TOLERANCE_M2,
    progress: Progress = silent,
) -> Report:
    """The report on a layout, whatever is wrong with it.

    `areas` as `check.faults` takes them, with name, ur_class and synthetic; `about` its number
    where it is stored, its name and source.
    """
    bounds = published() if bounds is None else bounds
    found = faults(areas, tolerance_m2, progress)
    progress("measuring cells", 0, 1)
    cells = cells_of(areas)
    held = (
        _clear(cells, found, bounds),
        _moderate(cells, known, bounds),
        _comparable(cells, known, bounds),
        _manageable(cells, found, bounds),
        _seamless(areas, found, bounds),
        _stable(cells, known, bounds),
    )
    progress("measured", 1, 1)
    number, name, source = about
    synthetic = bool(areas["synthetic"].any())
    told = About(number, name, source, synthetic, len(cells))
    return Report(told, made_at, known.before_called, held)


def _clear(cells: Cells, found: Sequence[Fault], bounds: Bounds) -> Held:
    unnamed = (cells.name == "").astype(np.float64)
    both = pd.DataFrame({"parent": cells.parent, "name": cells.name})
    same = (both.duplicated(keep=False).to_numpy() & (cells.name != "")).astype(np.float64)
    figures = [
        single("invalid_outlines", _features(found, _OUTLINES), bounds),
        single("bad_codes", _features(found, _CODES), bounds),
    ]
    measured = _of_all(figures, {"unnamed": unnamed, "namesakes": same}, cells, bounds)
    return _held("clear", figures, cells, measured, _spots(found, _OUTLINES + _CODES))


def _moderate(cells: Cells, known: Known, bounds: Bounds) -> Held:
    figures: list[Figure] = []
    measured = []
    by_households = False
    for measure in ("households", "people"):
        if known.facts is None:
            figures.append(single(measure, None, bounds, reason="no_database"))
            continue
        values = _shared_out(cells, known.facts[measure])
        if np.isnan(values).all():
            figures.append(single(measure, None, bounds, reason="no_facts"))
            continue
        unjudged = "households_known" if by_households else ""
        made, one = of_each(measure, values, cells, bounds, unjudged=unjudged)
        figures += made
        if not unjudged:
            measured.append(one)
        by_households = measure == "households"
    measured += _of_all(figures, {"ground": cells.ground_m2 / _KM2}, cells, bounds)
    return _held("moderate", figures, cells, measured)


def _comparable(cells: Cells, known: Known, bounds: Bounds) -> Held:
    if known.cases is None or not len(known.cases):
        reason = "no_database" if known.cases is None else "no_cases"
        figures = [
            single(measure, None, bounds, reason=reason)
            for measure in ("cases", "cases_gini", "cases_worst_to_median")
        ]
        return _held("comparable", figures, cells, [])
    counts, elsewhere = _cases(cells, known.cases)
    figures, too_few = [], False
    for group in (Group.ALL, *cells.groups()):
        within = np.full(len(cells), True) if group is Group.ALL else cells.group == group
        some = counts[within & ~np.isnan(counts)]
        chance = gini_by_chance(float(some.mean())) if len(some) else None
        bound = bounds.get("cases_gini", {}).get(group)
        few = "" if bound is None or chance is None or chance <= bound.watch else "too_few_cases"
        too_few |= bool(few)
        spread = single("cases_gini", gini(some), bounds, group=group, reason=few)
        ratio = worst_to_median(some)
        why = few or ("median_zero" if ratio is None else "")
        figures += [
            spread,
            single("cases_gini_by_chance", chance, bounds, group=group),
            single("cases_worst_to_median", ratio, bounds, group=group, reason=why),
        ]
    unjudged = "too_few_cases" if too_few else ""
    made, measured = of_each("cases", counts, cells, bounds, unjudged=unjudged, relative=True)
    figures = [*made, *figures, single("cases_elsewhere", elsewhere, bounds)]
    return _held("comparable", figures, cells, [measured])


def _manageable(cells: Cells, found: Sequence[Fault], bounds: Bounds) -> Held:
    metric = compactness.in_metres(cells.shape)
    figures = [single("parents", _features(found, _PARENTS), bounds)]
    measured = _of_all(
        figures,
        {
            "strays": compactness.strays(cells.shape),
            "polsby_popper": compactness.polsby_popper(metric),
            "length_to_width": compactness.length_to_width(metric),
        },
        cells,
        bounds,
    )
    most = int(pd.Series(cells.parent).value_counts().max()) if len(cells) else None
    figures.append(single("cells_of_community", most, bounds))
    return _held("manageable", figures, cells, measured, _spots(found, _PARENTS))


def _seamless(areas: gpd.GeoDataFrame, found: Sequence[Fault], bounds: Bounds) -> Held:
    spots = _spots(found, _SEAMS, areas)
    figures = []
    for count, ground, kinds in (
        ("gaps", "gap_ground", ("gap", "no_children")),
        ("overlaps", "overlap_ground", ("overlap",)),
        ("outside", "outside_ground", ("outside_parent",)),
    ):
        own = [spot for spot in spots if spot.kind in kinds]
        figures += [
            single(count, len(own), bounds),
            single(ground, sum(spot.area_m2 or 0.0 for spot in own), bounds),
        ]
    wrong = {fault.feature for fault in found if fault.kind not in _SEAMS}
    figures.append(single("left_out", len(wrong - {"file"}), bounds))
    return _held("seamless", figures, None, [], spots)


def _stable(cells: Cells, known: Known, bounds: Bounds) -> Held:
    if known.before is None:
        reason = "no_database" if known.cases is None else "first_layout"
        figures = [
            single(measure, None, bounds, reason=reason)
            for measure in ("cells_unchanged", "ground_unchanged")
        ]
        return _held("stable", figures, cells, [])
    before = cells_of(known.before)
    found, kept = changes(before, cells)
    there = float(before.ground_m2[before.sound].sum())
    if not there:
        return _held(
            "stable", [single("cells_unchanged", None, bounds, reason="nothing")], cells, []
        )
    as_it_was = {row.after[0] for row in found.rows if row.changes == (Change.UNCHANGED,)}
    stays = sum(row.shared_m2 for row in found.rows if len(row.before) == len(row.after) == 1)
    figures = [
        single("cells_unchanged", len(as_it_was) / found.before, bounds),
        single("ground_unchanged", 1.0 if stays > there * _ALL else stays / there, bounds),
        *(single(measure, found.count(change), bounds) for measure, change in _CHANGES.items()),
    ]
    other = np.array([code not in as_it_was for code in cells.code], dtype=np.bool_)
    changed = ~np.isnan(kept) & other
    with np.errstate(divide="ignore"):  # what changed at all is not as it should be: above 1
        badness = np.where(changed, 1.001 / kept, 0.0)
    return _held("stable", figures, cells, [Measured("kept", kept, badness)])


def _held(
    name: str,
    figures: Sequence[Figure],
    cells: Cells | None,
    measured: Sequence[Measured],
    spots: tuple[Spot, ...] = (),
) -> Held:
    verdict = sheet.overall(figure.verdict for figure in figures)
    named = () if cells is None else worst(cells, measured)
    return Held(_PRINCIPLE[name], verdict, tuple(figures), named, spots)


def _of_all(
    figures: list[Figure], of: dict[str, Floats], cells: Cells, bounds: Bounds
) -> list[Measured]:
    """Measures of each cell: their figures are added to those there are."""
    measured = []
    for measure, values in of.items():
        made, one = of_each(measure, values, cells, bounds)
        figures += made
        measured.append(one)
    return measured


def _features(found: Iterable[Fault], kinds: tuple[str, ...]) -> int:
    """How many features have a fault of these kinds."""
    return len({fault.feature for fault in found if fault.kind in kinds})


def _spots(
    found: Iterable[Fault], kinds: tuple[str, ...], areas: gpd.GeoDataFrame | None = None
) -> tuple[Spot, ...]:
    """The faults of these kinds, the largest first; an area without children is all gap."""
    spots = []
    for fault in found:
        if fault.kind not in kinds:
            continue
        lon, lat, size = fault.lon, fault.lat, fault.area_m2
        if fault.kind == "no_children" and areas is not None:
            shape = areas.loc[areas["feature"] == fault.feature, "geometry"].iloc[0]
            if shape is not None and not shape.is_empty:
                inner = shape.representative_point()
                lon, lat, size = inner.x, inner.y, float(square_metres(shape))
        if lon is not None and not np.isfinite(lon):
            lon = lat = None
        spots.append(Spot(fault.kind, fault.feature, fault.code, fault.reason, lon, lat, size))
    return tuple(sorted(spots, key=lambda spot: -(spot.area_m2 or 0.0)))


def _shared_out(cells: Cells, facts: Mapping[str, float]) -> Floats:
    """A fact for each cell: its own, else an equal share of what is known of its community."""
    own = np.array([facts.get(code, np.nan) for code in cells.code], dtype=np.float64)
    frame = pd.DataFrame({"parent": cells.parent, "known": ~np.isnan(own)})
    siblings = frame.groupby("parent")["known"].transform("size").to_numpy()
    mixed = frame.groupby("parent")["known"].transform("any").to_numpy(dtype=bool)
    above = np.array([facts.get(code, np.nan) for code in cells.parent], dtype=np.float64)
    return np.where(mixed, own, above / siblings)


def _cases(cells: Cells, positions: Floats) -> tuple[Floats, int]:
    """Cases of each cell (NaN where its outline cannot hold any), and how many lie in none."""
    sound = np.flatnonzero(cells.sound)
    counts = np.full(len(cells), np.nan)
    if not len(sound):
        return counts, len(positions)
    index = CellIndex(cells.code[sound].tolist(), cells.shape[sound])
    found = index.locate(positions[:, 0], positions[:, 1]).cell
    # The index numbers cells by their codes' order, and so are `cells` ordered.
    counts[sound] = np.bincount(found[found >= 0], minlength=len(sound))
    return counts, int(np.count_nonzero(found < 0))
