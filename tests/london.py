"""13,000 real census polygons, for tests and benchmarks of the cell index."""

from __future__ import annotations

import functools
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    import numpy as np

_FILE = Path(__file__).parent / "data" / "london_lsoa_13000.geojson.gz"


@functools.cache
def london_cells() -> tuple[list[str], np.ndarray]:
    """Codes and (multi)polygons, WGS 84; the one invalid polygon is repaired."""
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        next(lines)
        features = [line.rstrip(",\n") for line in lines if line.startswith('{"type":"Feature"')]
    codes = [json.loads(f.split(',"geometry"')[0] + "}")["properties"]["code"] for f in features]
    cells = shapely.from_geojson([f.split('"geometry":', 1)[1][:-1] for f in features])
    return codes, shapely.make_valid(cells)
