"""Named queries: SQL lives in `sql/*.sql`, one `-- name: ident` line before each statement."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: ([a-z_]+)$", re.MULTILINE)


class Queries(SimpleNamespace):
    """The statements of one file, as attributes."""

    def __getattr__(self, name: str) -> LiteralString:  # only reached for names that are missing
        raise AttributeError(f"no query named {name!r}")


@cache
def load(name: str) -> Queries:
    """The statements of `sql/<name>.sql`. They are literals: nothing is ever put into them."""
    text = files("geo_data").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)
    named = zip(parts[1::2], parts[2::2], strict=True)
    return Queries(**{ident: cast("LiteralString", sql.strip()) for ident, sql in named})
