"""A file that is written while it is read: whoever stops reading is given up."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import ClientDisconnect

from api import download


async def test_a_client_that_takes_nothing_any_more_is_given_up(monkeypatch):
    monkeypatch.setattr(download, "STALLED_S", 0.01)
    sent, closed = [], []

    async def pieces():
        try:
            while True:
                yield b"piece"
        finally:
            closed.append(True)

    async def send(message):
        sent.append(message)
        if len(sent) > 3:
            await asyncio.Event().wait()  # its buffers are full

    async def receive():
        await asyncio.Event().wait()

    answer = download.Download(pieces(), name="x.csv", media_type="text/csv", headers={})
    async with asyncio.timeout(5):
        with pytest.raises(ClientDisconnect):
            await answer({}, receive, send)
    assert closed == [True]


def test_a_caller_has_half_of_the_turns_and_one_at_least():
    turns = download.Turns(4)
    with turns.take("one"), turns.take("one"):
        with pytest.raises(download.Problem, match="for this key"), turns.take("one"):
            pass
        with turns.take("other"):
            assert turns.taken == 3
    assert turns.taken == 0
    with download.Turns(1).take("one"):
        pass
