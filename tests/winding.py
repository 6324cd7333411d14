"""A made-up layout of winding borders, each shared point by point by two neighbours."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from geo_data.database import Connection

ACROSS = 4
WEST, SOUTH, STEP = 118.9, 36.5, 0.01
#: The layout holds until the squares begin to.
BEGAN, ENDED = "1990-01-01T00:00:00Z", "2000-01-01T00:00:00Z"

_Node = tuple[int, int]  # half steps from the west, steps from the south


def cells(points: int = 40) -> dict[str, shapely.Polygon]:
    """`ACROSS`² cells by their codes, laid like bricks, `points` corners between two nodes.

    A brick's corner lies on the long side of the one below, where it is no corner at all.
    """
    rng = random.Random(5)
    drawn: dict[tuple[_Node, _Node], np.ndarray] = {}

    def line(a: _Node, b: _Node) -> np.ndarray:
        if b < a:
            return line(b, a)[::-1]
        if (a, b) not in drawn:
            ends = np.array([a, b]) * [STEP / 2, STEP] + [WEST, SOUTH]
            along = np.linspace(0, 1, points)
            # never back along the line, and straight at its ends: no border crosses another
            beside = [rng.uniform(-1, 1) * STEP / 8 * min(t, 1 - t) for t in along]
            way = ends[1] - ends[0]
            across = way[::-1] / np.hypot(*way)
            drawn[a, b] = ends[0] + np.outer(along, way) + np.outer(beside, across)
        return drawn[a, b]

    def brick(x: int, y: int) -> shapely.Polygon:
        west = 2 * x + y % 2
        below, above = ([(west + i, row) for i in range(3)] for row in (y, y + 1))
        around = [*below, *above[::-1]]
        nodes = zip(around, [*around[1:], around[0]], strict=True)
        return shapely.Polygon(np.vstack([line(a, b)[:-1] for a, b in nodes]))

    return {
        f"370799001001{1 + y * ACROSS + x:03d}": brick(x, y)
        for y in range(ACROSS)
        for x in range(ACROSS)
    }


async def build(conn: Connection) -> int:
    """Write it as a layout; its number."""
    row = await (
        await conn.execute(
            "INSERT INTO layouts (name, source, valid_from, valid_to)"
            " VALUES ('winding', 'made up', %s, %s) RETURNING id",
            (BEGAN, ENDED),
        )
    ).fetchone()
    assert row is not None
    shapes = cells()
    city = shapely.union_all(list(shapes.values()))
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO areas (layout, code, level, parent, name, path, geom, center, area_m2,"
            " synthetic) VALUES (%s, %s, %s, %s, %s, %s,"
            " ST_Multi(ST_GeomFromWKB(%s, 4326)), ST_GeomFromWKB(%s, 4326), 1, true)",
            [
                (row[0], code, level, parent, f"旧{code}", path, shape.wkb, shape.centroid.wkb)
                for code, level, parent, path, shape in (
                    ("3707", "city", None, "3707/", city),
                    *(
                        (code, "grid", "3707", f"3707/{code}/", shape)
                        for code, shape in shapes.items()
                    ),
                )
            ],
        )
    return int(row[0])
