"""`wangge ledger`: the week's lists on the terminal or as a sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from geo_data import areas
from geo_data import figures as stored
from geo_data import ledger as cases_ledger
from geo_data.ledger_lists import ledger as week_ledger
from geo_data.ledger_lists import ledger_sheet
from geo_data.policies import PolicyStore
from geo_data.rights import RowFilter
from grid.figures import periods
from grid.policy.calendar import ZONE
from wangge.counted import path_of, run
from wangge.settings import load_settings

if TYPE_CHECKING:
    from geo_data.database import Connection
    from geo_data.ledger_lists import Entry


@click.command()
@click.option("--week", help="Such as 2026-W47; by default this one.")
@click.option("--area", default="", metavar="CODE", help="Only below this area.")
@click.option("--department", metavar="CODE", help="Only of this department.")
@click.option("--csv", "as_csv", is_flag=True, help="As a spreadsheet takes it.")
@click.option("--limit", default=1000, show_default=True, help="Cases of each list.")
def ledger(week: str | None, area: str, department: str | None, as_csv: bool, limit: int) -> None:
    """Show the week's lists (台账): what came in, what is due, what was cleared (销号)."""

    async def work(conn: Connection) -> Any:
        layout = await areas.layout_in_force(conn)
        rights = RowFilter(await path_of(conn, layout, area), "", masked=False)
        try:
            begins, ends = periods.week(week or periods.this_week(await cases_ledger.clock(conn)))
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--week") from None
        policy = await PolicyStore(load_settings().policy).now(conn)
        await stored.plain_plans(conn)
        return await week_ledger(
            conn, layout, rights, begins, ends, department=department, limit=limit, policy=policy
        )

    made = run(work)
    if as_csv:
        click.echo(ledger_sheet(made), nl=False)
        return
    titles = {"came_in": "新增 came in", "due": "应办 due", "cleared": "销号 cleared"}
    for name, rows in made.lists.items():
        click.echo(f"{titles[name]}: {len(rows)}{'+' if name in made.more else ''}")
        for entry in rows:
            click.echo(_line(entry))


def _line(entry: Entry) -> str:
    case = entry.case
    due = f"{case.promise_due.astimezone(ZONE):%m-%d %H:%M}" if case.promise_due else ""
    late = " 超期" if case.closed_late else ""
    what = f"{entry.status:<8} {entry.category} {entry.place} {entry.handler}"
    return f"  {case.number} {due:<12} {what}{late}"
