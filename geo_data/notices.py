"""Notices as they are stored and read: a follower writes them, people read their own.

Words are not stored: `grid.notices.words` makes them of the template and its facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.types.json import Jsonb

from geo_data.queries import load
from geo_data.rights import READERS
from grid.cases.wire import decode_event
from grid.principal import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from grid.cases.events import Event
    from grid.notices.table import Notice
    from grid.principal import Principal

_SQL = load("notices")

#: Roles whose area is what they work for.
_HOUSE = READERS - {Role.ANALYST}
#: Days that notices are kept.
KEPT_DAYS = 90


class Placed(NamedTuple):
    """A notice with its place: the number of the feed's entry and its index among that one's."""

    feed: int
    place: int
    case: str
    at: datetime
    notice: Notice


class Mark(NamedTuple):
    """A notice's place in the order in which they are written."""

    feed: int
    place: int


BEFORE_ALL = Mark(0, -1)


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice as it is read; `read_at` None: not by the one who asks."""

    feed: int
    place: int
    kind: str
    area: str
    department: str
    person: str
    case: str
    template: str
    facts: dict[str, str]
    at: datetime
    read_at: datetime | None

    @property
    def mark(self) -> Mark:
        """Its place in the order."""
        return Mark(self.feed, self.place)


class Reach(NamedTuple):
    """Whose notices somebody reads: the person's own, and those of these (area path, department).

    A notice to somebody who has the case in hand is that person's alone.
    """

    person: str
    units: frozenset[tuple[str, str]]

    def covers(self, notice: StoredNotice) -> bool:
        """True for a notice that is for this reader."""
        if notice.person:
            return notice.person == self.person
        return (notice.area, notice.department) in self.units


async def add(conn: Connection, placed: Sequence[Placed]) -> None:
    """Keep notices; a place that is taken keeps what it has."""
    if not placed:
        return
    await conn.execute(
        _SQL.add,
        {
            "feed": [one.feed for one in placed],
            "place": [one.place for one in placed],
            "kind": [one.notice.to.kind.value for one in placed],
            "area": [one.notice.to.area for one in placed],
            "department": [one.notice.to.department for one in placed],
            "person": [one.notice.to.person for one in placed],
            "report": [one.notice.to.report or None for one in placed],
            "case_id": [one.case for one in placed],
            "template": [one.notice.template for one in placed],
            "facts": [Jsonb(dict(one.notice.facts)) for one in placed],
            "at": [one.at for one in placed],
        },
    )
    await conn.execute(_SQL.announce)


async def post(conn: Connection, epoch: int, messages: Sequence[tuple[int, int, str]]) -> None:
    """Put notices, by (feed, place, channel), on their way to gateways."""
    if messages:
        feed, place, channel = (list(column) for column in zip(*messages, strict=True))
        await conn.execute(
            _SQL.post, {"epoch": epoch, "feed": feed, "place": place, "channel": channel}
        )


async def forget(conn: Connection) -> None:
    """Drop some of the notices that nobody needs any more."""
    await conn.execute(_SQL.forget, {"days": KEPT_DAYS})


async def histories(conn: Connection, cases: Iterable[str]) -> dict[str, list[Event]]:
    """The events of each case, in order."""
    found: dict[str, list[Event]] = {}
    rows = await conn.execute(_SQL.histories, {"cases": sorted(set(cases))})
    for case, body in await rows.fetchall():
        found.setdefault(case, []).append(decode_event(body))
    return found


async def reports(conn: Connection, cases: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """The reports of each case, as (id, sender), the first ones first."""
    found: dict[str, list[tuple[str, str]]] = {}
    rows = await conn.execute(_SQL.reports, {"cases": sorted(set(cases))})
    for case, report, sender in await rows.fetchall():
        found.setdefault(case, []).append((report, sender))
    return found


async def numbers(conn: Connection, cases: Iterable[str]) -> dict[str, str]:
    """The numbers, as people say them, of cases."""
    rows = await conn.execute(_SQL.numbers, {"cases": sorted(set(cases))})
    return dict(await rows.fetchall())


async def reach(conn: Connection, principal: Principal) -> Reach:
    """Whose notices the principal reads: its own, its key's unit's, and where it has a duty.

    Who does not belong to the house reads its own and nothing else, whatever its key's area.
    """
    if principal.role not in _HOUSE:
        return Reach(principal.id, frozenset())
    rows = await conn.execute(
        _SQL.units,
        {
            "person": principal.id,
            "area": principal.area,
            "department": principal.department,
        },
    )
    return Reach(principal.id, frozenset((path, dep) for path, dep in await rows.fetchall()))


async def page(
    conn: Connection,
    reader: Reach,
    *,
    after: tuple[bool, Mark] | None = None,
    unread: bool = False,
    limit: int,
) -> list[StoredNotice]:
    """At most `limit` of the reader's notices: those not read first, newest first.

    `after` is where the last page ended: whether its last one was read, and its place.
    """
    read, mark = after or (False, Mark(2**62, 0))
    rows = await conn.execute(
        _SQL.page,
        _mine(reader)
        | {
            "read": read,
            "feed": mark.feed,
            "place": mark.place,
            "unread": unread,
            "limit": limit,
        },
    )
    return [StoredNotice(*row) for row in await rows.fetchall()]


async def after(conn: Connection, mark: Mark, limit: int) -> list[StoredNotice]:
    """Everybody's notices that follow `mark`, in the order in which they were written."""
    rows = await conn.execute(_SQL.after, {"feed": mark.feed, "place": mark.place, "limit": limit})
    return [StoredNotice(*row) for row in await rows.fetchall()]


async def mine_after(conn: Connection, reader: Reach, mark: Mark, limit: int) -> list[StoredNotice]:
    """The reader's own notices that follow `mark`, in the order in which they were written."""
    rows = await conn.execute(
        _SQL.mine_after,
        _mine(reader) | {"feed": mark.feed, "place": mark.place, "limit": limit},
    )
    return [StoredNotice(*row) for row in await rows.fetchall()]


async def last(conn: Connection) -> Mark:
    """The place of the last notice; `BEFORE_ALL` where there is none."""
    row = await (await conn.execute(_SQL.last)).fetchone()
    return Mark(*row) if row else BEFORE_ALL


async def listen(conn: Connection) -> None:
    """Hear of new notices on this connection (autocommit)."""
    await conn.execute(_SQL.listen)


async def mark_read(conn: Connection, reader: Reach, marks: Sequence[Mark]) -> int:
    """Mark those of the reader's own notices as read; how many were not before."""
    done = await conn.execute(
        _SQL.mark_read,
        _mine(reader)
        | {"feed": [mark.feed for mark in marks], "place": [mark.place for mark in marks]},
    )
    return done.rowcount


def _mine(reader: Reach) -> dict[str, Any]:
    ordered = sorted(reader.units)
    return {
        "person": reader.person,
        "areas": [area for area, _ in ordered],
        "departments": [department for _, department in ordered],
    }
