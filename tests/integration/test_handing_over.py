"""Open work that passes to others: by an event on each case, in batches, once, to who is there."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from geo_data import commanding, handing_over, ledger, team_changes, teams
from geo_data.database import connect, open_pool
from geo_data.ledger import Change
from geo_data.policies import PolicyStore, load_shipped
from grid.cases.commands import Accept, Escalate, File, Handle, Verify
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.ids import time_ordered
from grid.model import Level, Place, Source, Status
from grid.principal import RULES, Principal, Role
from grid.reports.report import Report
from grid.teams import Absence
from streams.absences import HandOvers
from streams.wake import Bell
from tests import city

CITY = city.City()
CELL, OTHER = CITY.code(0, 0), CITY.code(1, 0)
PATH = CITY.path(0, 0)
RUBBISH = "event.01.10"
POLICY = load_shipped("default")
HEADER = "area,person,name,duty,full_time,valid_from\n"
SHEET = HEADER + (
    f"{CELL},wang,王,responsible,yes,2026-01-01\n"
    f"{CELL},li,李,backup,no,2026-01-01\n"
    f"{CELL},zhao,赵,assistant,no,2026-01-01\n"
    f"{OTHER},wang,王,responsible,yes,2026-01-01\n"
    f"{OTHER},sun,孙,backup,yes,2026-01-01\n"
)


@pytest.fixture
async def conn(database_url):
    """An empty database with the city of squares and two cells' teams."""
    async with connect(database_url) as conn:
        await city.build(conn, CITY)
        await team_changes.load_sheet(conn, "t.csv", SHEET, (), by="tests")
        yield conn


async def accepted(conn, person: str, x: int = 0) -> str:
    """A case in the cell of a column, accepted by somebody of its team; its id."""
    async with conn.transaction():
        at = await ledger.clock(conn)
        lon, lat = CITY.middle(x, 0)
        report = Report(
            id=str(uuid4()),
            category=RUBBISH,
            lon=lon,
            lat=lat,
            observed_at=at,
            source=Source.WORKER,
            received_at=at,
            sender="key:somebody",
        )
        case_id = time_ordered(at, int.from_bytes(uuid4().bytes[:9]))
        [number] = await ledger.case_numbers(conn, 1, at.year)
        place = Place(CITY.path(x, 0), CITY.code(x, 0), 1, lon, lat, 1.0, None, snapped=False)
        known = Known(case_id=case_id, number=number, place=place)
        events, steps = apply(None, File(by=RULES, report=report), known, at, POLICY)
        await ledger.append(conn, [Change(None, events, steps, received_at=at)])
        worker = Principal(person, Role.WORKER, CITY.path(x, 0))
        case = await commanding.give(conn, case_id, Accept(by=worker), POLICY)
        assert case.charge.handler.person == person
    return case_id


async def now(conn) -> datetime:
    return await ledger.clock(conn)


async def run(conn, batch: int = 100) -> int:
    """Carry out all that is due; how many cases were handed over."""
    handed = 0
    while (done := await handing_over.hand_over_next(conn, POLICY, batch)) is not None:
        handed += done.handed
    return handed


async def persons(conn) -> dict[str, str]:
    done = await conn.execute("SELECT id::text, handler_person FROM cases")
    return dict(await done.fetchall())


async def handed_events(conn) -> list[tuple[str, str]]:
    done = await conn.execute(
        "SELECT case_id::text, by FROM case_events WHERE type = 'handed_over' ORDER BY case_id"
    )
    return await done.fetchall()


async def absent(conn, person: str, stand_in=None, begins=None, ends=None, by="key:office"):
    absence = Absence(person, begins or await now(conn), ends, stand_in)
    await team_changes.enter_absence(conn, absence, by=by)


async def test_an_absence_hands_over_by_an_event_on_each_case(conn):
    mine, there = await accepted(conn, "wang"), await accepted(conn, "wang", 1)
    others = await accepted(conn, "zhao")
    await absent(conn, "wang")
    assert await run(conn) == 2
    assert await persons(conn) == {mine: "li", there: "sun", others: "zhao"}
    assert await handed_events(conn) == [(c, "key:office") for c in sorted([mine, there])]
    assert await run(conn) == 0  # once is enough


async def test_a_stand_in_gets_all_of_it(conn):
    mine, there = await accepted(conn, "wang"), await accepted(conn, "wang", 1)
    await absent(conn, "wang", "zhao")
    assert await run(conn) == 2
    assert await persons(conn) == {mine: "zhao", there: "zhao"}


async def test_nothing_is_handed_back_at_the_end(conn):
    case = await accepted(conn, "wang")
    begins = await now(conn)
    await absent(conn, "wang", begins=begins, ends=begins + timedelta(milliseconds=500))
    assert await run(conn) == 1
    await asyncio.sleep(0.6)
    assert await run(conn) == 0
    assert await persons(conn) == {case: "li"}


async def test_an_absence_that_was_over_before_anybody_looked_hands_nothing_over(conn):
    case = await accepted(conn, "wang")
    begins = await now(conn)
    await absent(conn, "wang", begins=begins, ends=begins + timedelta(milliseconds=50))
    await asyncio.sleep(0.1)
    assert await run(conn) == 0
    assert await persons(conn) == {case: "wang"}


async def test_an_absence_to_come_waits_for_its_beginning(conn):
    case = await accepted(conn, "wang")
    await absent(conn, "wang", begins=await now(conn) + timedelta(milliseconds=400))
    assert await run(conn) == 0
    assert 0 < (await handing_over.next_due_s(conn)) < 0.4
    await asyncio.sleep(0.5)
    assert await run(conn) == 1
    assert await persons(conn) == {case: "li"}


async def test_where_nobody_is_there_the_work_stays_and_is_offered_again(conn):
    case = await accepted(conn, "wang")
    await absent(conn, "li")
    await absent(conn, "wang")
    assert await run(conn) == 0
    assert await persons(conn) == {case: "wang"}
    assert await handing_over.next_due_s(conn) > 500
    await conn.execute("DELETE FROM absences WHERE person = 'li'")
    await conn.execute("UPDATE hand_overs SET retry_at = clock_timestamp()")
    assert await run(conn) == 1
    assert await persons(conn) == {case: "li"}
    assert await handing_over.next_due_s(conn) is None


async def test_a_case_that_waits_for_its_check_is_handed_over_if_it_comes_back(conn):
    case = await accepted(conn, "wang")
    worker = Principal("wang", Role.WORKER, PATH)
    async with conn.transaction():
        await commanding.give(conn, case, Handle(by=worker), POLICY)
    await absent(conn, "wang")
    assert await run(conn) == 0
    async with conn.transaction():
        checker = Principal("head", Role.STAFF, "3707/")
        back = await commanding.give(conn, case, Verify(by=checker, passed=False), POLICY)
        assert (back.status, back.charge.handler.person) == (Status.WORKING, "wang")
    await conn.execute("UPDATE hand_overs SET retry_at = clock_timestamp()")
    assert await run(conn) == 1
    assert await persons(conn) == {case: "li"}


async def test_a_batch_that_was_broken_off_leaves_the_rest_to_the_next(conn):
    cases = [await accepted(conn, "wang") for _ in range(5)]
    await absent(conn, "wang")
    assert (await handing_over.hand_over_next(conn, POLICY, 2)).handed == 2
    async with conn.transaction(force_rollback=True):  # the machine stops before the end
        await handing_over.hand_over_next(conn, POLICY, 2)
    assert sum(who == "li" for who in (await persons(conn)).values()) == 2
    assert await run(conn, 2) == 3
    assert set((await persons(conn)).values()) == {"li"}
    assert [case for case, _ in await handed_events(conn)] == sorted(cases)


async def test_two_clerks_at_once_hand_every_case_over_once(conn, database_url):
    cases = [await accepted(conn, "wang") for _ in range(12)]
    await absent(conn, "wang")
    stop = asyncio.Event()
    async with open_pool(database_url, most=6) as pool:
        clerks = [HandOvers(pool, PolicyStore(), Bell(stop), stop) for _ in range(2)]
        running = [asyncio.create_task(clerk.run()) for clerk in clerks]
        async with asyncio.timeout(10):
            while set((await persons(conn)).values()) != {"li"}:  # noqa: ASYNC110 - a table
                await asyncio.sleep(0.05)
        stop.set()
        await asyncio.gather(*running)
    assert [case for case, _ in await handed_events(conn)] == sorted(cases)


async def test_who_leaves_by_a_sheet_hands_over_what_belongs_to_that_unit(conn):
    here, there = await accepted(conn, "wang"), await accepted(conn, "wang", 1)
    leaving = SHEET.replace(
        f"{CELL},wang,王,responsible,yes,2026-01-01", f"{CELL},feng,冯,responsible,,"
    )
    await team_changes.load_sheet(conn, "t.csv", leaving, (), by="tests")
    assert await run(conn) == 1
    assert await persons(conn) == {here: "feng", there: "wang"}


async def test_who_only_changes_duty_keeps_the_work(conn):
    case = await accepted(conn, "zhao")
    promoted = SHEET.replace("li,李,backup,no,2026-01-01\n", "zhao,赵,backup,no,\n").replace(
        f"{CELL},zhao,赵,assistant,no,2026-01-01\n", ""
    )
    await team_changes.load_sheet(conn, "t.csv", promoted, (), by="tests")
    assert await run(conn) == 0
    assert await persons(conn) == {case: "zhao"}


async def test_a_replacement_gets_the_work_in_that_area_only(conn):
    here, there = await accepted(conn, "wang"), await accepted(conn, "wang", 1)
    await team_changes.replace_person(conn, "wang", "zhao", PATH, name=None, by="tests")
    assert await run(conn) == 1
    assert await persons(conn) == {here: "zhao", there: "wang"}


async def test_a_level_of_the_same_people_is_skipped_and_the_case_says_so(conn):
    secretary = SHEET + f"{CELL[:12]},wang,王,responsible,yes,2026-01-01\n"
    await team_changes.load_sheet(conn, "t.csv", secretary, (), by="tests")
    case = await accepted(conn, "wang")
    worker = Principal("wang", Role.WORKER, PATH)
    named = await teams.TeamsNow().get(conn)
    async with conn.transaction():
        risen = await commanding.give(conn, case, Escalate(by=worker), POLICY, teams=named)
    assert risen.charge.level is Level.DISTRICT
    done = await conn.execute("SELECT body FROM case_events WHERE type = 'escalated'")
    [(body,)] = await done.fetchall()
    assert '"skipped","same_people","community"' in body
