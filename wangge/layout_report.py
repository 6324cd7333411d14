"""`wangge layout report`: a layout against the six principles, as figures, a page, JSON."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_data.database import connect
from geo_data.layout.check import TOLERANCE_M2
from geo_data.layout.load import BadLayout, read
from geo_data.layout.report.known import Known, known, stored
from geo_data.layout.report.making import make, published
from geo_data.layout.report.page import html as page
from grid.layouts import bounds as sheet
from grid.layouts.bounds import VERDICTS, Verdict
from grid.layouts.principles import GROUPS, MEASURES, REASONS, Group
from grid.layouts.report import as_json, figure_text
from wangge.layout_columns import column_options, columns_of
from wangge.layout_files import Which
from wangge.progress import step
from wangge.settings import load_settings

if TYPE_CHECKING:
    from geo_data.layout.load import Columns
    from geo_data.layout.model import Areas
    from grid.layouts.bounds import Bounds
    from grid.layouts.report import Figure, Report

#: The layout that is looked at: its number where it is stored, name, source, areas.
_Looked = tuple[int | None, str, str, "Areas"]

_OUT = click.Path(dir_okay=False, path_type=Path, allow_dash=True)
_IN = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("which", type=Which(), required=False, metavar="[NUMBER|FILE]")
@click.option("--html", "html_to", type=_OUT, metavar="OUT.html", help="Write a page with maps.")
@click.option("--json", "json_to", type=_OUT, metavar="OUT.json", help="Write JSON; - prints it.")
@click.option(
    "--before",
    type=Which(),
    metavar="NUMBER|FILE",
    help="Compare with this layout; by default the one before.",
)
@click.option("--bounds", "bounds_in", type=_IN, help="A sheet of bounds instead of ours.")
@click.option(
    "--no-database", is_flag=True, help="Only what FILE says: no cases, people, layout before."
)
@click.option(
    "--tolerance",
    default=TOLERANCE_M2,
    show_default=True,
    help="Overlaps and gaps up to so many m² are rounding.",
)
@column_options
def report(
    which: int | Path | None,
    html_to: Path | None,
    json_to: Path | None,
    before: int | Path | None,
    bounds_in: Path | None,
    no_database: bool,
    tolerance: float,
    **names: Any,
) -> None:
    """Measure a layout against the six principles, and name its worst cells.

    NUMBER is a stored layout, by default the one in force; a FILE may have faults, they are part
    of the report. The exit code is 0 whatever the verdict.
    """
    if no_database and not (isinstance(which, Path) and not isinstance(before, int)):
        raise click.UsageError("--no-database takes a FILE, and no stored layout as --before")
    columns = columns_of(**names)
    bounds = _bounds(bounds_in)
    with step("reading"):
        (number, name, source, areas), facts = _read(which, before, columns, no_database)
    named = areas.assign(feature=areas["code"]) if "feature" not in areas else areas
    with step("measuring"):
        made = make(
            named,
            facts,
            (number, name, source),
            datetime.now(UTC),
            bounds=bounds,
            tolerance_m2=tolerance,
        )
    if html_to is not None:
        with step("drawing"):
            _write(html_to, page(made, named))
    if json_to is not None:
        _write(json_to, json.dumps(as_json(made), ensure_ascii=False, allow_nan=False, indent=2))
    if Path("-") not in (html_to, json_to):
        _show(made)


def _read(
    which: int | Path | None, before: int | Path | None, columns: Columns, no_database: bool
) -> tuple[_Looked, Known]:
    """The layout, and what is known beside it."""
    own = _file(which, columns) if isinstance(which, Path) else None
    old = _file(before, columns) if isinstance(before, Path) else None
    if no_database:
        assert own is not None
        facts = Known()
    else:
        own, facts = asyncio.run(_ask(own, which, before))
    if old is not None:
        facts = Known(facts.cases, facts.facts, old[3], old[2])
    return own, facts


async def _ask(
    own: _Looked | None, which: int | Path | None, before: int | Path | None
) -> tuple[_Looked, Known]:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        try:
            if own is None:
                assert not isinstance(which, Path)
                number, found = await stored(conn, which)
                own = (number, found.name, found.source, found.areas)
            last = before if isinstance(before, int) else None
            return own, await known(conn, own[0], last)
        except LookupError as error:
            raise click.ClickException(str(error)) from error


def _file(path: Path, columns: Columns) -> _Looked:
    try:
        areas = read(path, columns)
    except BadLayout as error:
        raise click.ClickException(str(error)) from error
    cities = areas.loc[areas["level"] == "city", "name"].dropna()
    return None, cities.iloc[0] if len(cities) else path.stem, path.name, areas


def _bounds(path: Path | None) -> Bounds:
    if path is None:
        return published()
    try:
        return sheet.read(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.BadParameter(f"{path.name}: {error}", param_hint="--bounds") from error


def _write(path: Path, text: str) -> None:
    if path == Path("-"):
        click.echo(text)
    else:
        path.write_text(text + "\n", encoding="utf-8")


def _show(made: Report) -> None:
    zh, en = VERDICTS[made.verdict]
    number = "" if made.about.number is None else f", layout {made.about.number}"
    left = f" ({len(made.not_judged)} of 6 not judged)" if made.not_judged else ""
    click.echo(f"{made.about.name}{number}: {made.about.cells:,} cells, {zh} {en}{left}")
    for place, held in enumerate(made.held, 1):
        zh, en = VERDICTS[held.verdict]
        click.echo(f"\n{place} {held.principle.zh} {held.principle.en}: {zh} {en}")
        for figure in held.figures:
            click.echo(f"    {_line(figure)}")
        if held.spots:
            spot = held.spots[0]
            click.echo(f"    worst place: {spot.code or spot.feature}: {spot.reason}")
        if held.worst:
            cell = held.worst[0]
            click.echo(f"    worst cell: {cell.name} {cell.code} ({cell.place})")


def _line(figure: Figure) -> str:
    group = "" if figure.group is Group.ALL else f" ({GROUPS[figure.group][1]})"
    said = figure_text(figure)[1]
    verdict = VERDICTS[figure.verdict][1]
    if figure.verdict is Verdict.UNKNOWN and figure.reason:
        verdict = REASONS[figure.reason][1]
    ending = "" if verdict == said else f" – {verdict}"
    return f"{MEASURES[figure.measure].en}{group}: {said}{ending}"
