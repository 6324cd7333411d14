"""Notices: the follower that tells people what concerns them.

Who is told is the domain's table; here the case is folded from its history as it stood at each
event, with the cases that were under it then, so that going over the feed again gives the same.
What is for a gateway that is set up is put on its way in the same transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from geo_data import feed, notices
from geo_data.notices import Placed
from grid.cases.events import Joined, Left
from grid.cases.evolve import evolve
from grid.cases.wire import PAYLOADS
from grid.notices import table
from grid.notices.recipients import Circle, To

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry
    from grid.cases.case import Case
    from grid.cases.events import Event

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
    wanted = {(entry.case_id, entry.event): entry for entry in entries}
    histories = await notices.histories(conn, {entry.case_id for entry in entries})
    steps = [
        step
        for history in histories.values()
        for step in _steps(history)
        if (step.event.case, step.event.number) in wanted
    ]
    under = {child for step in steps for child in step.children}
    reports = await notices.reports(conn, histories.keys() | under)
    parents = {step.after.parent for step in steps if step.after.parent is not None}
    numbers = await notices.numbers(conn, parents)
    found = []
    for step in steps:
        entry = wanted[step.event.case, step.event.number]
        around = [step.event.case, *sorted(step.children)]
        circle = Circle(
            tuple(report for case in around for report in reports.get(case, ())),
            numbers.get(step.after.parent or "", ""),
        )
        told = table.notices(step.event, step.before, step.after, circle)
        found += [
            Placed(entry.number, place, step.event.case, step.event.at, notice)
            for place, notice in enumerate(told)
        ]
    return sorted(found, key=lambda one: (one.feed, one.place))


class _Step(NamedTuple):
    """An event with the case before and after it, and the cases that were under it then."""

    event: Event
    before: Case | None
    after: Case
    children: frozenset[str]


def _steps(history: Iterable[Event]) -> Iterator[_Step]:
    before: Case | None = None
    children: frozenset[str] = frozenset()
    for event in history:
        after = evolve(before, event)
        if isinstance(event.what, Joined):
            children |= {event.what.child}
        elif isinstance(event.what, Left):
            children -= {event.what.child}
        yield _Step(event, before, after, children)
        before = after
