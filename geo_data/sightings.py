"""What the surge watcher remembers: reports that belong to no surge yet, and standing surges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data.queries import load
from grid.watching.surges import Sighting, Standing, tile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from geo_data.database import Connection

_SQL = load("sightings")


async def told(
    conn: Connection, report_ids: Sequence[str]
) -> dict[str, tuple[datetime, Mapping[str, str] | None]]:
    """When each report was seen, by the server's clock, and the person behind it."""
    rows = await conn.execute(_SQL.told, {"ids": list(report_ids)})
    return {row[0]: (row[1], row[2]) for row in await rows.fetchall()}


async def near(
    conn: Connection,
    tiles: Sequence[int],
    classes: Sequence[str],
    since: datetime,
    until: datetime,
) -> tuple[list[Sighting], list[Standing]]:
    """Sightings seen and surges last reported between two times, in these squares and classes."""
    asked = {"tiles": list(tiles), "classes": list(classes), "since": since, "until": until}
    free = await (await conn.execute(_SQL.free, asked)).fetchall()
    standing = await (await conn.execute(_SQL.standing, asked)).fetchall()
    return [Sighting(*row) for row in free], [Standing(*row) for row in standing]


async def remember(
    conn: Connection, sightings: Sequence[Sighting], surges: Sequence[Standing]
) -> None:
    """Keep new sightings, new surges, and the last report of older ones."""
    if sightings:
        await conn.execute(
            _SQL.add_sightings,
            {
                "case_id": [s.case_id for s in sightings],
                "class": [s.class_ for s in sightings],
                "reporter": [s.reporter for s in sightings],
                "seen_at": [s.seen_at for s in sightings],
                "path": [s.path for s in sightings],
                "lon": [s.lon for s in sightings],
                "lat": [s.lat for s in sightings],
                "tile": [tile(s.lon, s.lat) for s in sightings],
            },
        )
    if surges:
        await conn.execute(
            _SQL.add_surges,
            {
                "parent": [s.parent for s in surges],
                "class": [s.class_ for s in surges],
                "first_case": [s.first_case for s in surges],
                "lon": [s.lon for s in surges],
                "lat": [s.lat for s in surges],
                "tile": [tile(s.lon, s.lat) for s in surges],
                "first_at": [s.first_at for s in surges],
                "last_at": [s.last_at for s in surges],
            },
        )


async def drop(conn: Connection, cases: Sequence[str]) -> None:
    """Forget the sightings of cases that are over or came under a parent, and surges so named."""
    if cases:
        await conn.execute(_SQL.drop_sightings, {"ids": list(cases)})
        await conn.execute(_SQL.drop_surges, {"ids": list(cases)})


async def forget(conn: Connection, before: datetime) -> None:
    """Forget what was seen before that."""
    await conn.execute(_SQL.forget_sightings, {"before": before})
