"""`wangge docs`: write the reference pages that follow from tables in the code."""

from __future__ import annotations

from pathlib import Path

import click

from api.command_page import command_page
from grid.cases.state_page import state_page
from grid.figures.page import indicators_page
from grid.reports.page import reference_page
from wangge.cli_page import cli_page

PAGES = {
    "cli.md": cli_page,
    "commands.md": command_page,
    "indicators.md": indicators_page,
    "report.md": reference_page,
    "state-machine.md": state_page,
}


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=Path("docs/reference"),
    show_default=True,
    help="Where the pages are written.",
)
def docs(folder: Path) -> None:
    """Write the generated reference pages; tests compare them with the code."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")
        click.echo(folder / name)
