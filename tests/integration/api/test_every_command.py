"""Every command that people have is given once over HTTP, with everything that its form knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from api import command_forms
from geo_data import keys
from grid.model import Source, Stage
from grid.principal import Role
from tests.api_house import CITY, GAS, House, area_path
from tests.integration.api.orders import give, order
from tests.sequencing import number_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def ahead(**more: float) -> str:
    return (datetime.now(UTC) + timedelta(**more)).isoformat()


@pytest.fixture
async def staffed(house: House) -> AsyncIterator[House]:
    async with house.database() as conn:
        for code in ("gas", "roads", "sanitation", "greening"):
            _, house.key[code] = await keys.add(
                conn,
                role=Role.STAFF,
                area=area_path(0, 0, 3),
                department=code,
                name=code,
                by="tests",
            )
    yield house
    await number_all(house.database)


#: Each way: what is filed, and who says what to it, with the status that follows.
WAYS: dict[str, tuple[dict[str, Any], list[tuple[str, dict[str, Any], str]]]] = {
    "a worker's small matter": (
        {"source": Source.WORKER},
        [
            (
                "worker",
                order("recategorise", category="event.01.10", condition="1", note="更准"),
                "open",
            ),
            ("worker", order("accept"), "working"),
            ("worker", order("contact", how="arrived", note="已到"), "working"),
            ("worker", order("propose", note="清运"), "working"),
            ("worker", order("hand_over", person="key:colleague"), "working"),
            ("worker", order("attach", files=["a" * 64], role="before"), "working"),
            ("worker", order("comment", note="材料已传"), "working"),
            ("worker", order("escalate", to="district", note="本级无力"), "working"),
            ("operator", order("set_date", until=ahead(minutes=20), note="今天"), "working"),
            ("operator", order("delegate", to="community", note="社区办"), "open"),
            ("operator", order("take_over"), "working"),
            ("operator", order("dispatch", department="roads", assisting=["greening"]), "open"),
            ("greening", order("report_in"), "open"),
            ("operator", order("whistle", departments=["sanitation"]), "open"),
            ("roads", order("accept"), "working"),
            ("supervisor", order("supervise", kind="stepped_up", grade=2, note="抓紧"), "working"),
            ("roads", order("feed_back", note="明天完成"), "working"),
            ("roads", order("return", note="不是市政道路"), "working"),
            ("operator", order("answer", ask="return", granted=False, note="就是"), "working"),
            ("roads", order("pause", until=ahead(days=5), note="等料，张三，五天"), "working"),
            ("admin", order("answer", ask="pause", granted=True), "working"),
            ("operator", order("resume", note="料到了"), "working"),
            ("roads", order("long_term", until=ahead(days=80), note="需立项"), "working"),
            ("admin", order("answer", ask="long_term", granted=False, note="不同意"), "working"),
            ("greening", order("handle", note="树已扶正"), "working"),
            ("sanitation", order("report_in"), "working"),
            ("sanitation", order("handle", outcome="solved", note="已清"), "working"),
            ("roads", order("handle", outcome="solved", evidence=["after_photo"]), "handled"),
            ("worker", order("verify", passed=False, note="还有一处"), "working"),
            ("roads", order("handle", outcome="explained", note="已说明"), "handled"),
            ("worker", order("verify", passed=True), "closed"),
            ("operator", order("reopen", note="又坏了"), "open"),
            ("operator", order("void", note="重复录入"), "void"),
        ],
    ),
    "twice returned": (
        {"category": GAS},
        [
            ("operator", order("inform", channel="phone", to="fire", sort="first"), "open"),
            ("gas", order("return", note="非燃气"), "open"),
            ("operator", order("answer", ask="return", granted=True), "open"),
            ("operator", order("dispatch", department="roads"), "open"),
            ("roads", order("return", note="非道路"), "open"),
            ("operator", order("answer", ask="return", granted=True), "open"),
            ("operator", order("rule", department="gas", note="燃气办"), "open"),
            ("gas", order("accept"), "working"),
        ],
    ),
    "not satisfied": (
        {"reporter": {"name": "某人", "phone": "13900000000"}},
        [
            ("worker", order("accept"), "working"),
            ("worker", order("handle"), "handled"),
            ("staff", order("verify", passed=True), "verified"),
            ("hotline", order("call_back", reached=False), "verified"),
            (
                "hotline",
                order("call_back", reached=True, contacted=True, solved=False, satisfied=False,
                      reason="not_solved"),
                "working",
            ),
            ("worker", order("handle"), "handled"),
            ("staff", order("verify", passed=True), "verified"),
            (
                "hotline",
                order("call_back", reached=True, satisfied=False, reason="disagrees"),
                "handled",
            ),
            ("staff", order("review", passed=True, note="已尽力"), "closed"),
        ],
    ),
    "a sensor's, looked at first": (
        {"source": Source.SENSOR},
        [("worker", order("admit", note="确有其事"), "open")],
    ),
    "declined": (
        {},
        [("staff", order("decline", reason="no_competence", note="请向法院起诉"), "declined")],
    ),
    "settled": (
        {"source": Source.WORKER},
        [("worker", order("settle", evidence=["after_photo", "party_confirms"], note="好"), "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_a_way_of_commands(staffed: House, way):
    filed, steps = WAYS[way]
    case = await staffed.file(**filed)
    for who, body, status in steps:
        answer = await give(staffed, who, case.id, body)
        assert answer.status_code == 200, (who, body, answer.json()["detail"])
        assert not status or answer.json()["status"] == status, (who, body)
    async with staffed.client("admin") as client:
        for part in ("", "/history", "/why"):
            assert (await client.get(f"/v1/cases/{case.id}{part}")).status_code == 200


async def test_what_is_asked_for_about_time(staffed: House):
    case = await staffed.file(source=Source.WORKER)
    await give(staffed, "worker", case.id, order("accept"))
    due = case.deadline(Stage.RESOLVE)
    assert due is not None
    until = (due.due + timedelta(days=1)).isoformat()
    asked = await give(staffed, "worker", case.id, order("extend", until=until, note="缺件"))
    assert asked.status_code == 200, asked.text
    granted = await give(staffed, "staff", case.id, order("answer", ask="extension", granted=True))
    assert (granted.status_code, granted.json()["extensions"]) == (200, 1)


async def test_a_red_light_is_appealed_against_and_confirmed(staffed: House):
    long_ago = datetime.now(UTC) - timedelta(days=4)
    case = await staffed.file(source=Source.WORKER, now=long_ago, category="event.01.10")
    late = await give(staffed, "worker", case.id, order("comment", note="到场"))
    marks = late.json()["lates"]
    assert marks, "the accept clock has run out"
    stage = marks[0]["stage"]
    asked = order("appeal", stage=stage, cause="phone_offline", note="山区无信号")
    who = "worker" if marks[0]["unit"]["kind"] == "team" else "staff"
    assert (await give(staffed, who, case.id, asked)).status_code == 200
    refused = order("answer", ask="appeal", granted=False, note="有信号")
    assert (await give(staffed, "supervisor", case.id, refused)).status_code == 200
    other = next(mark["stage"] for mark in marks if mark["stage"] != stage)
    card = await give(staffed, "supervisor", case.id, order("card", stage=other, note="确认"))
    assert card.status_code == 200, card.text
    assert "card" in card.json()["marks"]
    async with staffed.client("supervisor") as client:
        found = (await client.get("/v1/cases", params={"card": "true"})).json()["cases"]
    assert case.id in {one["id"] for one in found}


async def test_a_case_moved_is_decided_anew(staffed: House):
    case = await staffed.file(source=Source.WORKER)
    lon, lat = CITY.middle(1, 0)
    moved = await give(staffed, "staff", case.id, order("relocate", lon=lon, lat=lat, note="偏了"))
    assert (moved.json()["cell"], moved.json()["lon"]) == (CITY.code(1, 0), lon)


def test_all_commands_are_given_somewhere_here():
    said = {body["command"] for _, steps in WAYS.values() for _, body, _ in steps}
    elsewhere = {"relocate", "extend", "appeal", "card", "withdraw", "merge", "unmerge"}
    assert said | elsewhere == set(command_forms.NAMES)


async def test_a_form_tells_its_fields_and_the_words_to_choose_from(staffed: House):
    case = await staffed.file(source=Source.WORKER)
    async with staffed.client("operator") as client:
        told = (await client.get(f"/v1/cases/{case.id}")).json()
    forms = {form["name"]: form["fields"] for form in told["commands"]}
    [departments, _note] = forms["whistle"]
    assert departments["required"]
    words = departments["schema"]["items"]["x-words"]
    assert set(words) == set(departments["schema"]["items"]["enum"])
    assert words["gas"]["zh"]
    assert forms["take_over"] == []
    inform = {field["name"]: field for field in forms["inform"]}
    assert inform["to"]["schema"]["x-words"]["fire"] == {"zh": "消防救援", "en": "the fire brigade"}
