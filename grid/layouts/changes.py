"""What changed from one layout to another, on every level, as JSON tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grid.layouts.difference import GOES_ON, PART, SAME, Change
from grid.model import Level

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.layouts.difference import Difference

#: From the cells up; there is one city.
LEVELS: Final = (Level.GRID, Level.COMMUNITY, Level.STREET, Level.DISTRICT)


def document(
    before: str | int, after: str | int, found: Mapping[Level, Difference]
) -> dict[str, Any]:
    """Figures of every level and a row for all that changed; what stayed is only counted.

    `before` and `after` are the layouts' numbers or files.
    """
    return {
        "before": before,
        "after": after,
        "thresholds": {"same": SAME, "goes_on": GOES_ON, "part": PART},
        "levels": {
            level.value: {"before": one.before, "after": one.after}
            | {change.value: one.count(change) for change in Change}
            for level, one in found.items()
        },
        "rows": [
            {
                "level": level.value,
                "changes": [change.value for change in row.changes],
                "before": list(row.before),
                "after": list(row.after),
                "names_before": list(row.names_before),
                "names_after": list(row.names_after),
                "kept": row.kept,
                "shared_m2": row.shared_m2,
            }
            for level, one in found.items()
            for row in one.rows
            if row.changes != (Change.UNCHANGED,)
        ],
    }
