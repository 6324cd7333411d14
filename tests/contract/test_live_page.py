"""The live page keeps to what the API allows it and speaks the engine's words in both languages.

Whether it is pleasant is looked at in a browser; what it must never get wrong is tested here.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

import api
from api.page import content_policy
from grid.cases.wire import PAYLOADS
from grid.model import Level, Size, Source, Stage, Status
from grid.words import ASKS, CAUSES, LEVELS, SIZES, STAGES, STATUSES

PAGE = (Path(api.__file__).parent / "page.html").read_text(encoding="utf-8")
SCRIPT = re.findall(r"<script>(.*?)</script>", PAGE, re.DOTALL)
STYLE = re.findall(r"<style>(.*?)</style>", PAGE, re.DOTALL)
#: What the script keeps apart because it needs no browser.
PURE = SCRIPT[0].split("/* pure:")[1].split("*/", 1)[1].split("/* end pure */")[0]


def hash_of(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def table(name: str) -> dict[str, tuple[str, str]]:
    """A table of words in the script: key → (Chinese, English)."""
    body = re.search(rf"^const {name} = {{(.*?)}};$", PURE, re.DOTALL | re.MULTILINE)
    assert body is not None, name
    row = re.compile(r'(\w+): \[("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")\]')
    found = {key: (json.loads(zh), json.loads(en)) for key, zh, en in row.findall(body[1])}
    assert len(found) == len(re.findall(r"\w+: \[", body[1])), f"{name}: a row is not a pair"
    return found


def test_one_script_and_one_style_which_the_policy_allows_by_hash():
    assert len(SCRIPT) == len(STYLE) == 1
    assert len(re.findall(r"<script\b", PAGE)) == len(re.findall(r"<style\b", PAGE)) == 1
    policy = content_policy(PAGE)
    assert f"script-src {hash_of(SCRIPT[0])}" in policy
    assert f"style-src {hash_of(STYLE[0])}" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "forbidden",
    [
        r"https?:",  # nothing from outside
        r"\bsrc=",
        r"@import",
        r"\burl\(",
        r"<[^>]*\son\w+=",  # what the policy would block: inline handlers, style attributes
        r"<[^>]*\sstyle=",
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write",  # text is only set as text
        r"\beval\(|new Function",
    ],
)
def test_it_loads_nothing_and_runs_nothing_else(forbidden):
    assert re.findall(forbidden, PAGE) == []


@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [
        ("LEVELS", Level, LEVELS),
        ("STATUSES", Status, STATUSES),
        ("SIZES", Size, SIZES),
        ("STAGES", Stage, STAGES),
        ("CAUSES", CAUSES, CAUSES),
        ("ASKS", ASKS, ASKS),
    ],
)
def test_its_words_are_the_engines(name, keys, words):
    assert table(name) == {str(key): words[key] for key in keys}


def test_every_source_and_every_type_of_event_has_words():
    assert table("SOURCES").keys() == set(Source)
    assert table("EVENTS").keys() == PAYLOADS.keys() | {"failed"}  # a check that was not passed


def test_every_word_that_is_asked_for_is_there_and_complete():
    words = table("WORDS")
    asked = set(re.findall(r'\bt\("(\w+)"', SCRIPT[0]))
    asked |= set(re.findall(r'data-(?:t|label)="(\w+)"', PAGE))
    assert asked <= words.keys()
    for key, (zh, en) in words.items():
        assert all((zh, en)), key
        assert sorted(re.findall(r"\{\d\}", zh)) == sorted(re.findall(r"\{\d\}", en)), key


TIMES = {
    0: ["0 秒", "0 s"],
    59_999: ["59 秒", "59 s"],
    60_000: ["1 分", "1 min"],
    12_000_000: ["3 小时 20 分", "3 h 20 min"],
    -7_200_000: ["2 小时", "2 h"],
    187_200_000: ["2 天 4 小时", "2 d 4 h"],
}
#: (warn, due) of the deadlines → the light at 100.
LIGHTS: list[tuple[list[tuple[int, int]], str]] = [
    ([], "idle"),
    ([(101, 200)], "ok"),
    ([(100, 200)], "warn"),
    ([(50, 100)], "late"),
    ([(150, 200), (10, 20)], "late"),
    ([(150, 200), (90, 200)], "warn"),
]
STREAM = (
    ": a comment\r\nretry: 2000\r\n\r\n"
    'id: 1-7\nevent: heartbeat\ndata: {"feed":7}\n\n'
    "id: 1-8\revent: case\rdata: 甲\rdata:乙\r\r"
    "data: without a name\n\n"
    "event: unfinished\ndata: never told"
)
PIECES = (1, 2, 3, 7, 1000)


@pytest.fixture(scope="module")
def told() -> dict[str, list[object]]:
    """What the script's pure functions answer in node, all asked at once."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: these functions then run in browsers only")
    lights = [[{"warn": warn, "due": due} for warn, due in given] for given, _ in LIGHTS]
    cut = [[STREAM[at : at + size] for at in range(0, len(STREAM), size)] for size in PIECES]
    evening = "Date.parse('2026-11-22T16:00:00Z')"
    program = f"""{PURE}
    const streamed = (pieces) => {{
      const heard = [], take = sseReader((message) => heard.push(message));
      pieces.forEach(take);
      return heard;
    }};
    process.stdout.write(JSON.stringify({{
      times: {list(TIMES)}.map((ms) => [span(ms, 0), span(ms, 1)]),
      lights: {json.dumps(lights)}.map((given) => lightOf(given, 100)),
      shares: [share(128, 140, 0), share(128, 140, 1), share(0, 0, 1)],
      midnights: [midnight({evening}) - {evening}, midnight({evening} - 1) - {evening}],
      made: [madeAt("01a2008d-7400-7000-8000-000000000000")],
      streams: {json.dumps(cut)}.map(streamed),
    }}))"""
    done = subprocess.run([node, "-e", program], capture_output=True, check=True, timeout=60)
    answers: dict[str, list[object]] = json.loads(done.stdout)
    return answers


def test_time_is_said_as_people_say_it(told):
    assert told["times"] == list(TIMES.values())


def test_the_light_is_the_worst_of_all_deadlines(told):
    assert told["lights"] == [light for _, light in LIGHTS]


def test_shares_carry_their_denominator(told):
    assert told["shares"] == ["128 / 140，91.4 %", "128 / 140, 91.4 %", "0 / 0"]


def test_today_begins_at_midnight_in_china_and_an_id_tells_its_day(told):
    assert told["midnights"] == [0, -86_400_000]
    assert told["made"] == [1_795_305_600_000]


def test_the_stream_is_read_alike_however_it_is_cut(told):
    whole = [
        {"event": "heartbeat", "id": "1-7", "data": '{"feed":7}'},
        {"event": "case", "id": "1-8", "data": "甲\n乙"},
        {"event": "message", "id": "1-8", "data": "without a name"},
    ]
    assert told["streams"] == [whole for _ in PIECES]
