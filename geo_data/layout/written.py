"""Reports and differences of stored layouts as bytes, made by a process of its own.

    python -m geo_data.layout.written < order

They take seconds of computing, during which a server's own process would answer nobody. The order
is JSON (`Order`); the answer is parts, each with its length before it.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import struct
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from geo_data.database import Failure, classify, connect
from geo_data.layout.comparing import compared
from geo_data.layout.report.known import known, stored
from geo_data.layout.report.making import make
from geo_data.layout.report.page import html
from grid.layouts.changes import document
from grid.layouts.report import as_json

if TYPE_CHECKING:
    from typing import Any

#: Exit code where the database is away (EX_TEMPFAIL): to be tried again.
AWAY = 75
_BELOW_OTHERS = 5  # niceness: reports that come in go first
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of which database: a report on `layout`, or what changed `since` another."""

    url: str
    schema: str
    layout: int
    before: int | None
    changes: bool

    def as_text(self) -> bytes:
        """The order as the process reads it."""
        return json.dumps(asdict(self)).encode()


def write(order: Order) -> list[bytes]:
    """The parts: JSON and page of a report, or JSON of changes; after each the same in gzip."""
    plain = asyncio.run(_changes(order) if order.changes else _report(order))
    return [form for one in plain for form in (one, gzip.compress(one, compresslevel=6, mtime=0))]


def parts(answer: bytes) -> list[bytes]:
    """The parts of what the process has written."""
    found, at = [], 0
    while at < len(answer):
        (length,) = _LENGTH.unpack_from(answer, at)
        at += _LENGTH.size
        found.append(answer[at : at + length])
        at += length
    return found


async def _report(order: Order) -> list[bytes]:
    async with connect(order.url, schema=order.schema) as conn:
        number, layout = await stored(conn, order.layout)
        facts = await known(conn, number, order.before)
    areas = layout.areas.assign(feature=layout.areas["code"])
    made = make(areas, facts, (number, layout.name, layout.source), datetime.now(UTC))
    return [_text(as_json(made)), html(made, areas).encode()]


async def _changes(order: Order) -> list[bytes]:
    assert order.before is not None
    async with connect(order.url, schema=order.schema) as conn:
        (before, old), (after, new) = [
            await stored(conn, number) for number in (order.before, order.layout)
        ]
    return [_text(document(before, after, compared(old, new)))]


def _text(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def main() -> None:
    """One order, one answer."""
    os.nice(_BELOW_OTHERS)
    try:
        made = write(Order(**json.load(sys.stdin)))
    except Exception as error:
        if classify(error) is Failure.TRANSIENT:
            sys.exit(AWAY)
        raise
    for part in made:
        sys.stdout.buffer.write(_LENGTH.pack(len(part)))
        sys.stdout.buffer.write(part)


if __name__ == "__main__":
    main()
