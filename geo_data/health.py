"""How far behind everything is: ages rather than counts, as /metrics and `status` show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_data.queries import load

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("health")


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a follower is behind: entries, and seconds since its next entry got its number."""

    name: str
    entries: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Health:
    """Ages in seconds, 0 where nothing waits.

    `unnumbered_s` of the oldest event without a feed number, `tick_overdue_s` of the tick that is
    most overdue; `ticks_failing` cases whose tick failed and is tried again, `open_rejects`,
    `unplaced_events` in no month's partition, `feed` the last number.
    """

    unnumbered_s: float
    tick_overdue_s: float
    ticks_failing: int
    open_rejects: int
    unplaced_events: int
    feed: int
    followers: tuple[Distance, ...]


async def look(conn: Connection) -> Health:
    """The health of what is stored. How far the workers are behind is Kafka's to tell."""
    row = await (await conn.execute(_SQL.ages)).fetchone()
    assert row is not None
    followers = await (await conn.execute(_SQL.followers)).fetchall()
    return Health(
        unnumbered_s=max(float(row[0] or 0), 0.0),
        tick_overdue_s=max(float(row[1] or 0), 0.0),
        ticks_failing=row[2],
        open_rejects=row[3],
        unplaced_events=row[4],
        feed=row[5],
        followers=tuple(
            Distance(name, entries, max(float(s), 0.0)) for name, entries, s in followers
        ),
    )
