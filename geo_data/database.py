"""Connections: one pool for each process, opened in its own loop, in UTC, in one schema."""

from __future__ import annotations

from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection, sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

Connection = AsyncConnection[tuple[Any, ...]]
Pool = AsyncConnectionPool[Connection]


class Failure(StrEnum):
    """What to do about a database error, by its SQLSTATE (`classify`)."""

    TRANSIENT = "transient"  # try again with back-off
    DATA = "data"  # this content cannot be stored: try its parts one by one
    UNEXPECTED = "unexpected"  # a bug: end the process


_TRANSIENT = ("08", "40", "53", "57P", "55P03", "25P03")
_DATA = ("22", "23")


def classify(error: BaseException) -> Failure:
    """How an error that came out of the database is to be treated."""
    if isinstance(error, PoolTimeout):
        return Failure.TRANSIENT
    if not isinstance(error, psycopg.Error):
        return Failure.UNEXPECTED
    state = error.sqlstate
    if state is None:  # no answer from the server: the connection is gone
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return Failure.TRANSIENT if lost else Failure.UNEXPECTED
    if state.startswith(_TRANSIENT):
        return Failure.TRANSIENT
    return Failure.DATA if state.startswith(_DATA) else Failure.UNEXPECTED


def _configure(schema: str, session: Mapping[str, str]) -> Any:
    async def configure(conn: Connection) -> None:
        await conn.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(schema)))
        await conn.execute("SET TIME ZONE 'UTC'")
        # A process that is frozen in mid-transaction must not hold up those that took over its
        # work. The longest pause that is meant is the publisher's: it gives Kafka 12 s.
        await conn.execute("SET idle_in_transaction_session_timeout TO '15s'")
        for name, value in session.items():
            await conn.execute("SELECT set_config(%s, %s, false)", (name, value))
        await conn.commit()

    return configure


#: A server that went away without a word is noticed within half a minute, not after hours.
_LINE: dict[str, Any] = {
    "application_name": "wangge",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}


@asynccontextmanager
async def open_pool(
    url: str,
    *,
    schema: str = "wangge",
    least: int = 1,
    most: int = 4,
    wait_s: float = 10.0,
    single: Mapping[str, str] | None = None,
) -> AsyncIterator[Pool]:
    """A pool of connections whose search_path is the schema; closed on leaving.

    Opening does not wait for the database: the first use does, up to `wait_s`. With `single`, its
    connections are for single quick statements, each a transaction of its own under these settings
    of the session: nothing but the statement goes to the server and back, so that a connection was
    lost is found by the statement that fails.
    """
    pool: Pool = AsyncConnectionPool(
        url,
        min_size=least,
        max_size=most,
        timeout=wait_s,
        configure=_configure(schema, single or {}),
        check=AsyncConnectionPool.check_connection if single is None else None,
        open=False,
        kwargs=_LINE | {"autocommit": single is not None},
    )
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close(timeout=5)


@asynccontextmanager
async def connect(url: str, *, schema: str = "wangge") -> AsyncIterator[Connection]:
    """One connection outside any pool, for the command line and for LISTEN (autocommit)."""
    conn = await AsyncConnection.connect(url, autocommit=True, **_LINE)
    try:
        await conn.execute(sql.SQL("SET search_path TO {}, public").format(sql.Identifier(schema)))
        await conn.execute("SET TIME ZONE 'UTC'")
        yield conn
    finally:
        await conn.close()
