"""Health, metrics, the page and the OpenAPI document."""

from __future__ import annotations

import base64
import logging
import re
from hashlib import sha256

import jsonschema
import pytest

from api import metrics, page, problems
from api.metrics import Sample
from geo_data import intake
from tests.api_house import House, submission


async def test_ready_names_its_parts(house: House):
    async with house.client() as client:
        answer = await client.get("/health/ready")
    assert answer.status_code == 200
    parts = dict.fromkeys(("database", "cells", "kafka", "feed"), "up")
    assert answer.json() == {"status": "ready", "parts": parts}


async def test_metrics_are_ages_in_prometheus_format(house: House):
    async with house.client("admin") as client:
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    names = set()
    for line in answer.text.splitlines():
        if not line.startswith("#"):
            found = re.fullmatch(r'([a-z_]+)(\{[a-z]+="[a-z_-]+"\})? (-?[0-9.e+-]+)', line)
            assert found, line
            names.add(found[1])
            assert float(found[3]) >= 0
    assert {"wangge_event_unnumbered_seconds", "wangge_tick_overdue_seconds"} <= names


async def test_the_oldest_report_that_waits_is_told_by_its_age(house: House):
    """No worker runs here: what is posted waits, until somebody says that it was stored."""
    topic = f"{house.prefix}reports"
    async with house.client("admin") as client:
        for _ in range(3):
            assert (await client.post("/v1/reports", json=submission())).status_code == 202
        text = (await client.get("/metrics")).text
        assert float(re.search(r"wangge_reports_unread ([0-9.]+)", text)[1]) >= 3
        assert 0 < float(re.search(r"wangge_report_unread_seconds ([0-9.]+)", text)[1]) < 600
        everything = {(topic, partition): 10**9 for partition in range(2)}
        async with house.database() as conn:
            await intake.save_consumed(conn, everything)
            try:
                text = (await client.get("/metrics")).text
            finally:
                await conn.execute("DELETE FROM consumed")
        assert "wangge_reports_unread 0\n" in text


def test_a_name_has_its_help_once():
    text = metrics.render([Sample("a", "An a.", 1, 'x="1"'), Sample("a", "An a.", 2, 'x="2"')])
    assert text == '# HELP a An a.\n# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n'


async def test_the_page_runs_its_own_script_and_no_other(house: House):
    async with house.client() as client:
        answer = await client.get("/")
    policy = answer.headers["content-security-policy"]
    assert answer.headers["content-type"].startswith("text/html")
    assert "'unsafe" not in policy
    for block in ("script", "style"):
        [text] = re.findall(rf"<{block}>(.*?)</{block}>", answer.text, re.DOTALL)
        digest = base64.b64encode(sha256(text.encode()).digest()).decode()
        assert f"{block}-src 'sha256-{digest}'" in policy
    assert not re.search(r"""(src|href)=["'](?!data:)(?!#)""", answer.text)
    assert not re.search(r"""\son[a-z]+=["']""", answer.text)
    assert "wg_" not in answer.text.replace("wg_…", "")


def test_without_a_script_none_may_run():
    assert "script-src 'none'" in page.content_policy("<p>")


async def test_the_openapi_document_has_every_route_and_its_problems(house: House):
    async with house.client("citizen") as client:
        document = (await client.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["tags"], path
            assert "422" not in operation["responses"] or "requestBody" in operation, path
            if path.startswith("/v1"):
                answers = operation["responses"]["401"]["content"]
                assert list(answers) == ["application/problem+json"]
    assert set(document["paths"]) >= {"/v1/reports", "/v1/cases/{name}/why", "/v1/events"}
    body = document["paths"]["/v1/reports"]["post"]["requestBody"]["content"]["application/json"]
    jsonschema.Draft202012Validator.check_schema(body["schema"])


async def test_what_nobody_expected_is_a_problem_without_words(house, monkeypatch, caplog):
    """The log names the kind of error and where it came from, never what it was about."""

    words = "王先生的电话"  # a log shows lines of code, not values

    async def fail(*_args, **_kwargs):
        raise ValueError(words)

    monkeypatch.setattr("api.cases.cases.page", fail)
    with caplog.at_level(logging.ERROR):
        async with house.client("admin") as client:
            answer = await client.get("/v1/cases")
    assert answer.status_code == 500
    assert answer.json()["type"] == "/problems/internal"
    assert "ValueError" in caplog.text
    assert "test_operations.py" in caplog.text
    assert words not in caplog.text
    assert words not in answer.text


async def test_every_answer_has_the_safe_headers(house: House):
    async with house.client("admin") as client:
        for path in ("/", "/v1/cases", "/health/live", "/nothing"):
            answer = await client.get(path)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] in ("no-store", "no-cache")
            assert "server" not in answer.headers


@pytest.mark.parametrize("kind", problems.KINDS)
def test_every_kind_of_problem_has_words_in_both_languages(kind):
    document = problems.Problem(kind, "detail").document()
    assert document["type"] == f"/problems/{kind}"
    assert 400 <= document["status"] <= 503
    assert document["title"].isascii()
    assert not document["zh"].isascii()
