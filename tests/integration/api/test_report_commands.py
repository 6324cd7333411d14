"""Who reported something reaches its case by the report: takes it back, adds to it, reopens it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.api_house import House
from tests.integration.api.orders import give, give_by_report, order


async def reported(house: House, who: str, **said):
    """A case of a report that this key sent; and the report's id."""
    async with house.client(who) as client:
        sender = (await client.get("/v1/me")).json()["id"]
    report = str(uuid4())
    return await house.file(sender=sender, id=report, **said), report


@pytest.mark.parametrize("who", ["citizen", "source", "hotline"])
async def test_its_sender_takes_it_back(house: House, who):
    case, report = await reported(house, who)
    answer = await give_by_report(house, who, report, order("withdraw", note="已经好了"))
    assert answer.status_code == 200
    assert answer.json() == {
        "id": report,
        "status": "filed",
        "number": case.number,
        "case": {
            "id": case.id,
            "number": case.number,
            "href": f"/v1/cases/{case.id}",
            "status": "withdrawn",
        },
    }


async def test_the_same_id_gets_the_same_answer(house: House):
    _, report = await reported(house, "citizen")
    body = order("attach", files=["a" * 64], role="before")
    answers = [await give_by_report(house, "citizen", report, body) for _ in range(2)]
    assert answers[0].status_code == 200
    assert answers[0].text == answers[1].text
    other = await give_by_report(house, "citizen", report, body | {"role": "after"})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/id-reused")


async def test_nobody_else_does(house: House):
    _, report = await reported(house, "citizen")
    for who in ("source", "worker", "admin"):
        answer = await give_by_report(house, who, report, order("withdraw"))
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    for unknown in (str(uuid4()), "x"):
        answer = await give_by_report(house, "citizen", unknown, order("withdraw"))
        assert answer.status_code == 404


async def test_a_citizen_does_no_work(house: House):
    _, report = await reported(house, "citizen")
    for command in (order("accept"), order("handle"), order("comment", note="快点")):
        answer = await give_by_report(house, "citizen", report, command)
        assert (answer.status_code, answer.json()["refusal"]) == (403, "role")
        assert set(answer.json()["case"]) == {"id", "status", "number", "case"}


async def test_it_is_reopened_by_who_reported_it(house: House):
    case, report = await reported(house, "citizen")
    early = await give_by_report(house, "citizen", report, order("reopen", note="还没办"))
    assert (early.status_code, early.json()["refusal"]) == (409, "state")
    await give(house, "worker", case.id, order("accept"))
    await give(house, "worker", case.id, order("handle"))
    closed = await give(house, "staff", case.id, order("verify", passed=True))
    assert closed.json()["status"] == "closed"
    opened = await give_by_report(house, "citizen", report, order("reopen", note="又堵了"))
    assert opened.json()["case"]["status"] == "open"


async def test_what_others_reported_too_goes_on(house: House):
    mine, report = await reported(house, "citizen")
    theirs, other = await reported(house, "source")
    merged = await give(house, "operator", theirs.id, order("merge", parent=mine.id))
    assert merged.status_code == 200
    for who, ident in (("citizen", report), ("source", other)):
        answer = await give_by_report(house, who, ident, order("withdraw"))
        assert (answer.status_code, answer.json()["refusal"]) in ((409, "rule"), (403, "role"))
    told = (await give_by_report(house, "source", other, order("attach", files=["b" * 64]))).json()
    assert (told["status"], told["parent"]["id"]) == ("merged", mine.id)
    assert told["parent"]["status"] == "open"
    async with house.client("worker") as client:
        history = (await client.get(f"/v1/cases/{mine.id}/history")).json()["history"]
    assert history[-1]["event"]["type"] == "attached"
