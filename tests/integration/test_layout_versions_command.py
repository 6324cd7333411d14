"""`wangge layout publish`, `list`, `diff`, `rollback`, `withdraw` as a user meets them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from geo_data.database import connect
from tests.integration.test_layout_command import run
from tests.integration.test_layout_store import small
from tests.services import STATE

if TYPE_CHECKING:
    from pathlib import Path

HOUR = timedelta(hours=1)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch, database_url: str) -> str:
    """The URL of an empty database that the command line uses."""
    monkeypatch.setenv("WANGGE_HOME", str(STATE))
    monkeypatch.setenv("WANGGE_DATABASE_URL", database_url)
    return database_url


@pytest.fixture
def files(tmp_path: Path) -> dict[int, Path]:
    """Layouts of so many cells as files."""
    found = {}
    for cells in (2, 3):
        found[cells] = tmp_path / f"{cells}.geojson"
        small(cells=cells).areas.to_file(found[cells], driver="GeoJSON")
    return found


def told(*arguments: str | Path) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines if arguments[0] == "list" else lines[0]


def states() -> list[tuple[int, str, int]]:
    return [(one["layout"], one["state"], one["cells"]) for one in told("list")]


async def begun(database: str, number: int) -> None:
    """As if an hour had passed since that layout began."""
    async with connect(database) as conn:
        at = datetime.now(UTC) - HOUR
        await conn.execute(
            "UPDATE layouts SET valid_from = valid_from - interval '9 hours',"
            " valid_to = CASE WHEN valid_to IS NOT NULL THEN %s END WHERE id <> %s",
            [at, number],
        )
        await conn.execute("UPDATE layouts SET valid_from = %s WHERE id = %s", [at, number])


async def test_from_the_first_layout_to_the_second_and_back(
    database: str, files: dict[int, Path]
) -> None:
    assert "layout 1" in run("load", files[2]).stdout
    assert "layout 2" in run("load", files[3], "--draft").stdout
    assert states() == [(1, "in force", 2), (2, "draft", 3)]

    later = (datetime.now(UTC) + HOUR).isoformat()
    done = told("publish", "2", "--from", later, "--by", "li")
    assert (done["layout"], done["before"]) == (2, 1)
    assert states() == [(1, "in force", 2), (2, "to come", 3)]
    refused = run("publish", files[2])
    assert refused.exit_code == 1
    assert "waits to begin: publish after that" in str(refused.exception)
    assert run("withdraw").stdout == "Layout 2 is a draft again.\n"
    said = run("publish", files[3]).stdout
    assert said.startswith("Layout 2 holds from 20")
    assert said.endswith("on, and ends layout 1.\n")

    await begun(database, 2)
    assert states() == [(1, "over", 2), (2, "in force", 3)]
    back = told("rollback", "--from", later)
    assert back["before"] == 2
    assert states() == [(1, "over", 2), (2, "in force", 3), (back["layout"], "to come", 2)]
    lines = run("list").stdout.splitlines()
    assert len(lines) == 3
    assert "the areas of 1, published by command-line" in lines[2]


async def test_a_layout_too_near_is_refused_and_says_why(
    database: str, files: dict[int, Path]
) -> None:
    run("load", files[2])
    refused = run("publish", files[3], "--from", datetime.now(UTC).isoformat())
    assert "at least 2 minutes from now" in str(refused.exception)
    assert states() == [(1, "in force", 2)]
    assert run("publish", "7").exception is not None
    assert "neither a day nor" in run("publish", files[3], "--from", "soon").stderr
    assert "does not exist" in run("publish", "nowhere.geojson").stderr


async def test_the_difference_of_stored_layouts_and_of_files(
    database: str, files: dict[int, Path]
) -> None:
    run("load", files[2])
    found = told_diff("1", files[3])
    assert found["levels"]["grid"] == {
        "before": 2, "after": 3, "split": 0, "merged": 0, "moved": 0, "renamed": 0,
        "new_parent": 0, "gone": 0, "new": 1, "unchanged": 2,
    }  # fmt: skip
    [new, *moved] = [(r["level"], r["changes"], r["before"], r["after"]) for r in found["rows"]]
    assert new == ("grid", ["new"], [], ["1111003"])
    assert {level for level, *_ in moved} == {"community", "street", "district"}
    assert set(found["thresholds"]) == {"same", "goes_on", "part"}
    said = run("diff", files[3], "1").stdout
    assert "grid: 3 before, 2 after: 1 gone, 2 unchanged" in said
    assert "    gone: 1111003 第3网格" in said
    assert "    moved: 1111 城community, 67% of its ground kept" in said
    assert "there is no layout 9" in run("diff", "1", "9").stderr


def told_diff(*arguments: str | Path) -> Any:
    done = run("diff", *arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
