"""Whatever is asked, the answer is never a 500: requests made up from the published documents.

Fits and misfits of both OpenAPI documents, by a key that may do everything, against a process that
really listens; the house has a few cases. WANGGE_TEST_LONG=1 asks a hundred times as much.
"""

from __future__ import annotations

import asyncio
import os
import warnings
from contextlib import suppress

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings

from geo_data import keys
from geo_data.database import connect
from grid.principal import Role
from tests import services, stream_house
from tests.api_house import free_port
from tests.stream_house import intake_of, messages, pool_of, reports

EACH = 400 if os.environ.get("WANGGE_TEST_LONG") else 3
#: A stream never ends; the others are its like.
STREAMS = {"/v1/events", "/v1/me/notices/stream"}
DOCUMENTS = ("/openapi.json", "/ogc/api")


@pytest.fixture(scope="module")
async def listening(tmp_path_factory):
    """The address of an API with some cases behind it, and the header that opens it."""
    async with stream_house.house(tmp_path_factory.mktemp("asked")) as house:
        async with pool_of(house) as pool:
            await (await intake_of(pool)).take(messages(reports(30)))
        async with connect(services.database_url(), schema=house.schema) as conn:
            _, key = await keys.add(conn, role=Role.ADMIN, area="3707/", name="asker", by="tests")
        port = free_port()
        api = await house.start("api", WANGGE_API_PORT=str(port))
        base, headers = f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {key}"}
        async with asyncio.timeout(60):
            while True:
                with suppress(requests.RequestException):
                    if (await asyncio.to_thread(requests.get, f"{base}/health/ready")).ok:
                        break
                await asyncio.sleep(0.1)
        yield base, headers
        await api.stop()
        assert "Traceback" not in api.log


def ask(base, headers, operation, mode, session):
    """Ask one operation many times; every answer is an answer."""

    @settings(
        max_examples=EACH,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[hypothesis.Phase.generate],
    )
    @given(case=operation.as_strategy(mode))
    def asked(case):
        case.headers = {
            name: value
            for name, value in (case.headers or {}).items()
            if name.lower() not in {"authorization", "accept-encoding"}
        }
        got = case.call(base_url=base, session=session, headers=headers, timeout=20)
        if got.status_code == 503:  # asked for too much, and told so
            assert got.headers["content-type"][0] == "application/problem+json"
        else:
            assert got.status_code < 500, (case.as_curl_command(), got.text[:2000])

    asked()


@pytest.mark.timeout(3600 if EACH > 100 else 300)
@pytest.mark.parametrize("document", DOCUMENTS)
async def test_whatever_is_asked_no_answer_is_a_500(listening, document):
    base, headers = listening

    def everything():
        told = requests.get(base + document, headers=headers, timeout=20).json()
        session = requests.Session()
        n = 0
        for found in schemathesis.openapi.from_dict(told).get_all_operations():
            operation = found.ok()
            if operation.path in STREAMS:
                continue
            for mode in schemathesis.GenerationMode:
                with suppress(hypothesis.errors.Unsatisfiable):
                    ask(base, headers, operation, mode, session)
                    n += 1
        return n

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert await asyncio.to_thread(everything) > 10
