"""The table of formats: names, media types, writers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from geo_data.exports.csv import Csv
from geo_data.exports.geojson import GeoJson
from geo_data.exports.geopackage import GeoPackage
from geo_data.exports.geoparquet import GeoParquet
from geo_data.exports.writing import Packed

if TYPE_CHECKING:
    from pathlib import Path

    from geo_data.exports.writing import Writer
    from geo_data.features.collections import Collection


class Format(StrEnum):
    """The end of a file's name says its format."""

    PARQUET = "parquet"
    GPKG = "gpkg"
    CSV = "csv"
    GEOJSON = "geojson"


MEDIA_TYPES = {
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.GPKG: "application/geopackage+sqlite3",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.GEOJSON: "application/geo+json",
}
#: Formats that get smaller by gzip; the others are packed inside.
PACKABLE = frozenset({Format.CSV, Format.GEOJSON})


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be written: `spreadsheet` for CSV, `packed` by gzip, `folder` for SQLite."""

    format: Format
    spreadsheet: bool = True
    packed: bool = False
    folder: Path | None = None


def writer(collection: Collection, shape: Shape) -> Writer:
    """A writer that has not begun; opens a file for a GeoPackage."""
    made: Writer
    match shape.format:
        case Format.PARQUET:
            made = GeoParquet(collection)
        case Format.GPKG:
            made = GeoPackage(collection, shape.folder)
        case Format.CSV:
            made = Csv(collection, spreadsheet=shape.spreadsheet)
        case Format.GEOJSON:
            made = GeoJson(collection)
    return Packed(made) if shape.packed else made
