"""The check of the history: everything stored is what its events say, and the feed is whole.

All in one snapshot, so that it may run beside the work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from geo_data.history import versions
from geo_data.ledger import columns_of
from geo_data.queries import load
from grid.cases.wire import GENESIS, chain, decode_event, encode_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_data.database import Connection
    from geo_data.history import Version

_SQL = load("verify")

#: The columns of `cases` in the query, after id and state, as `columns_of` names them.
_COLUMNS = (
    "number", "status", "size", "category", "source", "path", "cell", "layout", "level",
    "charge_path", "handler_kind", "handler_path", "department", "stage", "warn_at", "due_at",
    "promise_due", "next_tick", "version", "reports", "parent", "changed_at", "closed_at",
)  # fmt: skip
_ROWS = 2000
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Wrong(Exception):
    """The first thing that is not as it should be."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at."""

    cases: int
    events: int
    feed: int
    reports: int


async def verify(
    conn: Connection, told: Callable[[str, int, int], None] = lambda _step, _done, _all: None
) -> Verified:
    """Check everything. Raises Wrong with the first thing that is wrong.

    `conn` is in autocommit; `told(step, done, all)` hears of progress.
    """
    async with conn.transaction():
        await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = await (await conn.execute(_SQL.count)).fetchone()
        assert row is not None
        counted = Verified(*row)
        await _cases(conn, lambda done: told("cases", done, counted.cases))
        await _feed(conn, lambda done: told("feed", done, counted.feed))
        await _reports(conn)
    return counted


async def _cases(conn: Connection, told: Callable[[int], None]) -> None:
    """Each case is and was the fold of its events, and its columns say what its state says."""
    async with conn.cursor("verify_cases") as cursor:
        cursor.itersize = _ROWS
        await cursor.execute(_SQL.cases)
        done = 0
        async for case_id, state, *columns, bodies, past in cursor:
            said = dict(zip(_COLUMNS, columns, strict=True))
            _case(case_id, state, said, bodies or [], past or [])
            done += 1
            if done % _ROWS == 0:
                told(done)
        told(done)


def _case(
    case_id: str, state: str, columns: dict[str, Any], bodies: list[str], past: list[list[Any]]
) -> None:
    try:
        events = [decode_event(body) for body in bodies]
        case, before = versions(events)
    except (ValueError, KeyError, TypeError) as error:
        raise Wrong(f"case {case_id}: its events do not make a case: {error}") from error
    if case.id != case_id:
        raise Wrong(f"case {case_id}: its events speak of {case.id}")
    if encode_case(case) != state:
        raise Wrong(f"case {case_id}: its state is not what its {len(events)} events make")
    said = columns_of(case)
    for name, value in columns.items():
        if said[name] != value:
            raise Wrong(f"case {case_id}: {name} is {value!r}, its events say {said[name]!r}")
    if past != [_told(version) for version in before]:
        raise Wrong(f"case {case_id}: what is kept of its past is not what its events say")


def _told(version: Version) -> list[Any]:
    """A version as the query tells it, moments in microseconds."""
    since, until, case = version
    place = case.place
    return [
        (since - _EPOCH) // _MICROSECOND,
        (until - _EPOCH) // _MICROSECOND,
        case.status.value,
        case.charge.level.value,
        place.path,
        place.layout,
        case.tally.reports,
    ]


async def _feed(conn: Connection, told: Callable[[int], None]) -> None:
    """No gap, no event twice or missing, every link of the chain as it should be."""
    number, link = 0, GENESIS
    async with conn.cursor("verify_feed") as cursor:
        cursor.itersize = _ROWS
        await cursor.execute(_SQL.feed)
        async for found, stored, case_id, event, body in cursor:
            number += 1
            if found != number:
                raise Wrong(f"feed: {number} is missing, {found} follows {number - 1}")
            if body is None:
                raise Wrong(f"feed {number}: event {case_id}/{event} is not in the history")
            link = chain(link, number, body)
            if bytes(stored) != link:
                raise Wrong(f"feed {number}: the chain breaks at event {case_id}/{event}")
            if number % _ROWS == 0:
                told(number)
    told(number)
    row = await (await conn.execute(_SQL.head)).fetchone()
    assert row is not None
    if (row[0], bytes(row[1])) != (number, link):
        raise Wrong(f"feed: the head says {row[0]}, the feed ends at {number}")
    row = await (await conn.execute(_SQL.events_nowhere)).fetchone()
    if row is not None:
        raise Wrong(f"event {row[0]}/{row[1]} is neither in the feed nor waiting for it")


async def _reports(conn: Connection) -> None:
    """Every report has exactly one case, every case that came of a report its report."""
    for query, words in (
        (_SQL.events_without_case, "the events of {} have no case"),
        (_SQL.reports_without_case, "report {} has no case ({} is not there)"),
        (_SQL.cases_with_other_report, "case {} says it came of report {}, which does not say so"),
    ):
        row = await (await conn.execute(query)).fetchone()
        if row is not None:
            raise Wrong(words.format(*row))
