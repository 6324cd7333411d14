"""Anyone's layout from a file: GeoJSON, GeoPackage or GeoParquet, in any declared CRS."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo_data.layout.check import TOLERANCE_M2, Fault, faults
from geo_data.layout.model import COLUMNS, LEVELS, Layout, silent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from geo_data.layout.model import Progress

_PARQUET = (".parquet", ".geoparquet")
_FORMATS = {".geojson": "GeoJSON", ".json": "GeoJSON", ".gpkg": "GPKG"}


class BadLayout(ValueError):
    """A layout that cannot be taken, with everything that is wrong with it."""

    def __init__(self, found: list[Fault]) -> None:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        super().__init__(f"{found[0]}{more}")
        self.faults = found


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns are called in the file.

    `levels` maps the file's words for levels to ours (`{"网格": "grid"}`); a word that is not in
    it stands for itself. A GeoPackage without a level column has one layer a level. `name` and
    `ur_class` may be absent; a column `synthetic` is kept where there is one.
    """

    level: str = "level"
    code: str = "code"
    parent: str = "parent"
    name: str = "name"
    ur_class: str = "ur_class"
    levels: Mapping[str, str] = field(default_factory=dict)


def load(
    path: Path,
    columns: Columns | None = None,
    *,
    name: str | None = None,
    tolerance_m2: float = TOLERANCE_M2,
    progress: Progress = silent,
) -> Layout:
    """Read and check a layout; a good one is returned whole.

    `name` is the layout's name, by default that of its city. Raises BadLayout with every fault
    found, OSError where the file cannot be opened.
    """
    progress(f"reading {path.name}", 0, 1)
    areas = read(path, columns or Columns())
    found = faults(areas, tolerance_m2, progress)
    if found:
        raise BadLayout(found)
    return _layout(areas, name, path.name)


def read(path: Path, columns: Columns) -> gpd.GeoDataFrame:
    """The file's features with our column names, in WGS 84, unchecked.

    Adds `feature`, what each is called in messages. Raises BadLayout where the file as a whole
    cannot be understood.
    """
    frames = [
        _renamed(_in_wgs84(frame, layer), columns, layer) for layer, frame in _layers(path).items()
    ]
    return pd.concat(frames, ignore_index=True)


def _layers(path: Path) -> dict[str, gpd.GeoDataFrame]:
    """The file's layers by name; a format with a single one calls it by the file's name."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    ending = path.suffix.lower()
    try:
        with warnings.catch_warnings():
            # GDAL's remarks about single features become faults with their names later on.
            warnings.simplefilter("ignore")
            if ending in _PARQUET:
                return {"": gpd.read_parquet(path)}
            if ending not in _FORMATS:
                known = ", ".join([*_FORMATS, *_PARQUET])
                raise _bad("unknown_format", f"{path.name} is none of {known}")
            layers = [str(layer[0]) for layer in pyogrio.list_layers(path)]
            frames = {
                layer: gpd.read_file(path, layer=layer, on_invalid="ignore") for layer in layers
            }
    except (pyogrio.errors.DataSourceError, ValueError, KeyError) as error:
        if isinstance(error, BadLayout):
            raise
        raise _bad("unreadable", f"{path.name} cannot be read: {error}") from error
    return frames if len(frames) > 1 else {"": frames[layers[0]]}


def _in_wgs84(frame: Any, layer: str) -> gpd.GeoDataFrame:
    where = f"layer {layer}: " if layer else ""
    if not isinstance(frame, gpd.GeoDataFrame):
        raise _bad("empty_geometry", f"{where}has no geometries")
    if frame.crs is None:
        reason = f"{where}declares no coordinate reference system; say which it is in the file"
        raise _bad("no_crs", reason)
    frame = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=frame.crs)
    return frame if frame.crs.equals("EPSG:4326") else frame.to_crs("EPSG:4326")


def _renamed(frame: gpd.GeoDataFrame, columns: Columns, layer: str) -> gpd.GeoDataFrame:
    """Our columns out of the file's; what a feature is called in messages."""
    prefix = f"layer {layer}, " if layer else ""
    known: dict[str, Any] = {
        "feature": [f"{prefix}feature {i + 1}" for i in range(len(frame))],
        "geometry": frame.geometry.to_numpy(),
    }
    for ours in ("level", "code", "parent", "name", "ur_class"):
        theirs = getattr(columns, ours)
        if theirs in frame.columns:
            known[ours] = [_text(value) for value in frame[theirs]]
        elif ours == "level" and layer:
            known[ours] = [layer] * len(frame)
        elif ours in ("name", "ur_class"):
            known[ours] = [None] * len(frame)
        else:
            there = ", ".join(str(c) for c in frame.columns if c != frame.geometry.name)
            reason = f"{prefix}no column {theirs!r} for the {ours}; there are: {there}"
            raise _bad("no_column", reason)
    drawn = frame["synthetic"] if "synthetic" in frame.columns else [False] * len(frame)
    known["synthetic"] = [bool(d) and d == d for d in drawn]  # noqa: PLR0124 - NaN is not true
    known["level"] = [columns.levels.get(v, v) for v in known["level"]]
    return gpd.GeoDataFrame(known, geometry="geometry", crs="EPSG:4326")


def _text(value: Any) -> str | None:
    """A field as text; whole numbers without the decimals that missing values bring."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _layout(areas: gpd.GeoDataFrame, name: str | None, source: str) -> Layout:
    """A layout out of areas without fault: paths, order, names where there are none."""
    parent_of = dict(zip(areas["code"], areas["parent"], strict=True))
    paths = []
    for code in areas["code"]:
        chain = [code]
        while isinstance(above := parent_of[chain[-1]], str) and above:
            chain.append(above)
        paths.append("/".join(reversed(chain)) + "/")
    areas = areas.assign(
        path=paths,
        parent=[p if isinstance(p, str) and p else None for p in areas["parent"]],
        name=[
            n if isinstance(n, str) and n else c
            for n, c in zip(areas["name"], areas["code"], strict=True)
        ],
        rank=[LEVELS.index(level) for level in areas["level"]],
    )
    ordered = areas.sort_values(["rank", "code"], ignore_index=True)
    city = str(ordered["name"].iloc[0])
    return Layout(ordered[list(COLUMNS)], name or city, source)


def _bad(kind: str, reason: str) -> BadLayout:
    return BadLayout([Fault(kind, "file", None, reason)])
