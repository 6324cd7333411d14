"""From messages to reports that may become cases: decode, drop repetitions, find the cell.

Pure but for the random salts: nothing here knows the database, so a batch is read once, however
often its transaction has to be tried.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import numpy as np

from geo_data.intake import Claim, Reject
from grid.errors import InvalidMessage
from grid.ids import time_ordered
from grid.model import Place
from grid.reports import report as reports
from grid.watching.sightings import seen_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from geo_data.layout.indexes import CellIndexes
    from grid.cells.index import CellIndex
    from grid.policy.versions import Policies
    from grid.reports.report import Report

_SALT_BYTES = 16


class Message(NamedTuple):
    """A message as it came from Kafka."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A report that wants to become a case, with its message and the salt of its description."""

    message: Message
    claim: Claim
    salt: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What a batch of messages holds. `repeated` counts equal reports within the batch."""

    candidates: list[Candidate]
    rejects: list[Reject]
    positions: dict[tuple[str, int], int]
    repeated: int


def read(messages: Sequence[Message]) -> Reading:
    """Decode every message; what cannot be taken becomes a reject, and nothing else stops."""
    salts = os.urandom(_SALT_BYTES * len(messages))
    positions: dict[tuple[str, int], int] = {}
    rejects: list[Reject] = []
    found: dict[str, Candidate] = {}
    repeated = 0
    for i, message in enumerate(messages):
        positions[message.topic, message.partition] = message.offset + 1
        try:
            claim = _claim(message)
        except InvalidMessage as error:
            rejects.append(
                refuse(message, error.code, error.reason, field=error.field, hint=_hint(message))
            )
            continue
        earlier = found.get(claim.report.id)
        if earlier is None:
            salt = salts[i * _SALT_BYTES : (i + 1) * _SALT_BYTES]
            found[claim.report.id] = Candidate(message, claim, salt)
        elif earlier.claim.digest == claim.digest:
            repeated += 1
        else:
            rejects.append(conflict(Candidate(message, claim, b"")))
    return Reading(list(found.values()), rejects, positions, repeated)


def _claim(message: Message) -> Claim:
    report = reports.decode(message.body)
    entropy = int.from_bytes(sha256(report.id.encode()).digest()[:10], "big")
    return Claim(
        report=report,
        case_id=time_ordered(report.received_at, entropy),
        digest=bytes.fromhex(report.digest or reports.content_digest(report)),
        seen_at=seen_at(report),
    )


def _hint(message: Message) -> tuple[str | None, str | None]:
    """Report id and sender of a message that cannot be decoded, as far as it shows them.

    The key is the report's id; the sender looks for its report by it.
    """
    report_id = sender = None
    with suppress(ValueError):
        report_id = str(UUID((message.key or b"").decode()))
    try:
        plain = json.loads(message.body)
    except (ValueError, RecursionError):
        plain = None
    if isinstance(plain, dict) and isinstance(plain.get("sender"), str):
        sender = plain["sender"][:200]
    return report_id, sender


def refuse(
    message: Message,
    code: str,
    reason: str,
    *,
    field: str = "",
    hint: tuple[str | None, str | None] = (None, None),
    traceback: str | None = None,
) -> Reject:
    """The reject of a message; `hint` is its report id and sender."""
    return Reject(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        code=code,
        reason=reason,
        key=message.key,
        body=message.body,
        field=field,
        traceback=traceback,
        report_id=hint[0],
        sender=hint[1],
    )


def refuse_candidate(
    candidate: Candidate, code: str, reason: str, *, field: str = "", traceback: str | None = None
) -> Reject:
    """The reject of a report that could be read."""
    report = candidate.claim.report
    hint = (report.id, report.sender)
    return refuse(candidate.message, code, reason, field=field, hint=hint, traceback=traceback)


def conflict(candidate: Candidate) -> Reject:
    """The first with an id stands; what comes later under it with other content goes here."""
    return refuse_candidate(
        candidate,
        "conflict",
        "another report with this id and other content came before",
        field="/id",
    )


def places(candidates: Sequence[Candidate], cells: CellIndexes, policies: Policies) -> list[Place]:
    """Where each report is, in the layout and by the policy that held when it was received.

    That is the cell with its path; the city alone outside every cell.
    """
    together: dict[tuple[int, float], list[int]] = {}
    for i, candidate in enumerate(candidates):
        received_at = candidate.claim.report.received_at
        how = cells.known.at(received_at), policies.at(received_at).snap_m
        together.setdefault(how, []).append(i)
    found: dict[int, Place] = {}
    for (number, snap_m), members in together.items():
        reports = [candidates[i].claim.report for i in members]
        found.update(zip(members, _located(reports, cells.of(number), snap_m), strict=True))
    return [found[i] for i in range(len(candidates))]


def _located(reports: Sequence[Report], cells: CellIndex, snap_m: float) -> Iterator[Place]:
    located = cells.locate(
        np.array([r.lon for r in reports]),
        np.array([r.lat for r in reports]),
        np.array([np.nan if r.accuracy_m is None else r.accuracy_m for r in reports]),
        snap_m=snap_m,
    )
    city = cells.path(0).split("/", 1)[0] + "/"
    codes = cells.codes
    for report, cell, confidence, runner_up, snapped in zip(
        reports,
        located.cell.tolist(),
        located.confidence.tolist(),
        located.runner_up.tolist(),
        located.snapped.tolist(),
        strict=True,
    ):
        yield Place(
            path=cells.path(cell) if cell >= 0 else city,
            cell=codes[cell] if cell >= 0 else None,
            layout=cells.layout,
            lon=report.lon,
            lat=report.lat,
            confidence=round(confidence, 4),
            runner_up=codes[runner_up] if runner_up >= 0 else None,
            snapped=snapped,
        )
