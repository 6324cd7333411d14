"""Columns as text: what is missing, what has to be quoted, what a spreadsheet would spoil."""

from __future__ import annotations

import csv
import io
import json
import math

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_data.exports import texts

WORDS = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"])), max_size=20)


@settings(deadline=None)
@given(WORDS)
def test_json_strings_are_read_back(words):
    made = texts.json_text(pa.array(words, pa.string())).to_pylist()
    assert [None if one is None else json.loads(one) for one in made] == words


@settings(deadline=None)
@given(WORDS)
def test_csv_text_is_read_back_and_what_is_missing_stays_apart(words):
    made = texts.csv_text(pa.array(words, pa.string())).to_pylist()
    assert [one is None for one in made] == [one is None for one in words]
    for one, word in zip(made, words, strict=True):
        if one is not None:
            lines = csv.reader(io.StringIO(one + ",1\r\n", newline=""), strict=True)
            assert list(lines) == [[word, "1"]]


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("370705001001001", '="370705001001001"'),
        ("370705", '="370705"'),
        ("007", '="007"'),
        ("1e5", '="1e5"'),
        ("3-4", '="3-4"'),
        ("2026/11/22", '="2026/11/22"'),
        ("9:30", '="9:30"'),
        ("1,5", '="1,5"'),
        ("50%", '="50%"'),
        ("=1+1", "'=1+1"),
        ("+86 536", "'+86 536"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1", "'＝1"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("5月1日", '="5月1日"'),
        ("2026年5月", '="2026年5月"'),
        ("3707/370705/", "3707/370705/"),
        ("2026-0000123", "2026-0000123"),
        ("event.01.10", "event.01.10"),
        ("奎文区", "奎文区"),
        ("a=b", "a=b"),
        ("12 号", "12 号"),
        ("1f0e4d1c-9a", "1f0e4d1c-9a"),
        ("", ""),
        (None, None),
    ],
)
def test_a_spreadsheet_leaves_text_as_it_is(text, stands):
    assert texts.spreadsheet_text(pa.array([text], pa.string())).to_pylist() == [stands]


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_nothing_that_stands_in_a_sheet_is_a_formula_but_a_text_in_one(text):
    (made,) = texts.spreadsheet_text(pa.array([text])).to_pylist()
    if made.startswith("="):
        assert made == f'="{text}"'
        assert '"' not in text
    else:
        assert made.lstrip()[:1] not in ("=", "+", "-", "@", "＝", "＋", "－", "＠")
        assert made[0] not in "\t\r\n"


def test_numbers_are_json_and_what_is_none_is_missing():
    found = texts.plain(pa.array([1.5, 118.9025, 1e20, math.nan, math.inf, None])).to_pylist()
    assert [None if one is None else json.loads(one) for one in found] == [
        1.5, 118.9025, 1e20, None, None, None,
    ]  # fmt: skip
    assert texts.plain(pa.array([7, None])).to_pylist() == ["7", None]
    assert texts.plain(pa.array([True, False, None])).to_pylist() == ["true", "false", None]


@pytest.mark.parametrize(
    ("us", "utc", "milli", "china"),
    [
        (0, "1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00.000Z", "1970-01-01 08:00:00"),
        (
            1_795_313_400_250_000,
            "2026-11-22T02:10:00.25+00:00",
            "2026-11-22T02:10:00.250Z",
            "2026-11-22 10:10:00",
        ),
        (
            1_795_313_400_999_999,
            "2026-11-22T02:10:00.999999+00:00",
            "2026-11-22T02:10:00.999Z",
            "2026-11-22 10:10:00",
        ),
        (None, None, None, None),
    ],
)
def test_moments(us, utc, milli, china):
    given_ = pa.array([us], pa.timestamp("us", "UTC"))
    assert texts.utc(given_).to_pylist() == [utc]
    assert texts.utc_to_millisecond(given_).to_pylist() == [milli]
    assert texts.in_china(given_).to_pylist() == [china]


def test_rows_stand_behind_each_other():
    a, b = pa.array(["x", "", "三"]), pa.array(["1", "2", "3"])
    assert texts.joined(a, ":", b, ";") == "x:1;:2;三:3;".encode()
    assert texts.joined(a.slice(1), ":", b.slice(1), ";") == ":2;三:3;".encode()
    assert texts.joined(a.slice(3), ";") == b""
