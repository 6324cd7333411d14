"""Lists of cases, one case, its history and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from grid.model import Source
from tests.api_house import CITY, GAS, RUBBISH, House, file_case

FAR = (3, 5)  # nobody else files here


@pytest.fixture
async def three(house: House):
    """An old small one, an emergency, a new small one, in cells that only this test uses."""
    now = datetime.now(UTC)
    old = await house.file(*FAR, now=now - timedelta(days=400), source=Source.HOTLINE)
    gas = await house.file(*FAR, category=GAS)
    new = await house.file(*FAR)
    return {"old": old, "gas": gas, "new": new}


async def listed(house: House, **asked) -> list[str]:
    asked = {"area": CITY.code(*FAR), "limit": 1000} | asked
    async with house.client("admin") as client:
        answer = await client.get("/v1/cases", params=asked)
    assert answer.status_code == 200, answer.text
    return [case["id"] for case in answer.json()["cases"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"old", "gas", "new"}),
        ({"status": "open"}, {"old", "gas", "new"}),
        ({"status": "live"}, {"old", "gas", "new"}),
        ({"status": "closed"}, set()),
        ({"status": "closed,live"}, {"old", "gas", "new"}),
        ({"light": "red"}, {"old"}),
        ({"light": "green,yellow"}, {"gas", "new"}),
        ({"size": "emergency"}, {"gas"}),
        ({"size": "small,emergency"}, {"old", "gas", "new"}),
        ({"level": "district"}, {"gas"}),
        ({"level": "grid"}, {"old", "new"}),
        ({"handler": "team"}, {"old", "new"}),
        ({"category": GAS}, {"gas"}),
        ({"category": "event"}, {"old", "gas", "new"}),
        ({"category": "event.01"}, {"old", "new"}),
        ({"category": "event.01.*"}, {"old", "new"}),
        ({"category": "event.0"}, set()),
        ({"category": "component.*"}, set()),
        ({"received_from": "2026-01-01T00:00:00+08:00"}, {"gas", "new"}),
        ({"received_to": "2000-01-01T00:00:00Z"}, set()),
        ({"bbox": "118,36,120,37"}, {"old", "gas", "new"}),
        ({"bbox": "100,30,101,31"}, set()),
    ],
)
async def test_filters(house: House, three, asked, found):
    names = {case.id: name for name, case in three.items()}
    # lists hold what earlier cases of this table filed too: look at these three only
    got = {names[i] for i in await listed(house, **asked) if i in names}
    assert got == found


async def test_a_report_leads_to_its_case(house: House):
    report = str(uuid4())
    case = await house.file(*FAR, id=report)
    assert await listed(house, report=report) == [case.id]


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"limit": "0"}, 400, "/limit"),
        ({"limit": "1001"}, 400, "/limit"),
        ({"limit": "x"}, 400, "/limit"),
        ({"status": "sleeping"}, 400, None),
        ({"light": "blue"}, 400, None),
        ({"report": "7"}, 400, "/report"),
        ({"order": "random"}, 400, "/order"),
        ({"category": "event.%"}, 400, "/category"),
        ({"category": "'; DROP TABLE cases --"}, 400, "/category"),
        ({"received_from": "yesterday"}, 400, "/received_from"),
        ({"received_from": "1700000000"}, 400, "/received_from"),
        ({"received_from": "2026-01-01T00:00:00"}, 400, "/received_from"),
        ({"bbox": "1,2,3"}, 400, "/bbox"),
        ({"bbox": "1,2,nan,4"}, 400, "/bbox"),
        ({"bbox": "5,2,3,4"}, 400, "/bbox"),
        ({"after": "nonsense"}, 400, "/after"),
        ({"after": "WyJuZXdlc3QiXQ"}, 400, "/after"),
        ({"colour": "red"}, 400, "/colour"),
        ({"handler": "a\x00b"}, 400, "/handler"),
        ({"area": "9999"}, 404, None),
        ({"area": "37\x0007"}, 404, None),
    ],
)
async def test_a_wrong_parameter_is_named(house: House, asked, status, field):
    async with house.client("admin") as client:
        answer = await client.get("/v1/cases", params=asked)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if field is not None:
        assert answer.json()["field"] == field


async def test_a_parameter_stands_once(house: House):
    async with house.client("admin") as client:
        assert (await client.get("/v1/cases?limit=1&limit=2")).status_code == 400
        assert (await client.get("/v1/cases?status=open&status=closed")).status_code == 200


async def test_an_area_of_others_is_refused_not_emptied(house: House):
    async with house.client("worker") as client:
        answer = await client.get("/v1/cases", params={"area": CITY.code(7, 7)})
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/outside-area")
        above = await client.get("/v1/cases", params={"area": "3707"})
        assert above.status_code == 200


@pytest.mark.parametrize("order", ["newest", "oldest", "due"])
async def test_pages_are_whole_and_without_repetition(house: House, order):
    x, y = {"newest": (1, 6), "oldest": (2, 6), "due": (3, 6)}[order]
    now = datetime.now(UTC)
    async with house.database() as conn, conn.transaction():
        made = [
            await file_case(
                conn, house.layout, x, y, now=now - timedelta(minutes=5 * (i % 7)),
                category=(RUBBISH, GAS)[i % 2],
            )
            for i in range(23)
        ]  # fmt: skip
    asked = {"area": CITY.code(x, y), "order": order, "limit": "5"}
    found, path = [], None
    async with house.client("admin") as client:
        while True:
            answer = await (
                client.get("/v1/cases", params=asked) if path is None else client.get(path)
            )
            page = answer.json()
            assert len(page["cases"]) <= 5
            found += page["cases"]
            path = page["link"]
            if path is None:
                assert page["next"] is None
                break
    assert sorted(case["id"] for case in found) == sorted(case.id for case in made)
    keys = {
        "newest": lambda case: case["id"],
        "oldest": lambda case: case["id"],
        "due": lambda case: (case["due_at"], case["id"]),
    }
    told = [keys[order](case) for case in found]
    assert told == sorted(told, reverse=order == "newest")
    async with house.client("admin") as client:
        first = (await client.get("/v1/cases", params=asked)).json()["next"]
        other = {"newest": "oldest", "oldest": "due", "due": "newest"}[order]
        answer = await client.get("/v1/cases", params={"order": other, "after": first})
    assert answer.status_code == 400


async def test_one_case_tells_everything_that_a_page_needs(house: House):
    case = await house.file(description="楼道堆满杂物", place={"building": "3号楼"})
    async with house.client("worker") as client:
        by_id = (await client.get(f"/v1/cases/{case.id}")).json()
        by_number = (await client.get(f"/v1/cases/{case.number}")).json()
    for plain in (by_id, by_number):
        for moving in ("now", "deadlines"):
            plain.pop(moving) if moving == "now" else [d.pop("left") for d in plain[moving]]
    assert by_id == by_number
    assert by_id["number"] == case.number
    assert [area["level"] for area in by_id["areas"]] == [
        "city", "district", "street", "community", "grid",
    ]  # fmt: skip
    assert by_id["areas"][-1]["name"] == f"区{CITY.code(0, 0)}"
    assert by_id["areas"][-1]["synthetic"] is True
    assert by_id["report_list"][0]["description"] == "楼道堆满杂物"
    assert by_id["report_list"][0]["place"] == {"building": "3号楼"}
    assert {"settle", "accept", "escalate"} <= {c["name"] for c in by_id["commands"]}
    assert all(c["zh"] and c["en"] for c in by_id["commands"])
    assert {d["stage"] for d in by_id["deadlines"]} >= {"promise", "accept"}
    assert {d["light"] for d in by_id["deadlines"]} <= {"green", "yellow"}
    assert by_id["handler_name"]["zh"]


async def test_what_may_be_done_depends_on_who_asks(house: House):
    case = await house.file()
    names = {}
    for who in ("worker", "analyst", "operator", "admin"):
        async with house.client(who) as client:
            told = (await client.get(f"/v1/cases/{case.id}")).json()
        names[who] = [c["name"] for c in told["commands"]]
    assert names["analyst"] == []
    assert "accept" in names["worker"]
    assert "take_over" in names["operator"]


async def test_history_and_why_speak_both_languages(house: House):
    case = await house.file()
    async with house.client("staff") as client:
        history = (await client.get(f"/v1/cases/{case.number}/history")).json()["history"]
        told = (await client.get(f"/v1/cases/{case.number}/why")).json()["told"]
    assert [entry["event"]["number"] for entry in history] == [1]
    assert history[0]["event"]["type"] == "filed"
    assert "立案" in history[0]["zh"]
    assert "filed" in history[0]["en"]
    assert told[0]["reasons"]
    assert f"区{CITY.code(0, 0)}" in told[0]["zh"]


@pytest.mark.parametrize("name", ["7", "2026-9999999", str(uuid4()), "%00", "a%2Fb"])
async def test_what_is_not_there_is_a_problem_document(house: House, name):
    async with house.client("admin") as client:
        for part in ("", "/history", "/why"):
            answer = await client.get(f"/v1/cases/{name}{part}")
            assert answer.status_code == 404
            assert answer.json()["type"] == "/problems/not-found"


async def test_a_case_as_it_was(house: House):
    now = datetime.now(UTC)
    begun, asked = now - timedelta(hours=3), now - timedelta(hours=1)
    case = await house.file(*FAR, now=begun)
    path = f"/v1/cases/{case.id}"
    async with house.client("admin") as client:
        void = {"id": str(uuid4()), "command": "void", "note": "写错了"}
        gone = await client.post(f"{path}/commands", json=void)
        assert gone.status_code == 200, gone.text
        is_now = (await client.get(path)).json()
        was = (await client.get(path, params={"as_of": asked.isoformat()})).json()
        before = (begun - timedelta(hours=1)).isoformat()
        early = await client.get(path, params={"as_of": before})
        odd = await client.get(path, params={"as_of": "yesterday"})
        told = (await client.get(f"{path}/history", params={"as_of": asked.isoformat()})).json()
        why = (await client.get(f"{path}/why", params={"as_of": asked.isoformat()})).json()
        unfiled = await client.get(f"{path}/why", params={"as_of": before})
    assert [one["event"]["number"] for one in told["history"]] == [1]
    assert {one["number"] for one in why["told"]} == {1}
    assert unfiled.status_code == 400
    assert (is_now["status"], was["status"]) == ("void", case.status.value)
    assert (was["version"], was["commands"], was["closed_at"]) == (1, [], None)
    assert was["as_of"] == was["now"] == asked.isoformat()
    assert was["light"] is not None
    assert set(was) == set(is_now) | {"as_of"}
    assert len(was["report_list"]) == 1
    assert (early.status_code, odd.status_code) == (400, 400)
    assert "it was filed at" in early.json()["detail"]


async def test_a_list_as_it_was(house: House):
    """Filters, areas and pages of then; a case that had not come in is not there."""
    now = datetime.now(UTC)
    case = await house.file(6, 4, now=now - timedelta(hours=3))
    later = await house.file(6, 4, now=now - timedelta(minutes=5))
    area, asked = CITY.code(6, 4), (now - timedelta(hours=1)).isoformat()
    async with house.client("admin") as client:

        async def listed(**given: str) -> list[dict]:
            answer = await client.get("/v1/cases", params={"area": area} | given)
            assert answer.status_code == 200, answer.text
            return answer.json()["cases"]

        void = {"id": str(uuid4()), "command": "void", "note": "写错了"}
        await client.post(f"/v1/cases/{case.id}/commands", json=void)
        whole = (await client.get(f"/v1/cases/{case.id}", params={"as_of": asked})).json()
        [was] = await listed(as_of=asked)
        assert [one["id"] for one in await listed(as_of=asked, status="live")] == [case.id]
        assert await listed(as_of=asked, status="void") == []
        assert {one["id"] for one in await listed()} == {case.id, later.id}
        assert [one["id"] for one in await listed(status="live")] == [later.id]
        odd = await client.get("/v1/cases", params={"as_of": "yesterday"})
    assert (was["id"], was["status"]) == (case.id, case.status.value)
    told = was.keys() - {"deadlines"}  # which one case by itself tells with the time left
    assert {name: was[name] for name in told} == {name: whole[name] for name in told}
    assert (odd.status_code, odd.json()["field"]) == (400, "/as_of")
    async with house.client("staff") as client:
        outside = await client.get("/v1/cases", params={"area": area, "as_of": asked})
        mine = await client.get("/v1/cases", params={"as_of": asked})
    assert outside.status_code == 403
    assert case.id not in {one["id"] for one in mine.json()["cases"]}
