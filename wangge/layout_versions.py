"""`wangge layout publish`, `list`, `rollback`, `withdraw`: which layout holds, and from when on."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from geo_data.database import connect
from geo_data.layout import publishing
from geo_data.layout.listing import listed
from geo_data.layout.owing import counted
from grid.policy.arithmetic import clock
from wangge.failures import Failure
from wangge.layout_files import Which, checked, reading_options
from wangge.layout_owed import hint
from wangge.settings import load_settings
from wangge.when import When

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from geo_data.database import Connection
    from geo_data.layout.listing import Listed
    from geo_data.layout.publishing import Published

T = TypeVar("T")

_BEGIN = click.option(
    "--from",
    "begin",
    type=When(),
    help="From a day (2027-01-01) or a time on; by default as soon as may be.",
)
_BY = click.option("--by", default="command-line", show_default=True, help="Who does it.")
_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")


@click.command()
@click.argument("what", type=Which(), metavar="FILE|NUMBER")
@_BEGIN
@_BY
@reading_options
@_JSON
def publish(
    what: int | Path, begin: datetime | None, by: str, as_json: bool, **reading: Any
) -> None:
    """Let a layout hold from a moment at least two minutes ahead: a file's, or a stored draft.

    A day means its midnight in China. Reports received before keep the cells of before; live cases
    move once the layout holds. While one waits to begin no other can be published.
    """
    layout = what if isinstance(what, int) else checked(what, as_json=as_json, **reading)
    _told(*_do(lambda conn: _and_owed(conn, publishing.publish(conn, layout, begin, by))), as_json)


@click.command()
@_BEGIN
@click.option(
    "--to", type=int, metavar="NUMBER", help="An earlier layout; by default the one before."
)
@_BY
@_JSON
def rollback(begin: datetime | None, to: int | None, by: str, as_json: bool) -> None:
    """Let the areas of an earlier layout hold again, under a new number; nothing is deleted."""
    _told(*_do(lambda conn: _and_owed(conn, publishing.roll_back(conn, begin, by, to))), as_json)


@click.command()
@_JSON
def withdraw(as_json: bool) -> None:
    """Take back the layout that waits to begin, up to two minutes before; it is a draft again."""
    number = _do(publishing.withdraw)
    if as_json:
        click.echo(json.dumps({"layout": number}))
    else:
        click.echo(f"Layout {number} is a draft again.")


@click.command("list")
@_JSON
def list_(as_json: bool) -> None:
    """List the layouts: which holds now, which will, which did, which are drafts."""
    now = datetime.now(UTC)
    for one in _do(listed):
        click.echo(json.dumps(_row(one, now), ensure_ascii=False) if as_json else _line(one, now))


def _do(work: Callable[[Connection], Awaitable[T]]) -> T:
    async def done() -> T:
        settings = load_settings()
        async with connect(settings.database_url, schema=settings.schema_name) as conn:
            return await work(conn)

    try:
        return asyncio.run(done())
    except publishing.CannotPublish as error:
        raise Failure(f"Not done: {error}.") from error


async def _and_owed(
    conn: Connection, publishing_it: Awaitable[Published]
) -> tuple[Published, tuple[int, int]]:
    """What was published, and how many areas and keys it leaves to be seen to."""
    done = await publishing_it
    return done, await counted(conn, done.number, done.before)


def _told(done: Published, owed: tuple[int, int], as_json: bool) -> None:
    areas, keys = owed
    if as_json:
        about = {
            "layout": done.number,
            "valid_from": done.valid_from.isoformat(),
            "before": done.before,
            "owed": {"areas": areas, "keys": keys},
        }
        click.echo(json.dumps(about))
        return
    ends = "" if done.before is None else f", and ends layout {done.before}"
    click.echo(f"Layout {done.number} holds from {clock(done.valid_from)} on{ends}.")
    if (line := hint(areas, keys, done.number)) is not None:
        click.echo(line, err=True)


def _row(one: Listed, now: datetime) -> dict[str, Any]:
    return {
        "layout": one.number,
        "name": one.name,
        "source": one.source,
        "state": one.state(now),
        "valid_from": _iso(one.valid_from),
        "valid_to": _iso(one.valid_to),
        "published_at": _iso(one.published_at),
        "published_by": one.published_by,
        "cells": one.cells,
        "live_cases": one.live_cases,
        "again": one.again,
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _line(one: Listed, now: datetime) -> str:
    since = "" if one.valid_from is None else f"from {clock(one.valid_from)}"
    until = "" if one.valid_to is None else f"to {clock(one.valid_to)}"
    again = "" if one.again is None else f", the areas of {one.again}"
    by = f", published by {one.published_by}" if one.published_by else ""
    return (
        f"{one.number:>4} {one.state(now):<8} {since:<21} {until:<19} {one.cells:>7,} cells "
        f"{one.live_cases:>7,} live cases  {one.name} ({one.source}{again}{by})"
    )
