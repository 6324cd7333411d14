"""Webhooks: each partner's address is sent the feed, at its own pace, each event at least once.

Each webhook has its own cursor, task and back-off, so a slow or dead receiver holds up nobody
else. Within a webhook the events of one case go one after the other; those of different cases may
overlap. Any number of clerks share the webhooks: one holds a webhook for a while at a time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from geo_data import feed, webhooks
from geo_data.database import Failure, classify
from geo_data.rights import row_filter
from geo_data.webhooks import Attempt
from grid.cases.masked import masked
from grid.cases.wire import cloud_event
from grid.principal import Role
from streams.receivers import LIMIT_S, Message
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from geo_data.database import Connection, Pool
    from geo_data.feed import FeedEntry
    from geo_data.webhooks import Held
    from grid.principal import Principal
    from streams.receivers import Line, Outcome, Receivers
    from streams.wake import Bell

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/cloudevents+json"


@dataclass(frozen=True, slots=True)
class Pace:
    """How webhooks are sent: times in seconds.

    A turn takes `batch` entries and begins nothing new after `turn_s`; a clerk that is gone is
    missed after `hold_s`, which is longer than a turn and an attempt together.
    """

    first_wait_s: float = 2.0
    most_wait_s: float = 900.0
    give_up_s: float = 24 * 3600.0
    batch: int = 100
    at_once: int = 4  # attempts of one webhook
    tasks: int = 200  # webhooks of one clerk
    turn_s: float = 15.0
    hold_s: float = 15.0 + LIMIT_S + 10.0
    look_s: float = 0.5


class Webhooks:
    """All webhooks, as one clerk sends them."""

    def __init__(
        self,
        pool: Pool,
        receivers: Receivers,
        bell: Bell,
        stop: asyncio.Event,
        pace: Pace | None = None,
    ) -> None:
        self._pool = pool
        self._receivers = receivers
        self._bell = bell
        self._stop = stop
        self._pace = pace or Pace()
        self._name = uuid4().hex
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send until `stop`; what was begun comes to its end."""
        backoff = Backoff(limit_s=None)
        while not self._stop.is_set():
            for held in await persist(self._hold, backoff, self._stop, "webhooks"):
                self._tasks[held.id] = asyncio.create_task(self._tend(held))
            await self._bell.wait(self._pace.look_s)
        if self._tasks:
            await asyncio.gather(*self._tasks.values())

    async def _hold(self) -> list[Held]:
        free = self._pace.tasks - len(self._tasks)
        if free <= 0:
            return []
        async with self._pool.connection() as conn:
            return await webhooks.hold(
                conn, self._name, hold_s=self._pace.hold_s, limit=free, busy=list(self._tasks)
            )

    async def _tend(self, held: Held) -> None:
        """Turns of one webhook while there is something to send; its troubles stay its own."""
        try:
            async with self._receivers.line(
                held.url, bytes(held.secret), connections=self._pace.at_once
            ) as line:
                turn: Held | None = held
                while turn is not None and not self._stop.is_set():
                    turn = await self._turn(turn, line)
            async with self._pool.connection() as conn:
                await webhooks.let_go(conn, held.id, self._name)
        except Exception as error:
            # The hold runs out by itself; then it is tried again, here or elsewhere.
            trace = classify(error) is not Failure.TRANSIENT
            log.warning("webhook %s cannot go on: %s", held.id, error, exc_info=trace)
            await self._bell.sleep(self._pace.hold_s)
        finally:
            del self._tasks[held.id]

    async def _turn(self, held: Held, line: Line) -> Held | None:
        """Send the next entries; the webhook as it goes on, None where it does not."""
        async with self._pool.connection() as conn:
            owner = await webhooks.owner(conn, held)
            if owner is None:
                await webhooks.revoked(conn, held)
                return None
            epoch, *_ = await feed.head(conn)
            entries = await feed.read(conn, held.cursor, self._pace.batch)
            wanted = await _wanted(conn, held, owner, entries)
        if not entries:
            return None

        hidden = row_filter(owner).masked or owner.role is Role.SOURCE

        async def send(entry: FeedEntry) -> Outcome:
            return await line.send(_message(entry, epoch, hidden=hidden), held.attempts)

        attempts = await deliver(
            wanted,
            send,
            # One that failed is asked with one message first, not with several.
            at_once=1 if held.attempts else self._pace.at_once,
            until=time.monotonic() + self._pace.turn_s,
        )
        cursor = reached(held.cursor, entries, wanted, attempts)
        full = len(entries) == self._pace.batch or cursor < entries[-1].number
        if await self._settled(held, cursor, attempts, keep=full):
            return held._replace(cursor=cursor, attempts=0)
        return None

    async def _settled(
        self, held: Held, cursor: int, attempts: Sequence[tuple[FeedEntry, Outcome]], *, keep: bool
    ) -> bool:
        pace = self._pace
        failed = next((outcome for _, outcome in attempts if not outcome.taken), None)
        wait_s = 0.0
        if failed is not None:
            log.warning("webhook %s: %s", held.id, failed.error)
            wait_s = min(pace.first_wait_s * 2.0 ** min(held.attempts, 30), pace.most_wait_s)
            wait_s = max(wait_s * random.uniform(0.8, 1.2), failed.wait_s)  # noqa: S311 - a pause
        told = [
            Attempt(entry, one.status, one.error, one.took_ms, one.taken) for entry, one in attempts
        ]
        async with self._pool.connection() as conn:
            return await webhooks.settle(
                conn,
                held,
                self._name,
                cursor,
                told,
                keep=keep,
                hold_s=pace.hold_s,
                wait_s=wait_s,
                give_up_s=pace.give_up_s,
            )


async def _wanted(
    conn: Connection, held: Held, owner: Principal, entries: Sequence[FeedEntry]
) -> list[FeedEntry]:
    """The entries that this webhook hears: by type, by area, by what its key may see."""
    kinds = frozenset(held.events)
    found = [entry for entry in entries if not kinds or entry.type in kinds]
    found = [entry for entry in found if _lies_in(entry, held.area)]
    seen = row_filter(owner)
    if seen.area is not None:
        found = [entry for entry in found if _lies_in(entry, seen.area)]
        if not seen.department:
            return found
        places = [(entry.case_id, entry.event) for entry in found]
        its = await feed.of_department(conn, seen.department, places)
        return [entry for entry in found if (entry.case_id, entry.event) in its]
    if not found:
        return []
    own = await webhooks.own_cases(conn, seen.sender, sorted({entry.case_id for entry in found}))
    return [entry for entry in found if entry.case_id in own]


def _lies_in(entry: FeedEntry, area: str) -> bool:
    """True for what lies in the area after the event, or lay there before it."""
    before = entry.path_before
    return entry.path.startswith(area) or (before is not None and before.startswith(area))


def _message(entry: FeedEntry, epoch: int, *, hidden: bool) -> Message:
    """The event as a CloudEvent; its id, like a listener's, is `epoch-number`."""
    text = cloud_event(entry.body, entry.number, entry.path)
    if hidden:
        text = json.dumps(masked(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    return Message(f"{epoch}-{entry.number}", MEDIA_TYPE, text.encode())


async def deliver(
    wanted: Iterable[FeedEntry],
    send: Callable[[FeedEntry], Awaitable[Outcome]],
    *,
    at_once: int,
    until: float,
) -> list[tuple[FeedEntry, Outcome]]:
    """Send the entries, those of one case in order, `at_once` cases side by side.

    Nothing new is begun after a failure or after `until` (monotonic). The attempts that were made,
    in the order of the feed.
    """
    waiting: dict[str, list[FeedEntry]] = {}
    for entry in wanted:
        waiting.setdefault(entry.case_id, []).append(entry)
    chains = iter(list(waiting.values()))
    attempts: list[tuple[FeedEntry, Outcome]] = []
    failing = False

    async def work() -> None:
        nonlocal failing
        for chain in chains:
            for entry in chain:
                if failing or time.monotonic() >= until:
                    return
                outcome = await send(entry)
                attempts.append((entry, outcome))
                failing = failing or not outcome.taken

    await asyncio.gather(*(work() for _ in range(min(at_once, len(waiting)))))
    return sorted(attempts, key=lambda attempt: attempt[0].number)


def reached(
    cursor: int,
    entries: Sequence[FeedEntry],
    wanted: Iterable[FeedEntry],
    attempts: Iterable[tuple[FeedEntry, Outcome]],
) -> int:
    """The last entry before which nothing is left to send."""
    taken = {entry.number for entry, outcome in attempts if outcome.taken}
    left = [entry.number for entry in wanted if entry.number not in taken]
    return max(cursor, left[0] - 1) if left else entries[-1].number
