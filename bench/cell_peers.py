"""The same join — which polygon for which point — by those who do it for a living.

Each peer takes cells and points once, before the clock, in the form that it likes best, with what
index it has; then it is asked for pairs (point, cell), fetched whole. Seconds are processor seconds
of whoever works, so that others on the machine and a second core change nothing.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas
import numpy as np
import psutil
import psycopg
import pyarrow as pa
import shapely

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: Answers the join once; processor seconds.
    Peer = Callable[[], float]

#: PostGIS is asked for so many of the points, and its seconds are taken for as many as they are.
_OF_POSTGIS = 100_000


def peers(
    cells: np.ndarray, points: np.ndarray, database: str | None
) -> Iterator[tuple[str, Peer]]:
    """Those that are installed; `points` are shapely's."""
    yield f"shapely {shapely.__version__} STRtree", _strtree(cells, points)
    yield "the same, prepared polygons", _prepared(cells, points)
    yield f"geopandas {geopandas.__version__} sjoin", _sjoin(cells, points)
    for name, made in (("SedonaDB", _sedona), ("DuckDB spatial", _duckdb)):
        try:
            peer = made(cells, points)
        except ImportError:
            print(f"{name} is not installed")
        else:
            yield name, peer
    if database:
        yield "PostGIS join", _postgis(cells, points, database, _OF_POSTGIS)


def _own(join: Callable[[], Any]) -> Peer:
    def timed() -> float:
        began = time.process_time()
        join()
        return time.process_time() - began

    return timed


def _strtree(cells: np.ndarray, points: np.ndarray) -> Peer:
    tree = shapely.STRtree(cells)
    shapely.prepare(points)
    return _own(lambda: tree.query(points, predicate="intersects"))


def _prepared(cells: np.ndarray, points: np.ndarray) -> Peer:
    """The tree for the boxes alone; then each pair is asked of a prepared polygon."""
    tree, xy = shapely.STRtree(cells), shapely.get_coordinates(points)
    shapely.prepare(cells)

    def join() -> None:
        point, cell = tree.query(points)
        shapely.intersects_xy(cells[cell], xy[point, 0], xy[point, 1])

    return _own(join)


def _sjoin(cells: np.ndarray, points: np.ndarray) -> Peer:
    left = geopandas.GeoDataFrame(geometry=points, crs=4326)
    right = geopandas.GeoDataFrame(geometry=cells, crs=4326)
    return _own(lambda: geopandas.sjoin(left, right, predicate="intersects"))


def _table(shapes: np.ndarray) -> pa.Table:
    numbers = pa.array(np.arange(len(shapes)), pa.int32())
    return pa.table({"i": numbers, "wkb": pa.array(shapely.to_wkb(shapes), pa.binary())})


def _sedona(cells: np.ndarray, points: np.ndarray) -> Peer:
    import sedonadb  # noqa: PLC0415 - may not be there

    db = sedonadb.connect()
    for name, shapes in (("c", cells), ("p", points)):
        frame = db.create_data_frame(_table(shapes))
        frame.to_view("raw", overwrite=True)
        db.sql("SELECT i, ST_GeomFromWKB(wkb) AS g FROM raw").to_memtable().to_view(name)
    join = db.sql("SELECT p.i, c.i AS cell FROM p JOIN c ON ST_Intersects(c.g, p.g)")
    return _own(lambda: pa.table(join))


def _duckdb(cells: np.ndarray, points: np.ndarray) -> Peer:
    import duckdb  # noqa: PLC0415 - may not be there
    import duckdb_extension_spatial  # noqa: PLC0415 - brings the file that is loaded

    (extension,) = Path(duckdb_extension_spatial.__file__).parent.rglob("*.duckdb_extension")
    db = duckdb.connect(config={"threads": 1})
    db.load_extension(str(extension))
    for name, shapes in (("c", cells), ("p", points)):
        db.register("raw", _table(shapes))
        db.execute(f"CREATE TABLE {name} AS SELECT i, ST_GeomFromWKB(wkb) AS g FROM raw")
        db.unregister("raw")
    query = "SELECT p.i, c.i AS cell FROM p JOIN c ON ST_Intersects(c.g, p.g)"
    return _own(lambda: db.execute(query).fetchnumpy())


def _postgis(cells: np.ndarray, points: np.ndarray, database: str, n: int) -> Peer:
    connection = psycopg.connect(database, autocommit=True)
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    for name, shapes in (("c", cells), ("p", points[:n])):
        connection.execute(f"CREATE TEMP TABLE {name} (i integer, g geometry)")
        with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for row in enumerate(shapely.to_wkb(shapes, hex=True).tolist()):
                copy.write_row(row)
        connection.execute(f"CREATE INDEX ON {name} USING gist (g)")
        connection.execute(f"ANALYZE {name}")
    server = psutil.Process(connection.info.backend_pid)

    def timed() -> float:
        before = server.cpu_times()
        connection.execute("SELECT count(*) FROM p JOIN c ON ST_Covers(c.g, p.g)").fetchone()
        after = server.cpu_times()
        seconds = after.user + after.system - before.user - before.system
        return seconds * len(points) / n

    return timed
