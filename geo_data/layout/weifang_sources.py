"""The real part of Weifang's layout: names, codes, hierarchy, counties' outlines."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Where metres are metres in Weifang: UTM zone 50 north.
METRIC = "EPSG:32650"
#: Streets of statistical zones without an outline of their own lie in this county.
_COUNTY_OF_ZONE = {"370772": "370703"}
_TO_METRIC = pyproj.Transformer.from_crs("EPSG:4326", METRIC, always_xy=True).transform


@dataclass(frozen=True, slots=True)
class Village:
    """A village or community; `point` in metres where one is known, shape (2,)."""

    code: str
    name: str
    street: str
    ur_class: str | None
    point: NDArray[np.float64] | None


@dataclass(frozen=True, slots=True)
class Street:
    """A street or town with its county; `zone` are the first six digits of its own code."""

    code: str
    name: str
    zone: str
    county: str
    point: NDArray[np.float64] | None
    villages: tuple[Village, ...]


@dataclass(frozen=True, slots=True)
class County:
    """A county-level area with its real outline in metres (EPSG:32650), and its streets."""

    code: str
    name: str
    outline: Any
    streets: tuple[Street, ...]


def counties() -> tuple[County, ...]:
    """The twelve counties in order of code, with everything below them."""
    villages: dict[str, list[Village]] = {}
    for row in _rows("villages_2023.csv.gz"):
        village = Village(
            row["code"], row["name"], row["streetCode"], row["ur_code_2016"] or None, _point(row)
        )
        villages.setdefault(village.street, []).append(village)
    streets: dict[str, list[Street]] = {}
    for row in _rows("streets_2023.csv"):
        code, zone = row["code"], row["areaCode"]
        county = _COUNTY_OF_ZONE.get(zone, zone)
        own = tuple(sorted(villages[code], key=lambda v: v.code))
        street = Street(code, row["name"], zone, county, _point(row), own)
        streets.setdefault(county, []).append(street)
    found = []
    for feature in json.loads(_text("counties.geojson.gz"))["features"]:
        code, name = feature["properties"]["code"], feature["properties"]["name"]
        outline = shapely.transform(
            shapely.from_geojson(json.dumps(feature["geometry"])), _metric, include_z=False
        )
        own_streets = tuple(sorted(streets[code], key=lambda s: s.code))
        found.append(County(code, name, outline, own_streets))
    return tuple(sorted(found, key=lambda c: c.code))


def _point(row: dict[str, str]) -> NDArray[np.float64] | None:
    if not row["lon_wgs84"]:
        return None
    return np.array(_TO_METRIC(float(row["lon_wgs84"]), float(row["lat_wgs84"])))


def _metric(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(_TO_METRIC(degrees[:, 0], degrees[:, 1]))


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(_text(name).splitlines()))


def _text(name: str) -> str:
    data = files("geo_data").joinpath("data", "weifang", name).read_bytes()
    return (gzip.decompress(data) if name.endswith(".gz") else data).decode("utf-8-sig")
