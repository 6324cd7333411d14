"""The order in which commands are refused, and what a phone may say that was offline for a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from geo_data import knowing
from grid.model import Source
from tests.api_house import CITY, House
from tests.integration.api.orders import give, order


async def test_the_stored_answer_comes_before_everything(house: House):
    case = await house.file(source=Source.WORKER)
    body = order("accept")
    first = await give(house, "worker", case.id, body)
    lon, lat = CITY.middle(7, 7)
    gone = await give(house, "admin", case.id, order("relocate", lon=lon, lat=lat))
    assert gone.json()["cell"] == CITY.code(7, 7)
    async with house.client("worker") as client:
        assert (await client.get(f"/v1/cases/{case.id}")).status_code == 404
    again = await give(house, "worker", case.number, body)
    assert (again.status_code, again.text) == (200, first.text)
    other = await give(house, "worker", case.id, body | {"version": 7})
    assert (other.status_code, other.json()["type"]) == (422, "/problems/id-reused")
    fresh = await give(house, "worker", case.id, order("handle"))
    assert fresh.status_code == 404


@pytest.mark.parametrize(
    ("who", "command", "refusal"),
    [
        # the role is wrong, and so are state and version
        ("analyst", {"command": "handle", "version": 1}, "role"),
        # the role is right, state and version are wrong
        ("worker", {"command": "accept", "version": 1}, "state"),
        # role and state are right, the version is not, nor is there a reason to return it any more
        ("worker", {"command": "settle", "version": 1}, "version"),
        # all of them are right, but a rule says no
        ("worker", {"command": "settle", "version": 2}, "rule"),
    ],
)
async def test_role_then_state_then_version_then_rule(house: House, who, command, refusal):
    case = await house.file(source=Source.WORKER)
    assert (await give(house, "worker", case.id, order("accept"))).json()["version"] == 2
    answer = await give(house, who, case.id, order(**command))
    assert answer.json()["refusal"] == refusal
    assert answer.status_code == (403 if refusal == "role" else 409)
    assert answer.json()["case"]["version"] == 2


async def test_what_does_not_matter_does_not_turn_away_a_phone_that_was_offline(house: House):
    yesterday = datetime.now(UTC) - timedelta(hours=20)
    case = await house.file(source=Source.WORKER, now=yesterday)
    seen = (await give(house, "worker", case.id, order("accept"))).json()["version"]
    for command in (
        order("comment", note="请尽快"),
        order("supervise", kind="internal", note="抓紧"),
        order("attach", files=["0" * 64]),
    ):
        assert (await give(house, "supervisor", case.id, command)).status_code == 200
    asked = order("pause", until=(datetime.now(UTC) + timedelta(days=9)).isoformat(), note="等料")
    assert (await give(house, "worker", case.id, asked)).status_code == 200
    done = order("handle", version=seen, done_at=(yesterday + timedelta(hours=2)).isoformat())
    answer = await give(house, "worker", case.id, done)
    assert (answer.status_code, answer.json()["status"]) == (200, "handled")
    assert answer.json()["version"] > seen + 3


@pytest.mark.parametrize(
    "meanwhile",
    [
        order("recategorise", category="event.05.02"),
        order("escalate"),
        order("dispatch", department="sanitation"),
    ],
    ids=lambda body: body["command"],
)
async def test_what_matters_does(house: House, meanwhile):
    case = await house.file(source=Source.WORKER)
    seen = (await give(house, "worker", case.id, order("accept"))).json()["version"]
    changed = await give(house, "admin", case.id, meanwhile | {"id": str(uuid4())})
    assert changed.status_code == 200, changed.text
    late = await give(house, "worker", case.id, order("comment", note="到了", version=seen))
    assert (late.status_code, late.json()["refusal"]) == (409, "version")
    assert late.json()["case"]["version"] > seen


async def test_a_refused_command_leaves_nothing_but_its_answer(house: House):
    case = await house.file(source=Source.WORKER)
    body = order("return", note="不归我们管")
    refused = await give(house, "worker", case.id, body)
    async with house.database() as conn:
        notes = await (await conn.execute("SELECT FROM notes WHERE body = '不归我们管'")).fetchall()
        answers = await (
            await conn.execute("SELECT status FROM commands WHERE id = %s", [body["id"]])
        ).fetchall()
    assert notes == []
    assert answers == [(refused.status_code,)]


async def test_who_sends_a_case_away_hears_where_it_stands(house: House):
    case = await house.file(source=Source.WORKER)
    lon, lat = CITY.middle(7, 7)
    sent = await give(house, "worker", case.id, order("relocate", lon=lon, lat=lat))
    assert sent.status_code == 200
    assert sent.json() == {"id": case.id, "number": case.number, "status": "open", "version": 2}


async def test_a_place_outside_every_cell_is_the_citys(house: House):
    case = await house.file(source=Source.WORKER)
    moved = await give(house, "admin", case.id, order("relocate", lon=119.9, lat=36.9))
    assert (moved.json()["cell"], moved.json()["path"]) == (None, "3707/")
    back = order("relocate", lon=CITY.middle(1, 1)[0], lat=CITY.middle(1, 1)[1])
    assert (await give(house, "admin", case.id, back)).json()["cell"] == CITY.code(1, 1)


async def test_a_place_in_a_maps_own_datum_is_converted(house: House):
    case = await house.file(source=Source.WORKER)
    lon, lat = CITY.middle(2, 2)
    moved = await give(house, "admin", case.id, order("relocate", lon=lon, lat=lat, crs="GCJ-02"))
    assert 0.003 < lon - moved.json()["lon"] < 0.008


@pytest.mark.parametrize(
    ("lot", "status"), [(0.0, "handled"), (0.049, "handled"), (0.05, "closed")]
)
async def test_the_lot_says_what_is_looked_at_again(house: House, monkeypatch, lot, status):
    monkeypatch.setattr(knowing, "_LOTS", Fixed(lot))
    case = await house.file(source=Source.WORKER)
    proof = {"evidence": ["after_photo", "note", "party_confirms"], "note": "已清理"}
    settled = await give(house, "worker", case.id, order("settle", **proof))
    assert (settled.status_code, settled.json()["status"]) == (200, status)


class Fixed:
    """A lot that is known."""

    def __init__(self, lot: float) -> None:
        self._lot = lot

    def random(self) -> float:
        """Always the same."""
        return self._lot
