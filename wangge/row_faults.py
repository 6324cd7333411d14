"""How commands that load rows tell what is wrong with a file."""

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

#: Faults shown without --json; a file in a wrong reference system has thousands.
_SHOWN = 40
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
