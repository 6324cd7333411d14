"""A layout: one division of a city into areas, from the city down to its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grid.model import PATH_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd

    #: For rooms that pass areas on and need no geopandas for it.
    Areas = gpd.GeoDataFrame

    #: Called with what is being done, how much of it is done and how much there is.
    Progress = Callable[[str, int, int], None]

#: The levels from the city down to the cell, as the column `level` spells them.
LEVELS: tuple[str, ...] = tuple(level.value for level in PATH_ORDER)
#: The columns of `Layout.areas`, in order.
COLUMNS = ("level", "code", "parent", "name", "path", "ur_class", "synthetic", "geometry")


@dataclass(frozen=True, slots=True)
class Layout:
    """One division of a city.

    `areas` is a GeoDataFrame in WGS 84 (EPSG:4326) with one row an area, from the city down and
    by code within a level: `level`, `code`, `parent` (code, missing for the city), `name`, `path`
    (the codes from the city down, each followed by a slash), `ur_class` (urban–rural class,
    may be missing), `synthetic` (true where the outline was drawn by a program) and `geometry`
    (polygons).
    `seed` is set where the outlines were drawn; `note` holds figures and remarks for people.
    """

    areas: gpd.GeoDataFrame
    name: str
    source: str
    seed: int | None = None
    note: Mapping[str, Any] = field(default_factory=dict)

    def level(self, level: str) -> gpd.GeoDataFrame:
        """The areas of one level, in order of code."""
        return self.areas[self.areas["level"] == level]


def silent(_what: str, _done: int, _total: int) -> None:
    """The progress callback for nobody."""
