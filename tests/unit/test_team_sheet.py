"""The sheet of teams: what is wrong with it, and what it makes of what is stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from grid.model import Level
from grid.policy.calendar import ZONE
from grid.team_sheet import BadTeams, Register, changes_of
from grid.teams import Duty, Member

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
JANUARY = datetime(2026, 1, 1, tzinfo=ZONE).astimezone(UTC)
CELL, COMMUNITY, COUNTY = "370705001001001", "370705001001", "370705"
REGISTER = Register(
    {CELL: Level.GRID, COMMUNITY: Level.COMMUNITY, COUNTY: Level.DISTRICT, "3707": Level.CITY},
    {"water"},
    {"key:aa"},
)
HEADER = "area,department,person,name,duty,full_time,valid_from,valid_to\n"


def head(person="wang", since=JANUARY, until=None, name="王", area=CELL) -> Member:
    return Member(area, "", person, name, Duty.RESPONSIBLE, True, since, until)


def take(lines: str, *stored: Member):
    return changes_of("teams.csv", HEADER + lines, REGISTER, dict(enumerate(stored)), NOW)


WRONG = {
    "an area that is not there": ("370705001001009,,a,王,backup,,,", "area '370705001001009' is"),
    "an unknown department": (f"{COUNTY},fish,a,王,backup,,,", "department 'fish' is not known"),
    "a duty that is none": (f"{CELL},,a,王,boss,,,", "duty 'boss' is none of responsible, backup"),
    "nobody": (f"{CELL},,,王,backup,,,", "person must be an id"),
    "an id with a blank": (f"{CELL},,a b,王,backup,,,", "person must be an id"),
    "a key that is not in force": (f"{CELL},,key:zz,王,backup,,,", "'key:zz' has no key in force"),
    "no name": (f"{CELL},,a,,backup,,,", "name must have"),
    "neither full-time nor part-time": (f"{CELL},,a,王,backup,half,,", "full_time 'half' is none"),
    "no day": (f"{CELL},,a,王,backup,,soon,", "valid_from 'soon' is not a day"),
    "a time of nowhere": (f"{CELL},,a,王,backup,,,2026-12-01T08:00:00", "valid_to '2026-12-01T08"),
    "ends before it begins": (f"{CELL},,a,王,backup,,2026-05-01,2026-04-01", "ends before it"),
    "sent by nobody": (f"{CELL},,a,王,sent,,,", "comes from a department"),
    "sent to no cell": (f"{COMMUNITY},water,a,王,sent,,,", "people are sent to cells"),
    "a department of a cell": (f"{CELL},water,a,王,backup,,,", "a department works for a district"),
}


@pytest.mark.parametrize(("line", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_file_and_line(line, says):
    with pytest.raises(BadTeams) as caught:
        take(f"{CELL},,good,李,assistant,no,,\n{line}\n")
    [problem] = caught.value.problems
    assert str(problem).startswith("teams.csv:3: ")
    assert says in problem.message


TWICE = {
    "two responsible at one time": (
        f"{CELL},,a,王,responsible,,2026-01-01,2026-06-30\n{CELL},,b,李,responsible,,2026-06-30,",
        "has two with the duty responsible at one time: a from 2026-01-01 00:00 to 2026-07-01",
    ),
    "two backups": (
        f"{CELL},,a,王,backup,,,\n{CELL},,b,李,backup,,,",
        "has two with the duty back",
    ),
    "the same twice": (
        f"{CELL},,a,王,assistant,,,\n{CELL},,a,王,assistant,,,",
        "twice at one time",
    ),
    "a backup for itself": (
        f"{CELL},,a,王,responsible,,,\n{CELL},,a,王,backup,,,",
        "a is responsible and backup of",
    ),
}


@pytest.mark.parametrize(("lines", "says"), TWICE.values(), ids=TWICE)
def test_two_lines_that_exclude_each_other(lines, says):
    with pytest.raises(BadTeams) as caught:
        take(lines)
    [problem] = caught.value.problems
    assert problem.line == 3
    assert says in problem.message


def test_terms_that_follow_each_other_and_units_of_their_own():
    changes = take(
        f"{CELL},,a,王,responsible,yes,2026-01-01,2026-06-30\n"
        f"{CELL},,b,李,responsible,yes,2026-07-01,\n"
        f"{CELL},water,c,孙,sent,no,,\n"
        f"{COMMUNITY},,a,王,responsible,yes,,\n"
        f"{COUNTY},water,d,周,responsible,yes,,\n"
    )
    assert [m.person for m in changes.added] == ["a", "b", "c", "a", "d"]
    assert changes.added[0].valid_to == changes.added[1].valid_from
    assert changes.added[2].valid_from == NOW
    assert [m.full_time for m in changes.added] == [True, True, False, True, True]


def test_the_same_again_changes_nothing():
    line = f"{CELL},,wang,王,responsible,yes,,"
    changes = take(line, head())
    assert (changes.added, changes.changed, changes.dropped, changes.same) == ([], {}, [], 1)


def test_who_no_longer_stands_in_it_leaves_now_and_stays_on_record():
    changes = take(f"{CELL},,li,李,responsible,yes,,", head())
    assert changes.added == [head("li", NOW, name="李")]
    assert changes.changed == {0: head(until=NOW)}


def test_whose_term_would_have_begun_later_is_dropped_and_what_is_over_is_kept():
    over = head("old", JANUARY - timedelta(days=9), JANUARY)
    later = head("later", NOW + timedelta(days=9))
    changes = take(f"{CELL},,wang,王,responsible,yes,,2026-11-20", over, head(), later)
    assert changes.dropped == [2]
    assert list(changes.changed) == [1]
    assert changes.added == []


def test_a_beginning_in_the_past_cannot_rob_who_was_there():
    with pytest.raises(BadTeams, match="wang from 2026-01-01 00:00 to 2026-11-16 09:00"):
        take(f"{CELL},,li,李,responsible,yes,2026-06-01,", head())


def test_units_that_are_not_named_stay():
    other = head(area=COMMUNITY)
    changes = take(f"{CELL},,wang,王,responsible,yes,,", other)
    assert (changes.changed, changes.dropped) == ({}, [])


def test_columns_that_nobody_needs_may_be_left_out():
    text = f"area,person,name,duty\n{CELL},wang,王,backup\n"
    [member] = changes_of("teams.csv", text, REGISTER, {}, NOW).added
    assert member == Member(CELL, "", "wang", "王", Duty.BACKUP, False, NOW, None)
