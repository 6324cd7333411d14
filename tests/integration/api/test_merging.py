"""One matter reported several times: cases come under one, go out again, and reporters follow."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from geo_data.verify import verify
from tests.api_house import GAS, House
from tests.integration.api.orders import give, order


async def merge(house: House, child: str, parent: str, **more: Any) -> Any:
    return await give(house, "operator", child, order("merge", parent=parent, **more))


async def state(house: House, name: str) -> dict[str, Any]:
    async with house.client("admin") as client:
        found: dict[str, Any] = (await client.get(f"/v1/cases/{name}")).json()
    return found


async def kinds(house: House, name: str) -> list[str]:
    async with house.client("admin") as client:
        history = (await client.get(f"/v1/cases/{name}/history")).json()["history"]
    return [entry["event"]["type"] for entry in history]


async def test_a_child_goes_under_its_parent_and_out_again(house: House):
    parent, child = await house.file(), await house.file()
    merged = await merge(house, child.id, parent.number)
    assert (merged.json()["status"], merged.json()["parent"]) == ("merged", parent.id)
    above = await state(house, parent.id)
    assert (above["reports"], [c["id"] for c in above["children"]]) == (2, [child.id])
    apart = await give(house, "operator", child.id, order("unmerge", note="不是一回事"))
    assert (apart.status_code, apart.json()["status"], apart.json()["parent"]) == (
        200,
        "open",
        None,
    )
    assert (await state(house, parent.id))["reports"] == 1
    assert (await kinds(house, parent.id))[-2:] == ["joined", "left"]
    assert (await kinds(house, child.id))[-2:] == ["merged", "unmerged"]


async def test_a_case_with_children_hands_them_on(house: House):
    first, second, *children = [await house.file() for _ in range(4)]
    for child in children:
        await merge(house, child.id, first.id)
    answer = await merge(house, first.id, second.id)
    assert answer.status_code == 200, answer.text
    assert (await state(house, second.id))["reports"] == 4
    assert (await state(house, first.id))["reports"] == 1
    for case in (first, *children):
        assert (await state(house, case.id))["parent"] == second.id
    apart = await give(house, "operator", children[0].id, order("unmerge", note="另一处"))
    assert apart.json()["status"] == "open"
    assert (await state(house, second.id))["reports"] == 3


@pytest.mark.parametrize("wrong", ["itself", "merged", "over"])
async def test_under_what_nothing_can_come(house: House, wrong):
    case, other = await house.file(), await house.file()
    parent = other.id
    if wrong == "itself":
        parent = case.id
    elif wrong == "merged":
        await merge(house, other.id, (await house.file()).id)
    else:
        await give(house, "operator", other.id, order("void", note="误报"))
    answer = await merge(house, case.id, parent)
    assert (answer.status_code, answer.json()["refusal"]) == (409, "rule")
    assert (await state(house, case.id))["status"] == "open"


async def test_a_parent_that_is_not_there_is_a_wrong_field(house: House):
    case = await house.file()
    answer = await merge(house, case.id, "2020-0000001")
    assert (answer.status_code, answer.json()["field"]) == (422, "/parent")


async def test_a_worker_may_not(house: House):
    case, other = await house.file(), await house.file()
    answer = await give(house, "worker", case.id, order("merge", parent=other.id))
    assert (answer.status_code, answer.json()["refusal"]) == (403, "role")


async def test_two_that_are_merged_into_each_other_at_once_do_not_wait_for_ever(house: House):
    for _ in range(5):
        one, other = await house.file(), await house.file()
        answers = await asyncio.gather(
            merge(house, one.id, other.id), merge(house, other.id, one.id)
        )
        assert sorted(a.status_code for a in answers) == [200, 409]
        stand = [(await state(house, case.id))["status"] for case in (one, other)]
        assert sorted(stand) == ["merged", "open"]


async def test_many_at_once_under_one(house: House):
    parent, *children = [await house.file() for _ in range(9)]
    answers = await asyncio.gather(*(merge(house, c.id, parent.id) for c in children))
    assert {a.status_code for a in answers} == {200}
    assert (await state(house, parent.id))["reports"] == 9


async def test_a_larger_matter_keeps_its_own_level(house: House):
    small, gas = await house.file(), await house.file(category=GAS)
    await merge(house, small.id, gas.id)
    above = await state(house, gas.id)
    assert (above["size"], above["level"]) == ("emergency", "district")


async def test_the_same_merge_sent_again_is_done_once(house: House):
    parent, child = await house.file(), await house.file()
    body = order("merge", parent=parent.id)
    answers = [await give(house, "operator", child.id, body) for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert (await state(house, parent.id))["reports"] == 2


async def test_the_history_makes_the_same_cases(house: House):
    async with house.database() as conn:
        await verify(conn)
