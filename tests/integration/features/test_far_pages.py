"""A page from the middle of very many costs no more than the first one."""

from __future__ import annotations

import re

from psycopg import sql

from geo_data.database import connect, open_pool
from geo_data.features import items
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked
from geo_data.patience import quick
from geo_data.rights import RowFilter
from tests import city, services
from tests.stream_house import CITY

EVERYTHING = RowFilter("3707/", "", masked=False)
WGS84 = items.Written(4326, latitude_first=False, decimals=7)
MANY = 20_000

CASES = """
INSERT INTO cases (id, number, status, size, category, source, path, cell, layout, level,
    charge_path, handler_kind, handler_path, version, reports, received_at, changed_at, point,
    state)
SELECT lpad(to_hex(n), 32, '0')::uuid, 'n' || n, 'open', 'small', 'event.01.10', 'citizen',
       a.path, a.code, a.layout, 'grid', a.path, 'team', a.path, 1, 1, now(), now(), a.center, '{}'
  FROM generate_series(1, %s) AS n,
       (SELECT * FROM areas WHERE level = 'grid' ORDER BY code LIMIT 1) AS a"""

#: Something of the right type in whatever must not be empty.
FACTS = """
SELECT string_agg(format('%%I', column_name), ', '), string_agg(CASE data_type
         WHEN 'uuid' THEN 'id' WHEN 'text' THEN '''''' WHEN 'boolean' THEN 'false'
         WHEN 'timestamp with time zone' THEN 'received_at' ELSE '0' END, ', ')
  FROM information_schema.columns
 WHERE table_schema = %s AND table_name = 'case_facts'
   AND is_nullable = 'NO' AND column_default IS NULL"""


async def read_rows(conn, after: str | None) -> float:
    """How many rows the parts of the plan of a page take out of tables, in all."""
    told = []
    execute = conn.execute

    async def explained(text, values):
        plan = await (await execute(sql.SQL("EXPLAIN ANALYZE {}").format(text), values)).fetchall()
        told.extend(line for (line,) in plan)
        return await execute("SELECT '', '' LIMIT 0")

    conn.execute = explained
    try:
        asked = Asked(COLLECTIONS["cases"], EVERYTHING, 1)
        await items.page(conn, asked, WGS84, after=after, limit=10)
    finally:
        del conn.execute
    scans = [line for line in told if "Scan using" in line or "Seq Scan" in line]
    counts = [re.search(r"actual.* rows=([\d.]+) loops=(\d+)", line) for line in scans]
    return sum(float(found[1]) * int(found[2]) for found in counts if found)


async def test_a_page_from_the_middle_reads_only_its_own_rows():
    async with services.schema() as schema:
        url = services.database_url()
        async with connect(url, schema=schema) as conn:
            await city.build(conn, CITY)
            await conn.execute(CASES, (MANY,))
            ((names, values),) = await (await conn.execute(FACTS, (schema,))).fetchall()
            await conn.execute(f"INSERT INTO case_facts ({names}) SELECT {values} FROM cases")
            await conn.execute("ANALYZE cases, case_facts, areas")
        pool = open_pool(url, schema=schema, single=quick(8))
        async with pool as opened, opened.connection() as conn:
            first = await read_rows(conn, None)
            middle = await read_rows(conn, f"00000000-0000-0000-0000-{MANY // 2:012x}")
    assert 0 < first < 50
    assert 0 < middle < 50
