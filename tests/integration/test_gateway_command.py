"""`wangge gateway`: checks seals, prints what it gets, and answers as it is told."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from grid.notices import seal
from streams.receivers import Message, Receivers
from wangge.gateway import gateway, handler

SECRET, OTHER = bytes(range(32)), bytes(32)
BODY = (
    '{"id":"1-2-0-sms","channel":"sms","to":"13800138000","text_zh":"案件一","text_en":"Case 1",'
    '"case":"2026-0000001","at":"2026-11-22T08:00:00+00:00"}'
)


@contextmanager
def running(answer=204):
    said = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler((SECRET,), answer, said.append))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", said
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def send(url, body=BODY, secret=SECRET):
    async with Receivers(private=True).line(url, secret) as line:
        return await line.send(Message("1-2-0-sms", "application/json", body.encode()))


async def test_a_message_is_printed_and_known_when_it_comes_again():
    with running() as (url, said):
        assert (await send(url)).status == 204
        assert (await send(url)).status == 204
    assert said[0] == "204 1-2-0-sms sms → 13800138000\n    案件一\n    Case 1"
    assert said[1] == said[0] + "  (again)"


WRONG = [
    (BODY, OTHER, 401),
    ("{}", SECRET, 400),
    ("no JSON", SECRET, 400),
    ("[]", SECRET, 400),
]


@pytest.mark.parametrize(("body", "secret", "status"), WRONG)
async def test_what_it_refuses(body, secret, status):
    with running() as (url, said):
        assert (await send(url, body, secret)).status == status
    assert said[0].startswith(str(status))


async def test_it_fails_where_it_is_told_to():
    with running(503) as (url, said):
        outcome = await send(url)
    assert (outcome.taken, outcome.error) == (False, "answered 503")
    assert said[0].startswith("503 ")


def test_it_makes_secrets_and_wants_one():
    made = CliRunner().invoke(gateway, ["--new-secret"])
    assert len(seal.read_secret(made.stdout.strip())) == 32
    refused = CliRunner().invoke(gateway, [])
    assert "must be set" in str(refused.exception)
