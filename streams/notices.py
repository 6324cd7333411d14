"""Notices: the follower that tells people what concerns them.

Who is told is the domain's table; here the case is folded from its history as it stood at each
event, so that going over the feed again gives the same notices. Those for a gateway that is set up
are put on their way in the same transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from geo_data import feed, notices
from geo_data.notices import Placed
from grid.cases.evolve import evolve
from grid.cases.wire import PAYLOADS
from grid.notices import table
from grid.notices.recipients import To

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry
    from grid.cases.case import Case
    from grid.cases.events import Event
    from grid.notices.recipients import Circle

#: What happened longer ago is not sent any more: a message of yesterday would only confuse.
SENT_WITHIN = timedelta(days=1)

_TOLD = frozenset(name for name, kind in PAYLOADS.items() if kind in table.TOLD)


class Notices:
    """The follower; `channels` are the gateways that there are, of `sms` and `messenger`."""

    name = "notices"
    batch = 500

    def __init__(self, channels: Iterable[str] = ()) -> None:
        self._channels = frozenset(channels)

    async def take(self, conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """Keep the notices of these entries, and put those for gateways on their way."""
        concerned = [entry for entry in entries if entry.type in _TOLD]
        if not concerned:
            return
        placed = await _placed(conn, concerned)
        await notices.add(conn, placed)
        messages = list(self._messages(placed))
        if messages:
            epoch = (await feed.head(conn)).epoch
            await notices.post(conn, epoch, messages)
        await notices.forget(conn)

    def _messages(self, placed: Iterable[Placed]) -> Iterator[tuple[int, int, str]]:
        since = datetime.now(UTC) - SENT_WITHIN
        for one in placed:
            channel = "sms" if one.notice.to.kind is To.REPORTER else "messenger"
            if channel in self._channels and one.at >= since:
                yield one.feed, one.place, channel


async def _placed(conn: Connection, entries: Sequence[FeedEntry]) -> list[Placed]:
    cases = {entry.case_id for entry in entries}
    circles = await notices.circles(conn, cases)
    wanted = {(entry.case_id, entry.event): entry for entry in entries}
    found = []
    for history in (await notices.histories(conn, cases)).values():
        for event, before, after in _steps(history):
            entry = wanted.get((event.case, event.number))
            if entry is not None:
                circle = await _with_parent(conn, circles[event.case], after)
                told = table.notices(event, before, after, circle)
                found += [
                    Placed(entry.number, place, event.case, event.at, notice)
                    for place, notice in enumerate(told)
                ]
    return sorted(found, key=lambda one: (one.feed, one.place))


def _steps(history: Iterable[Event]) -> Iterator[tuple[Event, Case | None, Case]]:
    """Each event with the case before and after it."""
    before: Case | None = None
    for event in history:
        after = evolve(before, event)
        yield event, before, after
        before = after


async def _with_parent(conn: Connection, circle: Circle, case: Case) -> Circle:
    """The circle with the number of the case that this one was merged into."""
    if case.parent is None:
        return circle
    numbers = await notices.numbers(conn, [case.parent])
    return circle._replace(parent=numbers.get(case.parent, ""))
