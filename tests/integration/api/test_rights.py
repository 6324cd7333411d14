"""Who may come in where: role × route, inside and outside the key's area."""

from __future__ import annotations

import base64

import pytest

from api.keys import Keys
from geo_data import keys
from grid.principal import Role
from tests.api_house import CITY, GAS, PEOPLE, House, submission

INSIDE, OUTSIDE = (0, 0), (7, 7)  # another county

#: Role by role: posts a report, lists cases, reads one inside, one outside, hears the feed.
TABLE = {
    "worker": (202, 200, 200, 404, 200),
    "staff": (202, 200, 200, 404, 200),
    "operator": (202, 200, 200, 200, 200),
    "supervisor": (403, 200, 200, 200, 200),
    "hotline": (202, 200, 200, 200, 200),
    "analyst": (403, 200, 200, 200, 200),
    "source": (202, 403, 403, 403, 403),
    "citizen": (202, 403, 403, 403, 403),
    "admin": (202, 200, 200, 200, 200),
}


def test_the_table_names_everybody():
    assert set(TABLE) == set(PEOPLE)


@pytest.mark.parametrize("who", TABLE)
async def test_each_role_gets_what_the_table_says(house: House, who):
    near, far = await house.file(*INSIDE), await house.file(*OUTSIDE)
    async with house.client(who) as client:
        got = (
            (await client.post("/v1/reports", json=submission())).status_code,
            (await client.get("/v1/cases")).status_code,
            (await client.get(f"/v1/cases/{near.id}")).status_code,
            (await client.get(f"/v1/cases/{far.number}")).status_code,
            (await client.get("/v1/events", params={"after": "0"})).status_code,
        )
    assert got == TABLE[who]


@pytest.mark.parametrize("part", ["", "/history", "/why", "/people"])
@pytest.mark.parametrize("who", ["worker", "staff"])
async def test_a_case_outside_the_area_does_not_exist(house: House, who, part):
    far = await house.file(*OUTSIDE)
    async with house.client(who) as client:
        answer = await client.get(f"/v1/cases/{far.id}{part}")
        assert answer.status_code == 404
        assert far.id not in (await client.get("/v1/cases", params={"limit": 1000})).text


async def test_lists_end_where_the_area_ends(house: House):
    near, far = await house.file(*INSIDE), await house.file(*OUTSIDE)
    for who, sees_far in (("worker", False), ("operator", True)):
        async with house.client(who) as client:
            found = (await client.get("/v1/cases", params={"limit": 1000})).json()["cases"]
        ids = {case["id"] for case in found}
        assert near.id in ids
        assert (far.id in ids) is sees_far


def basic(rest: str, name: str = "anybody") -> str:
    return "Basic " + base64.b64encode(f"{name}{rest}".encode()).decode()


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (None, "no key"),
        ("", "no key"),
        ("Basic !", "no key"),
        (basic("", name="no colon"), "no key"),
        (basic(":"), "no key"),
        ("Bearer", "no key"),
        ("Bearer wg_nobody", "not in force"),
        ("Bearer " + "x" * 500, "no key"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/reports"),
        ("GET", "/v1/reports/6f1c2a34-8b1d-4c55-9e0a-1f2e3d4c5b6a"),
        ("GET", "/v1/cases"),
        ("GET", "/v1/cases/2026-0000001"),
        ("POST", "/v1/cases/2026-0000001/commands"),
        ("GET", "/v1/events"),
        ("GET", "/v1/areas/3707"),
        ("GET", "/v1/areas/3707/outlines"),
        ("GET", "/v1/categories"),
        ("GET", "/v1/me"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
    ],
)
async def test_without_a_key_nothing_opens(house: House, method, path, header, says):
    async with house.client() as client:
        headers = {"Authorization": header} if header is not None else {}
        answer = await client.request(method, path, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/key-needed"
    assert says in problem["detail"]


async def test_a_browser_may_give_the_key_as_password_to_read_and_never_to_change(house: House):
    headers = {"Authorization": basic(f":{house.key['operator']}")}
    async with house.client() as client:
        me = await client.get("/v1/me", headers=headers)
        assert (me.status_code, me.json()["name"]) == (200, "operator")
        wrong = await client.get("/v1/me", headers={"Authorization": basic(":wg_nobody")})
        assert "not in force" in wrong.json()["detail"]
        sent = await client.post("/v1/reports", headers=headers, json=submission())
        assert sent.status_code == 401


@pytest.mark.parametrize(
    ("method", "header", "offered"),
    [
        ("GET", None, ["Bearer", "Basic"]),
        ("GET", basic(":wg_nobody"), ["Bearer", "Basic"]),
        ("GET", "Bearer wg_nobody", ["Bearer"]),  # or the browser would ask in mid-page
        ("POST", None, ["Bearer"]),
    ],
)
async def test_what_a_refusal_offers(house: House, method, header, offered):
    async with house.client() as client:
        headers = {"Authorization": header} if header else {}
        path = "/v1/me" if method == "GET" else "/v1/reports"
        answer = await client.request(method, path, headers=headers)
    lines = answer.headers.get_list("www-authenticate")
    assert [line.split(" ")[0] for line in lines] == offered


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready"])
async def test_what_holds_no_data_is_open(house: House, path):
    async with house.client() as client:
        assert (await client.get(path)).status_code == 200


async def test_a_sender_hears_of_its_own_report_and_nobody_elses(house: House):
    sent = submission()
    async with house.client("citizen") as mine, house.client("source") as other:
        assert (await mine.post("/v1/reports", json=sent)).status_code == 202
        assert (await mine.get(f"/v1/reports/{sent['id']}")).json()["status"] == "accepted"
        assert (await other.get(f"/v1/reports/{sent['id']}")).status_code == 404


async def test_people_are_shown_to_the_handler_alone_and_each_look_is_kept(house: House):
    case = await house.file(reporter={"name": "测试人", "phone": "000"})
    path = f"/v1/cases/{case.id}"
    async with house.client("worker") as handler, house.client("admin") as admin:
        seen = (await handler.get(f"{path}/people")).json()
        assert seen["people"][0]["reporter"] == {"name": "测试人", "phone": "000"}
        assert (await admin.get(f"{path}/people")).status_code == 403
        for part in ("", "/history", "/why"):
            assert "测试人" not in (await handler.get(path + part)).text
    async with house.database() as conn:
        row = await (
            await conn.execute(
                "SELECT count(*) FROM audit WHERE act = 'people read' AND subject = %s", [case.id]
            )
        ).fetchone()
    assert row == (1,)


async def test_analysts_see_neither_words_nor_exact_places(house: House):
    case = await house.file(description="三单元 王家")
    exact = str(case.place.lon)
    async with house.client("analyst") as client, house.client("worker") as worker:
        for part in ("", "/history"):
            told = (await client.get(f"/v1/cases/{case.id}{part}")).text
            assert "王家" not in told
            assert exact not in told
        feed = (await client.get("/v1/events", params={"after": "0", "limit": 1000})).text
        assert case.id in feed
        assert exact not in feed
        assert "王家" in (await worker.get(f"/v1/cases/{case.id}")).text


async def test_an_analysts_narrow_box_tells_no_more_than_the_rounded_place(house: House):
    case = await house.file()
    lon, lat = round(case.place.lon, 3), round(case.place.lat, 3)
    west, middle, east = lon - 0.0004, lon, lon + 0.0004
    found = []
    async with house.client("analyst") as client:
        for left, right in ((west, middle), (middle, east)):
            box = f"{left},{lat - 0.0004},{right},{lat + 0.0004}"
            told = (await client.get("/v1/cases", params={"bbox": box, "limit": 1000})).json()
            found.append(case.id in {one["id"] for one in told["cases"]})
    assert found == [True, True]


async def test_counts_of_an_area_are_for_those_inside_it(house: House):
    async with house.client("worker") as client:
        mine = (await client.get(f"/v1/areas/{CITY.code(*INSIDE)}")).json()
        other = (await client.get(f"/v1/areas/{CITY.code(*OUTSIDE)}")).json()
    assert mine["today"]["filed"] >= 0
    assert other["today"] is None
    assert other["counters"] is None
    assert other["geometry"]["type"] == "MultiPolygon"


@pytest.mark.parametrize(
    ("who", "source", "status"),
    [
        ("citizen", "citizen", 202),
        ("citizen", "worker", 422),
        ("citizen", "hotline", 422),
        ("source", "sensor", 202),
        ("source", "worker", 422),
        ("hotline", "hotline", 202),
        ("hotline", "inspector", 422),
        ("worker", "worker", 202),
        ("admin", "worker", 202),
    ],
)
async def test_nobody_speaks_as_the_houses_own_people(house: House, who, source, status):
    async with house.client(who) as client:
        answer = await client.post("/v1/reports", json=submission(source=source, category=GAS))
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["field"] == "/source"


async def test_a_revoked_key_stops_within_the_memory_of_keys(house: House):
    async with house.database() as conn:
        key_id, key = await keys.add(conn, role=Role.STAFF, area="3707/", by="tests")
        now = [0.0]
        known = Keys(house.wiring.pool, 60.0, monotonic=lambda: now[0])
        assert (await known.principal(key)).id == f"key:{key_id}"
        assert await keys.revoke(conn, key_id, by="tests")
        assert not await keys.revoke(conn, key_id, by="tests")
        now[0] = 59.0
        assert await known.principal(key) is not None
        now[0] = 61.0
        assert await known.principal(key) is None


async def test_only_the_digest_of_a_key_is_stored(house: House):
    key = house.key["worker"]
    async with house.database() as conn:
        rows = await (await conn.execute("SELECT k::text FROM api_keys AS k")).fetchall()
    assert rows
    assert not [row for row in rows if key in row[0] or key[3:] in row[0]]
