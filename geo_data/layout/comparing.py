"""Two layouts compared, level by level."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.layouts.changes import LEVELS
from grid.layouts.difference import Area, difference

if TYPE_CHECKING:
    from geo_data.layout.model import Layout
    from grid.layouts.difference import Difference
    from grid.model import Level


def compared(before: Layout, after: Layout) -> dict[Level, Difference]:
    """What became of the areas of every level, from the cells up."""
    return {level: difference(_areas(before, level), _areas(after, level)) for level in LEVELS}


def _areas(layout: Layout, level: Level) -> list[Area]:
    same = layout.level(level.value)
    columns = (same[name] for name in ("code", "parent", "name", "geometry"))
    return [Area(*row) for row in zip(*columns, strict=True)]
