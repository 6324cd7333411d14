"""`wangge place`: schools, gas lines, hydrants … loaded from files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from geo_data.places import store
from geo_data.places.file import Columns, Given, read
from geo_data.places.kinds import kinds as published
from wangge.counted import run
from wangge.row_faults import faults_told, file_options, listed, source_option, told

if TYPE_CHECKING:
    from pathlib import Path

    from geo_data.database import Connection
    from geo_data.loaded import Loaded


@click.group()
def place() -> None:
    """Places: schools, gas lines, hydrants …; rules of the decision table can name their kinds."""


_read_options = file_options(
    click.option("--code-column", default="code", show_default=True),
    click.option("--kind-column", default="kind", show_default=True),
    click.option("--name-column", default="name", show_default=True),
    click.option("--owner-column", default="owner", show_default=True),
    click.option("--from-column", default="valid_from", show_default=True),
    click.option("--to-column", default="valid_to", show_default=True),
    click.option(
        "--word",
        "words",
        multiple=True,
        metavar="WORD=KIND",
        help="The file's word for a kind, e.g. 学校=school; repeat it.",
    ),
    click.option("--kind", default="", help="The kind of every row, where no column says it."),
    click.option("--layer", help="The layer of a GeoPackage that has several."),
    click.option("--encoding", help="Of a shapefile that does not say it, e.g. GB18030."),
)


@place.command()
@source_option
@_read_options
def load(file: Path, source: str | None, as_json: bool, **options: Any) -> None:
    """Check FILE (GeoJSON, GeoPackage, GeoParquet, shapefile) and store its places.

    A file with any fault changes nothing. It says everything that its source knows: what was there
    from the same source and is not in it ends now, and stays on record.
    """

    async def work(conn: Connection) -> Loaded:
        box = await store.city_box(conn)
        return await store.save(conn, source or file.stem, _read(file, box, **options))

    with faults_told(file, as_json=as_json):
        told(run(work), as_json=as_json)


@place.command()
@_read_options
def check(file: Path, as_json: bool, **options: Any) -> None:
    """Check FILE (GeoJSON, GeoPackage, GeoParquet, shapefile) as `load` does, and store nothing."""
    with faults_told(file, as_json=as_json):
        places = _read(file, run(store.city_box), **options)
    click.echo(f"{len(places)} places, no fault")


@place.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """List how many places of each kind each source names."""
    listed(run(store.counts), _line, as_json=as_json)


def _line(one: store.Listed) -> str:
    loaded = f"{one.loaded_at:%Y-%m-%d %H:%M}"
    return f"{one.source:<24} {one.kind:<20} {one.named:>8,}   {one.now:>8,} now   {loaded}"


@place.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def kinds(as_json: bool) -> None:
    """List the kinds of places, and within how many metres of one its zone ends."""
    listed(
        list(published().values()),
        lambda kind: (
            f"{kind.name:<20} {f'{kind.within_m:g} m' if kind.within_m is not None else '-':>6}"
            f"   {kind.zh} · {kind.en}"
        ),
        as_json=as_json,
    )


def _read(
    file: Path,
    box: tuple[float, float, float, float],
    *,
    kind: str,
    words: tuple[str, ...],
    layer: str | None,
    encoding: str | None,
    empty: bool,
    **columns: str,
) -> list[Given]:
    return read(
        file,
        box,
        Columns(
            code=columns["code_column"],
            kind=columns["kind_column"],
            name=columns["name_column"],
            owner=columns["owner_column"],
            valid_from=columns["from_column"],
            valid_to=columns["to_column"],
            words=dict(_pair(word) for word in words),
            kind_of_all=kind,
        ),
        layer=layer,
        encoding=encoding,
        empty=empty,
    )


def _pair(word: str) -> tuple[str, str]:
    theirs, equals, ours = word.partition("=")
    if not equals or not theirs or not ours:
        raise click.BadParameter(f"{word!r} is not WORD=KIND", param_hint="--word")
    return theirs, ours
