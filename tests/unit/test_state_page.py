"""The page of the state machine, and the database's copy of it, say what the table says."""

from __future__ import annotations

import re
from pathlib import Path

from grid.cases.state_page import state_page
from grid.cases.transitions import BY_COMMAND, BY_NAME, TRANSITIONS
from grid.model import Status
from grid.words import STATUSES

ROOT = Path(__file__).parents[2]


def test_the_page_is_the_tables():
    page = (ROOT / "docs" / "reference" / "state-machine.md").read_text(encoding="utf-8")
    assert page == state_page(), "write it anew: wangge docs"


def test_the_database_allows_the_same_changes():
    schema = (ROOT / "geo_data" / "schema.sql").read_text(encoding="utf-8")
    listed = schema.split("INSERT INTO status_changes VALUES", 1)[1].split(";", 1)[0]
    in_database = set(re.findall(r"\('(\w+)', '(\w+)'\)", listed))
    possible = {
        (source.value, target.value)
        for row in TRANSITIONS
        for source, target in row.arrows
        if source is not None
    }
    assert in_database == possible


def test_names_and_commands_are_one_to_one():
    assert len(BY_COMMAND) == len(BY_NAME) == len(TRANSITIONS)


def test_every_status_can_be_reached_and_every_live_one_left():
    reached = {target for row in TRANSITIONS for target in row.target}
    left = {source for row in TRANSITIONS for source in row.source}
    assert reached == set(Status)
    assert {status for status in Status if status.live} <= left
    back = {row.name for row in TRANSITIONS for a, b in row.arrows if a and b.live and not a.live}
    assert back == {"reopen", "unmerge"}, "nothing else brings a case back"
    assert set(STATUSES) == set(Status)
