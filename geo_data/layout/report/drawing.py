"""What a report shows on maps: the city with its worst places, and each of the worst from near.

Everything is a path in whole tenths of a pixel; who writes the page writes the SVG around it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from grid.cells.metres import METRES_PER_DEGREE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_data.layout.report.cells import Cells
    from grid.layouts.report import Report

#: Width of the map of the city and of a picture from near, in pixels.
_MAP, _NEAR = 960.0, 220.0
#: So many of the worst of each principle are numbered on the map and drawn from near.
DRAWN = 3
#: Degrees: half of a pixel on the map of a city of a degree.
_TOLERANCE = 0.001
#: The least that a picture shows, in metres, and how much room there is around its subject.
_LEAST_M, _ROOM = 120.0, 1.8
#: A label's box in pixels, and how far from its place it may stand.
_LABEL, _AWAY = (26.0, 16.0), (16.0, 28.0, 42.0, 60.0, 80.0)


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the map: where it is, and where its number stands (None: only a dot)."""

    x: float
    y: float
    beyond: bool
    label: str | None = None
    label_x: float = 0.0
    label_y: float = 0.0


@dataclass(frozen=True, slots=True)
class CityMap:
    """The city: districts as (name, path, x, y of the name), and marks."""

    width: float
    height: float
    districts: tuple[tuple[str, str, float, float], ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A place from near: ground of the city, cells around, the cell itself, what is covered twice.

    All paths; ground that shows through where no cell lies is a gap. `bar` is the length of the
    scale bar in pixels, `metres` what it stands for; `cross` a point to look at.
    """

    size: float
    ground: str
    around: tuple[str, ...]
    subject: str
    twice: str
    cross: tuple[float, float] | None
    bar: float
    metres: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """Degrees to pixels: north up, a degree of longitude as long as it is in the middle."""

    west: float
    north: float
    across: float  # pixels a degree of longitude
    down: float  # pixels a degree of latitude

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (
            round((lon - self.west) * self.across, 1),
            round((self.north - lat) * self.down, 1),
        )

    def path(self, shape: Any) -> str:
        """The `d` of a polygon or several; rings without ground after rounding are left out."""
        rings = shapely.get_rings(shapely.get_parts(shape)) if shape is not None else []
        told = []
        for ring in rings:
            points = shapely.get_coordinates(ring)[:-1]
            x = np.rint((points[:, 0] - self.west) * self.across * 10.0) / 10.0
            y = np.rint((self.north - points[:, 1]) * self.down * 10.0) / 10.0
            moved = np.append(True, (np.diff(x) != 0.0) | (np.diff(y) != 0.0))
            corners = [f"{a:g},{b:g}" for a, b in zip(x[moved], y[moved], strict=True)]
            if len(corners) > 2:  # noqa: PLR2004 - a ring has three corners
                told.append(f"M{'L'.join(corners)}Z")
        return "".join(told)


def city_map(areas: gpd.GeoDataFrame, report: Report) -> CityMap:
    """The districts with the worst places of every principle, numbered 1.1 … 6.3."""
    districts = areas[areas["level"] == "district"]
    shapes = districts["geometry"].to_numpy(dtype=object)
    whole = np.isin(shapely.get_type_id(shapes), (3, 6)) & shapely.is_valid(shapes)
    whole &= ~shapely.is_empty(shapes)
    names, shapes = districts["name"].fillna("").to_numpy()[whole], shapes[whole]
    if not len(shapes):
        return CityMap(_MAP, 0.0, (), ())
    west, south, east, north = shapely.total_bounds(shapes)
    frame, height = _frame(west, south, east, north, _MAP)
    smooth = shapely.coverage_simplify(shapes, (north - south) * _TOLERANCE)
    inner = shapely.point_on_surface(smooth)
    drawn = tuple(
        (str(name), frame.path(shape), *frame.at(point.x, point.y))
        for name, shape, point in zip(names, smooth, inner, strict=True)
    )
    taken = [(x, y) for _, _, x, y in drawn]
    return CityMap(_MAP, height, drawn, tuple(_marks(frame, height, report, taken)))


def near_cell(areas: gpd.GeoDataFrame, cells: Cells, tree: Any, code: str) -> Near | None:
    """A cell with what lies around it; None where it has no outline."""
    at = np.flatnonzero((cells.code == code) & ~np.isnan(cells.ground_m2))
    if not len(at):
        return None
    shape = cells.shape[at[0]]
    west, south, east, north = shapely.bounds(shape)
    flat = float(np.cos(np.radians((south + north) / 2.0)))
    wide = max((east - west) * flat, north - south) * METRES_PER_DEGREE
    middle = ((west + east) / 2.0, (south + north) / 2.0)
    return _near(areas, cells, tree, middle, wide, int(at[0]), cross=False)


def near_spot(
    areas: gpd.GeoDataFrame, cells: Cells, tree: Any, lon: float, lat: float, area_m2: float
) -> Near:
    """A place with what lies around it; `area_m2` is how big what is wrong there is."""
    return _near(areas, cells, tree, (lon, lat), 3.0 * area_m2**0.5, None, cross=True)


def _near(
    areas: gpd.GeoDataFrame,
    cells: Cells,
    tree: Any,
    middle: tuple[float, float],
    wide_m: float,
    subject: int | None,
    *,
    cross: bool,
) -> Near:
    """A square around the middle, in which everything is cut off."""
    half = max(wide_m * _ROOM, _LEAST_M) / 2.0 / METRES_PER_DEGREE
    flat = float(np.cos(np.radians(middle[1])))
    box = (middle[0] - half / flat, middle[1] - half, middle[0] + half / flat, middle[1] + half)
    frame, _ = _frame(*box, _NEAR)
    inside = np.sort(tree.query(shapely.box(*box)))
    cut = shapely.clip_by_rect(cells.shape[inside], *box)
    cities = areas.loc[areas["level"] == "city", "geometry"].to_numpy(dtype=object)
    ground = shapely.clip_by_rect(cities, *box) if shapely.is_valid(cities).all() else []
    metres = _round_length(2.0 * half * METRES_PER_DEGREE / 3.0)
    return Near(
        size=_NEAR,
        ground="".join(frame.path(shape) for shape in ground),
        around=tuple(
            frame.path(shape) for i, shape in zip(inside, cut, strict=True) if i != subject
        ),
        subject="" if subject is None else frame.path(cells.shape[subject]),
        twice=_twice(frame, cut),
        cross=frame.at(*middle) if cross else None,
        bar=round(metres / METRES_PER_DEGREE * frame.down, 1),
        metres=metres,
    )


def _twice(frame: _Frame, shapes: NDArray[Any]) -> str:
    """Ground that two of the shapes cover."""
    one, other = np.triu_indices(len(shapes), 1)
    common = shapely.intersection(shapes[one], shapes[other])
    return "".join(frame.path(shape) for part in common for shape in _polygons(part))


def _polygons(shape: Any) -> Iterable[Any]:
    return (part for part in shapely.get_parts(shape) if part.geom_type == "Polygon")


def _frame(
    west: float, south: float, east: float, north: float, width: float
) -> tuple[_Frame, float]:
    """A frame of that width, and its height."""
    across = width / (east - west)
    down = across / float(np.cos(np.radians((south + north) / 2.0)))
    return _Frame(west, north, across, down), round((north - south) * down, 1)


def _marks(
    frame: _Frame, height: float, report: Report, taken: list[tuple[float, float]]
) -> Iterable[Mark]:
    """The worst of each principle; labels go where no other label or name stands."""
    places = []
    for number, held in enumerate(report.held, 1):
        worst = [(cell.lon, cell.lat, cell.beyond) for cell in held.worst]
        worst = [(spot.lon, spot.lat, True) for spot in held.spots] + worst
        for rank, (lon, lat, beyond) in enumerate(worst[: max(DRAWN, len(held.worst))], 1):
            if lon is not None and lat is not None and np.isfinite(lon):
                label = f"{number}.{rank}" if rank <= DRAWN else None
                places.append((*frame.at(lon, lat), beyond, label))
    for x, y, beyond, label in places:
        if label is None:
            yield Mark(x, y, beyond)
            continue
        room = _room(x, y, taken, height)
        taken.append(room)
        yield Mark(x, y, beyond, label, *room)


def _room(
    x: float, y: float, taken: Sequence[tuple[float, float]], height: float
) -> tuple[float, float]:
    """The nearest place for a label's middle that touches no other one and stays on the map."""
    wide, high = _LABEL
    ways = [(1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)]
    for away, (dx, dy) in product(_AWAY, ways):
        to = (round(x + dx * (away + wide / 4), 1), round(y + dy * away, 1))
        free = all(abs(to[0] - a) > wide or abs(to[1] - b) > high for a, b in taken)
        if free and wide / 2 < to[0] < _MAP - wide / 2 and high / 2 < to[1] < height - high / 2:
            return to
    return x + wide, y


def _round_length(metres: float) -> int:
    """The largest of 1, 2, 5, 10, 20 … that is not longer."""
    power = 10.0 ** np.floor(np.log10(metres))
    return max(1, int(next(n for n in (5, 2, 1) if n * power <= metres * 1.000001) * power))
