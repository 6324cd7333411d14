"""Python's cell for a point is PostGIS's: ST_Covers, and the lowest code on shared borders."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely

from geo_data.database import connect
from geo_data.layout import files, store
from tests.services import STATE

POINTS = 100_000
#: Cell by cell: PostGIS then keeps the polygon prepared, which is ten times as fast.
LOWEST_COVERING = """
SELECT p.i, min(a.code COLLATE "C")
FROM areas AS a JOIN points AS p ON public.ST_Covers(a.geom, p.geom)
WHERE a.layout = %s AND a.level = 'grid'
GROUP BY p.i
"""


def probes(cells: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """100,000 positions, shape (n, 2): half anywhere, half where it is decided by the last bit."""
    corners = shapely.get_coordinates(cells)
    middles = (corners[1:] + corners[:-1])[in_one_ring(cells)] / 2
    on_border = random.choice(np.vstack([corners, middles]), POINTS // 10)
    nudged = np.nextafter(on_border, random.choice([-np.inf, np.inf], on_border.shape))
    shared = [random.choice(corners, POINTS // 5), random.choice(middles, POINTS // 10), nudged]
    start, end = (middles, corners[1:][in_one_ring(cells)])
    way = random.random((POINTS // 10, 1))
    some = random.integers(0, len(middles), POINTS // 10)
    between = start[some] + (end[some] - start[some]) * way
    box = shapely.total_bounds(cells)
    anywhere = random.uniform(box[:2] - 0.01, box[2:] + 0.01, (POINTS // 2, 2))
    return np.vstack([*shared, between, anywhere])


def in_one_ring(cells: np.ndarray) -> np.ndarray:
    """Which neighbours in the list of all corners belong to one ring, and so make an edge."""
    owner = shapely.get_coordinates(cells, return_index=True)[1]
    return owner[1:] == owner[:-1]


@pytest.mark.parametrize("seed", [20260101])
async def test_same_cell_for_100_000_points(seed: int, database_url: str) -> None:
    layout, _ = files.drawn_weifang(STATE / "layouts")
    points = probes(layout.level("grid")["geometry"].to_numpy(), np.random.default_rng(seed))
    assert len(points) == POINTS
    async with connect(database_url) as conn:
        number = await store.save(conn, layout, valid_from=datetime.now(UTC))
        await conn.execute(
            "CREATE TEMP TABLE points (i integer PRIMARY KEY, geom public.geometry (Point, 4326))"
        )
        wkb = shapely.to_wkb(
            shapely.set_srid(shapely.points(points), 4326), hex=True, include_srid=True
        )
        async with conn.cursor() as cursor, cursor.copy("COPY points FROM STDIN") as copy:
            for row in enumerate(wkb.tolist()):
                await copy.write_row(row)
        await conn.execute("CREATE INDEX ON points USING gist (geom)")
        await conn.execute("ANALYZE points")
        rows = await (await conn.execute(LOWEST_COVERING, (number,))).fetchall()
        index = await store.load_cells(conn)
    assert index.layout == number
    found = index.locate(points[:, 0], points[:, 1])
    covering = dict(rows)
    theirs = [covering.get(i) for i in range(POINTS)]
    ours = [
        index.code(cell) if cell >= 0 and not snapped else None
        for cell, snapped in zip(found.cell.tolist(), found.snapped.tolist(), strict=True)
    ]
    differ = [i for i in range(POINTS) if ours[i] != theirs[i]]
    assert not differ, f"{len(differ)} differ, first {points[differ[0]]!r}: {ours[differ[0]]}"
    # The probes do what they are for: many lie on borders, some outside every cell.
    assert (found.runner_up >= 0).sum() > POINTS // 4
    assert theirs.count(None) > 1000
