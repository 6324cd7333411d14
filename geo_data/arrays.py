"""PostgreSQL array literals: one column of many rows as one text.

The driver adapts a list element by element, in Python; one text costs a tenth of that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def plain(items: Iterable[str | None]) -> str:
    """The literal of items that need no quotes, or bring their own; None is NULL.

    Ids, codes, numbers and times only.
    """
    return "{" + ",".join(["NULL" if item is None else item for item in items]) + "}"


def quoted(items: Iterable[str | None]) -> str:
    """The literal of any texts, such as JSON or words that people chose; None is NULL."""
    return plain(None if item is None else quote(item) for item in items)


def quote(item: str) -> str:
    r"""One text as an element of a literal.

    >>> quote('C:\\ "x"')
    '"C:\\\\ \\"x\\""'
    """
    if "\\" in item:
        item = item.replace("\\", "\\\\")
    return '"' + item.replace('"', '\\"') + '"'
