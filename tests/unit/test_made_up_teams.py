"""The people of the demonstration: complete, the same each time, and marked as made up."""

from __future__ import annotations

from datetime import UTC, datetime

from grid.model import Level
from grid.teams import Duty, Teams
from wangge.made_up_teams import Ground, made_up_teams

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
COUNTY, STREET = "370705", "370705001"
DEPARTMENTS = ("gas", "water")


def grounds(rural: bool, villages: int = 300) -> list[Ground]:
    """A county with one street of villages of one cell each."""
    found = [
        Ground("3707", Level.CITY, "", False),
        Ground(COUNTY, Level.DISTRICT, "3707", False),
        Ground(STREET, Level.STREET, COUNTY, False),
    ]
    for number in range(1, villages + 1):
        village = f"{STREET}{number:03d}"
        found.append(Ground(village, Level.COMMUNITY, STREET, rural))
        found.append(Ground(f"{village}001", Level.GRID, village, rural))
    return found


def path(number: int) -> str:
    village = f"{STREET}{number:03d}"
    return f"3707/{COUNTY}/{STREET}/{village}/{village}001/"


def skipped(rural: bool) -> int:
    teams = Teams(made_up_teams(grounds(rural), DEPARTMENTS, 7, NOW), ())
    return sum(teams.skipped(path(n), NOW) == (Level.COMMUNITY,) for n in range(1, 301))


def test_every_unit_has_somebody_responsible_and_a_backup():
    areas = grounds(rural=True)
    teams = Teams(made_up_teams(areas, DEPARTMENTS, 7, NOW), ())
    assert all(len(teams.answering(area.code, NOW)) == 2 for area in areas)
    assert all(len(teams.answering(COUNTY, NOW, code)) == 2 for code in DEPARTMENTS)


def test_about_a_third_of_the_villages_have_one_head_for_cell_and_community():
    assert 75 < skipped(rural=True) < 125
    assert skipped(rural=False) == 0


def test_they_are_the_same_each_time_and_say_that_they_are_made_up():
    first = list(made_up_teams(grounds(rural=False), DEPARTMENTS, 7, NOW))
    assert first == list(made_up_teams(grounds(rural=False), DEPARTMENTS, 7, NOW))
    assert [m.name for m in first] != [
        m.name for m in made_up_teams(grounds(rural=False), DEPARTMENTS, 8, NOW)
    ]
    assert all(m.person.startswith("demo:") and m.name.endswith("（虚构）") for m in first)
    assert {m.duty for m in first} == set(Duty)
    assert f"demo:{STREET}001001:head" in {m.person for m in first}
