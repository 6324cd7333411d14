"""`wangge appraisals`: what communities say of their workers, loaded from a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_data import figures as stored
from geo_data.figures import Appraisal
from grid.figures import periods
from wangge.counted import run

if TYPE_CHECKING:
    from geo_data.database import Connection

_BY = "command-line"


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def appraisals(file: Path) -> None:
    """Load what communities say of their workers from FILE (CSV: person,month,mark,words).

    Marks go from 0 to 100. They are shown beside a worker's points and are never part of them.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name} is not UTF-8: save it as such") from None
    given, problems = _read_appraisals(text, file.name)
    for problem in problems[:40]:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException("nothing was stored")

    async def work(conn: Connection) -> None:
        await stored.load_appraisals(conn, given)

    run(work)
    click.echo(json.dumps({"loaded": len(given)}))


def _read_appraisals(text: str, name: str) -> tuple[list[Appraisal], list[str]]:
    rows = csv.DictReader(text.splitlines())
    wanted = {"person", "month", "mark", "words"}
    if set(rows.fieldnames or ()) != wanted:
        return [], [f"{name}:1: the columns must be {', '.join(sorted(wanted))}"]
    given: dict[tuple[str, str], Appraisal] = {}
    problems = []
    for row in rows:
        where = f"{name}:{rows.line_num}"
        try:
            periods.month(row["month"] or "")
            mark = float(row["mark"] or "")
        except ValueError as error:
            problems.append(f"{where}: {error}")
            continue
        if not row["person"] or not 0 <= mark <= 100:  # noqa: PLR2004 - the scale
            problems.append(f"{where}: needs a person and a mark from 0 to 100")
            continue
        key = (row["person"], row["month"])
        if key in given:
            problems.append(f"{where}: {key[0]} stands there for {key[1]} already")
        given[key] = Appraisal(*key, mark, row["words"] or "", _BY)
    return list(given.values()), problems
