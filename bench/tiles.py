"""One tile through HTTP beside its bare SQL, in the same run; then tiles that are kept already.

    python -m bench.tiles [--each N] [--tiles N]

Weifang's layout, made-up cases all over it. Each tile is drawn by the very statement that the API
sends, on a connection of our own, and asked for from the API, which has not drawn it yet, one
right after the other in changing order: what the machine does besides meets both alike.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import os
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import psycopg
from psycopg import sql

from bench.running import System, system
from geo_data.features.tile_sets import TILE_SETS
from geo_data.features.tiles import TileAsked, statement
from geo_data.features.web_mercator import Tile, tile_at
from geo_data.rights import RowFilter
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The city's row is the whole city: what the key of the run sees.
RIGHTS = RowFilter("3707/", "", masked=False)

#: The database does not pack its answer either.
_PLAIN = {"Accept-Encoding": "identity"}

_FILL = """
INSERT INTO cases (id, number, status, size, category, source, path, cell, layout, level,
    charge_path, handler_kind, handler_path, version, reports, received_at, changed_at, due_at,
    point, state)
SELECT gen_random_uuid(), 'b' || row_number() OVER (), 'open', 'small', 'event.01.10', 'citizen',
       a.path, a.code, a.layout, 'grid', a.path, 'team', a.path, 1, 1, now(), now(),
       now() + (random() - 0.2) * interval '1 day',
       ST_SetSRID(ST_MakePoint(ST_X(a.center) + (random() - 0.5) * 0.004,
                               ST_Y(a.center) + (random() - 0.5) * 0.004), 4326), '{}'
  FROM areas AS a, generate_series(1, %s)
 WHERE a.level = 'grid'"""


@dataclass
class Door:
    """The API on one kept connection, as a browser has it."""

    system: System
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection(urlsplit(self.system.base).netloc)
        self.line.connect()

    def get(self, path: str, **headers: str) -> tuple[int, bytes, str]:
        """Status, body as it comes over the line, entity tag."""
        given = {"Authorization": f"Bearer {self.system.key}", "Accept-Encoding": "gzip"}
        self.line.request("GET", path, headers=given | headers)
        answer = self.line.getresponse()
        return answer.status, answer.read(), answer.headers.get("ETag", "")


def milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def percentile(values: list[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def addresses(z: int, box: tuple[float, float, float, float]) -> list[Tile]:
    """All tiles of a zoom over the city."""
    first, last = tile_at(box[0], box[3], z), tile_at(box[2], box[1], z)
    columns, lines = range(first.x, last.x + 1), range(first.y, last.y + 1)
    return [Tile(z, x, y) for x, y in itertools.product(columns, lines)]


def bare(conn: psycopg.Connection[Any], asked: TileAsked) -> bytes:
    """The statement of the tile, as the API sends it, and its answer."""
    squares = asked.tiles.squares if asked.tile.z < asked.tiles.features_from else 0
    text, values = statement(asked, squares)
    row = conn.execute(text, values, binary=True).fetchone()
    assert row is not None
    return bytes(row[0] or b"")


def pairs(
    conn: psycopg.Connection[Any], door: Door, all_asked: list[TileAsked]
) -> Iterator[tuple[float, float, int]]:
    """Milliseconds of the bare SQL and through HTTP, and the tile's bytes, of each tile."""
    turn = itertools.cycle((True, False))
    for asked in all_asked:
        z, x, y = asked.tile
        times, size = {}, 0
        for is_bare in (True, False) if next(turn) else (False, True):
            began = time.perf_counter()
            if is_bare:
                size = len(bare(conn, asked))
            else:
                status, _, _ = door.get(f"/tiles/{asked.tiles.name}/{z}/{x}/{y}.mvt", **_PLAIN)
                assert status == 200, asked
            times[is_bare] = milliseconds(began)
        yield times[True], times[False], size


class Work:
    """Processor time of the API with its connections' servers, and of our connection's server."""

    def __init__(self, conn: psycopg.Connection[Any], running: System) -> None:
        self._ours = psutil.Process(conn.info.backend_pid)
        api = psutil.Process(running.processes["api"].pid)
        ports = [line.laddr.port for line in api.net_connections("tcp") if line.raddr]
        rows = conn.execute(
            "SELECT pid FROM pg_stat_activity WHERE client_port = ANY(%s)", (ports,)
        ).fetchall()
        self._theirs = [api, *(psutil.Process(pid) for (pid,) in rows)]
        self._began = self._now()

    def _now(self) -> tuple[float, float]:
        times = [sum(one.cpu_times()[:2]) for one in (self._ours, *self._theirs)]
        return times[0] * 1000, sum(times[1:]) * 1000

    def since(self) -> tuple[float, float]:
        """Milliseconds since it was made: ours, theirs."""
        ours, theirs = self._now()
        return ours - self._began[0], theirs - self._began[1]


def level(
    conn: psycopg.Connection[Any], door: Door, name: str, tiles: list[Tile], layout: int
) -> None:
    """All tiles of a zoom in which something lies; the first one warms both up."""
    every = [TileAsked(TILE_SETS[name], one, RIGHTS, layout) for one in tiles]
    first, *full = [asked for asked in every if bare(conn, asked)]
    list(pairs(conn, door, [first]))
    work = Work(conn, door.system)
    found = list(pairs(conn, door, full))
    ours, theirs = work.since()
    sql_ms, http_ms, sizes = (list(column) for column in zip(*found, strict=True))
    print(
        f"{name:<6} zoom {tiles[0].z:>2}: {len(found):>3} tiles of"
        f" {statistics.median(sizes) / 1000:5.1f} kB;"
        f" SQL p50 {statistics.median(sql_ms):6.2f} p99 {percentile(sql_ms, 0.99):6.2f} ms;"
        f" HTTP p50 {statistics.median(http_ms):6.2f} p99 {percentile(http_ms, 0.99):6.2f} ms;"
        f" together {sum(http_ms) / sum(sql_ms):.2f} times;"
        f" work of a tile {ours / len(found):.2f} and {theirs / len(found):.2f} ms,"
        f" {theirs / ours:.2f} times"
    )


def kept(door: Door, tile: Tile, n: int) -> None:
    """A tile that was drawn already; then one that the client has already."""
    path = f"/tiles/cells/{tile.z}/{tile.x}/{tile.y}.mvt"
    _, body, tag = door.get(path)
    for what, headers in (("kept", {}), ("304", {"If-None-Match": tag})):
        times = []
        for _ in range(n):
            began = time.perf_counter()
            door.get(path, **headers)
            times.append(milliseconds(began))
        print(
            f"{what:<7} zoom {tile.z:>2}: {len(body) / 1000:.1f} kB in gzip, p50"
            f" {statistics.median(times):.2f} p99 {percentile(times, 0.99):.2f} ms,"
            f" {n / sum(times) * 1000:,.0f} a second on one connection"
        )


def measure(running: System, each: int, most: int) -> None:
    settings = load_settings()
    with psycopg.connect(settings.database_url, autocommit=True, prepare_threshold=None) as conn:
        schema = sql.Identifier(settings.schema_name)
        conn.execute(sql.SQL("SET search_path TO {}, public").format(schema))
        conn.execute("SET jit = off")
        began = time.perf_counter()
        conn.execute(_FILL, (each,))
        conn.execute("VACUUM ANALYZE cases")
        conn.execute("VACUUM ANALYZE areas")
        ((n, layout),) = conn.execute("SELECT count(*), max(layout) FROM cases").fetchall()
        print(f"{n:,} cases in {milliseconds(began) / 1000:.0f} s; load {os.getloadavg()[0]:.1f}")
        ((*box,),) = conn.execute(
            "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)"
            " FROM (SELECT ST_Extent(geom) AS e FROM areas) AS a"
        ).fetchall()
        door = Door(running)
        for tile in addresses(10, tuple(box)):  # a server's process learns projections first
            door.get(f"/tiles/streets/{tile.z}/{tile.x}/{tile.y}.mvt")
        for name, zooms in (("cells", (9, 10, 11, 12, 13, 14)), ("cases", (10, 12, 13, 14, 15))):
            for z in zooms:
                every = addresses(z, tuple(box))
                tiles = every[:: max(len(every) // most, 1)]
                level(conn, door, name, tiles, layout if name == "cells" else 0)
        kept(door, tile_at(119.1, 36.7, 10), 500)
        kept(door, tile_at(119.1, 36.7, 14), 500)
        print(f"load {os.getloadavg()[0]:.1f}; API {running.resident_mb()['api']:.0f} MB resident")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=10, help="cases in each of 13,000 cells")
    parser.add_argument("--tiles", type=int, default=150, help="tiles of each zoom at most")
    args = parser.parse_args()
    with system("api") as running:
        measure(running, args.each, args.tiles)


if __name__ == "__main__":
    main()
