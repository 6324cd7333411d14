"""The promise: the same reports through one and through four workers give the same parents, and the
same cases repeat; clerks that are killed and a feed that is read again change nothing.
"""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from geo_data.policies import load_shipped
from geo_data.verify import verify
from grid.watching.sightings import Sighting, class_of, reporter, seen_at
from grid.watching.surges import parent_id, regroup
from tests import stream_house
from tests.integration.streams.watching import replay, watch
from tests.stream_house import CITY, intake_of, messages, pool_of, reports

LIMITS = load_shipped("default").surge


def a_days_file(n_crowds=12, noise=80, seed=5):
    """Crowds of all sizes, some near each other in place or time, places that repeat, and noise.

    Everything came in at one moment, as after an hour without a connection.
    """
    rng, now = Random(seed), datetime.now(UTC)
    made = reports(noise, seed=seed, received_at=now, observed_at=now - timedelta(hours=5))
    for crowd in range(n_crowds):
        lon, lat = CITY.middle(rng.randrange(8), rng.randrange(8))
        begins = now - timedelta(minutes=rng.uniform(60, 360))
        spread = rng.choice([0.0003, 0.0012, 0.002])
        made += [
            replace(
                one,
                lon=lon + rng.gauss(0, spread),
                lat=lat + rng.gauss(0, spread),
                observed_at=begins + timedelta(minutes=rng.uniform(0, 100)),
                reporter={"phone": f"1380000{rng.randrange(200):04}"},
            )
            for one in reports(rng.randint(3, 14), seed=100 * seed + crowd, received_at=now)
        ]
    for place in range(6):  # the same spot on several days
        lon, lat = CITY.middle(rng.randrange(8), rng.randrange(8))
        made += [
            replace(
                one, lon=lon, lat=lat, category="event.02.07",
                observed_at=now - timedelta(days=rng.uniform(0, 6)),
            )
            for one in reports(rng.randint(2, 5), seed=900 + place, received_at=now)
        ]  # fmt: skip
    rng.shuffle(made)
    return made


def expected(sent):
    """Parents and their members by report ids, worked out from all reports at once."""
    known = [
        Sighting(
            r.id,
            r.id,
            class_of(r.category),
            reporter(r.source, r.sender, r.id, r.reporter),
            seen_at(r),
            r.lon,
            r.lat,
        )
        for r in sent
    ]
    groups = [
        group
        for class_ in {s.class_ for s in known}
        for group in regroup(
            [s for s in known if s.class_ == class_], [], {s.case_id for s in known}, LIMITS
        )
        if group.stands(LIMITS.reporters)
    ]
    came = {r.id: r.received_at for r in sent}
    return {parent_id(g.first, came[g.first]): sorted(s.report for s in g.coming()) for g in groups}


async def parents(house):
    """Parents and the reports of the cases under them."""
    rows = await house.rows(
        "SELECT c.parent::text, array_agg(r.id::text ORDER BY r.id) FROM cases c"
        " JOIN reports r ON r.case_id = c.id WHERE c.parent IS NOT NULL GROUP BY c.parent"
    )
    return {parent: sorted(members) for parent, members in rows}


async def repeated(house):
    """The reports whose cases were lifted because of repetition."""
    rows = await house.rows(
        "SELECT r.id::text FROM case_events e JOIN reports r ON r.case_id = e.case_id"
        " WHERE e.type = 'escalated' AND e.body LIKE '%%\"cause\":\"repetition\"%%'"
    )
    return sorted(row[0] for row in rows)


async def whole_history(house):
    return await house.rows("SELECT number, case_id, event FROM feed ORDER BY number")


async def test_what_the_database_finds_is_what_all_reports_at_once_give(tmp_path):
    sent = a_days_file()
    wanted = expected(sent)
    assert len(wanted) > 4
    found = []
    for seed, workers, batch in ((1, 1, 500), (2, 4, 7)):
        order = sent.copy()
        Random(seed).shuffle(order)
        async with stream_house.house(tmp_path) as house, pool_of(house) as pool:
            intakes = [await intake_of(pool) for _ in range(workers)]
            shares = [messages(order[i::workers], partition=i) for i in range(workers)]

            async def take(intake, share):
                for i in range(0, len(share), 11):
                    await intake.take(share[i : i + 11])

            await asyncio.gather(*map(take, intakes, shares))
            await watch(pool, batch)
            assert await parents(house) == wanted
            found.append(await repeated(house))
            history = await whole_history(house)
            await replay(pool)
            assert await whole_history(house) == history
    assert found[0] == found[1] != []


async def test_as_they_happen_in_small_portions_with_looks_between(house):
    sent = sorted(a_days_file(seed=8), key=lambda r: (seen_at(r), r.id))
    async with pool_of(house) as pool:
        intake = await intake_of(pool)
        for i in range(0, len(sent), 9):
            await intake.take(messages(sent[i : i + 9], first=i))
            await watch(pool, 20)
        assert await parents(house) == expected(sent)


#: Everything is numbered, followed and looked at.
DONE = (
    "SELECT NOT EXISTS (SELECT FROM feed_pending) AND h.number > 0 AND h.number = (SELECT cursor"
    " FROM followers WHERE name = 'surges') AND NOT EXISTS (SELECT FROM sightings WHERE look_at"
    " IS NOT NULL) AND (SELECT count(*) FROM sightings) > 0 FROM feed_head AS h"
)


async def through(tmp_path, sent, workers, *, killing):
    """Send a file through so many workers; parents, what repeats, and a replay of the feed."""
    async with stream_house.house(tmp_path) as house:
        running = [await house.start("odd_worker") for _ in range(workers)]
        for process in running:
            await process.ready()
        clerk = await house.start("clerk")
        await clerk.says("at work")
        await house.send(sent)
        await house.done(len(sent))
        if killing:
            clerk.signal(signal.SIGKILL)
            await clerk.ended()
            clerk = await house.start("clerk")
            begun = "SELECT EXISTS (SELECT FROM cases WHERE parent IS NOT NULL)"
            await house.until(begun, wanted=True, within_s=100)
            clerk.signal(signal.SIGKILL)  # perhaps in the middle of what it does
            await clerk.ended()
            clerk = await house.start("clerk")
            await clerk.says("at work")
        await house.until(DONE, wanted=True, within_s=100)
        assert await clerk.stop() == 0, clerk.log[-3000:]
        found = await parents(house), await repeated(house)
        history = await whole_history(house)
        async with pool_of(house) as pool:
            await replay(pool)
            async with pool.connection() as conn:
                await verify(conn)
        assert await whole_history(house) == history
        return found


async def test_the_same_file_through_real_workers_and_clerks(tmp_path):
    sent = a_days_file(seed=3)
    one, four = await asyncio.gather(
        through(tmp_path, sent, 1, killing=False), through(tmp_path, sent, 4, killing=True)
    )
    assert one[0] == four[0] == expected(sent)
    assert len(one[0]) > 4
    assert one[1] == four[1] != []
