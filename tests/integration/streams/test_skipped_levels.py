"""A late case goes past a level that the same people answer for, and says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from geo_data import team_changes
from geo_data.policies import PolicyStore
from streams.timekeeper import Timekeeper
from streams.wake import Bell
from tests.stream_house import CITY, intake_of, messages, pool_of, report

LONG_AGO = datetime.now(UTC) - timedelta(days=60)
VILLAGE, OTHER = (0, 0), (2, 0)  # cells of two communities
SECRETARY = "area,person,name,duty\n" + "".join(
    f"{code},secretary,书记,responsible\n" for code in (CITY.code(0, 0), CITY.code(0, 0)[:12])
)


async def test_the_clock_passes_over_the_secretarys_second_level(house):
    late = []
    for cell in (VILLAGE, OTHER):
        lon, lat = CITY.middle(*cell)
        late.append(report(lon=lon, lat=lat, received_at=LONG_AGO, observed_at=LONG_AGO))
    async with pool_of(house) as pool:
        async with pool.connection() as conn:
            await team_changes.load_sheet(conn, "t.csv", SECRETARY, (), by="tests")
        await (await intake_of(pool)).take(messages(late))
        stop = asyncio.Event()
        keeper = Timekeeper(pool, PolicyStore(), Bell(stop), stop)
        while await keeper.tick_due():
            pass
    risen = await house.rows(
        "SELECT c.cell, array_agg(DISTINCT e.level), bool_or(e.body LIKE '%%same_people%%')"
        "  FROM case_events AS e JOIN cases AS c ON c.id = e.case_id"
        " WHERE e.type = 'escalated' GROUP BY c.cell"
    )
    assert {cell: (set(levels), said) for cell, levels, said in risen} == {
        CITY.code(*VILLAGE): ({"district"}, True),
        CITY.code(*OTHER): ({"community", "district"}, False),
    }
