"""`wangge layout`: the division of a city into cells, drawn, loaded, checked; its versions."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_data.database import connect
from geo_data.layout import files, publishing, weifang
from geo_data.layout.check import figures
from geo_data.layout.picture import png
from wangge.failures import Failure
from wangge.layout_diff import diff
from wangge.layout_files import FILE, bar, checked, reading_options
from wangge.layout_owed import owed
from wangge.layout_report import report
from wangge.layout_versions import list_, publish, rollback, withdraw
from wangge.settings import load_settings

if TYPE_CHECKING:
    from geo_data.layout.model import Layout
    from wangge.settings import Settings


@click.group()
def layout() -> None:
    """Layouts of cells: drawn, loaded, checked, reported on, published."""


for command in (publish, list_, diff, owed, rollback, withdraw, report):
    layout.add_command(command)


@layout.command()
@click.argument("city", type=click.Choice(["weifang"]))
@click.option("--seed", default=weifang.DEFAULT_SEED, show_default=True, help="Draws another map.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a GeoParquet file instead of storing the layout.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def build(city: str, seed: int, out: Path | None, as_json: bool) -> None:
    """Draw the layout of CITY from real names, codes and county outlines.

    Everything below the counties is drawn by a program and marked synthetic. The same seed gives
    the same layout; what was drawn once is kept in the state folder.
    """
    settings = load_settings()
    with bar(f"drawing {city}") as progress:
        drawn, kept = files.drawn_weifang(settings.home / "layouts", seed, progress)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(kept.read_bytes())
        _say(drawn, {"file": str(out)}, as_json=as_json)
    else:
        _say(drawn, {"layout": _store(settings, drawn)}, as_json=as_json)


@layout.command()
@click.argument("file", type=FILE)
@click.option("--draft", is_flag=True, help="Only store it: `publish` lets it hold by its number.")
@reading_options
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def load(file: Path, draft: bool, as_json: bool, **reading: Any) -> None:
    """Check FILE (GeoJSON, GeoPackage, GeoParquet) and store it; the first layout holds at once.

    Where another one holds, it begins as soon as `publish` allows. A file with any fault is not
    stored; each fault is told with its feature, code, place, size.
    """
    settings = load_settings()
    found = checked(file, as_json=as_json, **reading)
    _say(found, {"layout": _store(settings, found, draft=draft)}, as_json=as_json)


@layout.command()
@click.argument("file", type=FILE)
@reading_options
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def check(file: Path, as_json: bool, **reading: Any) -> None:
    """Check FILE (GeoJSON, GeoPackage, GeoParquet) as `load` does, and store nothing."""
    _say(checked(file, as_json=as_json, **reading), {}, as_json=as_json)


@layout.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--file", "source", type=FILE, help="A GeoParquet of `build --out`.")
@click.option("--within", metavar="CODE", help="Only this area; by default the whole city.")
@click.option("--width", type=click.IntRange(50, 4000), default=1000, show_default=True)
def picture(out: Path, source: Path | None, within: str | None, width: int) -> None:
    """Draw Weifang's layout, or that in a file of `build --out`, as a PNG picture."""
    if source is None:
        with bar("drawing weifang") as progress:
            drawn, _ = files.drawn_weifang(load_settings().home / "layouts", progress=progress)
    else:
        drawn = files.read(source)
    try:
        out.write_bytes(png(drawn, width, within))
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from error
    click.echo(out)


def _store(settings: Settings, what: Layout, *, draft: bool = False) -> int:
    async def save() -> int:
        async with connect(settings.database_url, schema=settings.schema_name) as conn:
            if draft:
                return await publishing.keep(conn, what)
            return (await publishing.hold(conn, what, "command-line")).number

    try:
        return asyncio.run(save())
    except publishing.CannotPublish as error:
        raise Failure(f"Not done: {error}.") from error


def _say(what: Layout, where: dict[str, Any], *, as_json: bool) -> None:
    """Name, place and figures of a layout."""
    counted_up = figures(what.areas)
    if as_json:
        about = {"name": what.name, "seed": what.seed, **where, "levels": counted_up}
        click.echo(json.dumps(about, ensure_ascii=False, indent=2))
        return
    stored = "".join(f", {key} {value}" for key, value in where.items())
    click.echo(f"{what.name}{stored}")
    for level, figure in counted_up.items():
        synthetic = ", drawn (synthetic)" if figure["synthetic"] else ""
        click.echo(
            f"{level:>10} {figure['areas']:>7,}   {figure['least_km2']:,.2f} – "
            f"{figure['median_km2']:,.2f} – {figure['most_km2']:,.2f} km²{synthetic}"
        )
