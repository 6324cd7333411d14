"""Where the tests find their Kafka and their database, and keep what is slow to make.

`tests/conftest.py` starts both, unless WANGGE_TEST_BOOTSTRAP and WANGGE_TEST_DATABASE_URL name some
that run already. The environment is the one place where both stand: processes that tests start find
them there, too.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from kafka.admin import KafkaAdminClient
from psycopg import sql

from geo_data.database import connect
from geo_data.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

STATE = Path(os.environ.get("WANGGE_TEST_STATE", Path(__file__).parents[1] / ".wangge-test"))


_BOOTSTRAP, _DATABASE_URL = "WANGGE_TEST_BOOTSTRAP", "WANGGE_TEST_DATABASE_URL"


def named() -> bool:
    """True where it is known where both are."""
    return bool(os.environ.get(_BOOTSTRAP) and os.environ.get(_DATABASE_URL))


def name(bootstrap: str, database_url: str) -> None:
    """Say where both are."""
    os.environ[_BOOTSTRAP], os.environ[_DATABASE_URL] = bootstrap, database_url


def bootstrap() -> str:
    """The test broker's `host:port`; RuntimeError that says what to do where none is set."""
    return _set(_BOOTSTRAP)


def database_url() -> str:
    """The test database's URL; RuntimeError that says what to do where none is set."""
    return _set(_DATABASE_URL)


def _set(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise RuntimeError(f"set {variable}, or run the suite with `make test`")
    return value


@contextmanager
def own_prefix() -> Iterator[str]:
    """A prefix for topics and groups of one's own; its topics are deleted on leaving."""
    prefix = f"t{uuid4().hex[:12]}."
    yield prefix
    admin = KafkaAdminClient(bootstrap_servers=bootstrap())
    try:
        mine = [topic for topic in admin.list_topics() if topic.startswith(prefix)]
        if mine:
            admin.delete_topics(mine)
    finally:
        admin.close()


@asynccontextmanager
async def schema() -> AsyncIterator[str]:
    """A migrated schema of its own, dropped on leaving; yields its name."""
    url, own = database_url(), f"t_{uuid4().hex[:12]}"
    await migrate(url, schema=own)
    try:
        yield own
    finally:
        async with connect(url, schema=own) as conn:
            drop = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(own))
            await conn.execute(drop)
