"""`wangge layout diff`: what became of every area from one layout to another."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click

from geo_data.database import connect
from geo_data.layout.comparing import compared
from geo_data.layout.report.known import stored
from grid.layouts.changes import document
from grid.layouts.difference import Change
from wangge.layout_files import Which, checked, reading_options
from wangge.progress import step
from wangge.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from geo_data.layout.model import Layout
    from grid.layouts.difference import Difference, Row
    from grid.model import Level

#: Rows shown without --json or --all.
_SHOWN = 40


@click.command()
@click.argument("before", type=Which(), metavar="BEFORE")
@click.argument("after", type=Which(), metavar="AFTER")
@click.option("--all", "show_all", is_flag=True, help=f"Every row, not the first {_SHOWN} a level.")
@reading_options
@click.option("--json", "as_json", is_flag=True, help="For scripts: figures and every row.")
def diff(
    before: int | Path, after: int | Path, show_all: bool, as_json: bool, **reading: Any
) -> None:
    """Tell what became of every area from one layout to another: numbers of stored ones, or files.

    Split, merged, moved (another border), renamed, under a new parent, gone, new: decided by the
    ground that areas share, not by their codes. What stayed as it was is only counted.
    """
    with step("comparing"):
        old, new = (
            asyncio.run(_stored(which))
            if isinstance(which, int)
            else checked(which, as_json=as_json, **reading)
            for which in (before, after)
        )
        found = compared(old, new)
    if as_json:
        click.echo(
            json.dumps(document(str(before), str(after), found), ensure_ascii=False, indent=2)
        )
        return
    for level, one in found.items():
        click.echo(_figures(level, one))
        changed = [row for row in one.rows if row.changes != (Change.UNCHANGED,)]
        shown = changed if show_all else changed[:_SHOWN]
        for row in shown:
            click.echo(f"    {_line(row)}")
        if len(shown) < len(changed):
            click.echo(f"    … and {len(changed) - len(shown):,} more (--all tells all)")


async def _stored(number: int) -> Layout:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        try:
            return (await stored(conn, number))[1]
        except LookupError as error:
            raise click.ClickException(str(error)) from error


def _figures(level: Level, one: Difference) -> str:
    counted = (
        f"{one.count(change):,} {change.value.replace('_', ' ')}"
        for change in Change
        if one.count(change)
    )
    return f"{level.value}: {one.before:,} before, {one.after:,} after: {', '.join(counted)}"


def _line(row: Row) -> str:
    words = ", ".join(change.value.replace("_", " ") for change in row.changes)
    before, after = _named(row.before, row.names_before), _named(row.after, row.names_after)
    if not row.after:
        return f"{words}: {before}"
    if not row.before:
        return f"{words}: {after}"
    if before == after:
        return f"{words}: {before}, {row.kept:.0%} of its ground kept"
    return f"{words}: {before} → {after}, {row.kept:.0%} of the ground kept"


def _named(codes: tuple[str, ...], names: tuple[str, ...]) -> str:
    return " + ".join(f"{code} {name}" for code, name in zip(codes, names, strict=True))
