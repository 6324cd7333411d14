"""The door: a submission becomes a report in WGS 84, with the server's fields."""

from datetime import UTC, datetime

import pytest

from grid.errors import InvalidMessage
from grid.reports.fields import Crs, Original
from grid.reports.report import content_digest, decode, encode
from ingest.door import accept

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SUBMISSION = {
    "id": "6f1c2a34-8b1d-4c55-9e0a-1f2e3d4c5b6a",
    "category": "event.05.02",
    "lon": 119.098137,
    "lat": 36.71506,
    "observed_at": "2026-11-22T09:10:00+08:00",
    "source": "citizen",
}


def test_the_server_adds_when_and_from_whom():
    report = accept(SUBMISSION, sender="key:app", received_at=NOW)
    assert (report.sender, report.received_at) == ("key:app", NOW)


@pytest.mark.parametrize("said", [{}, {"crs": "EPSG:4326"}])
def test_wgs84_stays_as_it_is(said):
    report = accept(SUBMISSION | said, sender="key:app", received_at=NOW)
    assert (report.lon, report.lat, report.original) == (119.098137, 36.71506, None)


def test_another_datum_is_converted_and_kept():
    report = accept(SUBMISSION | {"crs": "GCJ-02"}, sender="key:app", received_at=NOW)
    assert (report.lon, report.lat) == pytest.approx((119.09217, 36.714542), abs=2e-6)
    assert report.original == Original(Crs.GCJ02, 119.098137, 36.71506)
    assert decode(encode(report)) == report


def test_a_wrong_field_is_named():
    with pytest.raises(InvalidMessage) as caught:
        accept(SUBMISSION | {"lat": 95}, sender="key:app", received_at=NOW)
    assert caught.value.field == "/lat"


def test_the_door_says_what_was_sent_so_that_no_worker_has_to():
    first, again = (
        accept({**SUBMISSION, "sent_at": moment}, sender="key:a", received_at=NOW)
        for moment in ("2026-11-22T08:00:00+08:00", "2026-11-22T09:00:00+08:00")
    )
    assert first.digest == again.digest == content_digest(first)
    assert decode(encode(first)) == first
    other = accept({**SUBMISSION, "description": "别的"}, sender="key:a", received_at=NOW)
    assert other.digest != first.digest
