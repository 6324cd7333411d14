"""The one way in which a filter is refused, and how large one may be."""

from __future__ import annotations

#: Bytes of UTF-8: what a long URL carries.
LONGEST = 16_000
#: Operators and functions within each other.
DEEPEST = 16
#: Operators and functions altogether.
OPERATORS = 200
#: Values in the list of an `in`.
LISTED = 500
#: Positions in all literal geometries.
POSITIONS = 2_000

_SHOWN = 60


class FilterRefused(ValueError):
    """A filter that is not taken: where (a JSON pointer or a character) and why, in two languages.

    `where` is empty for the whole filter. Pointers go into the filter as CQL2 JSON.
    """

    def __init__(self, where: str, en: str, zh: str) -> None:
        super().__init__(f"at {where}: {en}" if where else en)
        self.where = where
        self.en = en
        self.zh = zh


def shown(text: object) -> str:
    """What somebody wrote, short and fit for any answer."""
    plain = str(text).encode(errors="replace").decode()
    plain = "".join(c if c.isprintable() else "?" for c in plain[: _SHOWN + 1])
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 3] + "..."
