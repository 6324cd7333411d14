"""Where the tests find their database and keep what is slow to make.

`make test` sets both; without it a PostgreSQL with PostGIS must be named by hand.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from psycopg import sql

from geo_data.database import connect
from geo_data.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STATE = Path(os.environ.get("WANGGE_TEST_STATE", Path(__file__).parents[1] / ".wangge-test"))


def database_url() -> str:
    """The test database's URL; RuntimeError that says what to do where none is set."""
    url = os.environ.get("WANGGE_TEST_DATABASE_URL")
    if not url:
        raise RuntimeError("set WANGGE_TEST_DATABASE_URL, or run the suite with `make test`")
    return url


@asynccontextmanager
async def schema() -> AsyncIterator[str]:
    """A migrated schema of its own, dropped on leaving; yields its name."""
    url, name = database_url(), f"t_{uuid4().hex[:12]}"
    await migrate(url, schema=name)
    try:
        yield name
    finally:
        async with connect(url, schema=name) as conn:
            drop = sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name))
            await conn.execute(drop)
