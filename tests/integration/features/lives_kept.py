"""Many lives of cases, decision by decision, and a database in which they happen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geo_data import feed, ledger
from geo_data.ledger import Change, columns_of
from grid.cases import commands as c
from grid.cases.evolve import fold
from grid.cases.known import Known
from grid.cases.transitions import allowed
from grid.errors import Rejected
from grid.figures.fold import facts_of
from grid.figures.shown import shown
from grid.model import Source
from grid.principal import RULES
from streams.figures import Figures
from streams.followers import one_batch
from tests.lives import lives
from tests.stream_house import CITY
from tests.unit import examples
from tests.unit.cases.anything import (
    BY_ID,
    CATEGORIES,
    FIELDS,
    PLACES,
    drafts,
    facts,
    policies,
    waits,
)
from tests.unit.cases.story import CITIZEN, Story

if TYPE_CHECKING:
    from datetime import datetime

    from geo_data.database import Connection, Pool
    from grid.cases.case import Case
    from grid.cases.events import Event
    from grid.principal import Principal


#: Of ten decisions one is a new layout.
_REZONED = 0.1
#: What changes much, and so is chosen as often as everything else together.
_MUCH = {"merge", "unmerge", "relocate", "reopen", "accept", "handle", "verify", "call_back"}
#: A case that ends at once has no life; nobody leaves who has not joined.
_NEVER = {"withdraw", "void", "leave"}
_PLACES = st.sampled_from(PLACES)


@dataclass
class Kept:
    """One case: `turns` are its decisions, each events of one instant and the states after them."""

    turns: list[tuple[tuple[Event, ...], tuple[Case, ...]]] = field(default_factory=list)

    @property
    def events(self) -> list[Event]:
        return [event for events, _ in self.turns for event in events]

    @property
    def now(self) -> Case:
        return self.turns[-1][1][-1]

    def at(self, instant: datetime) -> dict[str, Any] | None:
        """What the collection has to show of it then: its events until then, folded."""
        past = [event for event in self.events if event.at <= instant]
        if not past:
            return None
        case = fold(past)
        said = columns_of(case) | shown(facts_of(past))._asdict()
        codes = [*case.place.path.split("/")[:-1], None, None, None, None]
        said |= {"district": codes[1], "street": codes[2], "community": codes[3]}
        said["received_at"] = past[0].what.received_at
        return said | {"x": case.place.lon, "y": case.place.lat}


def anybodys(n: int) -> list[Kept]:
    """Cases of whom anybody asked what is offered: at once, after hours, after weeks."""
    found: list[Kept] = []

    @settings(
        max_examples=n,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def one(data) -> None:
        draw = data.draw
        number = len(found) + 1
        rng = draw(st.randoms(use_true_random=True))
        report = examples.report(
            category=draw(st.sampled_from(CATEGORIES)),
            source=draw(st.sampled_from(Source)),
            sender=CITIZEN.id,
        )
        known = Known(
            case_id=str(UUID(int=number)), number=f"2025-{number:07d}", place=draw(_PLACES)
        )
        policy = policies()[draw(st.sampled_from(sorted(policies())))]
        story = Story(None, (), report.received_at + draw(waits()), policy, known)
        story = story.does(c.File(by=RULES, report=report))
        kept = Kept([(story.events, (story.case,))])
        found.append(kept)
        for _ in range(rng.randint(3, 14)):
            pause = timedelta(minutes=rng.choice([0, 1, 20, 90, 600, 3000, 20000]))
            story = replace(story, now=story.now + pause, known=draw(facts()).known)
            if rng.random() < _REZONED:
                command = c.Rezone(by=RULES)  # another layout begins
            else:
                who = _who_may(story, rng)
                name = rng.choice(sorted(who))
                command = draw(drafts(name)).at(story.now, rng.choice(who[name]))
            before = story
            try:
                story = story.does(command)
            except Rejected:
                continue
            new = story.events[len(before.events) :]
            steps = [fold(story.events[: event.number]) for event in new]
            kept.turns.append((new, tuple(steps)))

    one()
    return found


def _who_may(story: Story, rng: Random) -> dict[str, list[Principal]]:
    """Who may do what to the case now."""
    found: dict[str, list[Principal]] = {}
    for by in BY_ID.values():
        for row in allowed(story.case, by, story.known):
            if row.name in FIELDS and row.name not in _NEVER:
                found.setdefault(row.name, []).append(by)
    much = {name: who for name, who in found.items() if name in _MUCH}
    return much if much and rng.random() < 0.5 else found


def ordinary(n: int) -> list[Kept]:
    """Cases as they go from the report to the callback."""
    found = []
    for life in lives(n, seed=5, days=20, cells=CITY):
        pairs = zip(life.events, life.steps, strict=True)
        turns = [list(group) for _, group in groupby(pairs, key=lambda pair: pair[0].at)]
        found.append(Kept([tuple(zip(*turn, strict=True)) for turn in turns]))
    return found


async def happen(pool: Pool, cases: list[Kept], rng: Random) -> None:
    """All decisions in the order of time, several in a transaction; the figures come behind."""
    todo = sorted(
        ((events[0].at, kept, n) for kept in cases for n, (events, _) in enumerate(kept.turns)),
        key=lambda one: one[0],
    )
    follower = Figures()
    async with pool.connection() as conn:
        await feed.add_follower(conn, Figures.name)
    while todo:
        batch, todo = todo[: (size := rng.randint(1, 25))], todo[size:]
        for ends_well in (False, True):  # the first is killed, and done again
            async with pool.connection() as conn, conn.transaction(force_rollback=not ends_well):
                await _append(conn, batch)
                await feed.number_pending(conn, 10_000)
        if rng.random() < 0.3:
            follower.batch = rng.randint(1, 60)
            await one_batch(pool, follower)
    await follow(pool, follower)


async def follow(pool: Pool, follower: Figures | None = None) -> None:
    """Let the figures come to the end of the feed."""
    while await one_batch(pool, follower or Figures()):
        pass


async def _append(conn: Connection, batch: list[tuple[datetime, Kept, int]]) -> None:
    """What happens to one case several times is written several times."""
    while batch:
        now = {id(kept): (kept, n) for _, kept, n in reversed(batch)}
        batch = [one for one in batch if now[id(one[1])][1] != one[2]]
        changes = []
        for kept, n in now.values():
            events, steps = kept.turns[n]
            if n == 0:
                await _report(conn, kept)
                received = events[0].what.received_at
                changes.append(Change(None, events, steps, received))
            else:
                changes.append(Change(kept.turns[n - 1][1][-1], events, steps))
        await ledger.append(conn, changes)


async def _report(conn: Connection, kept: Kept) -> None:
    case, filed = kept.turns[0][1][0], kept.events[0].what
    await conn.execute(
        "INSERT INTO reports"
        " (id, case_id, sender, digest, category, received_at, seen_at, lon, lat)"
        " VALUES (%(id)s, %(id)s, 'test', '', %(category)s, %(at)s, %(at)s, %(lon)s, %(lat)s)",
        {
            "id": case.id,
            "category": case.matter.category,
            "at": filed.received_at,
            "lon": case.place.lon,
            "lat": case.place.lat,
        },
    )
