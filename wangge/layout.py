"""`wangge layout`: draw, load and check the division of a city into cells."""

from __future__ import annotations

import asyncio
import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_data.database import connect
from geo_data.layout import files, store, weifang
from geo_data.layout.check import TOLERANCE_M2, figures
from geo_data.layout.load import BadLayout
from geo_data.layout.load import load as load_file
from geo_data.layout.picture import png
from wangge.layout_columns import column_options, columns_of
from wangge.progress import counted
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo_data.layout.model import Layout, Progress
    from wangge.settings import Settings

#: Faults shown without --json; a file in a wrong CRS has thousands.
_SHOWN = 40
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def layout() -> None:
    """Layouts of cells: drawn, loaded, checked."""


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
    with _bar(f"drawing {city}") as progress:
        drawn, kept = files.drawn_weifang(settings.home / "layouts", seed, progress)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(kept.read_bytes())
        _say(drawn, {"file": str(out)}, as_json=as_json)
    else:
        _say(drawn, {"layout": _store(settings, drawn)}, as_json=as_json)


def _source_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `load` and `check` have in common."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="For scripts."),
        click.option(
            "--tolerance",
            default=TOLERANCE_M2,
            show_default=True,
            help="Overlaps and gaps up to so many m² are rounding.",
        ),
        click.option("--name", "title", help="The layout's name; by default its city's."),
        column_options,
        click.argument("file", type=_FILE),
    ):
        command = option(command)
    return command


@layout.command()
@_source_options
def load(file: Path, as_json: bool, **options: Any) -> None:
    """Check FILE (GeoJSON, GeoPackage, GeoParquet) and store it as the layout from now on.

    A file with any fault is not stored; each fault is told with its feature, code, place, size.
    """
    settings = load_settings()
    found = _checked(file, as_json=as_json, **options)
    _say(found, {"layout": _store(settings, found)}, as_json=as_json)


@layout.command()
@_source_options
def check(file: Path, as_json: bool, **options: Any) -> None:
    """Check FILE (GeoJSON, GeoPackage, GeoParquet) as `load` does, and store nothing."""
    _say(_checked(file, as_json=as_json, **options), {}, as_json=as_json)


@layout.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--file", "source", type=_FILE, help="A GeoParquet of `build --out`.")
@click.option("--within", metavar="CODE", help="Only this area; by default the whole city.")
@click.option("--width", type=click.IntRange(50, 4000), default=1000, show_default=True)
def picture(out: Path, source: Path | None, within: str | None, width: int) -> None:
    """Draw Weifang's layout, or that in a file of `build --out`, as a PNG picture."""
    if source is None:
        with _bar("drawing weifang") as progress:
            drawn, _ = files.drawn_weifang(load_settings().home / "layouts", progress=progress)
    else:
        drawn = files.read(source)
    try:
        out.write_bytes(png(drawn, width, within))
    except KeyError as error:
        raise click.ClickException(str(error.args[0])) from error
    click.echo(out)


def _checked(
    file: Path, title: str | None, tolerance: float, *, as_json: bool, **names: Any
) -> Layout:
    """The layout in the file; ends the command with exit code 1 where it has faults."""
    columns = columns_of(**names)
    try:
        with _bar(f"checking {file.name}") as progress:
            return load_file(file, columns, name=title, tolerance_m2=tolerance, progress=progress)
    except BadLayout as bad:
        if as_json:
            told = [
                {name: getattr(fault, name) for name in fault.__slots__} for fault in bad.faults
            ]
            click.echo(json.dumps({"faults": told}, ensure_ascii=False, indent=2))
        else:
            for fault in bad.faults[:_SHOWN]:
                click.echo(str(fault), err=True)
            if len(bad.faults) > _SHOWN:
                click.echo(f"… and {len(bad.faults) - _SHOWN} more (--json tells all)", err=True)
        count = len(bad.faults)
        reason = f"{file.name} has {count} fault{'s' * (count > 1)}: nothing was stored"
        raise click.ClickException(reason) from bad


def _store(settings: Settings, what: Layout) -> int:
    async def save() -> int:
        async with connect(settings.database_url, schema=settings.schema_name) as conn:
            return await store.save(conn, what, valid_from=datetime.now(UTC))

    return asyncio.run(save())


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


@contextmanager
def _bar(text: str) -> Iterator[Progress]:
    """A bar for callbacks that count up to a total of their own."""
    with counted(text, 100) as told:
        yield lambda _what, done, total: told(100 * done // max(total, 1))
