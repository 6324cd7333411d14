"""What waits for whom, by what is to be done, what is due first in front."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geo_data import keys
from grid.model import Source
from grid.principal import Role
from tests.api_house import GAS, House, area_path
from tests.integration.api.orders import give, order


async def work(house: House, who: str, **asked: Any) -> dict[str, Any]:
    async with house.client(who) as client:
        answer = await client.get("/v1/me/work", params=asked)
    assert answer.status_code == 200, answer.text
    return {group["do"]: group for group in answer.json()["work"]}


async def waiting(house: House, who: str, case_id: str) -> list[str]:
    """For what this case waits for somebody."""
    groups = await work(house, who, limit=200)
    return [do for do, group in groups.items() if case_id in {c["id"] for c in group["cases"]}]


async def test_a_small_case_waits_for_one_after_the_other(house: House):
    case = await house.file(source=Source.WORKER)
    assert await waiting(house, "worker", case.id) == ["accept"]
    assert await waiting(house, "operator", case.id) == []  # not his unit's
    await give(house, "worker", case.id, order("accept"))
    assert await waiting(house, "worker", case.id) == ["work"]
    answer = await give(
        house, "worker", case.id, order("extend", until=due_in(case, days=1), note="缺零件")
    )
    assert answer.status_code == 200, answer.text
    assert await waiting(house, "staff", case.id) == ["answer"]
    await give(house, "staff", case.id, order("answer", ask="extension", granted=True))
    assert await waiting(house, "staff", case.id) == []
    await give(house, "worker", case.id, order("handle"))
    assert await waiting(house, "worker", case.id) == []  # nobody verifies his own work
    async with house.client("worker") as client:
        assert (await client.get("/v1/me/work", params={"do": "accept"})).status_code == 200


def due_in(case: Any, **more: float) -> str:
    resolve = next(d for d in case.deadlines if d.stage == "resolve")
    return (resolve.due + timedelta(**more)).isoformat()


async def test_a_colleague_verifies(house: House):
    async with house.database() as conn:
        _, house.key["colleague"] = await keys.add(
            conn, role=Role.WORKER, area=area_path(0, 0, 0), name="colleague", by="tests"
        )
    case = await house.file(source=Source.WORKER)
    await give(house, "worker", case.id, order("accept"))
    assert await waiting(house, "colleague", case.id) == []  # somebody else has it in hand
    await give(house, "worker", case.id, order("handle"))
    assert await waiting(house, "colleague", case.id) == ["verify"]


async def test_who_can_be_called_is_called_back(house: House):
    case = await house.file(reporter={"name": "某人", "phone": "13900000000"})
    await give(house, "worker", case.id, order("accept"))
    await give(house, "worker", case.id, order("handle"))
    verified = await give(house, "staff", case.id, order("verify", passed=True))
    assert verified.json()["status"] == "verified"
    assert await waiting(house, "hotline", case.id) == ["call_back"]
    async with house.client("hotline") as client:
        people = (await client.get(f"/v1/cases/{case.id}/people")).json()["people"]
    assert people[0]["reporter"]["phone"] == "13900000000"
    called = order("call_back", reached=True, satisfied=True)
    assert (await give(house, "hotline", case.id, called)).json()["status"] == "closed"
    assert await waiting(house, "hotline", case.id) == []


async def test_an_emergency_waits_to_be_told_and_for_its_department(house: House):
    async with house.database() as conn:
        _, house.key["gas"] = await keys.add(
            conn,
            role=Role.STAFF,
            area=area_path(0, 0, 3),
            department="gas",
            name="gas",
            by="tests",
        )
    case = await house.file(category=GAS)
    code = case.charge.handler.code
    async with house.database() as conn:
        _, house.key["its"] = await keys.add(
            conn, role=Role.STAFF, area=area_path(0, 0, 3), department=code, name="its", by="tests"
        )
    assert await waiting(house, "operator", case.id) == ["tell"]
    assert await waiting(house, "its", case.id) == ["accept"]
    told = order("inform", channel="phone", to="city")
    assert (await give(house, "operator", case.id, told)).status_code == 200
    written = order("inform", channel="writing", to="city")
    assert (await give(house, "operator", case.id, written)).status_code == 200
    assert await waiting(house, "operator", case.id) == []
    called = next(c for c in ("fire", "gas", "police") if c != code)
    whistle = await give(house, "operator", case.id, order("whistle", departments=[called]))
    assert whistle.status_code == 200, whistle.text
    if called == "gas":
        assert await waiting(house, "gas", case.id) == ["part"]


async def test_groups_have_pages_with_what_is_due_first_in_front(house: House):
    now = datetime.now(UTC)
    for hours in (5, 1, 3, 2, 4):
        await house.file(now=now - timedelta(hours=hours), source=Source.WORKER)
    whole = (await work(house, "worker", do="accept", limit=200))["accept"]["cases"]
    dues = [case["due_at"] for case in whole]
    assert dues == sorted(dues)
    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = (await work(house, "worker", do="accept", limit=2, **after))["accept"]
        found += [case["id"] for case in page["cases"]]
        assert page["count"] == len(whole)
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == [case["id"] for case in whole]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"do": "sleep"}, "/do"),
        ({"after": "x"}, "/after"),
        ({"do": "work", "after": "x"}, "/after"),
    ],
)
async def test_what_cannot_be_asked(house: House, asked, field):
    async with house.client("worker") as client:
        answer = await client.get("/v1/me/work", params=asked)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_it_is_for_those_who_read_cases(house: House):
    for who, status in (("citizen", 403), ("source", 403), ("analyst", 200)):
        async with house.client(who) as client:
            answer = await client.get("/v1/me/work")
        assert answer.status_code == status
        if status == 200:
            assert answer.json()["work"] == []
