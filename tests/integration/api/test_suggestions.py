"""What may be one matter: shown with reasons to who sees both, and dismissed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from geo_data import keys, suggestions
from grid.principal import Role
from grid.watching.duplicates import Ground, Reason, Suggestion
from tests.api_house import House

REASONS = (Reason(Ground.DISTANCE, 12.3), Reason(Ground.WORDS, 0.62))


async def suggested(house: House, there: tuple[int, int] = (0, 0)) -> tuple[Any, Any]:
    """Two cases, the second at `there`, that may be one."""
    one, other = await house.file(), await house.file(*there)
    async with house.database() as conn:
        await suggestions.add(conn, {one.id: [Suggestion(other.id, 0.81, REASONS)]})
    return one, other


async def read(house: House, who: str, name: str, query: str = ""):
    async with house.client(who) as client:
        return await client.get(f"/v1/cases/{name}/suggestions{query}")


async def dismiss(house: House, who: str, name: str, other: str, body: Any = None):
    async with house.client(who) as client:
        said = {"dismissed": True} if body is None else body
        return await client.post(f"/v1/cases/{name}/suggestions/{other}", json=said)


async def test_both_cases_show_it_with_reasons_in_words(house: House):
    one, other = await suggested(house)
    for mine, theirs in ((one, other), (other, one)):
        answer = await read(house, "worker", mine.number)
        assert answer.status_code == 200
        (found,) = answer.json()["suggestions"]
        assert found["other"]["id"] == theirs.id
        assert found["other"]["number"] == theirs.number
        assert (found["score"], found["state"]) == (0.81, "open")
        assert [(r["zh"], r["en"]) for r in found["reasons"]] == [
            ("相距 12 米", "12 m apart"),
            ("文字相似度 62%", "descriptions 62% alike"),
        ]


async def test_only_who_sees_both_sees_it(house: House):
    one, other = await suggested(house, (7, 7))  # elsewhere in the city
    assert (await read(house, "supervisor", one.id)).json()["suggestions"] != []
    assert (await read(house, "worker", one.id)).json()["suggestions"] == []
    assert (await read(house, "worker", other.id)).status_code == 404
    assert (await dismiss(house, "worker", one.id, other.id)).status_code == 404
    assert (await read(house, "citizen", one.id)).status_code == 403


async def test_a_department_sees_it_where_both_cases_are_its_own(house: House):
    one, other = await suggested(house)
    async with house.database() as conn:
        _, key = await keys.add(conn, role=Role.STAFF, area="3707/", department="water", by="tests")
        house.key["water"] = key
        theirs = "UPDATE cases SET assisting = %s WHERE id = %s"
        await conn.execute(theirs, (["water"], one.id))
        assert (await read(house, "water", one.id)).json()["suggestions"] == []
        await conn.execute(theirs, (["water"], other.id))
    assert (await read(house, "water", one.id)).json()["suggestions"] != []


async def test_an_analyst_learns_no_distance_and_no_likeness_of_words(house: House):
    """A report of one's own and metres to another's tell where that one is."""
    one, _ = await suggested(house)
    (found,) = (await read(house, "analyst", one.id)).json()["suggestions"]
    assert found["score"] is None
    assert found["reasons"] == [
        {"ground": "distance", "value": None, "zh": "相距很近", "en": "close by"},
        {"ground": "words", "value": None, "zh": "文字相似", "en": "descriptions alike"},
    ]


async def test_dismissed_it_is_not_shown_and_not_suggested_again(house: House):
    one, other = await suggested(house)
    for name, its_other in ((one.number, other.id), (other.id, one.number)):
        done = await dismiss(house, "worker", name, its_other)
        assert (done.status_code, done.json()["state"]) == (200, "dismissed")
    assert (await read(house, "worker", one.id)).json()["suggestions"] == []
    async with house.database() as conn:
        await suggestions.add(conn, {other.id: [Suggestion(one.id, 0.9, REASONS)]})
    assert (await read(house, "worker", one.id)).json()["suggestions"] == []
    (kept,) = (await read(house, "worker", one.id, "?state=all")).json()["suggestions"]
    assert kept["state"] == "dismissed"


async def test_what_cannot_be_dismissed(house: House):
    one, other = await suggested(house)
    third = await house.file()
    assert (await dismiss(house, "worker", one.id, third.id)).status_code == 404
    assert (await dismiss(house, "worker", one.id, str(uuid4()))).status_code == 404
    assert (await dismiss(house, "analyst", one.id, other.id)).status_code == 403
    assert (
        await dismiss(house, "worker", one.id, other.id, {"dismissed": False})
    ).status_code == 422
    assert (await dismiss(house, "worker", one.id, other.id, {"merge": True})).status_code == 400
    assert (await read(house, "worker", one.id, "?state=lost")).status_code == 400


async def test_merged_by_the_ordinary_command_it_is_decided(house: House):
    one, other = await suggested(house)
    order = {"id": str(uuid4()), "command": "merge", "parent": other.id}
    async with house.client("operator") as client:
        done = await client.post(f"/v1/cases/{one.id}/commands", json=order)
        assert done.status_code == 200, done.text
    async with house.database() as conn:
        await suggestions.close(conn, [one.id])  # as the watcher does when the feed tells it
    (kept,) = (await read(house, "operator", other.id, "?state=all")).json()["suggestions"]
    assert kept["state"] == "merged"
    assert (await dismiss(house, "operator", one.id, other.id)).status_code == 409
