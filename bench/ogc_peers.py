"""Items, boxes and tiles over HTTP beside pygeoapi and tipg: the same cells, the same database.

The peers need an environment of their own, so that theirs and ours do not mix:

    python3 -m venv PEERS && PEERS/bin/pip install pygeoapi==0.21.0 tipg==1.6.1 \\
        psycopg2-binary sqlalchemy geoalchemy2 uvicorn
    .venv/bin/python -m bench.ogc_peers --peers PEERS

Each server is one process. They run all the time; the load goes to one and the other in turn, so
that a busy machine is busy for all. The peers read a table of the cells with the same columns, a
primary key and a spatial index; ours reads its views, with a key, rights and layouts laid over.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvloop
from psycopg import sql

from bench import running, wire
from geo_data.database import connect

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECTIONS = 8
ZOOM = 14
#: Weifang, west to east and south to north.
BOX = (118.6, 36.0, 119.8, 37.0)
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Server:
    """Where a server listens and how it wants to be asked; `{…}` are filled for each request."""

    base: str
    items: str
    boxes: str
    tiles: str
    key: str = ""


def some_boxes(dice: random.Random) -> dict[str, Any]:
    west, south = dice.uniform(BOX[0], BOX[2]), dice.uniform(BOX[1], BOX[3])
    return {"bbox": f"{west:.5f},{south:.5f},{west + 0.03:.5f},{south + 0.03:.5f}"}


def some_tiles(dice: random.Random) -> dict[str, Any]:
    lon, lat = dice.uniform(BOX[0], BOX[2]), dice.uniform(BOX[1], BOX[3])
    n = 2**ZOOM
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return {"z": ZOOM, "x": int((lon + 180) / 360 * n), "y": int(y)}


LOADS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "items": lambda _: {},
    "boxes": some_boxes,
    "tiles": some_tiles,
}


async def load(server: Server, what: str, seconds: float, seed: int) -> dict[str, float]:
    """As fast as it goes on all connections, each waiting for its whole answer."""
    dice, path = random.Random(seed), getattr(server, what)
    until = time.perf_counter() + seconds
    took: list[float] = []
    bad = size = 0

    async def one() -> None:
        nonlocal bad, size
        line = await wire.connect(server.base)
        while (begun := time.perf_counter()) < until:
            try:
                status = await line.ask(wire.get(path.format(**LOADS[what](dice)), server.key))
            except ConnectionError:  # one of the peers hangs up on an empty tile
                bad, line = bad + 1, await wire.connect(server.base)
                continue
            took.append(time.perf_counter() - begun)
            bad += status not in (200, 204)
            size += line.size

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    wall = time.perf_counter() - begun
    took.sort()
    return {
        "rate": len(took) / wall,
        "p50_ms": wire.quantile(took, 0.5) * 1e3,
        "p99_ms": wire.quantile(took, 0.99) * 1e3,
        "bad": bad,
        "kb": size / len(took) / 1e3,
    }


def measure(server: Server, what: str, seconds: float, seed: int) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "bench.ogc_peers", "--client", json.dumps(vars(server))]
    done = subprocess.run(
        [*command, what, str(seconds), str(seed)],
        check=True, stdout=subprocess.PIPE, cwd=HERE.parent,
    )  # fmt: skip
    told: dict[str, float] = json.loads(done.stdout)
    return told


async def table_for_peers(url: str, schema: str) -> None:
    """The cells of the layout in force as a table."""
    async with connect(url, schema=schema) as conn:
        await conn.execute(
            sql.SQL(
                "CREATE TABLE {0}.peer_cells AS SELECT v.*"
                " FROM {0}.feature_areas AS v WHERE level = 'grid'"
            ).format(sql.Identifier(schema))
        )
        await conn.execute("ALTER TABLE peer_cells ADD PRIMARY KEY (id)")
        await conn.execute("CREATE INDEX ON peer_cells USING gist (geom)")
        await conn.execute("ANALYZE peer_cells")


def pygeoapi(folder: Path, peers: Path, url: str, schema: str) -> tuple[Server, list[str]]:
    """Its configuration written, its server and the command that starts it."""
    port, at = running.free_port(), urlsplit(url)
    data = {
        "host": at.hostname, "port": at.port, "dbname": at.path[1:], "user": at.username,
        "password": at.password or "", "search_path": [schema, "public"],
    }  # fmt: skip
    common = {"data": data, "id_field": "id", "table": "peer_cells", "geom_field": "geom"}
    address = f"http://127.0.0.1:{port}"
    config: dict[str, Any] = {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port}, "url": address,
            "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8", "language": "en-US",
            "limits": {"default_items": 100, "max_items": 10000},
            "map": {"url": "", "attribution": ""}, "gzip": False,
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "peer", "description": "peer", "keywords": ["peer"],
                "keywords_type": "theme", "terms_of_service": "", "url": address,
            },
            "license": {"name": "", "url": ""}, "provider": {"name": "", "url": ""},
            "contact": {"name": ""},
        },
        "resources": {
            "cells": {
                "type": "collection", "title": "cells", "description": "cells", "keywords": ["c"],
                "links": [], "extents": {"spatial": {"bbox": list(BOX)}},
                "providers": [
                    {"type": "feature", "name": "PostgreSQL", **common},
                    {
                        "type": "tile", "name": "MVT-postgresql", **common,
                        "options": {"zoom": {"min": 0, "max": 20}},
                        "storage_crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
                        "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
                    },
                ],
            }
        },
    }  # fmt: skip
    file, openapi = folder / "pygeoapi.yml", folder / "openapi.yml"
    file.write_text(json.dumps(config))  # YAML reads JSON
    os.environ |= {"PYGEOAPI_CONFIG": str(file), "PYGEOAPI_OPENAPI": str(openapi)}
    subprocess.run(
        [peers / "bin/pygeoapi", "openapi", "generate", file, "--output-file", openapi], check=True
    )
    tiles = "/collections/cells/tiles/WebMercatorQuad/{z}/{y}/{x}?f=mvt"
    items = "/collections/cells/items?f=json&limit=100"
    command = [str(peers / "bin/uvicorn"), "pygeoapi.starlette_app:APP", "--port", str(port)]
    return Server(address, items, items + "&bbox={bbox}", tiles), [*command, "--log-level", "error"]


def tipg(peers: Path, url: str, schema: str) -> tuple[Server, list[str]]:
    """Its server and the command that starts it."""
    port = running.free_port()
    os.environ |= {"DATABASE_URL": url, "TIPG_DB_SCHEMAS": json.dumps([schema])}
    name = f"/collections/{schema}.peer_cells"
    items, tiles = f"{name}/items?f=geojson&limit=100", f"{name}/tiles/WebMercatorQuad"
    command = [str(peers / "bin/uvicorn"), "tipg.main:app", "--port", str(port)]
    server = Server(
        f"http://127.0.0.1:{port}", items, items + "&bbox={bbox}", tiles + "/{z}/{x}/{y}"
    )
    return server, [*command, "--log-level", "error"]


def same_answers(servers: dict[str, Server]) -> None:
    """What they answer must be the same features, or their times say nothing."""
    asked = some_boxes(random.Random(7))
    found = {}
    for name, server in servers.items():
        request = urllib.request.Request(
            server.base + server.boxes.format(**asked),
            headers={"Authorization": f"Bearer {server.key}"} if server.key else {},
        )
        with urllib.request.urlopen(request) as answer:
            told = json.load(answer)
        found[name] = {str(feature["id"]) for feature in told["features"]}
        print(f"{name}: {len(found[name])} cells in {asked['bbox']}", flush=True)
    assert len(set(map(frozenset, found.values()))) == 1, "they answer different cells"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    peers = asked.peers.resolve()
    with running.system("api") as house, tempfile.TemporaryDirectory() as folder:
        url, schema = running.load_settings().database_url, os.environ["WANGGE_SCHEMA_NAME"]
        asyncio.run(table_for_peers(url, schema))
        items = "/ogc/collections/cells/items?f=json&limit=100"
        servers = {
            "wangge": Server(
                house.base, items, items + "&bbox={bbox}", "/tiles/cells/{z}/{x}/{y}.mvt", house.key
            )
        }
        commands = {}
        servers["pygeoapi"], commands["pygeoapi"] = pygeoapi(Path(folder), peers, url, schema)
        servers["tipg"], commands["tipg"] = tipg(peers, url, schema)
        started = {name: subprocess.Popen(command) for name, command in commands.items()}
        try:
            for name in started:
                running.wait_ready(f"{servers[name].base}/conformance?f=json")
            same_answers(servers)
            for what in LOADS:
                told: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
                for turn in range(asked.rounds + 1):  # the first one warms
                    for name, server in servers.items():
                        seconds = asked.seconds if turn else 2
                        told[name].append(measure(server, what, seconds, 100 + turn))
                for name, rounds in told.items():
                    _tell(what, name, rounds[1:])
        finally:
            for process in started.values():
                process.send_signal(signal.SIGTERM)
            for process in started.values():
                process.wait(30)


def _tell(what: str, name: str, rounds: list[dict[str, float]]) -> None:
    of = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    print(
        f"{what:6} {name:9} {of['rate']:7.0f} requests/s  p50 {of['p50_ms']:6.1f} ms"
        f"  p99 {of['p99_ms']:6.1f} ms  {of['kb']:6.1f} kB  not answered {of['bad']:.0f}",
        flush=True,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        server, what, seconds, seed = sys.argv[2:]
        uvloop.install()
        told = asyncio.run(load(Server(**json.loads(server)), what, float(seconds), int(seed)))
        print(json.dumps(told))
    else:
        main()
