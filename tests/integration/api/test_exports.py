"""`/export/{collection}.{format}`: who gets what, what is refused, what is left behind."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
import re
from datetime import UTC, datetime, timedelta

import geopandas
import httpx
import pyogrio
import pytest
from psycopg import sql

from geo_data.exports import stream
from geo_data.exports.csv import Csv
from tests.api_house import CITY, House

FORMATS = ["parquet", "gpkg", "csv", "geojson"]
MEDIA = {
    "parquet": "application/vnd.apache.parquet",
    "gpkg": "application/geopackage+sqlite3",
    "csv": "text/csv; charset=utf-8; header=present",
    "geojson": "application/geo+json",
}


def ids(form, body, tmp_path):
    """The ids in a file, by readers that are not ours."""
    file = tmp_path / f"read.{form}"
    file.write_bytes(body)
    match form:
        case "parquet":
            return sorted(geopandas.read_parquet(file)["id"])
        case "gpkg":
            return sorted(pyogrio.read_dataframe(file)["id"])
        case "csv":
            lines = csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))
            return sorted(line["id"].strip('="') for line in lines)
    return sorted(one["id"] for one in json.loads(body)["features"])


@pytest.mark.parametrize("form", FORMATS)
async def test_a_file_has_its_name_type_and_what_the_items_have(house: House, form, tmp_path):
    await house.file(1, 1)
    async with house.client("analyst") as client:
        answer = await client.get(f"/export/cases.{form}")
        items = (await client.get("/ogc/collections/cases/items", params={"limit": 9999})).json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA[form]
    name = re.fullmatch(
        rf'attachment; filename="cases_(\d{{8}}_\d{{4}})\.{form}"',
        answer.headers["content-disposition"],
    )
    at = datetime.strptime(name[1], "%Y%m%d_%H%M").replace(tzinfo=UTC) - timedelta(hours=8)
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=2)
    assert ids(form, answer.content, tmp_path) == sorted(one["id"] for one in items["features"])
    if form == "geojson":
        exported = {one["id"]: one for one in answer.json()["features"]}
        assert exported == {one["id"]: one for one in items["features"]}


async def test_what_gets_smaller_by_packing_is_packed_for_who_takes_it(house: House):
    async with house.client("admin") as client:
        for form in FORMATS:
            packs = form in ("csv", "geojson")
            url = f"/export/cells.{form}"
            for takes, packed in (("gzip", packs), ("identity", False)):
                request = client.build_request("GET", url, headers={"accept-encoding": takes})
                answer = await client.send(request, stream=True)
                raw = b"".join([piece async for piece in answer.aiter_raw()])
                assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
                assert answer.headers.get("vary") == ("Accept-Encoding" if packs else None)
                assert (raw[:2] == b"\x1f\x8b") is packed
                if packed:
                    assert gzip.decompress(raw)


async def test_who_sees_a_case_can_take_it_and_nobody_else(house: House, tmp_path):
    near, far = await house.file(0, 0), await house.file(7, 7)
    sees = {"worker": (True, False), "operator": (True, True), "analyst": (True, True)}
    for who, (first, second) in sees.items():
        async with house.client(who) as client:
            for form in FORMATS:
                taken = ids(form, (await client.get(f"/export/cases.{form}")).content, tmp_path)
                assert (near.id in taken, far.id in taken) == (first, second)
    for who, status in (("citizen", 403), ("source", 403), (None, 401)):
        async with house.client(who) as client:
            assert (await client.get("/export/cases.csv")).status_code == status


async def test_an_analysts_positions_are_coarse_and_cannot_be_found_by_boxes(house: House):
    case = await house.file(3, 3)
    lon, lat = CITY.middle(3, 3)
    box = f"{lon - 1e-5},{lat - 1e-5},{lon + 1e-5},{lat + 1e-5}"
    for who, found in (("analyst", False), ("operator", True)):
        async with house.client(who) as client:
            document = (await client.get("/export/cases.geojson", params={"bbox": box})).json()
        assert (case.id in [one["id"] for one in document["features"]]) is found
    async with house.client("analyst") as client:
        document = (await client.get("/export/reports.geojson")).json()
    for feature in document["features"]:
        assert all(abs(s - round(s, 3)) < 1e-9 for s in feature["geometry"]["coordinates"])


async def test_filters_are_those_of_the_items(house: House):
    await house.file(2, 2)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+", "%2B")
    west, south = CITY.middle(2, 2)
    async with house.client("operator") as client:
        for query in (
            "status=open",
            "status=closed",
            "paused=false&layout=1",
            f"bbox={west},{south},{west + 0.01},{south + 0.01}",
            f"datetime={soon}/..",
            f"as_of={soon}",
            "filter=reports > 1 OR status = 'open'",
            'filter-lang=cql2-json&filter={"op":"=","args":[{"property":"size"},"small"]}',
        ):
            items = (await client.get(f"/ogc/collections/cases/items?limit=9999&{query}")).json()
            taken = (await client.get(f"/export/cases.geojson?{query}")).json()
            assert len(taken["features"]) == items["numberMatched"], query


async def test_a_collection_leads_to_its_files(house: House):
    async with house.client("analyst") as client:
        for one in (await client.get("/ogc/collections")).json()["collections"]:
            links = [link for link in one["links"] if link["rel"] == "enclosure"]
            assert [link["type"] for link in links] == list(MEDIA.values())
            for link in links:
                answer = await client.get(link["href"])
                assert (answer.status_code, answer.headers["content-type"]) == (200, link["type"])


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("cases.xlsx", 404, "parquet, gpkg, csv, geojson"),
        ("nothing.csv", 404, "cells"),
        ("cases.csv?colour=red", 400, "colour"),
        ("cases.csv?bbox=1,2,3", 400, "bbox"),
        ("cases.csv?datetime=yesterday", 400, "datetime"),
        ("cells.csv?as_of=1990-01-01T00:00:00Z", 400, "as_of"),
        ("cases.csv?paused=maybe", 400, "paused"),
        ("cases.csv?filter=pg_sleep(9) = 1", 400, "filter"),
        ("cases.csv?dialect=word", 400, "dialect"),
        ("cases.gpkg?dialect=excel", 400, "dialect"),
    ],
)
async def test_what_cannot_be_is_said(house: House, path, status, names):
    async with house.client("admin") as client:
        answer = await client.get(f"/export/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert names in answer.json()["detail"]


async def test_each_export_is_in_the_audit_log(house: House):
    async with house.client("analyst") as client:
        await client.get("/export/cases.csv", params={"status": "open"})
    async with house.database() as conn:
        done = await conn.execute(
            "SELECT k.name, a.subject, a.at > now() - interval '1 minute' FROM audit AS a"
            " JOIN api_keys AS k ON a.principal = 'key:' || k.id"
            " WHERE a.act = 'export' ORDER BY a.id DESC LIMIT 1"
        )
        assert await done.fetchone() == ("analyst", "cases.csv?status=open", True)


@pytest.fixture
def row_by_row(monkeypatch):
    """Each row is a piece and takes a fifth of a second."""
    selected = stream.columns.selected

    def slowly(asked):
        text, values = selected(asked)
        return sql.SQL("{} WHERE pg_sleep(0.2) IS NOT NULL").format(text), values

    monkeypatch.setattr(stream.columns, "selected", slowly)
    monkeypatch.setattr(stream, "_AREAS", 1)


async def at_work(house: House) -> int:
    """Backends that read for an export, or hold a snapshot for one."""
    async with house.database() as conn:
        done = await conn.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND state <> 'idle'"
            " AND query LIKE 'FETCH%%\"export\"%%'"
        )
        return (await done.fetchone())[0]


@pytest.mark.parametrize("form", ["csv", "gpkg"])
async def test_a_client_that_goes_away_leaves_no_query_behind(house: House, row_by_row, form):
    async with house.client("admin") as client:
        asking = asyncio.create_task(client.get(f"/export/cells.{form}"))
        async with asyncio.timeout(10):
            while not (house.wiring.exports.taken and await at_work(house)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        asking.cancel()
        await asyncio.wait({asking})
    async with asyncio.timeout(3):
        while house.wiring.exports.taken or await at_work(house):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_half_a_file_is_seen_to_be_half(house: House, monkeypatch):
    add, times = Csv.add, iter(range(9))

    def breaks(self, batch):
        if next(times) == 2:
            raise OSError("no room")
        return add(self, batch)

    monkeypatch.setattr(Csv, "add", breaks)
    monkeypatch.setattr(stream, "_AREAS", 5)
    async with house.client("admin") as client:
        async with client.stream("GET", "/export/cells.csv") as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
                await answer.aread()
        assert house.wiring.exports.taken == 0
        assert (await client.get("/export/streets.csv")).status_code == 200


async def test_what_fails_before_the_first_piece_is_a_problem(house: House, monkeypatch):
    monkeypatch.setattr(stream, "MOST_S", 0.0)
    async with house.client("admin") as client:
        answer = await client.get("/export/cells.gpkg")
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/unavailable"
    assert "ask for less" in answer.json()["detail"]


async def test_only_so_many_at_once(house: House):
    turns = house.wiring.exports
    async with house.client("admin") as client:
        with turns.take("one"), turns.take("other"):
            answer = await client.get("/export/cells.csv")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
            assert answer.json()["type"] == "/problems/unavailable"
        assert (await client.get("/export/cells.csv")).status_code == 200


async def test_one_key_leaves_turns_for_others(house: House, row_by_row):
    async with house.client("admin") as admin, house.client("analyst") as analyst:
        first = asyncio.create_task(admin.get("/export/cells.csv"))
        while not house.wiring.exports.taken:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        answer = await admin.get("/export/streets.csv")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert "for this key" in answer.json()["detail"]
        assert (await analyst.get("/export/districts.csv")).status_code == 200
        first.cancel()
        await asyncio.wait({first})
