"""The long proof that the index answers as polygons do: `python -m tests.cells_proof [MILLIONS]`.

Positions on borders, corners, raster lines and a last bit beside them, and any; on real cells, on
real cells moved over each other, and on Voronoi cells of very different sizes.
"""

from __future__ import annotations

import sys

import numpy as np
import shapely

from grid.cells.index import CellIndex
from tests.london import london_cells
from tests.positions import lowest_covering, probes

_OF_A_KIND = 25_000


def _grounds() -> dict[str, np.ndarray]:
    codes, london = london_cells()
    london = london[np.argsort(codes)]
    random = np.random.default_rng(8)
    moved = shapely.transform(london[::7], lambda xy: xy + random.uniform(-0.01, 0.01, 2))
    country = random.uniform((117.0, 35.0), (121.0, 38.0), (4_000, 2))
    towns = random.normal(country[:40].repeat(400, axis=0), 0.003)
    voronoi = shapely.voronoi_polygons(shapely.MultiPoint(np.vstack([country, towns])))
    return {
        "London": london,
        "London, overlapping and with gaps": np.concatenate([moved, london[3::5]]),
        "towns and country": np.asarray(shapely.get_parts(voronoi)),
    }


def main() -> int:
    """The number of grounds with a difference."""
    millions = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    failed = 0
    grounds = _grounds()
    for name, cells in grounds.items():
        index = CellIndex([f"{i:06}" for i in range(len(cells))], cells)
        asked = wrong = seed = 0
        while asked < millions * 1e6 / len(grounds):
            points = probes(cells, np.random.default_rng(seed), _OF_A_KIND, index)
            differ = np.flatnonzero(
                index.cells_of(points[:, 0], points[:, 1]) != lowest_covering(cells, points)
            )
            for i in differ[:3]:
                print(f"  {name}, seed {seed}: {points[i].tolist()!r}")  # noqa: T201 - a script
            asked, wrong, seed = asked + len(points), wrong + len(differ), seed + 1
        told = f"{name}: {len(cells):,} cells, {asked:,} positions, {wrong} different"
        print(told, flush=True)  # noqa: T201
        failed += wrong > 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
