"""What the commands that count share: a connection in a transaction, an area by its code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import click

from geo_data import areas
from geo_data.database import connect
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from geo_data.database import Connection

T = TypeVar("T")


async def path_of(conn: Connection, layout: int, code: str) -> str:
    """The path of an area's code; everything without one."""
    if not code:
        return ""
    found = await areas.find(conn, layout, code)
    if found is None:
        raise click.ClickException(f"there is no area with the code {code}")
    return found.path


def run(work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
    """Do the work in one transaction on the database that the settings name."""
    settings = load_settings()

    async def connected() -> T:
        async with connect(settings.database_url, schema=settings.schema_name) as conn:
            try:
                async with conn.transaction():
                    return await work(conn)
            except areas.NoLayout:
                raise click.ClickException(
                    "no layout is loaded yet: `wangge layout build weifang`"
                ) from None

    return asyncio.run(connected())
