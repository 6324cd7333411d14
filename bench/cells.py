"""Positions per second of the cell index on one core, and of its peers in the same run.

Processor seconds throughout, best of five for the index and best of two for its peers, so that
others at work on the machine change little. SedonaDB and DuckDB take part where they are installed:
`pip install sedonadb duckdb duckdb-extension-spatial`.

python -m bench.cells [--database URL] [--country]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable  # noqa: TC003 - a script
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from bench.cell_peers import peers
from geo_data.layout import cell_file
from grid.cells.index import CellIndex, warm_up
from tests.london import london_cells

POSITIONS = 10_000_000
OF_PEERS = 1_000_000
SINGLE = 50_000
#: Inner London, where cells are densest: west, south, east, north.
DENSE = (-0.2, 51.45, 0.0, 51.58)


def best(do: Callable[[], Any], times: int = 5) -> float:
    """Processor seconds of the fastest run."""
    least = np.inf
    for _ in range(times):
        began = time.process_time()
        do()
        least = min(least, time.process_time() - began)
    return float(least)


def anywhere(box: Any, n: int) -> np.ndarray:
    """Longitudes and latitudes in random order, shape (2, n)."""
    return np.ascontiguousarray(np.random.default_rng(1).uniform(box[:2], box[2:], (n, 2)).T)


def rates(index: CellIndex, what: str, lon: np.ndarray, lat: np.ndarray) -> None:
    alone = len(lon) / best(lambda: index.cells_of(lon, lat)) / 1e6
    some = lon[: len(lon) // 10], lat[: len(lat) // 10]
    told = [f"{what} cells alone {alone:.1f} M/s"]
    for accuracy in (None, 10.0, 50.0):
        radius = None if accuracy is None else np.full(len(some[0]), accuracy)
        rate = len(some[0]) / best(lambda r=radius: index.locate(*some, r), 4) / 1e6  # type: ignore[misc]
        told.append(f"located with accuracy {accuracy or '—'}: {rate:.2f}")
    rate = len(some[0]) / best(lambda: index.locate(*some).distance_m, 4) / 1e6
    told.append(f"with the distance measured: {rate:.2f}")
    print(", ".join(told), flush=True)


def one_by_one(index: CellIndex, lon: np.ndarray, lat: np.ndarray) -> None:
    pairs = list(zip(lon[:SINGLE].tolist(), lat[:SINGLE].tolist(), strict=True))

    def ask() -> None:
        for x, y in pairs:
            index.cell_of(x, y)

    print(f"a single position from Python: {best(ask) / SINGLE * 1e6:.2f} µs")


def kept(index: CellIndex) -> None:
    """Saved and mapped again, wall time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells"
        saved, mapped = [], []
        for _ in range(5):
            began = time.perf_counter()
            cell_file.save(index, path)
            between = time.perf_counter()
            cell_file.load(path)
            saved.append(between - began)
            mapped.append(time.perf_counter() - between)
        size = path.stat().st_size / 1e6
    print(
        f"saved in {min(saved) * 1e3:.0f} ms, mapped in {min(mapped) * 1e3:.1f} ms, {size:.1f} MB"
    )


def start() -> None:
    """A new process, from nothing to warm."""
    code = (
        "from grid.cells.index import warm_up; warm_up(); import time; print(time.process_time())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
            for _ in range(3)]  # fmt: skip
    print(f"a new process until all is warm: {min(float(r.stdout) for r in runs):.2f} s")


def built(codes: list[str], cells: np.ndarray, what: str) -> CellIndex:
    made: list[CellIndex] = []
    seconds = best(lambda: made.append(CellIndex(codes, cells)), 1 if len(cells) > 50_000 else 4)
    print(f"{what}: {len(cells):,} cells, built in {seconds:.2f} s, {made[0].nbytes / 1e6:.1f} MB")
    return made[0]


def beside(cells: np.ndarray, index: CellIndex, name: str, box: Any, database: str | None) -> None:
    """Each peer and the index in turn, because the machine is not equally fast all the time."""
    lon, lat = anywhere(box, POSITIONS)
    points = shapely.points(lon[:OF_PEERS], lat[:OF_PEERS])
    for peer, join in peers(cells, points, database):
        theirs = ours = np.inf
        for _ in range(3):
            theirs = min(theirs, join() / len(points))
            ours = min(ours, best(lambda: index.cells_of(lon, lat), 1) / len(lon))
        print(
            f"  {name}: {peer:<28} {1e-6 / theirs:7.3f} M/s, the index beside it "
            f"{1e-6 / ours:5.1f} M/s, {theirs / ours:5.0f} ×",
            flush=True,
        )


def voronoi(n: int) -> tuple[list[str], np.ndarray]:
    seeds = np.random.default_rng(2).uniform((115.0, 34.0), (123.0, 38.0), (n, 2))
    cells = np.asarray(shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds))))
    return [f"{i:06}" for i in range(len(cells))], cells


def country(n: int) -> tuple[list[str], np.ndarray]:
    """About n four-sided cells with shared, irregular corners: made in seconds."""
    along = round(n**0.5)
    corner = np.stack(np.meshgrid(*[np.arange(along + 1.0)] * 2), axis=-1)
    corner += np.random.default_rng(3).uniform(-0.2, 0.2, corner.shape)
    corner = corner * [8.0 / along, 4.0 / along] + [115.0, 34.0]
    rings = np.stack([corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]], axis=2)
    cells = shapely.polygons(rings.reshape(-1, 4, 2))
    return [f"{i:06}" for i in range(len(cells))], cells


def main() -> None:
    ask = argparse.ArgumentParser()
    ask.add_argument("--database")
    ask.add_argument("--country", action="store_true", help="650,000 cells as well")
    given = ask.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(platform.machine(), platform.python_version(), "shapely", shapely.__version__)
    warm_up()
    start()
    codes, cells = london_cells()
    index = built(codes, cells, "London")
    kept(index)
    for name, box in (("anywhere", shapely.total_bounds(cells)), ("densest", DENSE)):
        lon, lat = anywhere(box, POSITIONS)
        rates(index, f"{name}:", lon, lat)
        one_by_one(index, lon, lat)
        beside(cells, index, name, box, given.database)
    print("growth")
    grounds = {
        "part of London": lambda: (codes[:1_000], cells[:1_000]),
        "Voronoi": lambda: voronoi(35_000),
        **({"country": lambda: country(650_000)} if given.country else {}),
    }
    for name, made in grounds.items():
        names, shapes = made()
        lon, lat = anywhere(shapely.total_bounds(shapes), POSITIONS)
        rates(built(names, shapes, name), " ", lon, lat)


if __name__ == "__main__":
    main()
