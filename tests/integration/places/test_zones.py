"""The same matter beside a gas line and away from it: filed, relocated, repeated."""

from __future__ import annotations

import random

import pytest
import shapely

from geo_data import ledger
from geo_data.commanding import give
from geo_data.places import store
from geo_data.places.file import Given
from geo_data.places.zones import zones_at
from geo_data.policies import PolicyStore
from grid.cases import commands as c
from grid.principal import Principal, Role
from grid.teams import NOBODY
from grid.watching.repetition import Repeated
from streams.surge_gathering import Gathering
from tests import city
from tests.stream_house import CITY, intake_of, messages, report

#: Digging without a permit: rule E6 makes it an emergency along a gas line.
DIGGING = "event.03.03"
ADMIN = Principal("test", Role.ADMIN, "")
#: A gas line along the middles of the first row of cells.
LINE = shapely.LineString([CITY.middle(x, 0) for x in range(CITY.across)])
METRE = 1 / 110_974  # of latitude, here


def gas_line(code: str = "g1", line=LINE, **changes) -> Given:
    given = {
        "code": code, "kind": "gas_line", "name": "", "owner": "", "wkb": shapely.to_wkb(line),
        "valid_from": None, "valid_to": None, "digest": code.encode().ljust(32),
    }  # fmt: skip
    return Given(**(given | changes))


async def lay(pool, *places: Given) -> None:
    async with pool.connection() as conn:
        await store.save(conn, "gas", places)


async def file(pool, *sent, intake=None):
    """The cases of reports, in the order in which they were sent."""
    outcome = await (intake or await intake_of(pool)).take(messages(list(sent)))
    assert outcome.filed == len(sent), outcome
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT id::text, case_id::text FROM reports")
        by_report = dict(await rows.fetchall())
        cases = await ledger.lock(conn, sorted(by_report.values()))
    return [cases[by_report[one.id]] for one in sent]


def beside(metres: float):
    lon, lat = CITY.middle(2, 0)
    return report(category=DIGGING, lon=lon, lat=lat + metres * METRE)


async def test_a_batch_is_decided_by_what_lies_where(pool):
    await lay(pool, gas_line())
    cases = await file(pool, beside(0), beside(49.5), beside(50.5), beside(-49.5), beside(-3000))
    decided = [(case.matter.rule, case.matter.size.value) for case in cases]
    assert decided[0] == decided[1] == decided[3] == ("E6", "emergency")
    assert decided[2] == decided[4]
    assert decided[2][0] != "E6"
    assert decided[2][1] != "emergency"


async def test_a_running_worker_learns_of_new_places_with_the_next_batch(pool):
    intake = await intake_of(pool)
    (before,) = await file(pool, beside(0), intake=intake)
    await lay(pool, gas_line())
    (after,) = await file(pool, beside(0), intake=intake)
    await lay(pool)
    (gone,) = await file(pool, beside(0), intake=intake)
    assert [case.matter.rule == "E6" for case in (before, after, gone)] == [False, True, False]


async def test_relocated_to_a_gas_line_it_is_decided_again(pool):
    await lay(pool, gas_line())
    (case,) = await file(pool, beside(500))
    assert case.matter.rule != "E6"
    policy = PolicyStore().known.at(case.tally.last_at)
    async with pool.connection() as conn, conn.transaction():
        moved = await give(
            conn, case.id, c.Relocate(by=ADMIN), policy, position=CITY.middle(3, 0)
        )  # fmt: skip
    assert (moved.matter.rule, moved.matter.size.value) == ("E6", "emergency")


async def test_another_category_at_the_same_place_is_decided_by_the_place(pool):
    await lay(pool, gas_line())
    (case,) = await file(pool, report(category="event.01.10", lon=beside(0).lon, lat=beside(0).lat))
    policy = PolicyStore().known.at(case.tally.last_at)
    async with pool.connection() as conn, conn.transaction():
        again = await give(conn, case.id, c.Recategorise(by=ADMIN, category=DIGGING), policy)
    assert again.matter.rule == "E6"


async def test_a_repetition_beside_a_line_that_was_laid_meanwhile_goes_up(pool):
    first, again = await file(pool, beside(0), beside(1))
    await lay(pool, gas_line())
    policy = PolicyStore().known.at(first.tally.last_at)
    async with pool.connection() as conn, conn.transaction():
        gathering = Gathering(policy, NOBODY, {})
        await gathering.carry_out(conn, [], [Repeated(again.id, 2, first.id)])
        lifted = (await ledger.lock(conn, [again.id]))[again.id]
    assert lifted.charge.level.rank > again.charge.level.rank


async def test_metres_are_those_of_the_ellipsoid(pool):
    dice = random.Random(3)
    size = CITY.across * CITY.step
    corners = [
        (city.WEST + dice.random() * size, city.SOUTH + dice.random() * size) for _ in range(40)
    ]
    await lay(pool, gas_line(line=shapely.LineString(corners)))
    lons = [city.WEST + dice.random() * size for _ in range(300)]
    lats = [city.SOUTH + dice.random() * size for _ in range(300)]
    async with pool.connection() as conn:
        found = await zones_at(conn, list(zip(lons, lats, strict=True)))
        rows = await conn.execute(
            "SELECT public.ST_Distance(p.geom::public.geography, public.ST_SetSRID("
            "public.ST_MakePoint(n.lon, n.lat), 4326)::public.geography)"
            " FROM places AS p, unnest(%s::float8[], %s::float8[]) AS n (lon, lat)",
            [lons, lats],
        )
        metres = [row[0] for row in await rows.fetchall()]
    clear = [(m, bool(z)) for m, z in zip(metres, found, strict=True) if abs(m - 50) > 0.05]
    assert clear == [(m, m <= 50) for m, _ in clear]
    assert {near for _, near in clear} == {True, False}


async def test_the_map_shows_the_places_of_a_time(pool):
    await lay(pool, gas_line())
    await lay(pool)
    async with pool.connection() as conn:
        rows = await conn.execute("SELECT kind, valid_to IS NOT NULL FROM feature_places")
        assert await rows.fetchall() == [("gas_line", True)]


@pytest.mark.parametrize("n", [0, 1])
async def test_nothing_is_asked_for_nothing(pool, n):
    async with pool.connection() as conn:
        assert await zones_at(conn, [(119.0, 36.0)] * n) == [frozenset()] * n
