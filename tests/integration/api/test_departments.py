"""A department's people see what their department works on, in their area, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from geo_data import keys
from grid.principal import Role
from tests.api_house import GAS, House, area_path
from tests.integration.api.orders import give, order
from tests.sequencing import number_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def staffed(house: House) -> AsyncIterator[House]:
    """The house, with keys for three departments of the first district, and one of the city's."""
    async with house.database() as conn:
        for code, up in (("gas", 3), ("roads", 3), ("sanitation", 3), ("gas-city", 4)):
            _, house.key[code] = await keys.add(
                conn,
                role=Role.STAFF,
                area=area_path(0, 0, up),
                department=code.removesuffix("-city"),
                name=code,
                by="tests",
            )
    yield house
    await number_all(house.database)


async def head(house: House) -> int:
    """The feed's last number."""
    async with house.client("admin") as client:
        found: int = (await client.get("/v1/events", params={"after": "0"})).json()["head"]
    return found


async def seen(house: House, who: str, case_id: str, since: int) -> dict[str, Any]:
    """In how many ways somebody comes to see the case."""
    async with house.client(who) as client:
        listed = (await client.get("/v1/cases", params={"limit": 1000})).json()["cases"]
        events = await client.get("/v1/events", params={"after": str(since), "limit": 1000})
        return {
            "one": (await client.get(f"/v1/cases/{case_id}")).status_code == 200,
            "history": (await client.get(f"/v1/cases/{case_id}/history")).status_code == 200,
            "why": (await client.get(f"/v1/cases/{case_id}/why")).status_code == 200,
            "list": case_id in {case["id"] for case in listed},
            "feed": case_id in events.text,
        }


async def sees(house: House, who: str, case_id: str, since: int) -> bool:
    ways = set((await seen(house, who, case_id, since)).values())
    assert len(ways) == 1, "all ways lead to the same"
    return ways.pop()


async def test_leading_assisting_and_neither(staffed: House):
    since = await head(staffed)
    case = await staffed.file(category=GAS)
    code = case.charge.handler.code
    assert code == "gas"
    await number_all(staffed.database)
    assert [await sees(staffed, who, case.id, since) for who in ("gas", "roads", "gas-city")] == [
        True, False, True,
    ]  # fmt: skip
    called = await give(staffed, "operator", case.id, order("whistle", departments=["roads"]))
    assert called.status_code == 200
    await number_all(staffed.database)
    assert await sees(staffed, "roads", case.id, since)
    assert not await sees(staffed, "sanitation", case.id, since)
    for command in (order("report_in"), order("handle", outcome="solved", note="已围挡")):
        if command["command"] == "handle":
            await give(staffed, "gas", case.id, order("accept"))
        answer = await give(staffed, "roads", case.id, command)
        assert answer.status_code == 200, answer.text
    [part] = answer.json()["parts"]
    assert (part["reported_in"], part["done"]) == (True, True)


async def test_who_loses_a_case_hears_that_and_no_more(staffed: House):
    since = str(await head(staffed))
    case = await staffed.file(category=GAS)
    moved = await give(staffed, "operator", case.id, order("dispatch", department="roads"))
    assert moved.status_code == 200
    await give(staffed, "operator", case.id, order("comment", note="请尽快"))
    await number_all(staffed.database)
    async with staffed.client("gas") as client:
        assert (await client.get(f"/v1/cases/{case.id}")).status_code == 404
        feed = (await client.get("/v1/events", params={"after": since, "limit": 1000})).json()
    heard = [e["event"]["type"] for e in feed["events"] if e["event"]["case"] == case.id]
    assert heard == ["dispatched"]


async def test_filters_by_what_is_remarkable(staffed: House):
    case = await staffed.file(category=GAS)
    await give(staffed, "gas", case.id, order("accept"))
    review = datetime.now(UTC) + timedelta(days=20)
    body = order("pause", until=review.isoformat(), note="等配件")
    assert (await give(staffed, "gas", case.id, body)).status_code == 200

    async def found(**asked: Any) -> bool:
        async with staffed.client("gas") as client:
            answer = await client.get("/v1/cases", params={"limit": 1000} | asked)
        assert answer.status_code == 200, answer.text
        return case.id in {c["id"] for c in answer.json()["cases"]}

    async with staffed.client("gas") as client:
        me = (await client.get("/v1/me")).json()["id"]
    assert await found(ask="pause")
    assert await found(ask="any")
    assert not await found(ask="extension,return")
    assert not await found(ask="none")
    assert await found(person="me")
    assert await found(person=me)
    assert not await found(person="key:somebody")
    assert await found(paused="false")
    async with staffed.client("supervisor") as client:
        whole = (await client.get(f"/v1/cases/{case.id}")).json()
    [asked] = whole["requests"]
    assert (asked["kind"], asked["note"], asked["yours"]) == ("pause", "等配件", True)
    granted = order("answer", ask="pause", granted=True)
    answer = await give(staffed, "supervisor", case.id, granted)
    assert answer.status_code == 200, answer.text
    assert await found(paused="true")
    assert await found(light="grey")
    assert not await found(long_term="true")
    assert await found(late="false", card="false")
    async with staffed.client("gas") as client:
        whole = (await client.get(f"/v1/cases/{case.id}")).json()
    assert whole["pause"]["kind"] == "pause"
    assert {d["light"] for d in whole["deadlines"]} == {"grey"}
    assert whole["marks"] == ["pause"]
