"""How long a month of one district takes, of 200,000 cases: all figures, by community.

    python -m bench.indicators --database URL [--cases N]

The schema that it uses is dropped at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import psutil
from psycopg import sql

from geo_data import case_facts, figures
from geo_data.database import connect
from geo_data.figure_queries import Asked, tallies
from geo_data.migrate import migrate
from geo_data.rights import RowFilter
from grid.figures.counting import Period
from grid.figures.figures import FIGURES
from grid.figures.fold import facts_of
from grid.model import Level
from tests import city, lives

if TYPE_CHECKING:
    from geo_data.database import Connection
    from grid.figures.facts import CaseFacts

_DIFFERENT = 5000
#: About as many districts as Weifang has: 12 of 64 cells.
CELLS = city.City(across=28)


def made_up(n: int) -> list[CaseFacts]:
    """Facts of `n` cases received within 60 days, of some thousand different lives."""
    rng = Random(1)
    patterns = [facts_of(life.events) for life in lives.lives(_DIFFERENT, days=60)]
    found = []
    for i in range(n):
        pattern = patterns[i % _DIFFERENT]
        x, y = rng.randrange(CELLS.across), rng.randrange(CELLS.across)
        found.append(
            pattern._replace(
                case_id=str(UUID(int=rng.getrandbits(128))),
                number=f"2026-{i:07d}",
                path=CELLS.path(x, y),
                held=tuple(
                    held._replace(area=_cut(CELLS.path(x, y), held.area.count("/")))
                    for held in pattern.held
                ),
            )
        )
    return found


def _cut(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:depth]) + "/"


async def fill(conn: Connection, facts: list[CaseFacts]) -> None:
    for start in range(0, len(facts), 10_000):
        async with conn.transaction():
            await case_facts.write(conn, [(None, one) for one in facts[start : start + 10_000]])
    for table in ("case_facts", "held_stages", "callbacks"):
        await conn.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))


async def once(conn: Connection, asked: Asked) -> tuple[float, float]:
    """Milliseconds of all figures, and of work by server and client where both are here."""
    begin = time.perf_counter()
    server = psutil.Process(conn.info.backend_pid)
    before = sum(server.cpu_times()[:2]) + time.process_time()
    async with conn.transaction():
        await figures.plain_plans(conn)
        await tallies(conn, FIGURES, asked)
    work = sum(server.cpu_times()[:2]) + time.process_time() - before
    return (time.perf_counter() - begin) * 1000, work * 1000


async def measure(url: str, n: int) -> None:
    schema = f"bench_{uuid4().hex[:8]}"
    await migrate(url, schema=schema)
    try:
        async with connect(url, schema=schema) as conn:
            await fill(conn, made_up(n))
            begins = lives.BEGIN + timedelta(days=15)
            period = Period(begins, begins + timedelta(days=30), begins + timedelta(days=45))
            district = CELLS.path(0, 0).split("/")[1]
            districts = tuple({path.split("/")[1] for _, _, path, *_ in CELLS.areas()} - {""})
            for name, path, level in (
                ("a district by community", f"3707/{district}/", Level.COMMUNITY),
                ("the city by district", "3707/", Level.DISTRICT),
                ("the city by community", "3707/", Level.COMMUNITY),
            ):
                asked = Asked(
                    RowFilter(path, "", masked=False), period, level=level, districts=districts
                )
                took = [await once(conn, asked) for _ in range(5)]
                ms, work = (statistics.median(one) for one in zip(*took, strict=True))
                print(f"{name}: {ms:,.0f} ms, {work:,.0f} of work, for {len(FIGURES)} figures")
    finally:
        async with connect(url) as conn:
            await conn.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--cases", type=int, default=200_000)
    args = parser.parse_args()
    asyncio.run(measure(args.database, args.cases))
