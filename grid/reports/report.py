"""A report, version 1: the value, its reading and writing, and when two are the same.

`grid.reports.fields` says what each field may hold; this module only puts that table to work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - slots dataclasses keep it inspectable
from hashlib import sha256
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from grid import canonical
from grid.errors import InvalidMessage
from grid.model import Source  # noqa: TC001 - the same
from grid.reports.field_objects import object_parser, object_schema
from grid.reports.fields import (
    CLIENT_FIELDS,
    STREAM_FIELDS,
    VERSION,
    Attachment,
    Crs,
    Original,
)

if TYPE_CHECKING:
    from grid.reports.field_kinds import Schema

#: Bytes of one report at the door, and of one on Kafka, where the server's fields come on top.
MAX_BODY = 64 * 1024
MAX_MESSAGE = MAX_BODY + 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What somebody saw, where and when. Times are in UTC, the position is WGS 84 in degrees.

    `place` has words for `building`, `unit`, `floor`; `settled` says how it was dealt with on the
    spot; `affected` counts households, `injured` people; `severity` goes from 1 (slight) to 4
    (lives in danger). `reporter` (`name`, `phone`, `address`) is a person's data: it goes to the
    table of people and nowhere else.
    """

    id: str
    category: str
    lon: float
    lat: float
    observed_at: datetime
    source: Source
    received_at: datetime
    sender: str
    condition: str | None = None
    accuracy_m: float | None = None
    occurred_at: datetime | None = None
    sent_at: datetime | None = None
    place: dict[str, str] | None = None
    description: str = ""
    severity: int | None = None
    affected: int | None = None
    injured: int | None = None
    settled: str | None = None
    attachments: tuple[Attachment, ...] = ()
    external_number: str | None = None
    reporter: dict[str, str] | None = None
    original: Original | None = None
    digest: str | None = None


_parse_client = object_parser(CLIENT_FIELDS)
_parse_stream = object_parser(STREAM_FIELDS)


def parse_submission(
    submission: object, *, sender: str, received_at: datetime
) -> tuple[Report, Crs]:
    """The report of a client's JSON value, and the datum that its position is still in.

    `ingest.door.accept` converts the position. Raises InvalidMessage with the first wrong field.
    """
    values = _parse_client(submission)
    crs = values.pop("crs", Crs.WGS84)
    return Report(sender=sender, received_at=received_at, **values), crs


def parse_report(message: object) -> Report:
    """The report of a JSON value from Kafka. Raises InvalidMessage with the first wrong field."""
    if isinstance(message, dict) and message.get("v", VERSION) != VERSION:
        raise InvalidMessage(
            "/v", f"is a version that this reader does not know, not {VERSION}", "version"
        )
    values = _parse_stream(message)
    del values["v"]
    return Report(**values)


def decode(raw: bytes) -> Report:
    """The report of a message from Kafka. Raises InvalidMessage."""
    return parse_report(canonical.read(raw, MAX_MESSAGE))


def encode(report: Report) -> bytes:
    """The canonical bytes of a report for Kafka. What it does not say is left out."""
    return canonical.write(_plain(report))


def content_digest(report: Report) -> str:
    """SHA-256 (hexadecimal) of what the client said.

    Sending again changes `sent_at`, and the server's fields are not the client's: they do not
    count. A converted position counts as it was sent.
    """
    plain = _plain(report)
    for name in _NOT_CONTENT:
        plain.pop(name, None)
    if report.original is not None:
        del plain["lon"], plain["lat"]
    return sha256(canonical.write(plain)).hexdigest()


def same_content(one: Report, other: Report) -> bool:
    """True when two reports say the same; with the same id the second is then a repetition."""
    return content_digest(one) == content_digest(other)


def submission_schema() -> Schema:
    """JSON Schema (draft 2020-12) of what a client sends."""
    return object_schema(CLIENT_FIELDS)


def message_schema() -> Schema:
    """JSON Schema (draft 2020-12) of a report on Kafka."""
    return object_schema(STREAM_FIELDS)


_NOT_CONTENT = ("sent_at", "received_at", "sender", "digest", "v")
_NAMES = tuple(field.name for field in STREAM_FIELDS if field.name != "v")
_values = attrgetter(*_NAMES)
_wires = tuple(field.kind.wire() for field in STREAM_FIELDS if field.name != "v")


def _plain(report: Report) -> dict[str, Any]:
    plain: dict[str, Any] = {"v": VERSION}
    for name, wire, value in zip(_NAMES, _wires, _values(report), strict=True):
        if value or value == 0:  # a zero is said; None, "" and () are not
            plain[name] = value if wire is None else wire(value)
    return plain
