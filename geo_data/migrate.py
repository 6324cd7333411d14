"""`wangge db migrate`: a new database gets schema.sql; an older one the migrations it lacks.

Months of the history (`case_events` is partitioned by the time in the case id) are made here and,
ahead of time, by the clerk.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from psycopg import sql

from geo_data import history, readers
from geo_data.database import connect
from geo_data.refolding import refold
from grid.ids import first_id

if TYPE_CHECKING:
    from geo_data.database import Connection

#: The migration since which a case's state says where it came from.
_ENGINE = 2

#: The migration since which is kept what cases were.
_HISTORY = 12

#: Serialises everything that changes the schema, in all processes.
_LOCK = 0x77616E67


def _migrations() -> list[tuple[int, str]]:
    found = [
        (int(entry.name.split("_")[0]), entry.read_text(encoding="utf-8"))
        for entry in files("geo_data").joinpath("migrations").iterdir()
        if entry.name.endswith(".sql")
    ]
    return sorted(found)


async def migrate(url: str, schema: str = "wangge") -> list[int]:
    """Bring the schema to today's version; the numbers of the migrations that were applied.

    A new schema gets schema.sql at once and counts as having all migrations. Safe to run from
    several processes at the same time, and again.
    """
    async with connect(url, schema=schema) as conn, conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await conn.execute("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public")
        await conn.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS schema_versions (number integer PRIMARY KEY,"
            " at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        row = await (await conn.execute("SELECT max(number) FROM schema_versions")).fetchone()
        have = row[0] if row else None
        applied = []
        if have is None:
            whole = files("geo_data").joinpath("schema.sql").read_text(encoding="utf-8")
            await conn.execute(whole)
            applied = [number for number, _ in _migrations()] or [0]
        else:
            for number, text in _migrations():
                if number > have:
                    await conn.execute(text)
                    applied.append(number)
            if _ENGINE in applied:
                await refold(conn)
            if _HISTORY in applied:
                await history.make(conn)
        for number in applied:
            await conn.execute("INSERT INTO schema_versions (number) VALUES (%s)", (number,))
        await make_months(conn, datetime.now(UTC))
        if applied:
            await readers.grant_again(conn)
        return applied


async def make_months(conn: Connection, now: datetime, ahead: int = 2) -> None:
    """Make the history's partitions for this month and the next ones; those there are kept."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(ahead + 1):
        following = (month + timedelta(days=32)).replace(day=1)
        await conn.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} PARTITION OF case_events"
                " FOR VALUES FROM ({}) TO ({})"
            ).format(
                sql.Identifier(f"case_events_{month:%Y_%m}"),
                sql.Literal(str(first_id(month))),
                sql.Literal(str(first_id(following))),
            )
        )
        month = following
