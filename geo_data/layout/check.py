"""What can be wrong with a layout, feature by feature, with place and size.

A layout is right when every area has a code, a level and one valid outline, every area below the
city lies under a parent one level up, siblings do not overlap, and children fill their parent.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_data.layout.model import LEVELS, silent
from grid.cells.metres import METRES_PER_DEGREE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_data.layout.model import Progress

#: Overlaps and gaps up to this size (m²) are rounding, not faults.
TOLERANCE_M2 = 1.0
_PLACE = re.compile(r"\[(\S+) (\S+)\]")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    `kind` is stable (see docs/reference/layout.md); `feature` names the feature in its file, `code`
    the area where it has one; `lon`, `lat` (WGS 84) say where, `area_m2` how big, where that
    makes sense.
    """

    kind: str
    feature: str
    code: str | None
    reason: str
    lon: float | None = None
    lat: float | None = None
    area_m2: float | None = None

    def __str__(self) -> str:
        code = f" ({self.code})" if self.code else ""
        place = f", at {self.lon:.6f} {self.lat:.6f}" if self.lon is not None else ""
        size = f", {self.area_m2:,.1f} m²" if self.area_m2 is not None else ""
        return f"{self.feature}{code}: {self.reason}{size}{place}"


def faults(
    areas: gpd.GeoDataFrame, tolerance_m2: float = TOLERANCE_M2, progress: Progress = silent
) -> list[Fault]:
    """Everything that is wrong with a layout; an empty list where nothing is.

    `areas` is in WGS 84 with the columns level, code, parent, geometry and feature (what the
    feature is called in messages). Borders are only compared between areas that are right in
    themselves, and gaps only looked for where every child is, so that one fault does not bring
    a hundred others.
    """
    progress("checking codes, outlines, parents", 0, 3)
    found = [*_fields(areas), *_outlines(areas), *_hierarchy(areas)]
    wrong = areas["feature"].isin({f.feature for f in found if f.kind != "no_children"})
    sound, incomplete = areas[~wrong], set(areas["parent"][wrong])
    progress("checking overlaps", 1, 3)
    found += _overlaps(sound, tolerance_m2)
    progress("checking gaps", 2, 3)
    found += _gaps(sound, incomplete, tolerance_m2)
    progress("checked", 3, 3)
    return found


def figures(areas: gpd.GeoDataFrame) -> dict[str, dict[str, float]]:
    """For each level the number of areas, how many are drawn, and their sizes (km²)."""
    told = {}
    for level in LEVELS:
        same = areas[areas["level"] == level]
        size = square_metres(same["geometry"].to_numpy()) / 1e6
        told[level] = {
            "areas": len(same),
            "synthetic": int(same["synthetic"].sum()),
            "least_km2": float(size.min()),
            "median_km2": float(np.median(size)),
            "most_km2": float(size.max()),
        }
    return told


def square_metres(geometry: Any) -> Any:
    """Area of WGS 84 polygons: degrees scaled at the middle of each (scalar or array)."""
    box = shapely.bounds(geometry)
    middle = np.radians((box[..., 1] + box[..., 3]) / 2.0)
    return shapely.area(geometry) * METRES_PER_DEGREE**2 * np.cos(middle)


def _fields(areas: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Codes and levels that are missing, unknown or there twice."""
    first: dict[str, str] = {}
    for feature, code, level in zip(areas["feature"], areas["code"], areas["level"], strict=True):
        if not isinstance(code, str) or not code or "/" in code or code != code.strip():
            yield Fault("bad_code", feature, None, f"the code {code!r} is empty, or has a slash")
            continue
        if level not in LEVELS:
            reason = f"the level {level!r} is none of {', '.join(LEVELS)}"
            yield Fault("bad_level", feature, code, reason)
        if code in first:
            reason = f"the code is taken by {first[code]}"
            yield Fault("duplicate_code", feature, code, reason)
        first.setdefault(code, feature)
    cities = int((areas["level"] == "city").sum())
    if cities != 1:
        yield Fault("no_single_city", "file", None, f"{cities} areas of level city, not one")


def _outlines(areas: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Geometries that are missing, no polygons, outside the world or not valid."""
    for feature, code, geometry in zip(
        areas["feature"], areas["code"], areas["geometry"], strict=True
    ):
        if geometry is None or shapely.is_empty(geometry):
            yield Fault("empty_geometry", feature, code, "the geometry is empty")
            continue
        box = np.array(shapely.bounds(geometry))
        if not (np.abs(box) <= (180.0, 90.0, 180.0, 90.0)).all():
            reason = f"the coordinates leave the world: {', '.join(f'{b:g}' for b in box)}"
            yield Fault("outside_world", feature, code, reason)
        elif geometry.geom_type not in ("Polygon", "MultiPolygon"):
            reason = f"the geometry is a {geometry.geom_type}, not a polygon"
            yield Fault("no_polygon", feature, code, reason, *_at(geometry))
        elif not shapely.is_valid(geometry):
            said = shapely.is_valid_reason(geometry)
            place = _PLACE.search(said)
            lon, lat = (float(place[1]), float(place[2])) if place else _at(geometry)
            reason = f"the outline is not valid: {_PLACE.sub('', said).strip().lower()}"
            yield Fault("invalid_outline", feature, code, reason, lon, lat)


def _hierarchy(areas: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Parents that are missing or not one level up, and areas above the cells with no children."""
    level_of = dict(zip(areas["code"], areas["level"], strict=True))
    with_children = set(areas["parent"])
    for feature, code, level, parent in zip(
        areas["feature"], areas["code"], areas["level"], areas["parent"], strict=True
    ):
        if level not in LEVELS:
            continue
        above = LEVELS[LEVELS.index(level) - 1] if level != "city" else None
        if above is None:
            if isinstance(parent, str) and parent:
                reason = f"the city has the parent {parent}, and cannot have one"
                yield Fault("missing_parent", feature, code, reason)
        elif not isinstance(parent, str) or not parent:
            yield Fault("missing_parent", feature, code, f"names no parent ({above})")
        elif parent not in level_of:
            yield Fault("missing_parent", feature, code, f"the parent {parent} is not in the file")
        elif level_of[parent] != above:
            reason = f"the parent {parent} is of level {level_of[parent]}, not {above}"
            yield Fault("missing_parent", feature, code, reason)
        if level != "grid" and code not in with_children:
            below = LEVELS[LEVELS.index(level) + 1]
            yield Fault("no_children", feature, code, f"no {below} names it as its parent")


def _overlaps(areas: gpd.GeoDataFrame, tolerance_m2: float) -> Iterator[Fault]:
    """Pairs of areas of one level that share ground."""
    for level in LEVELS[1:]:
        same = areas[areas["level"] == level]
        shapes = same["geometry"].to_numpy()
        if not len(same) or shapely.coverage_is_valid(shapes):
            continue
        suspects = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
        one, other = shapely.STRtree(shapes).query(shapes[suspects], predicate="intersects")
        one = suspects[one]
        pairs = np.unique(np.sort(np.column_stack([one, other])[one != other], axis=1), axis=0)
        common = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
        size = square_metres(common)
        for i in np.flatnonzero(size > tolerance_m2):
            row, twin = same.iloc[pairs[i, 0]], same.iloc[pairs[i, 1]]
            reason = f"overlaps {twin['feature']} ({twin['code']})"
            where = _at(common[i])
            yield Fault("overlap", row["feature"], row["code"], reason, *where, float(size[i]))


def _gaps(areas: gpd.GeoDataFrame, incomplete: set[str], tolerance_m2: float) -> Iterator[Fault]:
    """Ground of a parent that no child covers, and of children outside their parent."""
    children = areas[areas["parent"].isin(set(areas["code"]) - incomplete)]
    children = children.sort_values("parent", kind="stable", ignore_index=True)
    shapes = children["geometry"].to_numpy()
    codes, starts = np.unique(children["parent"].to_numpy(dtype=object), return_index=True)
    groups = np.split(np.arange(len(shapes)), starts[1:]) if len(codes) else []
    united = np.array([_united(shapes[group]) for group in groups], dtype=object)
    parents = areas.set_index("code").loc[codes]
    outlines = parents["geometry"].to_numpy()
    bare, beyond = shapely.difference(outlines, united), shapely.difference(united, outlines)
    for i in np.flatnonzero(shapely.area(bare) + shapely.area(beyond) > 0.0):
        feature, group = parents["feature"].iloc[i], groups[i]
        for _, where, size in _pieces(bare[i], tolerance_m2):
            yield Fault("gap", feature, codes[i], "no child covers a part of it", *where, size)
        for part, where, size in _pieces(beyond[i], tolerance_m2):
            common = shapely.area(shapely.intersection(shapes[group], part))
            child = children.iloc[group[int(np.argmax(common))]]
            reason = f"its children reach beyond it: {child['feature']} ({child['code']})"
            yield Fault("outside_parent", feature, codes[i], reason, *where, size)


def _pieces(geometry: Any, tolerance_m2: float) -> Iterator[tuple[Any, tuple[float, float], float]]:
    """The parts larger than the tolerance, each with a point inside and its size in m²."""
    for part in shapely.get_parts(geometry):
        size = float(square_metres(part))
        if size > tolerance_m2:
            yield part, _at(part), size


def _united(shapes: NDArray[Any]) -> Any:
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


def _at(geometry: Any) -> tuple[float, float]:
    point = shapely.point_on_surface(geometry)
    lon, lat = float(shapely.get_x(point)), float(shapely.get_y(point))
    return (lon, lat) if math.isfinite(lon) else (math.nan, math.nan)
