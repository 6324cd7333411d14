"""Senders: messages go to gateways, each a task of its own, at least once, for a day at most.

A gateway is one HTTP interface, whatever is behind it: an operator's SMS, the government's
messenger (docs/how-to/send-messages.md). It knows a message by its id and takes it once.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from geo_data import outbox
from geo_data.database import Failure, classify
from grid.notices import words
from streams.receivers import LIMIT_S, Message
from streams.retry import Backoff, persist

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.database import Connection, Pool
    from geo_data.outbox import Posted
    from geo_data.teams import TeamsNow
    from grid.teams import Teams
    from streams.receivers import Line, Outcome, Receivers
    from streams.wake import Bell

log = logging.getLogger(__name__)

SMS, MESSENGER = "sms", "messenger"
_MEDIA_TYPE = "application/json"
#: Refusals that say nothing about the message: a wrong secret or path must not lose any.
_NOT_ITS_FAULT = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 429})
_REFUSED = range(400, 500)


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where the messages of a channel go, and what seals them."""

    channel: str
    url: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class SenderPace:
    """How messages are sent: times in seconds."""

    first_wait_s: float = 2.0
    most_wait_s: float = 900.0
    gateway_wait_s: float = 60.0  # the longest pause after a failure, before the next message
    too_old: timedelta = timedelta(days=1)
    batch: int = 50
    at_once: int = 8
    hold_s: float = 3 * LIMIT_S + 10.0
    look_s: float = 0.5


class Sender:
    """Sends the messages of one gateway."""

    def __init__(
        self,
        pool: Pool,
        receivers: Receivers,
        gateway: Gateway,
        teams: TeamsNow,
        bell: Bell,
        stop: asyncio.Event,
        pace: SenderPace | None = None,
    ) -> None:
        self._pool = pool
        self._receivers = receivers
        self._gateway = gateway
        self._teams = teams
        self._bell = bell
        self._stop = stop
        self._pace = pace or SenderPace()
        self._failures = 0

    async def run(self) -> None:
        """Send until `stop`."""
        backoff = Backoff(limit_s=None)
        pace, name = self._pace, f"{self._gateway.channel} gateway"
        async with self._receivers.line(
            self._gateway.url, self._gateway.secret, connections=pace.at_once
        ) as line:
            while not self._stop.is_set():
                posted = await persist(self._hold, backoff, self._stop, name)
                if not posted:
                    await self._bell.wait(pace.look_s)
                    continue
                try:
                    await self._send_all(posted, line)
                except Exception as error:
                    if classify(error) is not Failure.TRANSIENT:
                        raise
                    log.warning("%s: %s", name, error)  # what is held is free again in a while
                    await self._bell.sleep(pace.look_s)
                if self._failures:
                    wait = pace.first_wait_s * 2.0 ** min(self._failures - 1, 30)
                    await self._bell.sleep(min(wait, pace.gateway_wait_s))

    async def _hold(self) -> list[Posted]:
        async with self._pool.connection() as conn:
            return await outbox.hold(
                conn, self._gateway.channel, hold_s=self._pace.hold_s, limit=self._pace.batch
            )

    async def _send_all(self, posted: Sequence[Posted], line: Line) -> None:
        """Send what was held, several at once; after a failure nothing new is begun."""
        async with self._pool.connection() as conn:
            goals = await self._goals(conn, posted)
        waiting = iter(posted)
        failing = False
        until = datetime.now(UTC) + timedelta(seconds=self._pace.hold_s - LIMIT_S)
        left: list[str] = []

        async def work() -> None:
            nonlocal failing
            for one in waiting:
                if failing or self._stop.is_set() or datetime.now(UTC) >= until:
                    left.append(one.id)
                    continue
                fine = await self._send(one, goals.get(one.id, ""), line)
                failing = failing or not fine

        many = 1 if self._failures else self._pace.at_once
        await asyncio.gather(*(work() for _ in range(min(many, len(posted)))))
        self._failures = self._failures + 1 if failing else 0
        if left:
            async with self._pool.connection() as conn:
                await outbox.let_go(conn, left)

    async def _goals(self, conn: Connection, posted: Sequence[Posted]) -> dict[str, str]:
        """Where each message goes, by its id: a phone number, a person, or a unit."""
        if self._gateway.channel == SMS:
            phones = await outbox.phones(conn, [one.report for one in posted if one.report])
            return {one.id: phones[one.report] for one in posted if one.report in phones}
        teams = await self._teams.get(conn)
        now = datetime.now(UTC)
        return {one.id: messenger_goal(one, teams, now) for one in posted}

    async def _send(self, one: Posted, goal: str, line: Line) -> bool:
        """Send one and store what came of it; False where the gateway failed."""
        if not goal:
            await self._give_up(one, "nobody to send it to", None, tried=False)
            return True
        if datetime.now(UTC) - one.created_at > self._pace.too_old:
            await self._give_up(one, "older than a day", None, tried=False)
            return True
        try:
            body = message_body(one, self._gateway.channel, goal)
        except Exception:
            log.exception("message %s cannot be written", one.id)
            await self._give_up(one, "it cannot be put into words", None, tried=False)
            return True
        outcome = await line.send(Message(one.id, _MEDIA_TYPE, body), one.attempts)
        if outcome.taken:
            assert outcome.status is not None
            async with self._pool.connection() as conn:
                await outbox.taken(conn, one.id, outcome.status)
            return True
        if outcome.status in _REFUSED and outcome.status not in _NOT_ITS_FAULT:
            await self._give_up(one, outcome.error, outcome.status, tried=True)
            return True
        await self._later(one, outcome)
        return False

    async def _give_up(self, one: Posted, reason: str, status: int | None, *, tried: bool) -> None:
        log.warning("message %s is given up: %s", one.id, reason)
        async with self._pool.connection() as conn:
            await outbox.give_up(conn, one.id, reason, status, tried=tried)

    async def _later(self, one: Posted, outcome: Outcome) -> None:
        log.warning("%s gateway: %s", self._gateway.channel, outcome.error)
        wait_s = min(self._pace.first_wait_s * 2.0 ** min(one.attempts, 30), self._pace.most_wait_s)
        async with self._pool.connection() as conn:
            await outbox.later(
                conn, one.id, outcome.error, outcome.status, max(wait_s, outcome.wait_s)
            )


def messenger_goal(one: Posted, teams: Teams, now: datetime) -> str:
    """Whom the messenger is to find: a principal's id, or `unit:` with area and department.

    Who has the case in hand hears it, or who stands in; else who answers for the unit.
    """
    code = one.area.rstrip("/").rpartition("/")[2]
    person = teams.there(one.person, now) if one.person else None
    if person is None and code:
        person = teams.responsible(code, one.department, now)
    if person is not None:
        return person
    if not code:
        return one.person
    return f"unit:{code}" + (f"/{one.department}" if one.department else "")


def message_body(one: Posted, channel: str, goal: str) -> bytes:
    """The JSON that a gateway gets."""
    zh, en = words.text(one.template, one.facts)
    body = {
        "id": one.id,
        "channel": channel,
        "to": goal,
        "text_zh": zh,
        "text_en": en,
        "case": one.facts["number"],
        "at": one.at.isoformat(),
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
