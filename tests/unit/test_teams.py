"""Who answers for what, who stands in, and which levels the same person answers for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from grid.model import Level
from grid.policy.calendar import ZONE
from grid.teams import NOBODY, Absence, Duty, Member, Teams

NOW = datetime(2026, 11, 16, 9, tzinfo=ZONE)
DAY = timedelta(days=1)
LONG_AGO = NOW - 400 * DAY

CELL, COMMUNITY, STREET, COUNTY = "370705001001001", "370705001001", "370705001", "370705"
PATH = f"3707/{COUNTY}/{STREET}/{COMMUNITY}/{CELL}/"
DEFAULT = (Level.GRID, Level.COMMUNITY, Level.DISTRICT)
WITH_STREET = (Level.GRID, Level.COMMUNITY, Level.STREET, Level.DISTRICT)


def head(area: str, person: str, since=LONG_AGO, until=None, department: str = "") -> Member:
    return Member(area, department, person, "", Duty.RESPONSIBLE, True, since, until)


def backup(area: str, person: str, department: str = "") -> Member:
    return Member(area, department, person, "", Duty.BACKUP, False, LONG_AGO)


def away(person: str, stand_in: str | None = None, since=NOW - DAY, until=NOW + DAY) -> Absence:
    return Absence(person, since, until, stand_in)


TEAM = [
    head(CELL, "wang"),
    backup(CELL, "li"),
    Member(CELL, "", "zhao", "", Duty.ASSISTANT, False, LONG_AGO),
    Member(CELL, "water", "sun", "", Duty.SENT, False, LONG_AGO),
]

RESPONSIBLE = {
    "the responsible person": ([], "wang"),
    "the backup, while that one is away": ([away("wang")], "li"),
    "first of all the stand-in named": ([away("wang", "zhao")], "zhao"),
    "who stands in for the stand-in": ([away("wang", "zhao"), away("zhao", "sun")], "sun"),
    "the backup, where the stand-in is away too": ([away("wang", "zhao"), away("zhao")], "li"),
    "the backup's stand-in": ([away("wang"), away("li", "sun")], "sun"),
    "nobody, where all are away": ([away("wang"), away("li")], None),
    "the backup, where two stand in for each other": (
        [away("wang", "zhao"), away("zhao", "wang")],
        "li",
    ),
    "an absence that is over changes nothing": ([away("wang", until=NOW)], "wang"),
    "one that begins just now holds": ([away("wang", since=NOW)], "li"),
    "one to come does not hold yet": ([away("wang", since=NOW + DAY)], "wang"),
    "one without an end goes on": ([away("wang", until=None)], "li"),
}


@pytest.mark.parametrize(("absences", "who"), RESPONSIBLE.values(), ids=RESPONSIBLE)
def test_who_is_responsible(absences, who):
    assert Teams(TEAM, absences).responsible(CELL, "", NOW) == who


def test_a_duty_passes_from_one_to_the_next_in_an_instant():
    teams = Teams([head(CELL, "wang", LONG_AGO, NOW), head(CELL, "new", NOW)], [])
    just_before = NOW - timedelta(microseconds=1)
    assert teams.responsible(CELL, "", just_before) == "wang"
    assert teams.responsible(CELL, "", NOW) == "new"


def test_a_department_is_a_unit_of_its_own():
    teams = Teams([head(COUNTY, "chief"), head(COUNTY, "engineer", department="water")], [])
    assert teams.responsible(COUNTY, "", NOW) == "chief"
    assert teams.responsible(COUNTY, "water", NOW) == "engineer"
    assert teams.responsible(COUNTY, "gas", NOW) is None


def test_assistants_and_staff_sent_down_help_and_do_not_answer():
    assert Teams(TEAM, []).answering(CELL, NOW) == {"wang", "li"}
    assert Teams(TEAM, [away("wang", "zhao")]).answering(CELL, NOW) == {"zhao", "li"}
    assert Teams(TEAM, [away("wang"), away("li")]).answering(CELL, NOW) == frozenset()
    assert NOBODY.answering(CELL, NOW) == frozenset()


SKIPPED = {
    "all different": ({CELL: "a", COMMUNITY: "b", COUNTY: "c"}, DEFAULT, ""),
    "the secretary heads cell and community": (
        {CELL: "a", COMMUNITY: "a", COUNTY: "c"},
        DEFAULT,
        "community",
    ),
    "and the street, where it is a step": (
        {CELL: "a", COMMUNITY: "a", STREET: "a", COUNTY: "c"},
        WITH_STREET,
        "community street",
    ),
    "the street is no step: its person is not asked": (
        {CELL: "a", COMMUNITY: "b", STREET: "b", COUNTY: "c"},
        DEFAULT,
        "",
    ),
    "the step below counts, not the level below": (
        {CELL: "a", COMMUNITY: "b", STREET: "c", COUNTY: "b"},
        DEFAULT,
        "district",
    ),
    "with the street between they are two": (
        {CELL: "a", COMMUNITY: "b", STREET: "c", COUNTY: "b"},
        WITH_STREET,
        "",
    ),
    "same as the cell, but somebody else in between": (
        {CELL: "a", COMMUNITY: "b", COUNTY: "a"},
        DEFAULT,
        "",
    ),
    "nobody is not the same as nobody": ({COUNTY: "c"}, DEFAULT, ""),
    "unknown in between": ({CELL: "a", COUNTY: "a"}, DEFAULT, ""),
}


@pytest.mark.parametrize(("heads", "chain", "levels"), SKIPPED.values(), ids=SKIPPED)
def test_levels_that_the_same_person_answers_for(heads, chain, levels):
    teams = Teams([head(area, person) for area, person in heads.items()], [])
    assert " ".join(teams.skipped(PATH, NOW, chain)) == levels


def test_another_cell_of_the_same_community_has_its_own_head():
    other = CELL[:-1] + "2"
    teams = Teams([head(CELL, "a"), head(other, "b"), head(COMMUNITY, "a")], [])
    assert teams.skipped(PATH, NOW, DEFAULT) == (Level.COMMUNITY,)
    assert teams.skipped(PATH.replace(CELL, other), NOW, DEFAULT) == ()


def test_an_absence_makes_two_of_one_and_one_of_two():
    secretary = [head(CELL, "a"), head(COMMUNITY, "a"), backup(CELL, "b"), backup(COMMUNITY, "c")]
    assert Teams(secretary, []).skipped(PATH, NOW, DEFAULT) == (Level.COMMUNITY,)
    assert Teams(secretary, [away("a")]).skipped(PATH, NOW, DEFAULT) == ()
    assert Teams(secretary, [away("a", "b")]).skipped(PATH, NOW, DEFAULT) == (Level.COMMUNITY,)
    two = Teams([head(CELL, "a"), head(COMMUNITY, "b")], [away("a", "x"), away("b", "x")])
    assert two.skipped(PATH, NOW, DEFAULT) == (Level.COMMUNITY,)
    assert two.skipped(PATH, NOW + 2 * DAY, DEFAULT) == ()


@pytest.mark.parametrize("path", ["", "3707/", f"3707/{COUNTY}/"])
def test_a_path_that_ends_early_skips_nothing(path):
    teams = Teams([head(CELL, "a"), head(COMMUNITY, "a"), head(COUNTY, "a"), head("3707", "a")], [])
    assert teams.skipped(path, NOW, DEFAULT) == ()
