"""A report: what may stand in it, how it is written, and when two say the same."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid import canonical
from grid.errors import InvalidMessage
from grid.model import Source
from grid.reports import page as report_page
from grid.reports.fields import Attachment, Crs, Original, Role
from grid.reports.report import (
    MAX_MESSAGE,
    Report,
    content_digest,
    decode,
    encode,
    message_schema,
    parse_report,
    parse_submission,
    same_content,
    submission_schema,
)

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
LEAST = {
    "id": "6f1c2a34-8b1d-4c55-9e0a-1f2e3d4c5b6a",
    "category": "event.05.02",
    "lon": 119.1,
    "lat": 36.7,
    "observed_at": "2026-11-22T09:10:00+08:00",
    "source": "worker",
}
SHA = "0f" * 32


def submit(**fields):
    return parse_submission(LEAST | fields, sender="key:test", received_at=NOW)


def test_the_least_that_a_phone_sends_is_a_report():
    report, crs = submit()
    assert crs is Crs.WGS84
    assert report == Report(
        id=LEAST["id"],
        category="event.05.02",
        lon=119.1,
        lat=36.7,
        observed_at=datetime(2026, 11, 22, 1, 10, tzinfo=UTC),
        source=Source.WORKER,
        received_at=NOW,
        sender="key:test",
    )


def test_words_of_people_keep_their_line_breaks_and_signs():
    text = "三单元\n\t“漏气” 😀 \u3000"
    assert submit(description=text)[0].description == text


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"id": LEAST["id"].upper()}, "/id", "format"),
        ({"id": "6f1c2a348b1d4c559e0a1f2e3d4c5b6a"}, "/id", "format"),
        ({"id": LEAST["id"] + "\n"}, "/id", "format"),
        ({"id": 7}, "/id", "type"),
        ({"category": "event.05"}, "/category", "format"),
        ({"category": "EVENT.05.02"}, "/category", "format"),
        ({"category": "event.05.02' or 1=1"}, "/category", "format"),
        ({"category": "event.0٥.02"}, "/category", "format"),
        ({"condition": "0"}, "/condition", "format"),
        ({"condition": 1}, "/condition", "type"),
        ({"lon": "119.1"}, "/lon", "type"),
        ({"lon": True}, "/lon", "type"),
        ({"lon": None}, "/lon", "type"),
        ({"lon": 180.000001}, "/lon", "range"),
        ({"lon": float("inf")}, "/lon", "range"),
        ({"lon": float("nan")}, "/lon", "range"),
        ({"lon": 10**400}, "/lon", "range"),
        ({"lat": -90.5}, "/lat", "range"),
        ({"crs": "EPSG:3857"}, "/crs", "choice"),
        ({"crs": ["GCJ-02"]}, "/crs", "type"),
        ({"accuracy_m": -1}, "/accuracy_m", "range"),
        ({"accuracy_m": 100_000.1}, "/accuracy_m", "range"),
        ({"observed_at": "2026-11-22T09:10:00"}, "/observed_at", "format"),
        ({"observed_at": "2026-11-22 09:10:00+08:00"}, "/observed_at", "format"),
        ({"observed_at": "2026-W47-7T09:10:00+08:00"}, "/observed_at", "format"),
        ({"observed_at": "2026-02-30T09:10:00+08:00"}, "/observed_at", "format"),
        ({"observed_at": "2026-11-22T25:10:00+08:00"}, "/observed_at", "format"),
        ({"observed_at": "2026-11-22T09:10:00+08:99"}, "/observed_at", "format"),
        ({"observed_at": "0001-01-01T00:00:00+08:00"}, "/observed_at", "range"),
        ({"observed_at": "9999-12-31T23:59:59-08:00"}, "/observed_at", "range"),
        ({"observed_at": "2000-01-01T00:00:00+08:00"}, "/observed_at", "range"),  # 1999 in UTC
        ({"observed_at": "2099-12-31T23:59:59-08:00"}, "/observed_at", "range"),  # 2100 in UTC
        ({"observed_at": 1_795_000_000}, "/observed_at", "type"),
        ({"occurred_at": ""}, "/occurred_at", "format"),
        ({"place": "3号楼"}, "/place", "type"),
        ({"place": {"room": "1"}}, "/place/room", "unknown"),
        ({"place": {"floor": 5}}, "/place/floor", "type"),
        ({"description": "x" * 4001}, "/description", "length"),
        ({"description": "a\x00b"}, "/description", "encoding"),
        ({"description": "a\ud800b"}, "/description", "encoding"),
        ({"description": ["a"]}, "/description", "type"),
        ({"severity": 0}, "/severity", "range"),
        ({"severity": 5}, "/severity", "range"),
        ({"severity": 2.0}, "/severity", "type"),
        ({"severity": True}, "/severity", "type"),
        ({"affected": -1}, "/affected", "range"),
        ({"injured": 100_001}, "/injured", "range"),
        ({"settled": True}, "/settled", "type"),
        ({"settled": {}}, "/settled/how", "missing"),
        ({"settled": {"how": ""}}, "/settled/how", "length"),
        ({"attachments": {}}, "/attachments", "type"),
        ({"attachments": [{"sha256": SHA, "role": "before"}] * 21}, "/attachments", "length"),
        ({"attachments": [{"sha256": SHA}]}, "/attachments/0/role", "missing"),
        (
            {"attachments": [{"sha256": SHA, "role": "after"}, {"sha256": "AB", "role": "after"}]},
            "/attachments/1/sha256",
            "format",
        ),
        ({"attachments": [{"sha256": SHA, "role": "selfie"}]}, "/attachments/0/role", "choice"),
        ({"source": "rumour"}, "/source", "choice"),
        ({"source": {}}, "/source", "type"),
        ({"external_number": ""}, "/external_number", "length"),
        ({"reporter": {"phone": "1" * 41}}, "/reporter/phone", "length"),
        ({"colour": "red"}, "/colour", "unknown"),
        ({"a/b~c": 1}, "/a~1b~0c", "unknown"),
        ({"received_at": "2026-11-22T09:10:00+08:00"}, "/received_at", "unknown"),
        ({"sender": "key:other"}, "/sender", "unknown"),
        ({"v": 1}, "/v", "unknown"),
    ],
)
def test_a_wrong_field_is_named(fields, pointer, code):
    with pytest.raises(InvalidMessage) as caught:
        submit(**fields)
    assert (caught.value.field, caught.value.code) == (pointer, code)


@pytest.mark.parametrize("name", sorted(LEAST))
def test_a_missing_field_is_named(name):
    with pytest.raises(InvalidMessage) as caught:
        parse_submission(
            {k: v for k, v in LEAST.items() if k != name}, sender="key:test", received_at=NOW
        )
    assert (caught.value.field, caught.value.code) == (f"/{name}", "missing")


@pytest.mark.parametrize("value", [None, [], "text", 1, True])
def test_what_is_no_object_is_no_report(value):
    with pytest.raises(InvalidMessage, match="must be an object") as caught:
        parse_submission(value, sender="key:test", received_at=NOW)
    assert (caught.value.field, caught.value.code) == ("", "type")


def test_errors_do_not_repeat_what_people_wrote():
    with pytest.raises(InvalidMessage) as caught:
        submit(reporter={"name": "张三丰" * 50})
    assert "张三丰" not in str(caught.value)


GOOD = encode(submit()[0])


@pytest.mark.parametrize(
    ("raw", "pointer", "code"),
    [
        (b"", "", "json"),
        (b"{", "", "json"),
        (GOOD + b"x", "", "json"),
        (b"\xff\xfe{}", "", "encoding"),
        (GOOD.replace(b'"event.05.02"', b'"event.05.\xc3"'), "", "encoding"),
        (GOOD.replace(b"119.1", b"NaN"), "", "json"),
        (GOOD.replace(b"119.1", b"-Infinity"), "", "json"),
        (GOOD.replace(b"119.1", b"1e999"), "/lon", "range"),
        (GOOD.replace(b"119.1", b"9" * 5000), "", "json"),
        (GOOD.replace(b'"lon":', b'"lon":1.0,"lon":'), "/lon", "duplicate"),
        (GOOD.replace(b'"v":1', b'"v":2'), "/v", "version"),
        (GOOD.replace(b'"v":1', b'"v":"1"'), "/v", "version"),
        (GOOD.replace(b',"v":1', b""), "/v", "missing"),
        (GOOD.replace(b'"lon"', b'"crs":"GCJ-02","lon"'), "/crs", "unknown"),
        (b"[" * 60_000, "", "json"),
        (b'{"a":' * 12_000, "", "json"),
        (b" " * (MAX_MESSAGE + 1), "", "size"),
        (b"null", "", "type"),
        (b"\xef\xbb\xbf" + GOOD, "", "json"),
    ],
)
def test_bytes_that_are_no_report_are_refused(raw, pointer, code):
    with pytest.raises(InvalidMessage) as caught:
        decode(raw)
    assert (caught.value.field, caught.value.code) == (pointer, code)


def test_a_name_that_stands_twice_among_many_is_found_at_once():
    names = ",".join(f'"{i:x}":1' for i in range(200_000))
    begin = time.perf_counter()
    with pytest.raises(InvalidMessage) as caught:
        canonical.read(f'{{{names},"30d3f":1}}'.encode(), 4_000_000)
    assert (caught.value.field, caught.value.code) == ("/30d3f", "duplicate")
    assert time.perf_counter() - begin < 5, "the square of the names would take minutes"


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw):
    with pytest.raises(InvalidMessage):
        decode(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(submission_schema()["properties"])), json_values)
def test_any_value_in_any_field_is_taken_or_refused_by_name(name, value):
    try:
        report, _ = submit(**{name: value})
    except InvalidMessage as error:
        refused = error.field
    else:
        assert decode(encode(report)) == report
        refused = f"/{name}"
    assert refused.startswith(f"/{name}")


words = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r"),
    min_size=1,
    max_size=40,
)
times = st.timedeltas(timedelta(0), timedelta(days=20_000)).map(
    lambda after: datetime(2001, 1, 1, tzinfo=UTC) + after
)
persons = st.dictionaries(st.sampled_from(["name", "phone", "address"]), words, min_size=1)
longitudes, latitudes = (
    st.floats(-bound, bound).map(lambda degrees: degrees + 0.0) for bound in (180, 90)
)
reports = st.builds(
    Report,
    id=st.uuids().map(str),
    category=st.from_regex(r"\A(event|component)\.[0-9]{2}\.[0-9]{2}\Z"),
    lon=longitudes,
    lat=latitudes,
    observed_at=times,
    source=st.sampled_from(Source),
    received_at=times,
    sender=words,
    condition=st.none() | st.integers(1, 99).map(str),
    accuracy_m=st.none() | st.floats(0, 1e5),
    occurred_at=st.none() | times,
    sent_at=st.none() | times,
    place=st.none() | st.dictionaries(st.sampled_from(["building", "unit"]), words, min_size=1),
    description=st.just("") | words,
    severity=st.none() | st.integers(1, 4),
    affected=st.none() | st.integers(0, 1000),
    injured=st.none() | st.integers(0, 10),
    settled=st.none() | words,
    attachments=st.lists(
        st.builds(Attachment, st.just(SHA), st.sampled_from(Role)), max_size=3
    ).map(tuple),
    external_number=st.none() | words,
    reporter=st.none() | persons,
    original=st.none() | st.builds(Original, st.sampled_from(Crs), longitudes, latitudes),
)


MESSAGES = jsonschema.Draft202012Validator(message_schema())


@settings(deadline=None, max_examples=60)
@given(reports)
def test_a_report_comes_back_as_it_was_written(report):
    raw = encode(report)
    assert decode(raw) == report
    assert encode(decode(raw)) == raw
    assert MESSAGES.is_valid(json.loads(raw))


@pytest.mark.parametrize(
    "change",
    [
        {"sent_at": NOW + timedelta(hours=5)},
        {"received_at": NOW + timedelta(hours=5)},
        {"sender": "key:other-phone"},
        {"observed_at": datetime(2026, 11, 22, 9, 10, tzinfo=timezone(timedelta(hours=8)))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_sending_again_does_not_change_the_content(change):
    report, _ = submit()
    again = parse_report(json.loads(encode(replace(report, **change))))
    assert same_content(report, again)


@pytest.mark.parametrize(
    "change",
    [
        {"description": "别的"},
        {"lon": 119.1000001},
        {"condition": "1"},
        {"affected": 0},
        {"settled": "已清扫"},
        {"reporter": {"name": "李某"}},
        {"attachments": (Attachment(SHA, Role.AFTER),)},
        {"source": Source.CITIZEN},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_content_under_the_same_id_is_told_apart(change):
    report, _ = submit()
    assert not same_content(report, replace(report, **change))


def test_a_converted_position_counts_as_it_was_sent():
    original = Original(Crs.GCJ02, 119.1, 36.7)
    report = replace(submit()[0], original=original)
    assert same_content(report, replace(report, lon=report.lon + 1e-12))
    assert content_digest(report) != content_digest(replace(report, original=None))


def test_the_schema_says_what_the_parser_does():
    jsonschema.Draft202012Validator.check_schema(submission_schema())
    validator = jsonschema.Draft202012Validator(submission_schema())
    assert validator.is_valid(LEAST)
    assert not validator.is_valid(LEAST | {"colour": "red"})
    assert not validator.is_valid(LEAST | {"lon": 181})


def test_the_reference_page_is_written_from_the_table():
    page = (ROOT / "docs/reference/report.md").read_text()
    assert page == report_page.reference_page(), "write it anew with `wangge docs`"
