"""Bytes of events and cases: canonical, complete, and the same for ever."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from grid.cases import commands as c
from grid.cases.decide import apply
from grid.cases.events import Event
from grid.cases.evolve import fold
from grid.cases.known import NOTHING
from grid.cases.wire import (
    GENESIS,
    PAYLOADS,
    chain,
    cloud_event,
    decode_case,
    decode_event,
    encode_case,
    encode_event,
)
from tests.unit.examples import CELL, CLERK, THURSDAY, WORKER, file_events, filed, policy

FIXTURES = Path(__file__).parent.parent / "contract" / "events"


def history() -> list[Event]:
    events, steps = file_events()
    case = steps[-1]
    for command in (
        c.Accept(by=WORKER, done_at=THURSDAY),
        c.Handle(by=WORKER, evidence=frozenset({"note"}), note="ab"),
        c.Verify(by=CLERK, passed=False),
    ):
        more, steps = apply(case, command, NOTHING, THURSDAY + timedelta(minutes=1), policy())
        events += more
        case = steps[-1]
    return events


def test_what_is_written_is_read_back():
    events = history()
    assert [decode_event(encode_event(event)) for event in events] == events
    case = fold(events)
    assert decode_case(encode_case(case)) == case


def test_the_text_is_canonical():
    text = encode_event(history()[0])
    again = json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert text == again


def test_times_are_utc_whatever_zone_they_came_in():
    east = datetime(2026, 11, 19, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    assert encode_case(filed(received_at=east)) == encode_case(filed(received_at=THURSDAY))
    assert east == THURSDAY
    assert THURSDAY.tzinfo is UTC


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda p: p.stem)
def test_events_of_every_version_can_be_read_for_ever(path):
    event = decode_event(path.read_text(encoding="utf-8").rstrip("\n"))
    assert encode_event(event) == path.read_text(encoding="utf-8").rstrip("\n")


def test_there_is_a_fixture_of_every_type():
    kept = {path.stem.rsplit(".v", 1)[0] for path in FIXTURES.glob("*.json")}
    assert kept == set(PAYLOADS)


def test_equal_numbers_have_one_text():
    plain = filed()
    for lon, lat in ((0.0, 36), (-0.0, 36.0)):
        case = replace(plain, place=replace(plain.place, lon=lon, lat=lat))
        assert '"lat":36.0' in encode_case(case)
        assert '"lon":0.0' in encode_case(case)


def test_the_chain_depends_on_every_part():
    text = encode_event(history()[0])
    heads = {
        chain(GENESIS, 1, text),
        chain(GENESIS, 2, text),
        chain(GENESIS, 1, text + " "),
        chain(chain(GENESIS, 1, text), 1, text),
    }
    assert len(heads) == 4
    assert all(len(head) == 32 for head in heads)


def test_cloud_events_have_what_the_specification_asks():
    event = history()[0]
    made = json.loads(cloud_event(encode_event(event), 7, CELL))
    assert made["specversion"] == "1.0"
    assert (made["type"], made["feed"], made["path"]) == ("wangge.case.filed.v1", 7, CELL)
    assert made["id"] == f"{event.case}/1"
    assert made["data"]["data"]["number"] == "2026-0000001"
