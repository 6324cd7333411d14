"""Our own layouts as GeoParquet: written once, read in a second, and the cache of what is drawn."""

from __future__ import annotations

import hashlib
import io
import json
from importlib.resources import files
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import scipy
import shapely

from geo_data.layout import weifang
from geo_data.layout.model import Layout, silent

if TYPE_CHECKING:
    from pathlib import Path

    from geo_data.layout.model import Progress

#: Where a layout's name, source, seed and note stand in the file's metadata.
_KEY = b"wangge"
#: What the drawing depends on, besides the libraries.
_DRAWN_BY = (
    "weifang",
    "weifang_sources",
    "voronoi",
    "contiguity",
    "seams",
    "codes",
    "model",
    "files",
)


def write(layout: Layout, path: Path) -> None:
    """Write a layout as GeoParquet 1.1 with its name and source; whole or not at all.

    The same layout gives the same bytes.
    """
    buffer = io.BytesIO()
    layout.areas.to_parquet(buffer, index=False)
    table = pq.read_table(buffer)
    about = {
        "name": layout.name,
        "source": layout.source,
        "seed": layout.seed,
        "note": dict(layout.note),
    }
    metadata = dict(table.schema.metadata)
    metadata[_KEY] = json.dumps(about, ensure_ascii=False, sort_keys=True).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    pq.write_table(table.replace_schema_metadata(metadata), unfinished, compression="zstd")
    unfinished.replace(path)


def read(path: Path) -> Layout:
    """Read what `write` wrote; ValueError for any other file."""
    about = (pq.read_schema(path).metadata or {}).get(_KEY)
    if about is None:
        raise ValueError(f"{path} was not written by wangge; load it with `wangge layout load`")
    known = json.loads(about)
    return Layout(
        gpd.read_parquet(path), known["name"], known["source"], known["seed"], known["note"]
    )


def drawn_weifang(
    folder: Path, seed: int = weifang.DEFAULT_SEED, progress: Progress = silent
) -> tuple[Layout, Path]:
    """Weifang's layout and the file that holds it; drawn only where the folder has it not.

    The file's name carries a digest of the code and data that drew it, so that a file drawn by
    another version is never taken.
    """
    path = folder / f"weifang-{seed}-{_digest()}.parquet"
    if path.is_file():
        return read(path), path
    layout = weifang.build(seed, progress)
    write(layout, path)
    return layout, path


def _digest() -> str:
    digest = hashlib.sha256()
    package = files("geo_data")
    for module in _DRAWN_BY:
        digest.update(package.joinpath("layout", f"{module}.py").read_bytes())
    for data in sorted(package.joinpath("data", "weifang").iterdir(), key=lambda d: d.name):
        digest.update(data.read_bytes())
    for library in (np.__version__, scipy.__version__, shapely.__version__, shapely.geos_version):
        digest.update(str(library).encode())
    return digest.hexdigest()[:12]
