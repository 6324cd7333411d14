"""How fast a million cases leave as a file of each format, and what it takes of memory.

    python -m bench.exports --database URL [--cases N]

Each format is written by a process of its own, without HTTP; what it writes is counted and dropped.
The schema that it uses is dropped at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil
from psycopg import sql

from bench.indicators import CELLS, made_up
from geo_data import case_facts
from geo_data.areas import layout_in_force
from geo_data.database import connect, open_pool
from geo_data.exports.formats import Format, Shape
from geo_data.exports.stream import chunks
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked, Part
from geo_data.migrate import migrate
from geo_data.rights import RowFilter
from tests import city
from tests.api_house import file_case

if TYPE_CHECKING:
    from geo_data.database import Connection

#: What differs from case to case; everything else is that of one that was filed.
_CASES = {
    "id": "m.id",
    "number": "m.number",
    "path": "m.path",
    "cell": "m.cell",
    "department": "(ARRAY['gas', 'roads', 'sanitation'])[1 + m.n %% 3]",
    "received_at": "t.received_at - m.n * interval '29.7 seconds'",
    "changed_at": "t.changed_at - m.n * interval '17.3 seconds'",
    "point": "public.ST_SetSRID(public.ST_MakePoint(m.lon, m.lat), 4326)",
}
_FACTS = {
    "case_id": "m.id",
    "number": "m.number",
    "path": "m.path",
    "accepted_at": "now() - m.n * interval '23.1 seconds'",
    "handled_at": "now() - m.n * interval '19.9 seconds'",
}
_MADE = """
    CREATE TABLE made AS
    SELECT n, gen_random_uuid() AS id, 'B-' || lpad(n::text, 8, '0') AS number,
           a.path, a.code AS cell, public.ST_X(a.center) + random() * 0.004 AS lon,
           public.ST_Y(a.center) + random() * 0.004 AS lat
      FROM generate_series(1, %(n)s) AS n
      JOIN (SELECT code, path, center, row_number() OVER (ORDER BY code) AS place
              FROM areas WHERE level = 'grid') AS a ON a.place = 1 + n %% %(cells)s
"""


async def fill(conn: Connection, n: int) -> None:
    """`n` cases and their facts, without the indexes that a whole reading does not use."""
    layout = await city.build(conn, CELLS)
    case = await file_case(conn, layout, 0, 0)
    facts = made_up(1)[0]._replace(case_id=case.id)
    await case_facts.write(conn, [(None, facts)])
    done = await conn.execute(
        "SELECT i.relname FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid"
        " WHERE x.indrelid IN ('cases'::regclass, 'case_facts'::regclass)"
        " AND NOT x.indisunique AND NOT x.indisprimary"
    )
    for (name,) in await done.fetchall():
        await conn.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    await conn.execute(_MADE, {"n": n, "cells": CELLS.across**2})
    for table, key, changes in (("cases", "id", _CASES), ("case_facts", "case_id", _FACTS)):
        await _multiply(conn, table, key, case.id, changes)
        await conn.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))


async def _multiply(
    conn: Connection, table: str, key: str, template: str, changes: dict[str, str]
) -> None:
    done = await conn.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = ''",
        (table,),
    )
    names = [name for (name,) in await done.fetchall()]
    values = [
        sql.SQL(changes[name]) if name in changes else sql.Identifier("t", name)  # type: ignore[arg-type]
        for name in names
    ]
    text = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM made AS m, {} AS t WHERE t.{} = %s").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(values),
        sql.Identifier(table),
        sql.Identifier(key),
    )
    await conn.execute(text, (template,))


async def export(url: str, schema: str, shape: Shape) -> dict[str, Any]:
    """Seconds, bytes, growth of memory in MB, processor seconds, the event loop's longest wait."""
    everything = RowFilter("3707/", "", masked=False)
    collection = COLLECTIONS["cases"]
    few = Part(sql.SQL("f.number < 'B-00004000'"), {})
    async with open_pool(url, schema=schema, most=1) as pool, pool.connection() as conn:
        layout = await layout_in_force(conn)
        await conn.commit()
        warm, whole = (Asked(collection, everything, layout, more=m) for m in ((few,), ()))
        async with aclosing(chunks(conn, warm, shape)) as pieces:
            async for _ in pieces:
                pass
        process = psutil.Process()
        server = psutil.Process(conn.info.backend_pid)
        resident, cpu = process.memory_info().rss, time.process_time()
        served = sum(server.cpu_times()[:2])
        late: list[float] = []
        watching = asyncio.create_task(_watch(late))
        begin, size = time.perf_counter(), 0
        async with aclosing(chunks(conn, whole, shape)) as pieces:
            async for piece in pieces:
                size += len(piece)
        took = time.perf_counter() - begin
        watching.cancel()
        served = sum(server.cpu_times()[:2]) - served
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    late.sort()
    return {
        "s": took,
        "bytes": size,
        "grown_mb": (peak - resident) / 1e6,
        "cpu_s": time.process_time() - cpu,
        "server_s": served,
        "late_ms": late[-1] * 1000,
        "late_p99_ms": late[int(len(late) * 0.99)] * 1000,
    }


async def _watch(late: list[float]) -> None:
    """How much later than asked the loop wakes somebody up, as far as this process worked then.

    The rest it waited for one of the machine's cores, which others had.
    """
    while True:
        begin, worked = time.perf_counter(), time.process_time()
        await asyncio.sleep(0.005)
        took = time.perf_counter() - begin - 0.005
        late.append(min(took, time.process_time() - worked))


async def measure(url: str, n: int) -> None:
    schema = f"bench_{uuid4().hex[:8]}"
    await migrate(url, schema=schema)
    try:
        async with connect(url, schema=schema) as conn:
            begin = time.perf_counter()
            await fill(conn, n)
            print(f"{n:,} cases made in {time.perf_counter() - begin:.0f} s")
        for form in Format:
            for packed in (False, True) if form is Format.CSV else (False,):
                words = ["--schema", schema, "--format", form.value, *(["--packed"] * packed)]
                command = [sys.executable, "-m", "bench.exports", "--database", url, *words]
                told = json.loads(await asyncio.to_thread(subprocess.check_output, command))
                name = f"{form.value}{' in gzip' if packed else ''}"
                print(
                    f"{name}: {n / told['s']:,.0f} rows/s ({told['s']:.1f} s, work"
                    f" {told['cpu_s']:.1f} s, server's {told['server_s']:.1f} s),"
                    f" {told['bytes'] / 1e6:,.0f} MB, memory +{told['grown_mb']:.0f} MB,"
                    f" loop late p99 {told['late_p99_ms']:.0f} ms,"
                    f" at most {told['late_ms']:.0f} ms; load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
    finally:
        async with connect(url) as conn:
            await conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--schema", help=argparse.SUPPRESS)
    parser.add_argument("--format", type=Format, help=argparse.SUPPRESS)
    parser.add_argument("--packed", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.schema:
        with tempfile.TemporaryDirectory() as folder:
            asked = Shape(args.format, packed=args.packed, folder=Path(folder))
            print(json.dumps(asyncio.run(export(args.database, args.schema, asked))))
    else:
        asyncio.run(measure(args.database, args.cases))
