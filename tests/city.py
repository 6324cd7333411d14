"""A made-up city of square cells, for tests and benchmarks that need areas but no real ones."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_data.database import Connection

#: South-west corner, degrees; near Weifang, so that clocks and categories fit.
WEST, SOUTH = 118.9, 36.5


@dataclass(frozen=True)
class City:
    """`across` × `across` cells of `step` degrees: 4 a community, 16 a street, 64 a county."""

    across: int = 8
    step: float = 0.005

    def code(self, x: int, y: int) -> str:
        """The 15-digit code of the cell in column x, row y."""
        county = 370700 + (y // 8) * ((self.across + 7) // 8) + x // 8
        street = 1 + (y % 8 // 4) * 2 + x % 8 // 4
        village = 1 + (y % 4 // 2) * 2 + x % 4 // 2
        return f"{county}{street:03d}{village:03d}{1 + y % 2 * 2 + x % 2:03d}"

    def path(self, x: int, y: int) -> str:
        """The chain of codes from the city to that cell."""
        code = self.code(x, y)
        return f"3707/{code[:6]}/{code[:9]}/{code[:12]}/{code}/"

    def middle(self, x: int, y: int) -> tuple[float, float]:
        """Longitude and latitude of that cell's middle."""
        return WEST + (x + 0.5) * self.step, SOUTH + (y + 0.5) * self.step

    def areas(self) -> Iterator[tuple[str, str, str, float, float, float, float]]:
        """Code, level, path and box (west, south, east, north) of every area."""
        boxes: dict[str, list[float]] = {}
        for y in range(self.across):
            for x in range(self.across):
                box = [WEST + x * self.step, SOUTH + y * self.step]
                box += [WEST + (x + 1) * self.step, SOUTH + (y + 1) * self.step]
                codes = self.path(x, y).split("/")[:-1]
                for depth in range(1, 6):
                    path = "/".join(codes[:depth]) + "/"
                    old = boxes.setdefault(path, box)
                    boxes[path] = [*map(min, old[:2], box[:2]), *map(max, old[2:], box[2:])]
        levels = ("city", "district", "street", "community", "grid")
        for path, (west, south, east, north) in boxes.items():
            codes = path.split("/")[:-1]
            yield codes[-1], levels[len(codes) - 1], path, west, south, east, north


async def build(conn: Connection, city: City, *, draft: bool = False) -> int:
    """Write the city as a layout that holds from long ago, or as a draft; its number."""
    row = await (
        await conn.execute(
            "INSERT INTO layouts (name, source, valid_from)"
            " VALUES ('squares', 'made up', %s) RETURNING id",
            [None if draft else "2000-01-01"],
        )
    ).fetchone()
    assert row is not None
    number = int(row[0])
    async with conn.cursor().copy(
        "COPY areas (layout, code, level, parent, name, path, geom, center, area_m2, synthetic)"
        " FROM STDIN"
    ) as copy:
        for code, level, path, west, south, east, north in city.areas():
            parent = path.split("/")[-3] if level != "city" else None
            square = [(west, south), (east, south), (east, north), (west, north), (west, south)]
            await copy.write_row(
                (
                    number,
                    code,
                    level,
                    parent,
                    f"区{code}",
                    path,
                    _multipolygon(square),
                    _point((west + east) / 2, (south + north) / 2),
                    1.0,
                    True,
                )
            )
    return number


def _multipolygon(ring: list[tuple[float, float]]) -> str:
    head = struct.pack("<BIII", 1, 0x20000006, 4326, 1) + struct.pack("<BIII", 1, 3, 1, len(ring))
    return (head + b"".join(struct.pack("<dd", *p) for p in ring)).hex()


def _point(x: float, y: float) -> str:
    return struct.pack("<BIIdd", 1, 0x20000001, 4326, x, y).hex()
