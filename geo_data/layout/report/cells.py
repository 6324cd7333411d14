"""The cells of a layout as columns, whatever is wrong with some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_data.layout.check import square_metres
from grid.layouts.principles import Group

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Texts = NDArray[Any]

_GROUPS = {"1": Group.URBAN, "2": Group.RURAL}
_POLYGONS = (3, 6)


@dataclass(frozen=True, slots=True)
class Cells:
    """n cells in order of code; arrays of length n.

    `name` is empty where there is none; `place` the names of the areas above, from the district
    down; `shape` None where the outline is missing, no polygon or not valid, `ground_m2`, `lon`,
    `lat` then NaN; `sound` are those with an outline and a code that no other cell has.
    """

    code: Texts
    name: Texts
    parent: Texts
    path: Texts
    place: Texts
    group: Texts
    shape: Texts
    ground_m2: Floats
    lon: Floats
    lat: Floats
    sound: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.code)

    def groups(self) -> list[Group]:
        """The classes that there are, urban first."""
        there = set(self.group)
        return [group for group in Group if group in there]


def cells_of(areas: gpd.GeoDataFrame) -> Cells:
    """The cells out of all areas: level, code, parent, name, ur_class and geometry (WGS 84)."""
    above = areas[areas["level"] != "grid"].drop_duplicates("code").set_index("code")
    cells = areas[areas["level"] == "grid"].sort_values("code", kind="stable", ignore_index=True)
    code, name, parent, urban = (
        cells[column].fillna("").astype(str).to_numpy(dtype=object)
        for column in ("code", "name", "parent", "ur_class")
    )
    name = np.where(name == code, "", name)
    parent_of = dict(zip(above.index, above["parent"], strict=True))
    chains = {parent: _chain(parent, parent_of) for parent in set(parent)}
    names = dict(zip(above.index, above["name"].fillna(""), strict=True))
    shape = cells["geometry"].to_numpy(dtype=object).copy()
    whole = np.isin(shapely.get_type_id(shape), _POLYGONS) & ~shapely.is_empty(shape)
    whole &= shapely.is_valid(shape) & (np.abs(shapely.bounds(shape)) <= [180, 90, 180, 90]).all(1)
    shape[~whole] = None
    inner = shapely.point_on_surface(shape)
    return Cells(
        code=code,
        name=name,
        parent=parent,
        path=np.array([f"{'/'.join([*chains[p], c])}/" for p, c in zip(parent, code, strict=True)]),
        place=np.array([" ".join(str(names[c]) for c in chains[p][1:]) for p in parent]),
        group=np.array([_GROUPS.get(u[:1], Group.UNCLASSED) for u in urban], dtype=object),
        shape=shape,
        ground_m2=np.where(whole, square_metres(shape), np.nan),
        lon=shapely.get_x(inner),
        lat=shapely.get_y(inner),
        sound=whole & (code != "") & ~pd.Series(code).duplicated(keep=False).to_numpy(),
    )


def _chain(code: str, parent_of: Mapping[str, Any]) -> list[str]:
    """The known codes from the top down to this one; a circle of parents ends where it closes."""
    chain: list[str] = []
    while code in parent_of and code not in chain:
        chain.append(code)
        parent = parent_of[code]
        code = parent if isinstance(parent, str) else ""
    return chain[::-1]
