"""A batch's transaction, without Kafka around it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from geo_data import intake as store
from geo_data.database import connect
from streams import batch
from streams.batch import BugBudget, Outcome, TooManyBugs
from streams.retry import Backoff, Hung
from tests import services
from tests.stream_house import intake_of, messages, pool_of, report, reports


@pytest.fixture
async def intake(house):
    async with pool_of(house) as pool:
        yield await intake_of(pool)


async def test_what_the_database_refuses_is_found_by_halving(house, intake, monkeypatch):
    sent = reports(64)
    real = store.save_details

    async def refuse(conn, chosen):
        chosen = list(chosen)
        if any(one.id == sent[41].id for one, _ in chosen):
            await conn.execute("SELECT 1 / 0")
        await real(conn, chosen)

    monkeypatch.setattr(store, "save_details", refuse)
    assert await intake.take(messages(sent)) == Outcome(63, 0, 1)
    found = await house.rows('SELECT code, report_id, "offset" FROM rejects')
    assert found == [("bug", sent[41].id, 41)]
    assert await house.one("SELECT next_offset FROM consumed") == 64


async def test_what_somebody_wrote_stays_out_of_the_log(house, intake, monkeypatch, caplog):
    async def stumble(_conn, chosen):
        raise ValueError([one.description for one, _ in chosen])

    def decide(_case, command, *_):
        raise ValueError(command.report.description)

    sent = [report(description="三单元 王家"), report(description="四单元 李家")]
    with monkeypatch.context() as patched:
        patched.setattr(store, "save_details", stumble)
        assert await intake.take(messages(sent[:1])) == Outcome(0, 0, 1)
    monkeypatch.setattr(batch, "apply", decide)
    assert await intake.take(messages(sent[1:], first=1)) == Outcome(0, 0, 1)
    assert "ValueError" in caplog.text
    assert "家" not in caplog.text
    kept = await house.rows("SELECT reason FROM rejects ORDER BY id")
    assert ["家" in reason for (reason,) in kept] == [True, True]


async def test_more_bugs_than_the_budget_leave_nothing_behind(house, intake, monkeypatch):
    def decide(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(batch, "apply", decide)
    intake.bugs = BugBudget(most=3)
    assert await intake.take(messages(reports(3))) == Outcome(0, 0, 3)
    with pytest.raises(TooManyBugs):
        await intake.take(messages(reports(1, seed=7), first=3))
    assert await house.one("SELECT count(*) FROM rejects") == 3
    assert await house.one("SELECT count(*) FROM reports") == 0
    assert await house.one("SELECT next_offset FROM consumed") == 3


async def test_a_database_that_hangs_makes_no_rejects(house, intake):
    """It is the database's fault: the process ends and the report comes again."""
    intake.backoff = Backoff(attempt_s=0.5)
    async with (
        connect(services.database_url(), schema=house.schema) as other,
        other.transaction(),
    ):
        await other.execute("LOCK TABLE reports")
        with pytest.raises(Hung):
            await intake.take(messages(reports(1)))
    assert await house.one("SELECT count(*) FROM rejects") == 0


async def test_a_batch_that_comes_again_changes_nothing(house, intake):
    sent = [*reports(50), report(category="event.99.99")]
    assert await intake.take(messages(sent)) == Outcome(50, 0, 1)
    assert await intake.take(messages(sent)) == Outcome(0, 50, 1)
    assert await house.one("SELECT count(*) FROM cases") == 50
    assert await house.one("SELECT count(*) FROM rejects") == 1


async def test_two_workers_with_the_same_reports_in_opposite_order_file_each_once(house, intake):
    sent = reports(200)
    backwards = messages(sent[::-1], partition=1)
    for _ in range(3):
        await asyncio.gather(intake.take(messages(sent)), intake.take(backwards))
    assert await house.one("SELECT count(*) FROM cases") == 200
    assert await house.one("SELECT count(*) FROM rejects") == 0


async def test_text_that_nobody_can_store_does_not_stop_the_stream(house, intake):
    sent = [report(), replace(report(), description="\ud800"), report()]
    raw = messages([sent[0], report(), sent[2]])
    odd = raw[1]._replace(body=raw[1].body.replace(b'"sender":"key:test"', b'"sender":"\\ud800"'))
    assert await intake.take([raw[0], odd, raw[2]]) == Outcome(2, 0, 1)
    assert await house.one("SELECT code FROM rejects") == "encoding"
