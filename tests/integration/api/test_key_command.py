"""`wangge key`: shown once, listed without itself, revoked by its id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from geo_data.keys import digest
from tests.api_house import CITY, area_path
from wangge.key import key

if TYPE_CHECKING:
    from click.testing import Result

    from tests.api_house import House


@pytest.fixture
def command(house: House, monkeypatch):
    """Runs `wangge key …` against the house's database."""
    monkeypatch.setenv("WANGGE_DATABASE_URL", house.url)
    monkeypatch.setenv("WANGGE_SCHEMA_NAME", house.schema)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(key, arguments)

    return run


def test_a_key_is_made_shown_once_and_revoked(command):
    street = CITY.code(0, 0)[:9]
    made = command("add", "--role", "staff", "--area", street, "--name", "王", "--json")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert told["area"] == area_path(0, 0, 2)
    assert len(digest(told["key"])) == 32
    listed = command("list", "--json").stdout
    assert told["key"] not in listed
    [record] = [r for r in json.loads(listed) if r["id"] == told["id"]]
    assert (record["role"], record["name"], record["revoked_at"]) == ("staff", "王", None)
    assert command("revoke", told["id"]).exit_code == 0
    again = command("revoke", told["id"])
    assert (again.exit_code, "no key" in again.stderr) == (1, True)
    assert "revoked" in command("list").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--role", "king", "--area", "3707"), "king"),
        (("--role", "system", "--area", "3707"), "system"),
        (("--role", "staff"), "--area"),
        (("--role", "staff", "--area", "99"), "99"),
    ],
)
def test_a_wrong_wish_is_named(command, arguments, says):
    done = command("add", *arguments)
    assert done.exit_code != 0
    assert says in done.stderr
