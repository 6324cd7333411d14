"""Live counters, kept by following the feed: one number for each area and measure.

An event counts at every area on its case's path, from the city to the cell. Measures:
`live.<level in charge>.<status>` (cases there now), `size.<size>`, `filed`, `gathered` (parents
of surges), `settled`, `closed` (settled included), `merged`, `rework`, `escalated.<cause>` and
`supervised.<cause>`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from geo_data import feed
from grid.model import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry

_LIVE = frozenset(status.value for status in Status if status.live)


class Counters:
    """The follower that keeps them."""

    name = "counters"
    batch = 1000

    async def take(self, conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """Add what the entries change."""
        await feed.add_counts(conn, tally(entries))


def tally(entries: Iterable[FeedEntry]) -> Counter[tuple[str, str]]:
    """By how much the entries change each (area's path, measure)."""
    counts: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        if entry.status_before in _LIVE and entry.path_before is not None:
            measure = f"live.{entry.level_before}.{entry.status_before}"
            for area in areas_on(entry.path_before):
                counts[area, measure] -= 1
        measures = list(_measures(entry))
        for area in areas_on(entry.path):
            for measure in measures:
                counts[area, measure] += 1
    return counts


def _measures(entry: FeedEntry) -> Iterator[str]:
    if entry.status in _LIVE:
        yield f"live.{entry.level}.{entry.status}"
    elif entry.status != entry.status_before:
        yield entry.status  # closed or merged
    match entry.type:
        case "filed":
            data = json.loads(entry.body)["data"]
            yield "filed" if "report" in data else "gathered"
            yield f"size.{data['matter']['size']}"
        case "settled":
            yield "settled"
        case "escalated" | "supervised":
            yield f"{entry.type}.{json.loads(entry.body)['data']['cause']}"
        case "verified" if entry.status == Status.WORKING:
            yield "rework"
        case _:
            pass


def areas_on(path: str) -> list[str]:
    """The paths of all areas on a path, the city first.

    >>> areas_on("3707/370705/")
    ['3707/', '3707/370705/']
    """
    return [path[: i + 1] for i, sign in enumerate(path) if sign == "/"]
