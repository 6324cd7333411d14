"""Layouts in files on the command line: the options that say how to read them, and their faults."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_data.layout.check import TOLERANCE_M2
from geo_data.layout.load import BadLayout
from geo_data.layout.load import load as load_file
from wangge.layout_columns import column_options, columns_of
from wangge.progress import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geo_data.layout.model import Layout, Progress

#: Faults shown without --json; a file in a wrong CRS has thousands.
_SHOWN = 40
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Which(click.ParamType):
    """The number of a stored layout, or a file."""

    name = "number or file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> int | Path:
        """Digits are a number; anything else is a file that is there."""
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        return Path(str(FILE.convert(value, param, ctx)))


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """How a file is to be read; their values are what `checked` takes."""
    for option in (
        click.option(
            "--tolerance",
            default=TOLERANCE_M2,
            show_default=True,
            help="Overlaps and gaps up to so many m² are rounding.",
        ),
        click.option("--name", "title", help="The layout's name; by default its city's."),
        column_options,
    ):
        command = option(command)
    return command


def checked(
    file: Path, title: str | None, tolerance: float, *, as_json: bool, **names: Any
) -> Layout:
    """The layout in the file; ends the command with exit code 1 where it has faults."""
    columns = columns_of(**names)
    try:
        with bar(f"checking {file.name}") as progress:
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


@contextmanager
def bar(text: str) -> Iterator[Progress]:
    """A bar for callbacks that count up to a total of their own."""
    with counted(text, 100) as told:
        yield lambda _what, done, total: told(100 * done // max(total, 1))
