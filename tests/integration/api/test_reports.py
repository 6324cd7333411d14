"""`POST /v1/reports` and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
from kafka import KafkaConsumer

from api.openapi import REPORT_BODY
from geo_data import intake
from grid.reports.report import decode, submission_schema
from tests.api_house import GAS, House, free_port, running, submission
from tests.broker import Gate
from tests.services import bootstrap

JSON = {"Content-Type": "application/json"}


def on_kafka(house: House, wanted: set[str]) -> list:
    """The reports of these ids that the topic holds."""
    consumer = KafkaConsumer(
        f"{house.prefix}reports",
        bootstrap_servers=bootstrap(),
        auto_offset_reset="earliest",
        group_id=None,
        consumer_timeout_ms=1500,
    )
    with contextlib.closing(consumer):
        found = [decode(message.value) for message in itertools.islice(consumer, 10_000)]
    return [report for report in found if report.id in wanted]


async def test_202_means_that_it_stands_on_kafka(house: House):
    sent = submission(lon=119.1685, lat=36.7134, crs="GCJ-02")
    async with house.client("worker") as client:
        answer = await client.post("/v1/reports", json=sent)
    assert answer.status_code == 202
    href = f"/v1/reports/{sent['id']}"
    assert answer.json() == {"id": sent["id"], "status": "accepted", "href": href}
    assert answer.headers["location"] == href
    [kept] = await asyncio.to_thread(on_kafka, house, {sent["id"]})
    assert kept.sender.startswith("key:")
    assert abs((datetime.now(UTC) - kept.received_at).total_seconds()) < 20
    assert kept.original.crs == "GCJ-02"
    assert kept.lon != sent["lon"]


@pytest.mark.parametrize(
    ("change", "status", "kind", "field"),
    [
        ({"lon": "119"}, 422, "invalid-field", "/lon"),
        ({"lon": 181}, 422, "invalid-field", "/lon"),
        ({"lon": None}, 422, "invalid-field", "/lon"),
        ({"id": "7"}, 422, "invalid-field", "/id"),
        ({"observed_at": "2026-11-19T10:00:00"}, 422, "invalid-field", "/observed_at"),
        ({"category": "event.99.99"}, 422, "invalid-field", "/category"),
        ({"condition": "999"}, 422, "invalid-field", "/condition"),
        ({"description": "a\x00b"}, 422, "invalid-field", "/description"),
        ({"description": "x" * 4001}, 422, "invalid-field", "/description"),
        ({"attachments": [{"sha256": "0"}]}, 422, "invalid-field", "/attachments/0/sha256"),
        ({"colour": "red"}, 400, "unknown-field", "/colour"),
        ({"sender": "key:other"}, 400, "unknown-field", "/sender"),
        ({"received_at": "2026-11-19T10:00:00Z"}, 400, "unknown-field", "/received_at"),
    ],
)
async def test_a_wrong_field_is_named(house: House, change, status, kind, field):
    async with house.client("admin") as client:
        answer = await client.post("/v1/reports", json=submission(**change))
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status)
    assert (problem["type"], problem["field"]) == (f"/problems/{kind}", field)
    assert problem["title"]
    assert problem["detail"]
    assert problem["zh"]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", JSON, 400),
        (b"{", JSON, 400),
        (b"\xff", JSON, 400),
        (b'{"lon":1,"lon":2}', JSON, 400),
        (b'{"lon":NaN}', JSON, 400),
        (b"[" * 5000, JSON, 400),
        (b"null", JSON, 422),
        (b'"text"', JSON, 422),
        (b"[]", JSON, 422),
        (b"{}", JSON, 422),
        (b"{}", {}, 415),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/json; charset=gbk"}, 415),
        (b"{}", {"Content-Type": "Application/JSON; charset=UTF-8"}, 422),
        (b'{"a":"' + b"x" * 65_536 + b'"}', JSON, 413),
        (b" " * 70_000, JSON, 400),
        (b"[" + b"1," * 500 + b"1]", JSON, 413),
    ],
)
async def test_a_body_that_is_no_report_is_refused(house: House, body, headers, status):
    async with house.client("admin") as client:
        answer = await client.post("/v1/reports", content=body, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


async def test_a_parameter_is_not_taken_in_silence(house: House):
    async with house.client("admin") as client:
        answer = await client.post("/v1/reports?dry=1", json=submission())
    assert (answer.status_code, answer.json()["field"]) == (400, "/dry")


async def test_too_much_is_refused_before_it_has_come(house: House):
    """A body of 1 GB is announced, then one without an announcement: neither is read whole."""
    sent = 0

    async def endless():
        nonlocal sent
        while sent < 50_000_000:
            sent += 65_536
            yield b'{"a":"' + b"x" * 65_530
            await asyncio.sleep(0)

    async with house.client("admin") as client:
        huge = {"Content-Length": str(2**30), **JSON}
        with contextlib.suppress(httpx.HTTPError):  # the server hangs up while we still send
            answer = await client.post("/v1/reports", content=endless(), headers=JSON)
            assert answer.status_code == 413
    assert sent < 20_000_000
    reader, writer = await asyncio.open_connection("127.0.0.1", house.config.port)
    lines = [f"{name}: {value}" for name, value in huge.items()]
    lines += ["Host: x", f"Authorization: Bearer {house.key['admin']}"]
    writer.write(("POST /v1/reports HTTP/1.1\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode())
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()


async def test_a_list_of_few_things_may_not_be_large_either(house: House):
    async def unannounced():
        yield b'[{"a":"'
        for _ in range(4 * 16):
            yield b"x" * 65_536
        yield b'"}]'

    async with house.client("admin") as client:
        answer = await client.post("/v1/reports", content=unannounced(), headers=JSON)
    assert answer.status_code == 413


async def test_a_list_is_answered_item_by_item(house: House):
    good, other = submission(), submission()
    items = [good, {**other, "lon": 999}, {**other, "x": 1}, 7, other]
    async with house.client("worker") as client:
        answer = await client.post("/v1/reports", json=items)
    assert answer.status_code == 200
    told = answer.json()["items"]
    assert [item["code"] for item in told] == [202, 422, 400, 422, 202]
    assert told[0]["id"] == good["id"]
    assert told[1]["id"] == other["id"]
    assert told[1]["problem"]["field"] == "/1/lon"
    assert told[2]["problem"]["field"] == "/2/x"
    found = await asyncio.to_thread(on_kafka, house, {good["id"], other["id"]})
    assert {report.id for report in found} == {good["id"], other["id"]}


async def test_five_hundred_at_once_are_taken_and_one_more_is_not(house: House):
    many = [submission() for _ in range(501)]
    async with house.client("worker") as client:
        answer = await client.post("/v1/reports", json=many[:500])
        assert {item["code"] for item in answer.json()["items"]} == {202}
        assert (await client.post("/v1/reports", json=many)).status_code == 413


async def test_ten_posts_of_one_id_are_all_taken(house: House):
    """From two phones at once: what makes it one case is the database, not the door."""
    sent = submission()
    async with house.client("worker") as one, house.client("worker") as other:
        posts = [(one, other)[i % 2].post("/v1/reports", json=sent) for i in range(10)]
        answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.text for answer in answers} == {answers[0].text}


async def test_with_kafka_away_the_phone_is_told_to_keep_it(house: House):
    gate = Gate(free_port(), bootstrap())  # never opened
    config = replace(house.config, port=free_port(), bootstrap=gate.address, kafka_wait_s=1.0)
    async with running(config):
        base = f"http://127.0.0.1:{config.port}"
        headers = {"Authorization": f"Bearer {house.key['worker']}"}
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as client:
            begun = time.monotonic()
            answer = await client.post("/v1/reports", json=submission())
            assert time.monotonic() - begun < 2.5
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.json()["type"] == "/problems/unavailable"
            items = [submission(), {}]
            told = (await client.post("/v1/reports", json=items)).json()["items"]
            assert [item["code"] for item in told] == [503, 422]
            ready = await client.get("/health/ready")
            assert ready.status_code == 503
            assert ready.json()["parts"]["kafka"] == "away"
            assert (await client.get("/health/live")).status_code == 200
            assert (await client.get("/v1/cases")).status_code == 200


async def test_with_the_database_away_everything_says_503(house: House):
    config = replace(
        house.config,
        port=free_port(),
        database_url=f"postgresql://wangge@127.0.0.1:{free_port()}/none",
        database_wait_s=0.5,
    )
    async with running(config):
        base = f"http://127.0.0.1:{config.port}"
        headers = {"Authorization": f"Bearer {house.key['worker']}"}
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as client:
            answer = await client.get("/v1/cases")
            assert answer.status_code == 503
            assert answer.json()["type"] == "/problems/unavailable"
            assert "retry-after" in answer.headers
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["parts"]["database"]) == (503, "away")


async def test_what_became_of_a_report(house: House):
    mine, unseen = str(uuid4()), str(uuid4())
    async with house.client("citizen") as client:
        me = (await client.get("/v1/me")).json()["id"]
        case = await house.file(id=mine, sender=me, category=GAS)
        told = (await client.get(f"/v1/reports/{mine}")).json()
        assert told == {
            "id": mine,
            "status": "filed",
            "number": case.number,
            "case": {
                "id": case.id,
                "number": case.number,
                "href": f"/v1/cases/{case.id}",
                "status": "open",
            },
        }
        await house.file(id=unseen)
        assert (await client.get(f"/v1/reports/{unseen}")).status_code == 404
        for nothing in (str(uuid4()), "7", "x" * 36, "%00"):
            answer = await client.get(f"/v1/reports/{nothing}")
            assert answer.status_code == 404
            assert answer.json()["type"] == "/problems/not-found"
    async with house.client("worker") as staff:
        assert (await staff.get(f"/v1/reports/{unseen}")).json()["status"] == "filed"


async def test_a_reject_is_told_to_its_sender(house: House):
    report_id = str(uuid4())
    async with house.client("citizen") as client, house.client("worker") as other:
        me = (await client.get("/v1/me")).json()["id"]
        async with house.database() as conn:
            reject = intake.Reject(
                "reports",
                0,
                7,
                "conflict",
                "the id is taken",
                None,
                b"{}",
                "/id",
                None,
                report_id,
                me,
            )
            await intake.save_rejects(conn, [reject])
        told = (await client.get(f"/v1/reports/{report_id}")).json()
        assert told["status"] == "rejected"
        assert told["reason"] == {"code": "conflict", "field": "/id", "detail": "the id is taken"}
        assert (await other.get(f"/v1/reports/{report_id}")).status_code == 404


def test_the_body_in_the_openapi_document_is_the_report():
    schema = REPORT_BODY["requestBody"]["content"]["application/json"]["schema"]
    assert schema["oneOf"][0] == submission_schema()
    assert json.dumps(schema)
