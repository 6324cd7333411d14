"""One batch of reports, one transaction: claim, decide, write; then the messages are done with.

A batch that fails for what is in it is halved until what fails stands alone and goes to the
rejects as a bug. Errors of the database that pass by themselves are tried again for a while;
everything else is raised, and the process ends.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from geo_data import intake, ledger
from geo_data.commanding import salted
from geo_data.layout.indexes import unchanged
from geo_data.ledger import Change
from geo_data.places.zones import ZonesNow
from geo_data.teams import TeamsNow
from grid.cases.commands import File
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.errors import InvalidMessage, Rejected
from grid.principal import RULES
from streams.reading import (
    Candidate,
    Message,
    Reading,
    conflict,
    places,
    read,
    refuse,
    refuse_candidate,
)
from streams.retry import Backoff, Hung, persist

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from datetime import datetime

    from geo_data.database import Connection, Pool
    from geo_data.intake import Reject
    from geo_data.layout.indexes import CellIndexes
    from geo_data.policies import PolicyStore
    from grid.cells.layouts import Layouts
    from grid.model import Place
    from grid.policy.versions import Policies
    from grid.teams import Teams
    from grid.zones import Zones

log = logging.getLogger(__name__)

_ZONE = ZoneInfo("Asia/Shanghai")
_TRACEBACK_CHARACTERS = 8000


class TooManyBugs(RuntimeError):
    """So much failed that it is not the content: going on would empty the topic into rejects."""


@dataclass(slots=True)
class BugBudget:
    """At most `most` reports may go to the rejects as bugs within `within_s` seconds."""

    most: int = 20
    within_s: float = 300.0
    _spent: deque[float] = field(default_factory=deque)

    def check(self, more: int) -> None:
        """Raise TooManyBugs where `more` would be too many."""
        since = time.monotonic() - self.within_s
        while self._spent and self._spent[0] < since:
            self._spent.popleft()
        if more and len(self._spent) + more > self.most:
            raise TooManyBugs(f"{len(self._spent) + more} reports failed as bugs, {self.most} may")

    def spend(self, n: int) -> None:
        """Count `n` bugs that have been committed."""
        self._spent.extend([time.monotonic()] * n)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: reports filed, repeated (here or before), and rejected."""

    filed: int
    repeated: int
    rejected: int

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.filed + other.filed,
            self.repeated + other.repeated,
            self.rejected + other.rejected,
        )


class LayoutChanged(Exception):
    """Another layout of cells has been published, or withdrawn, than this process knows."""


class PolicyChanged(Exception):
    """Another policy has been published than those this process has loaded."""


@dataclass(slots=True)
class Intake:
    """Takes batches of messages into the database.

    A report is located in the layout, and decided under the policy, of the moment at which it was
    received.
    """

    pool: Pool
    cells: CellIndexes
    policies: PolicyStore
    stop: asyncio.Event
    backoff: Backoff = field(default_factory=Backoff)
    bugs: BugBudget = field(default_factory=BugBudget)
    teams: TeamsNow = field(default_factory=TeamsNow)
    zones: ZonesNow = field(default_factory=ZonesNow)

    async def take(self, messages: Sequence[Message]) -> Outcome:
        """Store a batch whole; when this returns, it is committed."""
        reading = read(messages)
        while True:
            await self._have_cells(reading)
            layouts, policies = self.cells.known, self.policies.known
            found = places(reading.candidates, self.cells, policies)
            try:
                return await persist(
                    partial(self._store, reading, found, layouts, policies),
                    self.backoff,
                    self.stop,
                    "batch",
                )
            except LayoutChanged:
                await persist(self._load_layouts, self.backoff, self.stop, "layouts")
            except PolicyChanged:
                await persist(self._load_policies, self.backoff, self.stop, "policies")
            except Exception as error:
                # A database that does not answer says nothing about what is in the batch.
                if isinstance(error, TooManyBugs | Hung) or not intake.content_at_fault(error):
                    raise
                return await self._apart(messages, error)

    async def _have_cells(self, reading: Reading) -> None:
        """Load what `prepare` has not: layouts that are over, of reports that come late."""
        moments = [c.claim.report.received_at for c in reading.candidates]
        while lacking := self.cells.lacks(moments):
            await persist(partial(self._fetch, lacking), self.backoff, self.stop, "cells")

    async def _fetch(self, numbers: set[int]) -> None:
        async with self.pool.connection() as conn:
            await self.cells.fetch(conn, numbers)

    async def _load_layouts(self) -> None:
        async with self.pool.connection() as conn:
            await self.cells.load(conn)

    async def _load_policies(self) -> None:
        async with self.pool.connection() as conn:
            await self.policies.load(conn)

    async def _apart(self, messages: Sequence[Message], error: Exception) -> Outcome:
        """Halve a batch that failed; what fails alone is a bug and goes to the rejects."""
        if len(messages) == 1:
            message = messages[0]
            log.error("report at %s/%d/%d failed: %s", *message[:3], _kind(error))
            reject = _bug(message, read(messages), error)
            position = {(message.topic, message.partition): message.offset + 1}
            alone = Reading([], [reject], position, 0)
            return await persist(
                lambda: self._store(alone, [], self.cells.known, self.policies.known),
                self.backoff,
                self.stop,
                "reject",
            )
        middle = len(messages) // 2
        return await self.take(messages[:middle]) + await self.take(messages[middle:])

    async def _store(
        self, reading: Reading, found: Sequence[Place], layouts: Layouts, policies: Policies
    ) -> Outcome:
        """Store what was found under these layouts and policies; raises where there are others."""
        async with self.pool.connection() as conn, conn.transaction():
            if not await unchanged(conn, layouts):
                raise LayoutChanged
            same = policies.stamp == self.policies.known.stamp  # another batch may have looked
            if not (same and await self.policies.unchanged(conn)):
                raise PolicyChanged
            teams = await self.teams.get(conn)
            zones = await self.zones.get(conn)
            new, rejects, repeated = await _claim(conn, reading.candidates, found)
            rejects = reading.rejects + rejects
            now = await ledger.clock(conn)
            numbers = await ledger.case_numbers(conn, len(new), now.astimezone(_ZONE).year)
            filed, changes, refused = self._decide(new, numbers, teams, zones, now)
            await intake.release(conn, [r.report_id for r in refused if r.report_id])
            rejects += refused
            bugs = sum(r.code == "bug" for r in rejects)
            self.bugs.check(bugs)
            if changes:
                await ledger.append(conn, changes)
                await intake.save_details(conn, [(c.claim.report, c.salt) for c in filed])
            await intake.save_rejects(conn, rejects)
            await intake.save_consumed(conn, reading.positions)
        self.bugs.spend(bugs)
        return Outcome(len(changes), repeated + reading.repeated, len(rejects))

    def _decide(
        self,
        new: Sequence[tuple[Candidate, Place]],
        numbers: Sequence[str],
        teams: Teams,
        zones: Zones,
        now: datetime,
    ) -> tuple[list[Candidate], list[Change], list[Reject]]:
        """The new cases; what the domain refuses or stumbles over becomes a reject."""
        filed, changes, refused = [], [], []
        kinds = zones.at(
            [place.lon for _, place in new],
            [place.lat for _, place in new],
            [candidate.claim.report.received_at for candidate, _ in new],
        )
        for (candidate, place), number, here in zip(new, numbers, kinds, strict=True):
            claim = candidate.claim
            text = claim.report.description
            policy = self.policies.known.at(claim.report.received_at)
            known = Known(
                case_id=claim.case_id,
                number=number,
                place=place,
                zones=here,
                text=salted(text, candidate.salt) if text else None,
                lot=_lot(candidate.salt),
                skipped=teams.skipped(place.path, now, policy.chain),
            )
            command = File(by=RULES, id=claim.report.id, report=claim.report)
            try:
                events, steps = apply(None, command, known, now, policy)
            except InvalidMessage as error:
                refused.append(
                    refuse_candidate(candidate, error.code, error.reason, field=error.field)
                )
            except Rejected as error:
                refused.append(refuse_candidate(candidate, error.refusal.value, error.en))
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - a bug in one report stops no other
                log.error("report %s failed: %s", claim.report.id, _kind(error))  # noqa: TRY400
                refused.append(
                    refuse_candidate(candidate, "bug", _words(error), traceback=_traceback(error))
                )
            else:
                filed.append(candidate)
                changes.append(Change(None, events, steps, claim.report.received_at))
        return filed, changes, refused


def _lot(salt: bytes) -> float:
    """A number in [0, 1) that nobody can guess: whether what was settled is looked at again."""
    return int.from_bytes(sha256(b"lot" + salt).digest()[:6], "big") / 2**48


async def _claim(
    conn: Connection, candidates: Sequence[Candidate], found: Sequence[Place]
) -> tuple[list[tuple[Candidate, Place]], list[Reject], int]:
    """Candidates whose id nobody had before, rejects of other content, and how often repeated."""
    mine = await intake.claim(conn, [c.claim for c in candidates])
    new, taken = [], []
    for candidate, place in zip(candidates, found, strict=True):
        if candidate.claim.report.id in mine:
            new.append((candidate, place))
        else:
            taken.append(candidate)
    if not taken:
        return new, [], 0
    before = await intake.digests(conn, [c.claim.report.id for c in taken])
    other = [c for c in taken if before[c.claim.report.id] != c.claim.digest]
    return new, [conflict(c) for c in other], len(taken) - len(other)


def _bug(message: Message, reading: Reading, error: Exception) -> Reject:
    if reading.candidates:
        return refuse_candidate(
            reading.candidates[0], "bug", _words(error), traceback=_traceback(error)
        )
    return refuse(message, "bug", _words(error), traceback=_traceback(error))


def _kind(error: Exception) -> str:
    """What may stand in a log: an error's words can hold what somebody wrote."""
    return f"{type(error).__name__}, its traceback is with the rejects"


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:1000]


def _traceback(error: Exception) -> str:
    return "".join(traceback.format_exception(error))[-_TRACEBACK_CHARACTERS:]
