"""Who is proposed for a new area, and the sheet that names them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from grid.layouts.difference import Change
from grid.layouts.owed import COLUMNS, Missing, Origin, proposal, sheet
from grid.model import Level
from grid.teams import Duty, Member

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def member(person, duty=Duty.RESPONSIBLE, area="old", department="", since=LONG_AGO, to=None):
    return Member(area, department, person, person.upper(), duty, True, since, to)


def test_people_are_proposed_from_when_the_layout_holds_but_not_before_their_own_term():
    later = BEGIN + 9 * DAY
    people = [member("wang", to=later), member("li", since=later), member("gone", to=BEGIN)]
    assert proposal("new", [], people, BEGIN) == (
        member("wang", area="new", since=BEGIN, to=later),
        member("li", area="new", since=later),
    )


def test_who_is_there_stays_and_nobody_gets_a_second_one_of_a_kind():
    there = [member("zhou", Duty.BACKUP, "new")]
    people = [
        member("wang"),
        member("li", Duty.BACKUP),  # there is a backup
        member("zhou", Duty.ASSISTANT),  # is the backup
        member("sun", Duty.SENT, department="water"),
    ]
    assert [one.person for one in proposal("new", there, people, BEGIN)] == ["wang", "sun"]


def lines(missing, *, ahead):
    head, *rows = sheet([missing], BEGIN, ahead=ahead).splitlines()
    assert head == ",".join(COLUMNS)
    return rows


def missing(there, people):
    origin = Origin((Change.SPLIT,), ("old",))
    proposed = proposal("new", there, people, BEGIN)
    return Missing("new", Level.GRID, "新", origin, tuple(there), "old", proposed)


def test_the_sheet_names_the_day_while_it_is_ahead_and_leaves_it_open_afterwards():
    one = missing([], [member("wang")])
    assert lines(one, ahead=True) == ["new,,wang,WANG,responsible,yes,2027-01-01T00:00:00+00:00,"]
    assert lines(one, ahead=False) == ["new,,wang,WANG,responsible,yes,,"]


def test_who_is_there_stands_in_the_sheet_as_stored_or_they_would_leave():
    one = missing([member("zhou", Duty.BACKUP, "new")], [member("wang")])
    assert lines(one, ahead=False) == [
        "new,,zhou,ZHOU,backup,yes,2026-01-01T00:00:00+00:00,",
        "new,,wang,WANG,responsible,yes,,",
    ]


def test_an_area_for_which_nobody_is_proposed_stands_in_no_sheet():
    assert lines(missing([member("zhou", Duty.BACKUP, "new")], []), ahead=True) == []
