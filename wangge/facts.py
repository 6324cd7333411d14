"""`wangge facts`: inhabitants, households, businesses … of areas, loaded from files."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from geo_data.area_facts import store
from geo_data.area_facts.file import Columns, Fact, read
from geo_data.area_facts.measures import measures as published
from grid.policy.calendar import ZONE
from wangge.counted import run
from wangge.row_faults import faults_told, file_options, listed, source_option, told

if TYPE_CHECKING:
    from pathlib import Path

    from geo_data.database import Connection
    from geo_data.loaded import Loaded


@click.group()
def facts() -> None:
    """Facts of areas: inhabitants, households, businesses …; figures are counted by them."""


_read_options = file_options(
    click.option("--area-column", default="area", show_default=True),
    click.option("--measure-column", default="measure", show_default=True),
    click.option("--day-column", default="day", show_default=True),
    click.option("--value-column", default="value", show_default=True),
    click.option(
        "--measure", default="", help="The measure of every row, where no column says it."
    ),
    click.option("--day", default="", help="The day of every row, where no column says it."),
)


@facts.command()
@source_option
@_read_options
def load(file: Path, source: str | None, as_json: bool, **options: Any) -> None:
    """Check FILE (CSV: area, measure, day, value) and store its facts.

    A file with any fault changes nothing. It says everything that its source knows: what was there
    from the same source and is not in it ends now, and stays on record.
    """

    async def work(conn: Connection) -> Loaded:
        found = await _read(conn, file, **options)
        return await store.save(conn, source or file.stem, found)

    with faults_told(file, as_json=as_json):
        told(run(work), as_json=as_json)


@facts.command()
@_read_options
def check(file: Path, as_json: bool, **options: Any) -> None:
    """Check FILE (CSV: area, measure, day, value) as `load` does, and store nothing."""
    with faults_told(file, as_json=as_json):
        found = run(lambda conn: _read(conn, file, **options))
    click.echo(f"{len(found)} facts, no fault")


@facts.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """List what each source tells: measure, day, how many areas, the sum of all of them."""
    listed(
        run(store.counts),
        lambda one: (
            f"{one.source:<24} {one.measure:<16} {one.day}   {one.areas:>8,} areas   {one.sum:,g}"
        ),
        as_json=as_json,
    )


@facts.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def measures(as_json: bool) -> None:
    """List what can be told of an area."""
    listed(
        list(published().values()),
        lambda one: f"{one.name:<16} {one.zh} · {one.en}",
        as_json=as_json,
    )


async def _read(
    conn: Connection, file: Path, *, day: str, measure: str, empty: bool, **columns: str
) -> list[Fact]:
    given = Columns(
        area=columns["area_column"],
        measure=columns["measure_column"],
        day=columns["day_column"],
        value=columns["value_column"],
        measure_of_all=measure,
        day_of_all=day,
    )
    today = datetime.now(ZONE).date()
    return read(file, await store.codes(conn), today, given, empty=empty)
