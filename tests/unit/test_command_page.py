"""The commands' page says what the forms take, and every choice has words in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.command_fields import ALL, OWN, Word
from api.command_forms import NAMES, read
from api.command_page import command_page
from grid.errors import InvalidMessage
from grid.reports.field_objects import ListOf

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
ID = "6f1c2a34-8b1d-4c55-9e0a-1f2e3d4c5b6a"


def test_the_page_is_the_tables():
    assert PAGE.read_text(encoding="utf-8") == command_page(), "write it anew: wangge docs"


@pytest.mark.parametrize("name", NAMES)
def test_every_field_is_said_in_both_languages(name):
    for field in (*ALL, *OWN[name]):
        assert all((field.zh, field.en)), field.name
        kind = field.kind.item if isinstance(field.kind, ListOf) else field.kind
        if isinstance(kind, Word):
            assert all(zh and en for zh, en in kind.table.values()), field.name


@pytest.mark.parametrize("name", NAMES)
def test_what_is_needed_is_asked_for(name):
    needed = [field.name for field in OWN[name] if field.required]
    if needed:
        with pytest.raises(InvalidMessage) as error:
            read({"id": ID, "command": name})
        assert error.value.field == f"/{needed[0]}"
    else:
        assert read({"id": ID, "command": name}).name == name


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"command": "call_back", "reached": True, "reason": "too slow, he said"}, "/reason"),
        ({"command": "inform", "channel": "phone", "to": "Mr Wang"}, "/to"),
        ({"command": "hand_over", "person": "王五"}, "/person"),
        ({"command": "whistle", "departments": ["Gas!"]}, "/departments/0"),
        ({"command": "supervise", "kind": "internal", "grade": 4, "note": "x"}, "/grade"),
        ({"command": "attach", "files": ["A" * 64]}, "/files/0"),
        ({"command": "answer", "ask": "money", "granted": True}, "/ask"),
        ({"command": "relocate", "lon": 119, "lat": 91}, "/lat"),
    ],
)
def test_no_free_text_gets_into_an_event(body, field):
    with pytest.raises(InvalidMessage) as error:
        read({"id": ID} | body)
    assert error.value.field == field
