"""What commands that load rows have in common: their file, and how they tell what is wrong."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_data.row_faults import BadRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Decorator = Callable[[Callable[..., None]], Callable[..., None]]

#: Faults shown without --json; a file in a wrong reference system has thousands.
_SHOWN = 40
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


_AS_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
_EMPTY = click.option(
    "--empty", is_flag=True, help="Take a file without rows: all it said ends now."
)
#: For commands that store: where the rows come from.
source_option = click.option(
    "--source", help="Where it comes from; by default the file's name without ending."
)


def file_options(*own: Decorator) -> Decorator:
    """FILE and the options of commands that read it: their own in this order, then those of all."""
    options: list[Decorator] = [_AS_JSON, _EMPTY, *reversed(own), click.argument("file", type=FILE)]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        for option in options:
            command = option(command)
        return command

    return decorate


@contextmanager
def faults_told(file: Path, *, as_json: bool) -> Iterator[None]:
    """Ends the command with exit code 1 where the file has faults, after telling them."""
    try:
        yield
    except BadRows as bad:
        count = len(bad.faults)
        if as_json:
            told = {"faults": [asdict(fault) for fault in bad.faults]}
            click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        else:
            for fault in bad.faults[:_SHOWN]:
                click.echo(str(fault), err=True)
            if count > _SHOWN:
                click.echo(f"… and {count - _SHOWN} more (--json tells all)", err=True)
        reason = f"{file.name} has {count} fault{'s' * (count > 1)}: nothing was stored"
        raise click.ClickException(reason) from bad


def told(became: Any, *, as_json: bool) -> None:
    """Say what became of the rows."""
    counted = asdict(became)
    if as_json:
        click.echo(json.dumps(counted))
    else:
        click.echo(", ".join(f"{n} {what.replace('_', ' ')}" for what, n in counted.items()))


def listed(rows: list[Any], line: Callable[[Any], str], *, as_json: bool) -> None:
    """Print dataclasses, one a line, for people or as JSON objects."""
    for row in rows:
        click.echo(
            json.dumps(asdict(row), ensure_ascii=False, default=str) if as_json else line(row)
        )
