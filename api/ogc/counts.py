"""How many areas a layout has at each level, counted once: a layout that is kept never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data.features import items

if TYPE_CHECKING:
    from api.quick_reads import QuickReads
    from geo_data.features.reading import Asked


class Counts:
    """Remembers the counts of whole collections of areas; everything else is counted."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], int] = {}

    async def of(self, reads: QuickReads, asked: Asked) -> int | None:
        """How many features there are; None where counting takes too long."""
        key = (asked.collection.name, asked.layout)
        if key in self._known and _whole(asked):
            return self._known[key]
        found = await reads.read(lambda conn: items.count(conn, asked), asked.rights.sender)
        if found is not None and _whole(asked):
            self._known[key] = found
        return found


def _whole(asked: Asked) -> bool:
    """All areas of a level; every reader sees the same."""
    narrowed = asked.boxes or asked.equals or asked.more or asked.since or asked.until
    return bool(asked.collection.level) and not narrowed
