"""Replaying: when each record goes out, what is sent again, and what the counts then say."""

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from ingest.files import Columns, Record, ReportFile
from wangge.api_client import Api, Posting, Refused
from wangge.pace import paced
from wangge.replay import Replay

ZONE = ZoneInfo("Asia/Shanghai")
FILE = ReportFile(Path("f.csv"), Columns(), None, ZONE)
START = datetime(2014, 1, 1, tzinfo=ZONE)


def at(*minutes):
    return [
        Record(n, str(n), "Potholes", "event.01.13", START + timedelta(minutes=m), 0.0, 0.0)
        for n, m in enumerate(minutes)
    ]


@pytest.mark.parametrize(
    ("how", "minutes", "seconds"),
    [
        ({"speed": 60.0}, (0, 1, 5, 5), [0, 1, 5, 5]),
        ({"speed": 600.0}, (0, 1, 5), [0, 0.1, 0.5]),
        ({"speed": 60.0}, (0, 5, 3, 6), [0, 5, 5, 6]),
        ({"rate": 10.0}, (0, 100, 3), [0, 0.1, 0.2]),
        ({"rate": 10.0, "speed": 60.0}, (0, 9), [0, 0.1]),
        ({}, (), []),
    ],
)
def test_records_go_out_in_their_order_and_time(how, minutes, seconds):
    due = list(Replay(file=FILE, **how).due(at(*minutes)))
    assert [when for when, _ in due] == pytest.approx(seconds)
    assert [record.row for _, record in due] == list(range(len(minutes)))


async def groups(due, most):
    return [group async for group in paced(due, most)]


@pytest.mark.parametrize(
    ("due", "most", "expected"),
    [
        ([], 3, []),
        ([(0, "a"), (0, "b"), (0, "c"), (0, "d")], 3, [["a", "b", "c"], ["d"]]),
        ([(0, "a"), (0.15, "b")], 3, [["a"], ["b"]]),
        ([(0, "a"), (0.02, "b"), (0.04, "c")], 3, [["a"], ["b", "c"]]),
    ],
)
async def test_what_is_due_goes_together(due, most, expected):
    assert await groups(due, most) == expected


async def test_nothing_goes_out_before_it_is_due():
    began = time.monotonic()
    await groups([(0, "a"), (0.3, "b")], 1)
    assert time.monotonic() - began >= 0.3


async def test_who_is_slow_finds_more_of_them_next_time():
    found = []
    async for group in paced([(n / 100, n) for n in range(20)], 500):
        found.append(group)
        await asyncio.sleep(0.3)
    assert [n for group in found for n in group] == list(range(20))
    assert len(found) == 2


def posting_to(answers):
    """An API that gives these answers, one after another, and what it was asked."""
    asked = []

    def answer(request):
        asked.append(request)
        return answers[min(len(asked), len(answers)) - 1]

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://api")
    return Api(client), asked


def items(*codes):
    return httpx.Response(
        200, json={"items": [{"code": c, "problem": {"detail": "no such row"}} for c in codes]}
    )


AWAY = httpx.Response(503, headers={"Retry-After": "1"}, json={"title": "away"})


async def post(answers, reports, patience_s=5.0):
    api, asked = posting_to(answers)
    posting = Posting()
    await api.post([{"id": n} for n in range(reports)], posting, patience_s=patience_s)
    return posting, asked


async def test_counts_say_what_was_taken_and_why_the_rest_was_not():
    posting, _ = await post([items(202, 422, 202, 422)], 4)
    assert (posting.sent, posting.accepted, posting.refused, posting.retried) == (4, 2, 2, 0)
    assert posting.reasons == {"no such row": 2}


async def test_only_what_was_not_taken_is_sent_again_after_the_time_that_was_said():
    began = time.monotonic()
    posting, asked = await post([items(202, 503, 202), items(202)], 3)
    assert (posting.accepted, posting.retried) == (3, 1)
    assert asked[1].read() == b'[{"id":1}]'
    assert time.monotonic() - began >= 1


async def test_all_is_sent_again_while_the_door_is_shut():
    posting, asked = await post([AWAY, items(202, 202)], 2)
    assert (posting.accepted, posting.retried, len(asked)) == (2, 2, 2)


async def test_patience_ends():
    posting, _ = await post([AWAY], 2, patience_s=0.5)
    assert (posting.accepted, posting.refused) == (0, 2)
    assert posting.reasons == {"not taken in time": 2}


async def test_a_door_that_turns_us_away_is_not_tried_again():
    with pytest.raises(Refused, match="key"):
        await post([httpx.Response(401, json={"detail": "no key"})], 1)
