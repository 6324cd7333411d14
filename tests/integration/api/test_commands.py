"""Commands over HTTP: what is done, what is refused, and the same answer for the same id."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from api import command_fields, command_forms
from geo_data.commanding import salted
from grid.cases.transitions import TRANSITIONS
from tests.api_house import GAS, House


def order(command: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "command": command} | more


async def give(house: House, who: str, name: str, body: Any):
    async with house.client(who) as client:
        return await client.post(f"/v1/cases/{name}/commands", json=body)


async def events(house: House, case_id: str) -> int:
    async with house.database() as conn:
        done = await conn.execute("SELECT count(*) FROM case_events WHERE case_id = %s", [case_id])
        return (await done.fetchone())[0]


async def test_a_case_goes_its_way(house: House):
    case = await house.file()
    accepted = await give(house, "worker", case.id, order("accept", version=1))
    assert accepted.status_code == 200
    state = accepted.json()
    assert (state["status"], state["version"]) == ("working", 2)
    assert "handle" in [c["name"] for c in state["commands"]]
    handled = await give(
        house, "worker", case.number, order("handle", outcome="solved", note="已清理")
    )
    assert (handled.status_code, handled.json()["status"]) == (200, "handled")
    own = await give(house, "worker", case.id, order("verify", passed=True))
    assert (own.status_code, own.json()["case"]["status"]) in ((403, "handled"), (409, "handled"))
    checked = await give(house, "staff", case.id, order("verify", passed=True))
    assert (checked.status_code, checked.json()["status"]) == (200, "closed")


async def test_the_same_id_gets_the_same_answer_and_is_done_once(house: House):
    case = await house.file()
    body = order("accept")
    answers = [await give(house, "worker", case.id, body) for _ in range(3)]
    assert {a.status_code for a in answers} == {200}
    assert {a.text for a in answers} == {answers[0].text}
    assert await events(house, case.id) == 2


async def test_the_same_id_at_the_same_time_is_done_once(house: House):
    case = await house.file()
    body = order("accept")
    answers = await asyncio.gather(*(give(house, "worker", case.id, body) for _ in range(6)))
    assert {a.text for a in answers} == {answers[0].text}
    assert await events(house, case.id) == 2


async def test_a_refusal_is_remembered_too(house: House):
    case = await house.file()
    body = order("handle", note="太早")
    first = await give(house, "worker", case.id, body)
    assert first.status_code == 409
    assert (await give(house, "worker", case.id, order("accept"))).status_code == 200
    again = await give(house, "worker", case.id, body)
    assert (again.status_code, again.text) == (409, first.text)
    async with house.database() as conn:
        kept = await (await conn.execute("SELECT body FROM notes WHERE body = '太早'")).fetchall()
    assert kept == []


async def test_an_id_used_for_something_else_is_an_error(house: House):
    case, other = await house.file(), await house.file()
    body = order("accept")
    assert (await give(house, "worker", case.id, body)).status_code == 200
    for name, changed in ((case.id, body | {"version": 9}), (other.id, body)):
        answer = await give(house, "worker", name, changed)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/id-reused")
    assert (await give(house, "staff", other.id, body)).status_code in (200, 403)  # another key


@pytest.mark.parametrize(
    ("who", "body", "status", "refusal"),
    [
        ("analyst", {"command": "accept"}, 403, "role"),
        ("supervisor", {"command": "accept"}, 403, "role"),
        ("worker", {"command": "take_over"}, 403, "role"),
        ("worker", {"command": "handle"}, 409, "state"),
        ("worker", {"command": "verify", "passed": True}, 409, "state"),
        ("source", {"command": "accept"}, 403, None),
    ],
)
async def test_role_comes_before_state(house: House, who, body, status, refusal):
    case = await house.file()
    answer = await give(house, who, case.id, order(**body))
    assert answer.status_code == status
    problem = answer.json()
    assert problem.get("refusal") == refusal
    if refusal:
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["case"]["version"] == 1
        assert problem["detail"]
        assert problem["zh"] != problem["detail"]


async def test_a_department_works_for_itself(house: House):
    case = await house.file(category=GAS)
    assert case.charge.handler.kind == "department"
    answer = await give(house, "admin", case.id, order("accept"))
    assert answer.status_code in (200, 403)
    answer = await give(house, "operator", case.id, order("accept"))
    assert (answer.status_code, answer.json()["refusal"]) in ((403, "role"), (409, "state"))


async def test_a_stale_version_is_refused_with_the_state(house: House):
    case = await house.file()
    assert (await give(house, "worker", case.id, order("accept"))).status_code == 200
    late = await give(house, "worker", case.id, order("handle", version=1))
    assert (late.status_code, late.json()["refusal"]) == (409, "version")
    assert late.json()["case"]["version"] == 2
    fresh = await give(house, "worker", case.id, order("handle", version=2))
    assert fresh.status_code == 200


async def test_a_note_stands_apart_and_the_history_has_its_digest(house: House):
    case = await house.file()
    await give(house, "worker", case.id, order("accept"))
    answer = await give(house, "worker", case.id, order("handle", note="联系王先生后清理"))
    assert answer.status_code == 200
    async with house.database() as conn:
        done = await conn.execute(
            "SELECT digest, salt, body FROM notes WHERE case_id = %s", [case.id]
        )
        [(digest, salt, body)] = await done.fetchall()
        stored = await conn.execute(
            "SELECT body FROM case_events WHERE case_id = %s ORDER BY number", [case.id]
        )
        texts = [row[0] for row in await stored.fetchall()]
    assert salted(body, salt) == digest
    assert digest in texts[-1]
    assert not [text for text in texts if "王先生" in text]
    for who, sees in (("staff", True), ("analyst", False)):
        async with house.client(who) as client:
            history = (await client.get(f"/v1/cases/{case.id}/history")).text
        assert ("王先生" in history) is sees


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ([], 422, ""),
        ({}, 422, "/command"),
        ({"command": "tick", "id": "1"}, 422, "/command"),
        ({"command": "file"}, 422, "/command"),
        ({"command": 7}, 422, "/command"),
        ({"command": ["accept"]}, 422, "/command"),
        ({"command": "accept"}, 422, "/id"),
        ({"command": "accept", "id": "7"}, 422, "/id"),
        (order("accept", colour="red"), 400, "/colour"),
        (order("accept", version="1"), 422, "/version"),
        (order("accept", version=0), 422, "/version"),
        (order("accept", done_at="now"), 422, "/done_at"),
        (order("accept", note="x"), 400, "/note"),
        (order("verify"), 422, "/passed"),
        (order("verify", passed="yes"), 422, "/passed"),
        (order("verify", passed=1), 422, "/passed"),
        (order("handle", outcome="magic"), 422, "/outcome"),
        (order("settle", evidence=["selfie"]), 422, "/evidence/0"),
        (order("settle", evidence="note"), 422, "/evidence"),
        (order("escalate", to="moon"), 422, "/to"),
        (order("handle", note="x" * 2001), 422, "/note"),
        (order("handle", note="a\x00"), 422, "/note"),
    ],
)
async def test_a_wrong_field_is_named(house: House, body, status, field):
    case = await house.file()
    answer = await give(house, "worker", case.id, body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert await events(house, case.id) == 1


async def test_a_case_that_is_not_there_or_not_seen(house: House):
    far = await house.file(7, 7)
    for name in (str(uuid4()), "2026-9999999", far.id):
        answer = await give(house, "worker", name, order("accept"))
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


def test_the_forms_are_those_of_the_table_of_transitions():
    people = {row.name for row in TRANSITIONS if any(r != "system" for r in row.roles)}
    assert set(command_forms.NAMES) == people
    assert set(command_fields.OWN) == people
    assert {s["title"] for s in command_forms.schema()["oneOf"]} == people
