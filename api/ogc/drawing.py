"""A small map of features as shapes of an SVG: nothing is fetched for it, nothing has to run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

WIDTH, HEIGHT = 720, 420
_MARGIN = 24
_METRES_A_DEGREE = 111_320.0
_LEAST_SPAN = 0.002  # degrees that the map shows at least, around a single point
_LONGEST_BAR = 160  # pixels

Position = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A feature as drawn: an SVG path, or points, and where it leads."""

    path: str
    points: tuple[Position, ...]
    closed: bool
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes, where they lie in words, and a scale bar (pixels and words)."""

    shapes: tuple[Shape, ...]
    where: str
    bar: float
    bar_words: str
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Thing:
    """What is to be drawn: a GeoJSON geometry in degrees, longitude first."""

    geometry: dict[str, Any]
    href: str
    title: str


def drawing(things: Sequence[Thing]) -> Drawing | None:
    """All of them on one map that they fill, north up; None where there is nothing to draw."""
    positions = [p for thing in things for line, _ in _lines(thing.geometry) for p in line]
    if not positions:
        return None
    west, east = _span([lon for lon, _ in positions])
    south, north = _span([lat for _, lat in positions])
    shrink = max(0.01, math.cos(math.radians((south + north) / 2)))  # of a degree of longitude
    scale = min(
        (WIDTH - 2 * _MARGIN) / ((east - west) * shrink), (HEIGHT - 2 * _MARGIN) / (north - south)
    )
    left = (WIDTH - (east - west) * shrink * scale) / 2
    top = (HEIGHT - (north - south) * scale) / 2

    def place(position: Position) -> Position:
        x = left + (position[0] - west) * shrink * scale
        return round(x, 1), round(top + (north - position[1]) * scale, 1)

    metres = _round_length(_LONGEST_BAR * _METRES_A_DEGREE / scale)
    return Drawing(
        tuple(_shape(thing, place) for thing in things),
        f"{west:.3f}–{east:.3f}°E {south:.3f}–{north:.3f}°N",
        round(metres * scale / _METRES_A_DEGREE, 1),
        f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m",  # noqa: PLR2004 - a kilometre
    )


def _span(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    missing = max(0.0, _LEAST_SPAN - (high - low)) / 2
    return low - missing, high + missing


def _round_length(longest: float) -> float:
    """The longest of 1, 2, 5 × 10^n metres that fits."""
    power = 10.0 ** math.floor(math.log10(longest))
    return max(step * power for step in (1, 2, 5) if step * power <= longest)


def _shape(thing: Thing, place: Any) -> Shape:
    pieces, points, closed = [], [], False
    for line, ring in _lines(thing.geometry):
        drawn = list(_moved(place(p) for p in line))
        if len(line) == 1:
            points.append(drawn[0])
            continue
        closed = closed or ring
        steps = "L".join(f"{x:g} {y:g}" for x, y in drawn)
        pieces.append(f"M{steps}{'Z' if ring else ''}")
    return Shape("".join(pieces), tuple(points), closed, thing.href, thing.title)


def _moved(places: Iterable[Position]) -> Iterator[Position]:
    """Without places that no eye tells from the one before."""
    before = None
    for place in places:
        if place != before:
            yield place
        before = place


def _lines(geometry: dict[str, Any]) -> Iterator[tuple[list[Position], bool]]:
    """Lines, rings (True) and points (lines of one position) of a geometry."""
    parts = geometry.get("coordinates", [])
    match geometry["type"]:
        case "Point":
            yield [_flat(parts)], False
        case "MultiPoint":
            for part in parts:
                yield [_flat(part)], False
        case "LineString":
            yield [_flat(p) for p in parts], False
        case "MultiLineString":
            for part in parts:
                yield [_flat(p) for p in part], False
        case "Polygon":
            for ring in parts:
                yield [_flat(p) for p in ring], True
        case "MultiPolygon":
            for polygon in parts:
                for ring in polygon:
                    yield [_flat(p) for p in ring], True
        case "GeometryCollection":
            for one in geometry["geometries"]:
                yield from _lines(one)


def _flat(position: Sequence[float]) -> Position:
    return position[0], position[1]
