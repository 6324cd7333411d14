"""Who is responsible for an area, over HTTP: who may read names, and who may say who is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geo_data import team_changes
from tests.api_house import CITY, House

CELL = CITY.code(0, 0)
OTHER = CITY.code(4, 4)  # the same county, another street
TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
async def team(house: House) -> None:
    text = (
        "area,department,person,name,duty\n"
        f"{CELL},,wang,王网格长,responsible\n"
        f"{CELL},,li,李备岗,backup\n"
        f"{CELL},,zhao,赵协管,assistant\n"
        f"{OTHER},,zhao,赵协管,responsible\n"
        f"{CELL[:12]},,zhou,周书记,responsible\n"
    )
    async with house.database() as conn:
        await team_changes.load_sheet(conn, "t.csv", text, (), by="tests")


async def ask(house: House, who: str, code: str = CELL):
    async with house.client(who) as client:
        return await client.get(f"/v1/areas/{code}/team")


async def enter(house: House, who: str, **body: Any):
    async with house.client(who) as client:
        return await client.post("/v1/absences", json=body)


@pytest.mark.parametrize("who", ["worker", "staff", "operator", "supervisor", "admin"])
async def test_who_works_with_them_reads_their_names(house: House, who):
    told = (await ask(house, who)).json()
    assert (told["level"], told["answered"]) == ("grid", True)
    people = [(one["duty"], one["name"], one["person"]) for one in told["team"]]
    assert people == [
        ("responsible", "王网格长", "wang"),
        ("backup", "李备岗", "li"),
        ("assistant", "赵协管", "zhao"),
    ]


@pytest.mark.parametrize("who", ["hotline", "analyst"])
async def test_others_learn_that_there_is_somebody(house: House, who):
    answer = await ask(house, who)
    assert answer.status_code == 200
    assert answer.json()["answers"] is None
    assert [one["duty"] for one in answer.json()["team"]] == ["responsible", "backup", "assistant"]
    for hidden in ("王网格长", "wang", "zhao"):
        assert hidden not in answer.text


@pytest.mark.parametrize(
    ("who", "code", "status"),
    [
        ("worker", CELL[:12], 403),
        ("staff", OTHER, 403),
        ("staff", CELL[:12], 200),
        ("source", CELL, 403),
        ("citizen", CELL, 403),
        ("admin", "1", 404),
        ("admin", "3707", 200),
    ],
)
async def test_only_the_own_area(house: House, who, code, status):
    assert (await ask(house, who, code)).status_code == status


async def test_who_answered_then(house: House):
    """People who have gone since, and who was away."""
    code = CITY.code(0, 2)
    async with house.database() as conn:
        await conn.execute(
            "INSERT INTO members (area, person, name, duty, full_time, valid_from, valid_to) VALUES"
            f" ('{code}', 'old', '老网格长', 'responsible', true, '2020-01-01Z', '2024-01-01Z'),"
            f" ('{code}', 'new', '新网格长', 'responsible', true, '2024-01-01Z', NULL)"
        )
        await conn.execute(
            "INSERT INTO absences (person, begins, ends, stand_in, by)"
            " VALUES ('old', '2023-05-01Z', '2023-06-01Z', 'friend', 'tests')"
        )
    async with house.client("admin") as client:

        async def then(**given: str) -> tuple[str | None, list[str]]:
            told = (await client.get(f"/v1/areas/{code}/team", params=given)).json()
            return told["answers"], [one["person"] for one in told["team"]]

        assert await then() == ("new", ["new"])
        assert await then(as_of="2023-12-31T23:59:59Z") == ("old", ["old"])
        assert await then(as_of="2023-05-15T00:00:00Z") == ("friend", ["old"])
        assert await then(as_of="2019-12-31T00:00:00Z") == (None, [])
        odd = await client.get(f"/v1/areas/{code}/team", params={"as_of": "then"})
    assert odd.status_code == 400


async def test_an_absence_shows_and_is_entered_once(house: House):
    body = {"person": "wang", "from": "2026-01-01T00:00:00Z", "to": TOMORROW.isoformat()}
    first = await enter(house, "staff", **body, reason="病假")
    assert first.status_code == 201, first.text
    again = await enter(house, "operator", **body)
    assert (again.status_code, again.json()) == (200, first.json())
    told = (await ask(house, "worker")).json()
    assert told["answers"] == "li"
    assert told["team"][0]["away"] == {
        "from": "2026-01-01T00:00:00+00:00",
        "to": TOMORROW.isoformat(),
        "stand_in": None,
    }
    assert "病假" not in str(told)
    async with house.database() as conn:
        done = await conn.execute("SELECT person, due_at, by FROM hand_overs")
        [(person, due_at, by)] = await done.fetchall()
        assert (person, due_at) == ("wang", datetime(2026, 1, 1, tzinfo=UTC))
        assert by.startswith("key:")


@pytest.mark.parametrize(
    ("who", "body", "status", "field"),
    [
        ("worker", {"person": "wang"}, 403, None),
        ("analyst", {"person": "wang"}, 403, None),
        ("staff", {}, 422, "/person"),
        ("staff", {"person": 7}, 422, "/person"),
        ("staff", {"person": "ghost"}, 422, "/person"),
        ("staff", {"person": "zhao"}, 403, None),  # works in another street too
        ("staff", {"person": "li", "stand_in": "li"}, 422, "/stand_in"),
        ("staff", {"person": "li", "stand_in": "ghost"}, 422, "/stand_in"),
        ("staff", {"person": "li", "to": "2026-01-01T00:00:00Z"}, 422, "/to"),
        ("staff", {"person": "li", "from": "tomorrow"}, 422, "/from"),
        ("staff", {"person": "li", "mood": "bad"}, 400, "/mood"),
        ("staff", {"person": "wang", "to": TOMORROW.isoformat()}, 422, "/from"),
    ],
)
async def test_what_cannot_be_entered(house: House, who, body, status, field):
    answer = await enter(house, who, **body)
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
