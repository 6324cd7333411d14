"""What becomes of messages in one running worker."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from uuid import uuid4

from click.testing import CliRunner

from grid.reports.report import encode
from tests import services
from tests.services import bootstrap
from tests.stream_house import RAISES, report, reports
from wangge.rejects import rejects

FILED = "SELECT count(*) FROM reports WHERE id = '{}'"


async def consumed(house):
    return await house.one("SELECT coalesce(sum(next_offset), 0)::int FROM consumed")


async def deal_with(house, *sent, partition=None):
    """Send and wait until every message has been dealt with."""
    before = await consumed(house)
    await house.send(sent, partition)
    await house.done(before + len(sent))


async def test_the_same_report_ten_times_from_two_phones_at_once_is_one_case(worked_house):
    one = report()
    before = await consumed(worked_house)
    for partition in (0, 1, 2, 3, 0):
        await worked_house.send([one, replace(one, sent_at=one.received_at)], partition)
    await worked_house.done(before + 10)
    cases = await worked_house.rows("SELECT case_id FROM reports WHERE id = %s", one.id)
    events = await worked_house.rows("SELECT number FROM case_events WHERE case_id = %s", *cases[0])
    assert (len(cases), events) == (1, [(1,)])
    assert not await worked_house.rows("SELECT id FROM rejects WHERE report_id = %s", one.id)


async def test_of_1000_reports_one_malformed_and_one_that_raises_998_become_cases(worked_house):
    sent = list(reports(1000, seed=998))
    sent[400] = b'{"v":1,"id":'
    sent[700] = replace(sent[700], description=RAISES)
    before = await worked_house.one("SELECT count(*) FROM cases")
    await deal_with(worked_house, *sent)
    assert await worked_house.one("SELECT count(*) FROM cases") == before + 998
    found = await worked_house.rows(
        "SELECT code, reason, report_id, traceback IS NOT NULL, octet_length(body) > 5, state"
        " FROM rejects WHERE code IN ('json', 'bug') ORDER BY code"
    )
    assert [row[0] for row in found] == ["bug", "json"]
    assert found[0] == ("bug", "ZeroDivisionError: as asked", sent[700].id, True, True, "open")
    assert found[1][1].startswith("is not JSON")
    assert not await worked_house.one(FILED.format(sent[700].id))


async def test_what_is_wrong_is_rejected_with_field_and_reason(worked_house):
    stranger = replace(report(), category="event.99.99")
    plain = json.loads(encode(report()))
    cases = {
        "unknown_category": stranger,
        "missing": json.dumps({k: v for k, v in plain.items() if k != "lon"}).encode(),
        "unknown": json.dumps({**plain, "colour": "red"}).encode(),
        "version": json.dumps({**plain, "v": 2}).encode(),
        "encoding": b"\xff\xfe",
        "range": json.dumps({**plain, "lat": 91}).encode(),
    }
    await deal_with(worked_house, *cases.values())
    found = dict(
        await worked_house.rows("SELECT code, field FROM rejects WHERE code = ANY(%s)", [*cases])
    )
    assert found.keys() == cases.keys(), found
    assert (found["unknown_category"], found["range"]) == ("/category", "/lat")
    assert not await worked_house.one(FILED.format(stranger.id))


async def test_the_same_id_with_other_content_leaves_the_first(worked_house):
    one = report(description="路灯不亮")
    await deal_with(worked_house, one)
    other = replace(one, description="井盖丢失")
    await deal_with(worked_house, other)
    await deal_with(worked_house, one, one)
    kept = "SELECT description FROM report_details WHERE report_id = %s"
    assert await worked_house.one(kept, one.id) == "路灯不亮"
    codes = "SELECT code, field FROM rejects WHERE report_id = %s"
    assert await worked_house.rows(codes, one.id) == [("conflict", "/id")]


async def test_people_and_words_stand_apart_from_the_history(worked_house):
    person = {"name": "王秀英", "phone": "13800000000"}
    one = report(description="三楼漏水", reporter=person, place={"building": "3号楼"})
    await deal_with(worked_house, one)
    case_id = await worked_house.one("SELECT case_id FROM reports WHERE id = %s", one.id)
    body = await worked_house.one("SELECT body FROM case_events WHERE case_id = %s", case_id)
    state = await worked_house.one("SELECT state FROM cases WHERE id = %s", case_id)
    for secret in ("王秀英", "13800000000", "漏水", "3号楼"):
        assert secret not in body
        assert secret not in state
    assert len(json.loads(body)["data"]["text"]) == 64
    people = "SELECT reporter FROM report_people WHERE report_id = %s"
    assert await worked_house.one(people, one.id) == person


async def test_a_position_outside_every_cell_waits_at_the_city(worked_house):
    one = report(lon=100.0, lat=30.0)
    await deal_with(worked_house, one)
    case = (
        "SELECT cell, path, level FROM cases WHERE id = (SELECT case_id FROM reports WHERE id = %s)"
    )
    assert await worked_house.rows(case, one.id) == [(None, "3707/", "city")]


async def test_a_reject_is_sent_again_with_the_same_bytes(worked_house, monkeypatch):
    one = report(category="event.99.98")
    await deal_with(worked_house, one)
    number = await worked_house.one("SELECT id FROM rejects WHERE report_id = %s", one.id)
    for name, value in {
        "WANGGE_KAFKA": bootstrap(),
        "WANGGE_DATABASE_URL": services.database_url(),
        "WANGGE_SCHEMA_NAME": worked_house.schema,
        "WANGGE_TOPIC_PREFIX": worked_house.prefix,
    }.items():
        monkeypatch.setenv(name, value)
    before = await consumed(worked_house)

    def run(*args):
        return CliRunner().invoke(rejects, [str(arg) for arg in args])

    shown = await asyncio.to_thread(run, "show", number, "--raw")
    assert shown.stdout_bytes == encode(one)
    again = await asyncio.to_thread(run, "retry", number)
    assert (again.exit_code, again.output) == (0, "sent again: 1\n"), again
    await worked_house.done(before + 1)
    states = "SELECT state FROM rejects WHERE report_id = %s ORDER BY id"
    assert await worked_house.rows(states, one.id) == [("retried",), ("open",)]
    twice = await asyncio.to_thread(run, "retry", number)
    assert "not open" in str(twice.exception)
    newest = await worked_house.one("SELECT max(id) FROM rejects WHERE report_id = %s", one.id)
    dropped = await asyncio.to_thread(run, "drop", newest)
    assert dropped.output == "dropped: 1\n"
    listed = await asyncio.to_thread(run, "list", "--all", "--json", "--limit", 1000)
    assert f'"report_id": "{one.id}"' in listed.output
    assert uuid4().hex not in listed.output
