"""`wangge indicators`: figures on the terminal, or as a sheet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from geo_data import areas
from geo_data import ledger as clock
from geo_data.figure_queries import Asked
from geo_data.indicators import BY, TooMuch
from geo_data.indicators import indicators as ask
from geo_data.policies import PolicyStore
from geo_data.rights import RowFilter
from grid.figures import periods, sheet
from grid.figures.answers import Variant
from grid.figures.counting import Period
from grid.figures.figure import Shape
from grid.figures.figures import BY_NAME, FIGURES
from grid.figures.table import answer_of
from grid.model import PATH_ORDER, Level, level_of
from wangge.counted import path_of, run
from wangge.settings import load_settings

if TYPE_CHECKING:
    from typing import Any

    from geo_data.database import Connection
    from grid.figures.table import Line, Table

#: Shown where nobody names any: what fits on a terminal.
_SHORT = ("received", "handled_in_time", "closed", "closed_in_time", "rework", "satisfied", "cards")


class _Day(click.ParamType):
    """A day, from its midnight in China."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            return periods.day(value)
        except ValueError:
            self.fail(f"{value!r} is no day: write it like 2026-11-19", param, ctx)


@click.command()
@click.option("--by", type=click.Choice(BY), default="area", show_default=True)
@click.option("--area", default="", metavar="CODE", help="Only below this area.")
@click.option(
    "--level", type=click.Choice([one.value for one in Level]), help="By areas of this level."
)
@click.option("--from", "begins", type=_Day(), help="First day; by default of this month.")
@click.option("--to", "ends", type=_Day(), help="The day after the last; by default the month's.")
@click.option("--figures", default=",".join(_SHORT), show_default=True, help="Or 'all'.")
@click.option(
    "--variant", type=click.Choice([one.value for one in Variant]), default=Variant.RAW.value
)
@click.option("--department", metavar="CODE", help="Only of this department.")
@click.option("--csv", "as_csv", is_flag=True, help="As a spreadsheet takes it.")
def indicators(
    by: str,
    area: str,
    level: str | None,
    begins: datetime | None,
    ends: datetime | None,
    figures: str,
    variant: str,
    department: str | None,
    as_csv: bool,
) -> None:
    """Show figures by area, department, worker or category."""
    names = list(BY_NAME) if figures == "all" else figures.split(",")
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise click.BadParameter(
            f"there is no figure {unknown[0]}; there are {', '.join(BY_NAME)}",
            param_hint="--figures",
        )
    wanted = [figure for figure in FIGURES if figure.name in names]

    async def work(conn: Connection) -> tuple[Table, Period]:
        layout = await areas.layout_in_force(conn)
        path = await path_of(conn, layout, area)
        now = await clock.clock(conn)
        first, last = periods.month(periods.this_month(begins or now))
        period = Period(begins or first, ends or last, now)
        if period.begins >= period.ends:
            raise click.BadParameter("must lie after --from", param_hint="--to")
        place = PATH_ORDER.index(level_of(path)) + 1 if path else 1
        asked = Asked(
            rights=RowFilter(path, "", masked=False),
            period=period,
            by=by,
            level=Level(level) if level else PATH_ORDER[min(place, len(PATH_ORDER) - 1)],
            department=department,
        )
        policy = await PolicyStore(load_settings().policy).now(conn)
        try:
            made = await ask(conn, layout, wanted, asked, policy, variants=[Variant(variant)])
        except TooMuch as error:
            raise click.BadParameter(str(error), param_hint="--figures") from None
        return made, period

    table, period = run(work)
    if as_csv:
        click.echo(sheet.of_table(table, period), nl=False)
        return
    _show(table, Variant(variant), period)


def _show(table: Table, variant: Variant, period: Period) -> None:
    from rich.console import Console
    from rich.table import Table as Drawn

    drawn = Drawn(title=f"{period.begins:%Y-%m-%d} – {period.ends:%Y-%m-%d} ({variant})")
    drawn.add_column("")
    for figure in table.figures:
        drawn.add_column(f"{figure.zh}\n{figure.name}", justify="right")
    scored = any(line.scores for line in table.lines)
    if scored:
        drawn.add_column("综合得分\nscore", justify="right")
    for line in (*table.lines, *([table.rest] if table.rest else []), table.total):
        cells = [_cell(line, figure, variant) for figure in table.figures]
        if scored:
            score = line.scores[variant].value
            cells.append("–" if score is None else f"{score:.1f}")
        drawn.add_row(f"{line.name.code} {line.name.zh}".strip(), *cells)
    Console().print(drawn)


def _cell(line: Line, figure: Any, variant: Variant) -> str:
    one = answer_of(line, figure, variant)
    if one.value is None:
        return "–"
    if figure.shape is Shape.COUNT:
        return f"{one.value:,.0f}"
    place = line.ranks.get(figure.name, {}).get(variant)
    shown = f"{one.value:,.2f}" if figure.shape is Shape.PER_10000 else f"{one.value:.1%}"
    return (
        shown
        + (f" #{place}" if place else "")
        + f"\n{one.numerator:,.0f}/{one.denominator or 0:,.0f}"
    )
