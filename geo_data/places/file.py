"""A file of places: GeoJSON, GeoPackage, GeoParquet or shapefile, read and checked whole."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo_data.places.kinds import kinds
from geo_data.row_faults import BadRows, RowFault, not_empty, whole
from grid.team_sheet import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PARQUET = (".parquet", ".geoparquet")
_FORMATS = (".geojson", ".json", ".gpkg", ".shp")
_MOST_CHARACTERS = 200
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns are called in the file, and what holds for all its rows.

    `words` maps the file's words for kinds to ours (`{"学校": "school"}`). `kind_of_all` is the
    kind of every row of a file without such a column. Without a column `code` a place is known by
    what stands in its row.
    """

    code: str = "code"
    kind: str = "kind"
    name: str = "name"
    owner: str = "owner"
    valid_from: str = "valid_from"
    valid_to: str = "valid_to"
    words: Mapping[str, str] = field(default_factory=dict)
    kind_of_all: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A place as its file gives it; `wkb` is its geometry (WGS 84), `digest` tells two apart."""

    code: str
    kind: str
    name: str
    owner: str
    wkb: bytes
    valid_from: datetime | None
    valid_to: datetime | None
    digest: bytes


def read(
    path: Path,
    box: tuple[float, float, float, float],
    columns: Columns | None = None,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    empty: bool = False,
) -> list[Given]:
    """The places of a file, all of them right; none at all only where `empty` is meant.

    `box` is the city's (west, south, east, north, degrees). Raises BadRows with every fault,
    OSError where the file cannot be opened.
    """
    columns = columns or Columns()
    frame = _in_wgs84(_frame(path, layer, encoding))
    if not empty:
        not_empty(len(frame))
    cells = _cells(frame, columns)
    with np.errstate(invalid="ignore"):  # what is no number is told below
        shapes = shapely.normalize(shapely.force_2d(frame.geometry.to_numpy()))
    faults = [*_shape_faults(shapes, box)]
    given: list[Given] = []
    for number, shape in enumerate(shapes, 1):
        row = {ours: cells[ours][number - 1] for ours in cells}
        given.append(_given(number, row, shape, columns, faults))
    faults += _duplicates(given, columns)
    if faults:
        raise BadRows(faults)
    return given


def _frame(path: Path, layer: str | None, encoding: str | None) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    ending = path.suffix.lower()
    try:
        with warnings.catch_warnings():
            # GDAL's remarks about single features become faults with their rows later on.
            warnings.simplefilter("ignore")
            if ending in _PARQUET:
                return gpd.read_parquet(path)
            if ending not in _FORMATS:
                known = ", ".join([*_FORMATS, *_PARQUET])
                raise whole("unknown_format", f"{path.name} is none of {known}")
            layers = [str(one[0]) for one in pyogrio.list_layers(path)]
            if layer is None and len(layers) != 1:
                raise whole("layers", f"name one of the layers: {', '.join(layers)}", "layer")
            if layer is not None and layer not in layers:
                raise whole("layers", f"there are: {', '.join(layers)}", "layer", layer)
            return gpd.read_file(path, layer=layer, encoding=encoding, on_invalid="ignore")
    except (pyogrio.errors.DataSourceError, ValueError, KeyError, LookupError) as error:
        if isinstance(error, BadRows):
            raise
        raise whole("unreadable", f"{path.name} cannot be read: {error}") from error


def _in_wgs84(frame: Any) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise whole("no_geometry", "the file has no geometries")
    if frame.crs is None:
        raise whole("no_crs", "declares no coordinate reference system; say which it is in it")
    return frame if frame.crs.equals("EPSG:4326") else frame.to_crs("EPSG:4326")


def _cells(frame: gpd.GeoDataFrame, columns: Columns) -> dict[str, list[str]]:
    """Our columns out of the file's, as text; what it has not is empty, `code` is left out."""
    there = [str(name) for name in frame.columns if name != frame.geometry.name]
    cells: dict[str, list[str]] = {}
    for ours in ("code", "kind", "name", "owner", "valid_from", "valid_to"):
        theirs = getattr(columns, ours)
        if theirs in there:
            cells[ours] = [_text(value) for value in frame[theirs]]
        elif theirs != getattr(Columns(), ours) or (ours == "kind" and not columns.kind_of_all):
            raise whole("no_column", f"no such column; there are: {', '.join(there)}", theirs)
        elif ours != "code":
            cells[ours] = [""] * len(frame)
    if columns.kind_of_all:
        cells["kind"] = [columns.kind_of_all] * len(frame)
    return cells


def _text(value: Any) -> str:
    """A cell as text; whole numbers without the decimals that missing values bring."""
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        moment = value.to_pydatetime(warn=False)
        midnight = moment.tzinfo is None and moment.time() == datetime.min.time()
        return str(moment.date().isoformat() if midnight else moment.isoformat())
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip()


def _shape_faults(shapes: Any, box: tuple[float, float, float, float]) -> Iterator[RowFault]:
    west, south, east, north = box
    for number, shape in enumerate(shapes, 1):
        if shape is None or shape.is_empty:
            yield RowFault("empty_geometry", number, "geometry", "", "there is no geometry")
            continue
        bounds = shape.bounds
        told = " ".join(f"{side:.6f}" for side in bounds)
        if not np.isfinite(bounds).all():
            yield RowFault("bad_geometry", number, "geometry", told, "coordinates are no numbers")
        elif not shapely.is_valid(shape):
            why = str(shapely.is_valid_reason(shape))
            yield RowFault(
                "bad_geometry", number, "geometry", "", f"the geometry is invalid: {why}"
            )
        elif bounds[0] < west or bounds[1] < south or bounds[2] > east or bounds[3] > north:
            city = " ".join(f"{side:.6f}" for side in box)
            reason = f"lies outside the city's box {city}: is its reference system right?"
            yield RowFault("outside_city", number, "geometry", told, reason)


def _given(
    number: int, row: dict[str, str], shape: Any, columns: Columns, faults: list[RowFault]
) -> Given:
    """The place of a row; what is wrong with it goes to `faults`."""

    def wrong(kind: str, ours: str, reason: str) -> None:
        faults.append(RowFault(kind, number, getattr(columns, ours), row[ours], reason))

    kind = columns.words.get(row["kind"], row["kind"])
    if kind not in kinds():
        wrong("unknown_kind", "kind", f"the kind is none of {', '.join(kinds())}")
    for ours in row.keys() & {"code", "name", "owner"}:
        if len(row[ours]) > _MOST_CHARACTERS:
            wrong("too_long", ours, f"is longer than {_MOST_CHARACTERS} characters")
        elif not row[ours].isprintable():
            wrong("bad_text", ours, "has characters that cannot be shown")
    moments: dict[str, datetime | None] = {"valid_from": None, "valid_to": None}
    for ours, after in (("valid_from", timedelta(0)), ("valid_to", _DAY)):
        try:
            moments[ours] = moment_of(row[ours], after) if row[ours] else None
        except (ValueError, OverflowError):
            wrong("bad_date", ours, "is no day (2026-01-31) and no time with its offset")
    begin, end = moments["valid_from"], moments["valid_to"]
    if begin is not None and end is not None and end <= begin:
        wrong("bad_date", "valid_to", f"ends before it begins ({row['valid_from']})")
    wkb = b"" if shape is None else bytes(shapely.to_wkb(shape, byte_order=1))
    content = hashlib.sha256()
    for part in (kind, row["name"], row["owner"], row["valid_from"], row["valid_to"]):
        content.update(part.encode("utf-8", "replace") + b"\0")
    content.update(wkb)
    code = row.get("code")
    if code == "":
        wrong("no_code", "code", "has no code, though the file has a column for it")
    return Given(
        code or content.hexdigest()[:20],
        kind,
        row["name"],
        row["owner"],
        wkb,
        begin,
        end,
        content.digest(),
    )


def _duplicates(given: list[Given], columns: Columns) -> Iterator[RowFault]:
    first: dict[str, int] = {}
    for number, one in enumerate(given, 1):
        before = first.setdefault(one.code, number)
        if before != number:
            reason = f"stands in row {before} already"
            yield RowFault("duplicate", number, columns.code, one.code, reason)
