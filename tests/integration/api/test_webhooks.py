"""Webhooks over HTTP: who may have them, what is refused, what is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from geo_data import feed, webhooks
from geo_data.webhooks import Attempt
from grid.notices import seal
from tests.api_house import CITY, area_path

if TYPE_CHECKING:
    from tests.api_house import House

#: A name that leads out into the world wherever the tests run: a number needs no name service.
OUTSIDE = "https://93.184.216.34/hook"


@pytest.fixture(autouse=True)
async def _none_left(house: House):
    yield
    async with house.database() as conn:
        await conn.execute("DELETE FROM webhooks")


async def made(client, **said):
    answer = await client.post("/v1/webhooks", json={"url": OUTSIDE} | said)
    assert answer.status_code == 201, answer.text
    return answer.json()


ROLES = {
    "worker": 403,
    "staff": 403,
    "operator": 201,
    "supervisor": 201,
    "hotline": 403,
    "analyst": 403,
    "source": 201,
    "citizen": 403,
    "admin": 201,
}


@pytest.mark.parametrize(("who", "status"), ROLES.items())
async def test_partners_and_those_in_charge_may_have_webhooks(house: House, who, status):
    async with house.client(who) as client:
        assert (await client.post("/v1/webhooks", json={"url": OUTSIDE})).status_code == status


async def test_the_secret_is_shown_once_and_has_256_bits(house: House):
    async with house.client("operator") as client:
        hook = await made(client, name="大屏", events=["filed", "escalated"])
        assert len(seal.read_secret(hook.pop("secret"))) == 32
        assert (hook["name"], hook["events"], hook["state"]) == (
            "大屏",
            ["filed", "escalated"],
            "active",
        )
        assert hook["area"] == CITY.code(0, 0)[:6]
        listed = (await client.get("/v1/webhooks")).json()["webhooks"]
        one = await client.get(f"/v1/webhooks/{hook['id']}")
    assert listed == [hook] == [one.json()]
    assert "whsec_" not in one.text


async def test_it_begins_at_the_end_of_the_feed_or_where_it_is_told(house: House):
    await house.file()
    async with house.database() as conn:
        head = (await feed.head(conn)).number
    async with house.client("operator") as client:
        assert (await made(client))["cursor"] == head
        assert (await made(client, **{"from": 1}))["cursor"] == 0
        assert (await made(client, **{"from": 10**9}))["cursor"] == head


WRONG = [
    ({}, 422, "/url"),
    ({"url": "ftp://example.org"}, 422, "/url"),
    ({"url": "http://127.0.0.1:8000/v1/cases"}, 422, "/url"),
    ({"url": "http://localhost/"}, 422, "/url"),
    ({"url": "http://[::1]/"}, 422, "/url"),
    ({"url": "http://169.254.169.254/latest/meta-data"}, 422, "/url"),
    ({"url": "http://0x7f.1/"}, 422, "/url"),
    ({"url": "http://2130706433/"}, 422, "/url"),
    ({"url": "https://no-such-host.invalid/"}, 422, "/url"),
    ({"url": OUTSIDE, "events": ["files"]}, 422, "/events"),
    ({"url": OUTSIDE, "events": "filed"}, 422, "/events"),
    ({"url": OUTSIDE, "area": "99"}, 404, None),
    ({"url": OUTSIDE, "from": 0}, 422, "/from"),
    ({"url": OUTSIDE, "secret": "mine"}, 400, "/secret"),
]


@pytest.mark.parametrize(("body", "status", "field"), WRONG)
async def test_what_is_wrong_is_named(house: House, body, status, field):
    async with house.client("operator") as client:
        answer = await client.post("/v1/webhooks", json=body)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
        assert (await client.get("/v1/webhooks")).json() == {"webhooks": []}


async def test_a_private_address_is_taken_where_the_setting_allows_it(house: House):
    asked = house.wiring.config
    object.__setattr__(house.wiring, "config", replace(asked, private_receivers=True))
    try:
        async with house.client("operator") as client:
            await made(client, url="http://127.0.0.1:9/")
    finally:
        object.__setattr__(house.wiring, "config", asked)


async def test_the_area_lies_within_the_keys_own(house: House):
    community = area_path(0, 0, 1).rstrip("/").rpartition("/")[2]
    async with house.client("source") as client:
        assert (await made(client, area=community))["area"] == community
    async with house.client("operator") as client:
        assert (await made(client, area="3707"))["area"] == CITY.code(0, 0)[:6]


async def test_a_key_has_twenty_at_most(house: House):
    async with house.client("operator") as client:
        for _ in range(20):
            await made(client)
        answer = await client.post("/v1/webhooks", json={"url": OUTSIDE})
    assert answer.status_code == 409


async def test_others_webhooks_do_not_exist_but_for_the_admin(house: House):
    async with house.client("operator") as client:
        hook = await made(client)
    calls = [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("GET", "/deliveries"),
    ]
    async with house.client("supervisor") as client:
        for method, part in calls:
            answer = await client.request(method, f"/v1/webhooks/{hook['id']}{part}")
            assert answer.status_code == 404
        again = await client.post(f"/v1/webhooks/{hook['id']}/replay", json={"from": 1})
        assert again.status_code == 404
        assert (await client.get("/v1/webhooks/%00")).status_code == 404
    async with house.client("admin") as client:
        assert (await client.get(f"/v1/webhooks/{hook['id']}")).status_code == 200


async def test_it_is_paused_resumed_replayed_and_deleted_and_all_of_it_is_in_the_audit(
    house: House,
):
    await house.file()
    async with house.client("operator") as client:
        hook = await made(client)
        at = f"/v1/webhooks/{hook['id']}"
        paused = (await client.post(f"{at}/pause")).json()
        assert (paused["state"], paused["paused_why"]) == ("paused", "paused by hand")
        replayed = (await client.post(f"{at}/replay", json={"from": 1})).json()
        assert (replayed["state"], replayed["cursor"]) == ("paused", 0)
        assert (await client.post(f"{at}/replay", json={})).status_code == 422
        assert (await client.post(f"{at}/resume")).json()["state"] == "active"
        assert (await client.delete(at)).status_code == 204
        assert (await client.get(at)).status_code == 404
    async with house.database() as conn:
        rows = await conn.execute(
            "SELECT act FROM audit WHERE subject = %s ORDER BY id", [hook["id"]]
        )
        acts = [row[0] for row in await rows.fetchall()]
    assert acts == [f"webhook {act}" for act in ("add", "pause", "replay", "resume", "delete")]


async def test_deliveries_are_shown_page_by_page(house: House):
    for _ in range(3):
        await house.file()
    async with house.client("operator") as client:
        hook = await made(client, **{"from": 1})
        async with house.database() as conn:
            entries = await feed.read(conn, 0, 3)
            clerk = uuid4().hex
            [held] = await webhooks.hold(conn, clerk, hold_s=9, limit=9, busy=[])
            attempts = [
                Attempt(entries[0], 200, "", 12, taken=True),
                Attempt(entries[1], 200, "", 13, taken=True),
                Attempt(entries[2], 500, "answered 500", 14, taken=False),
            ]
            waits = {"hold_s": 9, "wait_s": 60, "give_up_s": 3600}
            await webhooks.settle(conn, held, clerk, 2, attempts, keep=True, **waits)
        at = f"/v1/webhooks/{hook['id']}/deliveries"
        first = (await client.get(at, params={"limit": 2})).json()
        rest = (await client.get(at, params={"before": first["before"]})).json()
        failed = (await client.get(at, params={"failed": "true"})).json()["deliveries"]
        metrics = (await client.get("/metrics")).text
    assert [one["status"] for one in first["deliveries"]] == [500, 200]
    assert [one["took_ms"] for one in rest["deliveries"]] == [12]
    assert [(one["error"], one["delivered_at"]) for one in failed] == [("answered 500", None)]
    assert f'wangge_webhook_behind_entries{{webhook="{hook["id"]}"}}' in metrics
    assert "wangge_webhooks_paused 0" in metrics
