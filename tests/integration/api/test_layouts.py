"""`/v1/layouts`: which there are for whom, the report as JSON and page, what changed."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest

from api.layout_store import MOST_WAITING, LayoutStore
from api.problems import Problem
from geo_data.database import connect
from tests import city

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs/reference/layout-report.schema.json").read_text()
)


@asynccontextmanager
async def layouts_of(house, *, to_come: bool = False):
    """A draft of other cells beside the layout in force, or one that waits to begin; its number."""
    async with connect(house.url, schema=house.schema) as conn:
        number = await city.build(conn, city.City(step=0.0052), draft=True)
        at = datetime.now(UTC) + timedelta(hours=1)
        if to_come:
            await conn.execute("UPDATE layouts SET valid_to = %s WHERE valid_to IS NULL"
                               " AND valid_from IS NOT NULL", [at])  # fmt: skip
            await conn.execute(
                "UPDATE layouts SET valid_from = %s, published_by = 'li', published_at = now()"
                " WHERE id = %s", [at, number],
            )  # fmt: skip
    try:
        yield number
    finally:
        async with connect(house.url, schema=house.schema) as conn, conn.transaction():
            await conn.execute("DELETE FROM areas WHERE layout = %s", [number])
            await conn.execute("DELETE FROM layouts WHERE id = %s", [number])
            await conn.execute("UPDATE layouts SET valid_to = NULL WHERE id = %s", [house.layout])


async def listed(house, who, **asked):
    async with house.client(who) as client:
        got = await client.get("/v1/layouts", params=asked)
    assert got.status_code == 200, got.text
    return got.json()


async def made(client, path, **asked):
    """The answer, however long its process takes beside others: 503 says when to ask again."""
    while True:
        got = await client.get(path, **asked)
        if got.status_code != 503:
            return got
        assert got.headers["retry-after"] == "10"
        await asyncio.sleep(0.5)


async def test_published_layouts_are_for_every_key_drafts_for_who_decides_on_them(house):
    async with layouts_of(house) as draft:
        seen = {who: [one["number"] for one in (await listed(house, who))["layouts"]]
                for who in ("admin", "analyst", "supervisor", "worker", "citizen")}  # fmt: skip
        both, one = [draft, house.layout], [house.layout]
        assert seen == {
            "admin": both, "analyst": both, "supervisor": one, "worker": one, "citizen": one,
        }  # fmt: skip
        async with house.client("operator") as client:
            for path in ("", "/report", "/changes"):
                got = await client.get(f"/v1/layouts/{draft}{path}")
                assert (got.status_code, got.json()["type"]) == (404, "/problems/not-found")
            hidden = await client.get(f"/v1/layouts/{house.layout}/changes?from={draft}")
            assert (hidden.status_code, hidden.json()["field"]) == (400, "/from")


async def test_a_layout_says_when_it_holds_and_who_published_it(house):
    async with layouts_of(house, to_come=True) as number:
        coming, held = (await listed(house, "admin"))["layouts"]
        assert (coming["number"], coming["state"], held["state"]) == (number, "to_come", "in_force")
        assert coming["valid_from"] == held["valid_to"]
        assert (coming["cells"], coming["published_by"]) == (64, "li")
        assert isinstance(held["live_cases"], int)
        async with house.client("citizen") as client:
            one = (await client.get(coming["href"])).json()
        assert one == coming | {"published_by": None, "live_cases": None}


async def test_the_list_goes_on_page_by_page(house):
    async with layouts_of(house) as draft:
        first = await listed(house, "admin", limit=1)
        assert ([one["number"] for one in first["layouts"]], first["next"]) == ([draft], draft)
        second = await listed(house, "admin", limit=1, after=first["next"])
        assert ([one["number"] for one in second["layouts"]], second["next"]) == (
            [house.layout], None,
        )  # fmt: skip


async def test_the_report_is_what_the_command_writes_as_json_and_as_a_page(house):
    await house.file(3, 3)
    async with house.client("analyst") as client:
        path = f"/v1/layouts/{house.layout}/report"
        plain, again = await asyncio.gather(made(client, path), made(client, path))
        assert plain.status_code == 200, plain.text
        report = plain.json()
        jsonschema.validate(report, SCHEMA)
        assert report["layout"]["number"] == house.layout
        assert again.headers["etag"] == plain.headers["etag"]
        same = await client.get(path, headers={"If-None-Match": plain.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        page = await client.get(path, headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        assert "网格划分检查报告" in page.text
        assert 'style="' not in page.text  # its policy allows no style but the page's own
        assert "sha256-" in page.headers["content-security-policy"]
        assert (await client.get(path, params={"f": "html"})).text == page.text


@pytest.mark.parametrize(
    ("who", "status", "kind"),
    [("operator", 403, "outside-area"), ("worker", 403, "outside-area"),
     ("source", 403, "wrong-role")],
)  # fmt: skip
async def test_who_sees_a_part_of_the_city_gets_no_report_on_all_of_it(house, who, status, kind):
    async with house.client(who) as client:
        got = await client.get(f"/v1/layouts/{house.layout}/report")
    assert (got.status_code, got.json()["type"]) == (status, f"/problems/{kind}")


async def test_changes_are_for_who_reads_cases(house):
    async with house.client("citizen") as client:
        got = await client.get(f"/v1/layouts/{house.layout}/changes")
    assert (got.status_code, got.json()["type"]) == (403, "/problems/wrong-role")


async def test_changes_are_what_the_command_tells(house):
    async with layouts_of(house) as draft, house.client("admin") as client:
        path = f"/v1/layouts/{draft}/changes"
        got = await made(client, path, params={"from": house.layout})
        assert got.status_code == 200, got.text
        told = got.json()
        assert (told["before"], told["after"]) == (house.layout, draft)
        assert told["levels"]["grid"]["before"] == told["levels"]["grid"]["after"] == 64
        assert {row["level"] for row in told["rows"]} == {
            "grid", "community", "street", "district",
        }  # fmt: skip
        assert (await client.get(path)).json() == told  # the one before is meant by itself
        same = await client.get(path, headers={"If-None-Match": got.headers["etag"]})
        assert same.status_code == 304
        none = await client.get(path, params={"from": 99_999})
        assert (none.status_code, none.json()["field"]) == (400, "/from")
        first = await client.get(f"/v1/layouts/{house.layout}/changes")
        assert (first.status_code, first.json()["field"]) == (400, "/from")


@pytest.mark.parametrize("path", ["0", "x", "99999999999", "1/report?f=pdf", "1/changes?from=-1"])
async def test_what_cannot_be_is_400(house, path):
    async with house.client("admin") as client:
        got = await client.get(f"/v1/layouts/{path}")
    assert (got.status_code, got.json()["type"]) == (400, "/problems/invalid-parameter")


async def test_who_does_not_get_it_in_time_is_told_to_ask_again_and_then_has_it(house):
    store = LayoutStore(house.url, house.schema, patience_s=0.01)
    with pytest.raises(Problem) as told:
        await store.report(house.layout, None)
    assert told.value.response().headers["retry-after"] == "10"
    while store._making:  # noqa: ASYNC110 - it goes on
        await asyncio.sleep(0.05)
    plain, _page = await store.report(house.layout, None)
    assert json.loads(plain.plain)["layout"]["number"] == house.layout


async def test_who_comes_when_many_wait_is_told_at_once(house):
    store = LayoutStore(house.url, house.schema, patience_s=60)
    asked = [asyncio.create_task(store.changes(n, house.layout)) for n in range(MOST_WAITING)]
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        with pytest.raises(Problem) as told:
            await store.changes(99, house.layout)
    assert told.value.status == 503
    await store.close()
    await asyncio.gather(*asked, return_exceptions=True)


async def test_what_is_being_made_ends_with_the_store(house):
    store = LayoutStore(house.url, house.schema, patience_s=0.01)
    with pytest.raises(Problem):
        await store.report(house.layout, None)
    await store.close()
    assert not store._making
    assert not store._kept
