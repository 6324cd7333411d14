"""Literal geometries and boxes: checked, turned into degrees of WGS 84, bound as WKB."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import shapely
import shapely.geometry
from psycopg import sql

from geo_data.features.cql2.nodes import only, operation
from geo_data.features.cql2.refusal import POSITIONS, FilterRefused, shown
from geo_data.features.cql2.scope import GEOMETRY

if TYPE_CHECKING:
    from geo_data.features.cql2.scope import Scope

#: How deep the positions of a type stand in its `coordinates`.
_DEPTH = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}
_COLLECTION = "GeometryCollection"
_LEAST_OF_LINE, _LEAST_OF_RING = 2, 4


def spatial(scope: Scope, node: Any, at: str) -> sql.Composable:
    """An operand of a spatial function: the feature's geometry or a literal."""
    if isinstance(node, dict):
        if "property" in node:
            only(node, ("property",), at)
            if node["property"] in GEOMETRY:
                return sql.SQL("f.geom")
            name = shown(node["property"])
            raise FilterRefused(
                at,
                f"{name} is no geometry; the geometry is called {GEOMETRY[0]}",
                f"{name} 不是几何字段；几何字段名为 {GEOMETRY[0]}",
            )
        if "bbox" in node:
            return _bound(scope, _box(scope, node, at))
        if "type" in node:
            return _bound(scope, _Positions(scope).geometry(node, at))
    called = operation(node, at)
    what = shown(called[0]) if called else shown(node)
    raise FilterRefused(
        at,
        f"{what} is no geometry: write {GEOMETRY[0]}, POINT(119.1 36.7), POLYGON((…)) or"
        " BBOX(119, 36, 120, 37)",
        f"{what} 不是几何对象",
    )


def _bound(scope: Scope, geometry: Any) -> sql.Composable:
    wkb = scope.bound(shapely.to_wkb(geometry), "bytea")
    return sql.SQL("public.ST_GeomFromWKB({}, 4326)").format(wkb)


class _Positions:
    """Reads one literal, counting its positions."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._seen = 0

    def geometry(self, node: dict[str, Any], at: str) -> Any:
        """A geometry that is valid by the rules of simple features."""
        kind = node["type"]
        if kind == _COLLECTION:
            only(node, ("type", "geometries"), at)
            parts = node.get("geometries")
            if not isinstance(parts, list) or not parts:
                raise FilterRefused(at, "the geometry is empty", "几何对象为空")
            members = []
            for number, part in enumerate(parts):
                here = f"{at}/geometries/{number}"
                # none within another: neither GeoJSON nor CQL2 want it
                if not isinstance(part, dict) or not _known(part.get("type")):
                    raise FilterRefused(here, "is no geometry", "不是几何对象")
                members.append(self.geometry(part, here))
            return shapely.geometry.GeometryCollection(members)
        if not _known(kind):
            raise FilterRefused(
                at, f"there is no geometry {shown(kind)}", f"没有几何类型 {shown(kind)}"
            )
        only(node, ("type", "coordinates"), at)
        coordinates = self._read(node.get("coordinates"), _DEPTH[kind], f"{at}/coordinates")
        _check_sizes(kind, coordinates, at)
        made = shapely.geometry.shape({"type": kind, "coordinates": coordinates})
        if not shapely.is_valid(made):
            reason = shapely.is_valid_reason(made)
            raise FilterRefused(at, f"the {kind} is not valid: {reason}", f"{kind} 几何无效")
        return made

    def _read(self, given: Any, depth: int, at: str) -> Any:
        if depth == 0:
            self._seen += 1
            if self._seen > POSITIONS:
                raise FilterRefused(
                    at, f"has more than {POSITIONS} positions", f"坐标超过 {POSITIONS} 个"
                )
            return _position(self._scope, given, at)
        if not isinstance(given, list) or not given:
            raise FilterRefused(at, "the geometry is empty or misses brackets", "几何对象为空")
        return [self._read(one, depth - 1, at) for one in given]


def _known(kind: object) -> bool:
    return isinstance(kind, str) and kind in _DEPTH


def _check_sizes(kind: str, coordinates: Any, at: str) -> None:
    if kind in ("LineString", "MultiLineString"):
        lines = [coordinates] if kind == "LineString" else coordinates
        if any(len(line) < _LEAST_OF_LINE for line in lines):
            raise FilterRefused(at, "a line has two positions at least", "线至少有两个点")
    elif kind in ("Polygon", "MultiPolygon"):
        polygons = [coordinates] if kind == "Polygon" else coordinates
        for ring in (ring for polygon in polygons for ring in polygon):
            if len(ring) < _LEAST_OF_RING or ring[0] != ring[-1]:
                raise FilterRefused(
                    at,
                    "a ring has four positions at least, the last as the first",
                    "多边形的环至少有四个点，且首尾相同",
                )


def _position(scope: Scope, given: Any, at: str) -> tuple[float, float]:
    """Longitude and latitude; a height is not looked at."""
    if not isinstance(given, list) or len(given) not in (2, 3):
        raise FilterRefused(at, "a position has two numbers, or three", "坐标由两个或三个数组成")
    first, second, *_ = (_number(one, at) for one in given)
    return _lon_lat(scope, first, second, at)


def _lon_lat(scope: Scope, first: float, second: float, at: str) -> tuple[float, float]:
    lon, lat = scope.lon_lat(first, second)
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):  # noqa: PLR2004 - degrees
        raise FilterRefused(
            at,
            f"there is no position {first:g}, {second:g} in the system of filter-crs",
            f"坐标 {first:g}, {second:g} 超出范围",
        )
    return lon, lat


def _number(given: Any, at: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise FilterRefused(at, f"{shown(given)} is no number", f"{shown(given)} 不是数字")
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FilterRefused(at, "the number is too large", "数字过大")
    return number


def _box(scope: Scope, node: dict[str, Any], at: str) -> Any:
    """West, south, east, north; two boxes where it crosses 180°; a line or point without width."""
    only(node, ("bbox",), at)
    given = node["bbox"]
    here = f"{at}/bbox"
    if not isinstance(given, list) or len(given) not in (4, 6):
        raise FilterRefused(here, "a box has four numbers, or six", "范围由四个或六个数组成")
    numbers = [_number(one, here) for one in given]
    half = len(numbers) // 2
    west, south = _lon_lat(scope, numbers[0], numbers[1], here)
    east, north = _lon_lat(scope, numbers[half], numbers[half + 1], here)
    if south > north:
        raise FilterRefused(here, "the box ends south of where it begins", "范围的北端低于南端")
    if west > east:
        return shapely.union(
            _rectangle(west, south, 180.0, north), _rectangle(-180.0, south, east, north)
        )
    return _rectangle(west, south, east, north)


def _rectangle(west: float, south: float, east: float, north: float) -> Any:
    corners = [(west, south), (east, north)]
    if corners[0] == corners[1]:
        return shapely.Point(corners[0])
    if west == east or south == north:
        return shapely.LineString(corners)
    return shapely.box(west, south, east, north)
