"""Who is who in the database: sheets, absences and replacements, and what is ordered by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from geo_data import areas, team_changes, teams
from geo_data.database import connect
from grid.model import Level
from grid.team_sheet import BadTeams
from grid.teams import Absence, Duty
from tests import city

CITY = city.City()
CELL = CITY.code(0, 0)
OTHER = CITY.code(1, 0)
COMMUNITY = CELL[:12]
COUNTY = CELL[:6]
PATH = CITY.path(0, 0)
HEADER = "area,department,person,name,duty,full_time,valid_from,valid_to\n"
SHEET = HEADER + (
    f"{CELL},,wang,王,responsible,yes,2026-01-01,\n"
    f"{CELL},,li,李,backup,no,2026-01-01,\n"
    f"{CELL},,zhao,赵,assistant,no,2026-01-01,\n"
    f"{CELL},water,sun,孙,sent,no,2026-01-01,\n"
    f"{COMMUNITY},,wang,王,responsible,yes,2026-01-01,\n"
    f"{COUNTY},water,zhou,周,responsible,yes,2026-01-01,\n"
)
DEPARTMENTS = ("water", "gas")


@pytest.fixture
async def conn(database_url):
    """An empty database with the city of squares."""
    async with connect(database_url) as conn:
        await city.build(conn, CITY)
        yield conn


async def take(conn, text=SHEET):
    return await team_changes.load_sheet(conn, "t.csv", text, DEPARTMENTS, by="tests")


async def now(conn) -> datetime:
    return (await (await conn.execute("SELECT clock_timestamp()")).fetchone())[0]


async def orders(conn) -> list[tuple]:
    done = await conn.execute(
        "SELECT person, successor, unit_path, department, due_at <= clock_timestamp()"
        "  FROM hand_overs WHERE done_at IS NULL ORDER BY id"
    )
    return await done.fetchall()


async def test_a_sheet_is_stored_and_read_back(conn):
    changes = await take(conn)
    assert (len(changes.added), changes.changed, changes.dropped) == (6, {}, [])
    at = await now(conn)
    known = await teams.load(conn)
    assert known.responsible(CELL, "", at) == "wang"
    assert known.answering(CELL, at) == {"wang", "li"}
    assert known.responsible(COUNTY, "water", at) == "zhou"
    assert known.skipped(PATH, at) == (Level.COMMUNITY,)
    present = await teams.of_area(conn, CELL, at)
    assert [(p.member.name, p.member.duty) for p in present] == [
        ("王", Duty.RESPONSIBLE),
        ("李", Duty.BACKUP),
        ("赵", Duty.ASSISTANT),
        ("孙", Duty.SENT),
    ]


async def test_the_same_sheet_again_changes_nothing(conn):
    await take(conn)
    before = await teams.stamp(conn)
    changes = await take(conn)
    assert (changes.same, changes.added, changes.changed) == (6, [], {})
    assert await teams.stamp(conn) == before
    assert await orders(conn) == []


async def test_a_sheet_with_a_fault_stores_nothing(conn):
    with pytest.raises(BadTeams, match=r"t\.csv:8: area '1' is in no layout that holds"):
        await take(conn, SHEET + "1,,x,谁,backup,,,\n")
    assert await team_changes.empty(conn)


async def test_a_key_must_be_in_force(conn):
    with pytest.raises(BadTeams, match="'key:nobody' has no key in force"):
        await take(conn, HEADER + f"{CELL},,key:nobody,谁,backup,,,\n")


async def test_who_leaves_hands_over_to_whoever_answers_for_the_unit(conn):
    await take(conn)
    text = SHEET.replace("wang,王,responsible,yes,2026-01-01", "feng,冯,responsible,yes,", 1)
    changes = await take(conn, text)
    assert [m.person for m in changes.added] == ["feng"]
    assert (await teams.load(conn)).responsible(CELL, "", await now(conn)) == "feng"
    assert await orders(conn) == [("wang", None, PATH, "", True)]
    ended = await conn.execute("SELECT person FROM members WHERE valid_to <= clock_timestamp()")
    assert await ended.fetchall() == [("wang",)]


async def test_a_term_that_will_end_is_planned_and_planned_anew(conn):
    ending = SHEET.replace("wang,王,responsible,yes,2026-01-01,", "wang,王,responsible,yes,,{}", 1)
    await take(conn, ending.format("2099-12-31"))
    await take(conn, ending.format("2099-06-30"))
    assert await orders(conn) == [("wang", None, PATH, "", False)]
    [due] = await (await conn.execute("SELECT due_at FROM hand_overs")).fetchone()
    assert due == datetime(2099, 6, 30, 16, tzinfo=UTC)
    await take(conn, ending.format(""))
    assert await orders(conn) == []


async def test_who_was_sent_works_in_the_cells_team(conn):
    await take(conn)
    await take(conn, SHEET.replace(f"{CELL},water,sun,孙,sent,no,2026-01-01,\n", ""))
    assert await orders(conn) == [("sun", None, PATH, "", True)]


async def test_an_absence_is_entered_once(conn):
    await take(conn)
    at = await now(conn)
    absence = Absence("wang", at, at + timedelta(days=3), None, "leave")
    number, new = await team_changes.enter_absence(conn, absence, by="tests")
    assert new
    assert await team_changes.enter_absence(conn, absence, by="tests") == (number, False)
    assert await orders(conn) == [("wang", None, None, "", True)]
    known = await teams.load(conn)
    assert known.responsible(CELL, "", at) == "li"
    assert known.responsible(CELL, "", at + timedelta(days=3)) == "wang"
    [first, *_] = await teams.of_area(conn, CELL, at)
    assert first.away is not None
    for begins, ends in (
        (at + timedelta(days=1), None),
        (at - timedelta(days=1), at + timedelta(days=1)),
    ):
        with pytest.raises(team_changes.Overlapping, match="is away from"):
            await team_changes.enter_absence(conn, Absence("wang", begins, ends), by="tests")
    after = Absence("wang", at + timedelta(days=3), None)
    assert (await team_changes.enter_absence(conn, after, by="tests"))[1]


async def test_a_replacement_takes_all_duties_below_an_area(conn):
    await take(conn)
    added = await team_changes.replace_person(
        conn, "wang", "li", f"3707/{COUNTY}/", name=None, by="tests"
    )
    assert {(m.area, m.duty, m.name) for m in added} == {
        (CELL, Duty.RESPONSIBLE, "李"),
        (COMMUNITY, Duty.RESPONSIBLE, "李"),
    }
    at = await now(conn)
    known = await teams.load(conn)
    assert known.answering(CELL, at) == {"li"}  # nobody is the backup of oneself
    community = PATH[: -len(CELL) - 1]
    assert sorted(await orders(conn), key=str) == sorted(
        [
            ("wang", "li", PATH, "", True),
            ("wang", "li", community, "", True),
            ("li", None, PATH, "", True),
        ],
        key=str,
    )


async def test_a_replacement_needs_somebody_to_replace_and_a_name(conn):
    await take(conn)
    with pytest.raises(team_changes.NoMember, match="ghost has no duty"):
        await team_changes.replace_person(conn, "ghost", "li", "3707/", name=None, by="tests")
    with pytest.raises(team_changes.NoMember, match="name of stranger"):
        await team_changes.replace_person(conn, "wang", "stranger", "", name=None, by="tests")
    await team_changes.replace_person(conn, "wang", "stranger", "", name="新", by="tests")
    assert (await teams.load(conn)).responsible(CELL, "", await now(conn)) == "stranger"


async def test_the_database_itself_refuses_two_who_answer(conn):
    await take(conn)
    with pytest.raises(psycopg.errors.UniqueViolation):
        await conn.execute(
            "INSERT INTO members (area, person, name, duty, full_time, valid_from)"
            " VALUES (%s, 'x', 'x', 'responsible', true, now())",
            [CELL],
        )


async def test_gaps_are_listed_from_the_top_down(conn):
    await take(conn)
    layout = await areas.layout_in_force(conn)
    found = await teams.gaps(conn, layout, "3707/", departments=DEPARTMENTS)
    by_level = {
        level: [g for g in found if g.level is level and not g.department] for level in Level
    }
    assert {level: len(gaps) for level, gaps in by_level.items()} == {
        Level.CITY: 1,
        Level.DISTRICT: 1,
        Level.STREET: 4,
        Level.COMMUNITY: 15,
        Level.GRID: 63,
    }
    assert [(g.area, g.department) for g in found if g.department] == [(COUNTY, "gas")]
    cells = await teams.gaps(conn, layout, PATH, duties=(Duty.RESPONSIBLE, Duty.BACKUP))
    assert cells == []
    [other] = await teams.gaps(conn, layout, CITY.path(1, 0), levels=(Level.GRID,))
    assert other.area == OTHER


async def test_a_process_reads_again_only_when_somebody_changed_something(conn):
    clock = 0.0
    known = teams.TeamsNow(look_every_s=10, monotonic=lambda: clock)
    at = await now(conn)
    empty = await known.get(conn)
    assert empty.responsible(CELL, "", at) is None
    await take(conn)
    assert await known.get(conn) is empty
    clock = 10.0
    full = await known.get(conn)
    assert full.responsible(CELL, "", at) == "wang"
    clock = 20.0
    assert await known.get(conn) is full
