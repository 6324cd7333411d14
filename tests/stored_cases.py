"""Cases put straight into the table, for tests that only count where cases lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_data.database import Connection
    from tests.city import City


async def store(
    conn: Connection,
    city: City,
    x: int,
    y: int,
    *,
    count: int = 1,
    status: str = "working",
    days_ago: int = 1,
    at: tuple[float, float] | None = None,
) -> None:
    """So many cases in the middle of a cell, or where it is said, received so many days ago."""
    lon, lat = at or city.middle(x, y)
    await conn.execute(
        "INSERT INTO cases (id, number, status, size, category, source, path, cell, layout, level,"
        " charge_path, handler_kind, handler_path, version, reports, received_at, changed_at,"
        " closed_at, point, state)"
        " SELECT gen_random_uuid(), gen_random_uuid()::text, %(status)s, 'small', 'event.01.10',"
        " 'citizen', %(path)s, %(cell)s, 1, 'grid', %(path)s, 'team', %(path)s, 1, 1,"
        " now() - make_interval(days => %(days)s), now(), CASE WHEN %(over)s THEN now() END,"
        " public.ST_SetSRID(public.ST_MakePoint(%(lon)s, %(lat)s), 4326), '{}'"
        " FROM generate_series(1, %(count)s)",
        {
            "status": status,
            "over": status != "working",
            "days": days_ago,
            "path": city.path(x, y),
            "cell": city.code(x, y),
            "lon": lon,
            "lat": lat,
            "count": count,
        },
    )
