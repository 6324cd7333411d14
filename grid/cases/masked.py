"""A stored event as those see it who may not know where exactly somebody lives: analysts, partners.

Whatever an event holds, positions in it are rounded: a new kind of event is masked from its first
day.
"""

from __future__ import annotations

from typing import Any

#: Decimals of a degree: a cell or so, about 100 m. The same as in lists of cases.
DECIMALS = 3
_POSITIONS = frozenset({"lon", "lat"})


def masked(value: Any) -> Any:
    """The same plain JSON value with every `lon` and `lat` in it rounded."""
    if isinstance(value, dict):
        return {
            name: round(one, DECIMALS)
            if name in _POSITIONS and isinstance(one, float)
            else masked(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [masked(one) for one in value]
    return value
