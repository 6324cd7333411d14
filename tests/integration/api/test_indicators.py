"""Figures over HTTP: who sees which, what they say, and the cases behind."""

from __future__ import annotations

import csv
import io

import pytest

from geo_data import case_facts
from geo_data import figures as stored
from geo_data.figures import Appraisal
from grid.figures.figures import BY_NAME
from grid.figures.fold import facts_of
from grid.model import Source
from tests.api_house import CITY, PEOPLE, House, area_path
from tests.lives import lives

FACTS = [
    facts_of(life.events)
    for life in (
        *lives(120, seed=21, days=28, cells=CITY),
        *lives(60, seed=22, days=28, cells=CITY, source=Source.WORKER),
    )
]
MONTH = {"from": "2026-01-01", "to": "2026-02-01"}
HERE = area_path(0, 0, 1)  # a community
READERS = [who for who in PEOPLE if who not in ("source", "citizen")]


@pytest.fixture(scope="module")
async def counted(house: House) -> House:
    async with house.database() as conn, conn.transaction():
        numbered = [f._replace(number=f"F-{i:05d}") for i, f in enumerate(FACTS)]
        await case_facts.write(conn, [(None, facts) for facts in numbered])
    return house


async def get(house: House, who: str, path: str, **asked):
    async with house.client(who) as client:
        return await client.get(path, params=asked)


async def told(house: House, who: str, path: str, **asked):
    answer = await get(house, who, path, **asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_city_by_district(counted: House):
    found = await told(counted, "admin", "/v1/indicators", level="district", **MONTH)
    assert [figure["name"] for figure in found["figures"]] == list(BY_NAME)
    total = found["total"]["figures"]["received"]["raw"]
    assert total["value"] == len(FACTS)
    assert total["value"] == sum(
        row["figures"]["received"]["raw"]["value"] for row in found["rows"]
    )
    closed = found["total"]["figures"]["closed"]["raw"]
    assert 0 < closed["numerator"] <= closed["denominator"]
    assert closed["low"] < closed["value"] < closed["high"]
    parts = found["total"]["score"]["raw"]["parts"]
    assert [part["name"] for part in parts] == [
        "handled_in_time", "closed", "rework", "callback", "reports",
    ]  # fmt: skip
    assert {row["group"] for row in found["rows"]} == {"district"}


@pytest.mark.parametrize("who", READERS)
async def test_everybody_sees_its_own_subtree(counted: House, who):
    path = area_path(0, 0, PEOPLE[who][1])
    found = await told(counted, who, "/v1/indicators", figures="received", **MONTH)
    mine = [f for f in FACTS if f.path.startswith(path)]
    assert found["total"]["figures"]["received"]["raw"]["value"] == len(mine)


@pytest.mark.parametrize("who", ["source", "citizen"])
async def test_who_reads_no_cases_reads_no_figures(counted: House, who):
    for path in ("/v1/indicators", "/v1/ledger", "/v1/indicators/closed/cases"):
        assert (await get(counted, who, path)).status_code == 403


REFUSED = [
    ("admin", {"colour": "red"}, 400, "/problems/unknown-parameter"),
    ("admin", {"figures": "closed,nonsense"}, 400, "/problems/invalid-parameter"),
    ("admin", {"from": "2026-02-01", "to": "2026-01-01"}, 400, "/problems/invalid-parameter"),
    ("admin", {"from": "yesterday"}, 400, "/problems/invalid-parameter"),
    ("admin", {"by": "moon"}, 400, "/problems/invalid-parameter"),
    ("admin", {"by": "department", "level": "grid"}, 400, "/problems/invalid-parameter"),
    ("admin", {"worker": "key:x"}, 400, "/problems/invalid-parameter"),
    ("admin", {"area": "999"}, 404, "/problems/not-found"),
    ("staff", {"area": area_path(0, 0, 2).split("/")[-2]}, 403, "/problems/outside-area"),
    ("operator", {"area": "3707"}, 403, "/problems/outside-area"),
    ("analyst", {"by": "worker"}, 403, "/problems/wrong-role"),
    ("hotline", {"by": "worker"}, 403, "/problems/wrong-role"),
    ("worker", {"by": "worker", "worker": "key:x"}, 403, "/problems/outside-area"),
]


@pytest.mark.parametrize(("who", "asked", "status", "kind"), REFUSED)
async def test_what_is_refused(counted: House, who, asked, status, kind):
    answer = await get(counted, who, "/v1/indicators", **asked)
    assert (answer.status_code, answer.json()["type"]) == (status, kind)


async def test_what_is_too_much_for_one_answer(counted: House, monkeypatch):
    monkeypatch.setattr("geo_data.indicators.MOST_ANSWERS", 200)
    answer = await get(counted, "admin", "/v1/indicators", level="grid")
    assert answer.status_code == 400
    assert "64 lines: ask for at most 3 figures" in answer.json()["detail"]
    answer = await get(counted, "admin", "/v1/indicators", level="grid", figures="closed,rework")
    assert answer.status_code == 200


async def test_by_department_the_stages_that_it_held_count(counted: House):
    found = await told(
        counted, "admin", "/v1/indicators", by="department", figures="handled_in_time", **MONTH
    )
    for row in found["rows"]:
        held = [
            h for f in FACTS for h in f.held
            if h.stage == "resolve" and h.department == row["code"] and h.due.month == 1
            and h.due.day < 31 and (h.how == "done" or h.late)
        ]  # fmt: skip
        shown = row["figures"]["handled_in_time"]["raw"]
        assert shown["denominator"] >= len(held)


async def test_the_cases_behind_a_figure(counted: House):
    found = await told(counted, "admin", "/v1/indicators", figures="closed", **MONTH)
    link = found["figures"][0]["cases"]
    seen, offset = [], 0
    async with counted.client("admin") as client:
        while offset is not None:
            page = (await client.get(f"{link}&limit=37&offset={offset}")).json()
            seen += page["cases"]
            offset = page["next"]
    closed = found["total"]["figures"]["closed"]["raw"]
    assert len({case["number"] for case in seen}) == len(seen)
    assert sum(case["counts"] for case in seen) == closed["denominator"]
    assert sum(case["raw"] for case in seen) == closed["numerator"]
    out = [case["excluded"] for case in seen if not case["counts"]]
    assert sorted(out) == sorted(r for r, n in closed["excluded"].items() for _ in range(n))
    hits = await told(
        counted, "admin", "/v1/indicators/closed/cases", hits="true", limit="1000", **MONTH
    )
    assert len(hits["cases"]) == closed["numerator"]
    assert (await get(counted, "admin", "/v1/indicators/nonsense/cases")).status_code == 404


async def test_csv_opens_in_a_spreadsheet(counted: House):
    answer = await get(
        counted,
        "admin",
        "/v1/indicators",
        level="district",
        figures="closed",
        format="csv",
        **MONTH,
    )
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[3:5] == ["指标 figure", "指标名称 figure name"]
    assert rows[-1][14:] == ["2026-01-01 00:00:00", "2026-02-01 00:00:00"]
    assert {row[3] for row in rows} == {"closed", "score"}


async def test_the_weekly_ledger(counted: House):
    found = await told(counted, "staff", "/v1/ledger", week="2026-W03")
    assert found["from"] == "2026-01-12T00:00:00+08:00"
    mine = [f for f in FACTS if f.path.startswith(HERE)]

    assert found["counts"]["came_in"]["all"] == len(found["came_in"])
    assert {case["number"] for case in found["cleared"]} <= {
        f"F-{i:05d}" for i, f in enumerate(FACTS) if f in mine and f.closed_at
    }
    assert found["came_in"]
    assert found["due"]
    assert all(case["path"].startswith(HERE) for case in (*found["came_in"], *found["due"]))
    assert all(case["handler"] and case["category_zh"] for case in found["due"])
    answer = await get(counted, "staff", "/v1/ledger", week="2026-W03", format="csv")
    assert answer.content.startswith("\ufeff台账 list".encode())
    assert (await get(counted, "operator", "/v1/ledger", week="2026-W60")).status_code == 400


async def test_a_department_s_ledger(counted: House):
    whole = await told(counted, "admin", "/v1/ledger", week="2026-W03")
    counts = whole["counts"]["came_in"]["by_department"]
    n, name = max((n, name) for name, n in counts.items() if name)
    found = await told(counted, "admin", "/v1/ledger", week="2026-W03", department=name)
    assert len(found["came_in"]) == n


async def test_a_worker_s_month(counted: House):
    settler = max(
        (f for f in FACTS if f.settled_by.startswith("key:w") and f.settled_at.month == 1),
        key=lambda f: f.settled_at,
    )
    person, month = settler.settled_by, "2026-01"
    async with counted.database() as conn:
        await stored.load_appraisals(conn, [Appraisal(person, month, 88.0, "认真", "key:clerk")])
    found = await told(counted, "admin", f"/v1/workers/{person}/month", month=month)
    parts = {part["name"]: part for part in found["points"]["parts"]}
    credited = len(found["deeds"].get("settled", []))
    assert parts["settled"]["value"] == credited
    assert parts["visited_on_time"]["reason"] == "no_patrols"
    assert found["points"]["value"] == pytest.approx(sum(p["points"] for p in parts.values()))
    assert found["appraisals"] == [
        {"month": month, "mark": 88.0, "words": "认真", "by": "key:clerk"}
    ]
    year = await told(counted, "admin", f"/v1/workers/{person}/month", year="2026")
    assert len(year["deeds"].get("settled", [])) >= credited


async def test_who_may_see_a_worker_s_month(counted: House):
    own = (await told(counted, "worker", "/v1/me"))["id"]
    assert (await get(counted, "worker", f"/v1/workers/{own}/month")).status_code == 200
    assert (await get(counted, "worker", "/v1/workers/key:other/month")).status_code == 403
    assert (await get(counted, "analyst", f"/v1/workers/{own}/month")).status_code == 403
    assert (await get(counted, "operator", "/v1/workers/key:nobody/month")).status_code == 404
    far = next(f for f in FACTS if f.settled_by and not f.path.startswith(HERE))
    path = f"/v1/workers/{far.settled_by}/month"
    assert (await get(counted, "staff", path)).status_code == 404
    assert (await get(counted, "admin", path, month="2026-13")).status_code == 400
    assert (await get(counted, "admin", path, month="2026-01", year="2026")).status_code == 400
