"""What the columns of somebody's layout file are called: the options that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from geo_data.layout.load import Columns

if TYPE_CHECKING:
    from collections.abc import Callable


def column_options(command: Callable[..., None]) -> Callable[..., None]:
    """Options whose values `columns_of` takes."""
    for option in (
        click.option(
            "--word",
            "words",
            multiple=True,
            metavar="WORD=LEVEL",
            help="The file's word for a level, e.g. 网格=grid; repeat it.",
        ),
        click.option("--class-column", default="ur_class", show_default=True),
        click.option("--name-column", default="name", show_default=True),
        click.option("--parent-column", default="parent", show_default=True),
        click.option("--code-column", default="code", show_default=True),
        click.option("--level-column", default="level", show_default=True),
    ):
        command = option(command)
    return command


def columns_of(
    level_column: str,
    code_column: str,
    parent_column: str,
    name_column: str,
    class_column: str,
    words: tuple[str, ...],
) -> Columns:
    """The columns that the options name. Raises click.BadParameter for a word without a level."""
    levels = dict(_pair(word) for word in words)
    return Columns(level_column, code_column, parent_column, name_column, class_column, levels)


def _pair(word: str) -> tuple[str, str]:
    theirs, equals, ours = word.partition("=")
    if not equals or not theirs or not ours:
        raise click.BadParameter(f"{word!r} is not WORD=LEVEL", param_hint="--word")
    return theirs, ours
