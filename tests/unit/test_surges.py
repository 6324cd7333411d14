"""When many reports are one matter: whoever files them, in whatever order they come in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.policy.policy_file import Surge
from grid.watching import surges
from grid.watching.sightings import Sighting
from grid.watching.surges import Standing, regroup

NOON = datetime(2026, 11, 19, 4, tzinfo=UTC)
LIMITS = Surge(reporters=5, radius_m=300.0, window_min=60.0, quiet_min=60.0)
LON, LAT = 119.1, 36.7
METRE = 1 / 111_195  # of latitude, in degrees


def sighting(n, minute=0.0, north_m=0.0, *, who=None, **changes):
    made = Sighting(
        case_id=f"case {n:03}",
        report=f"report {n:03}",
        class_="event.05",
        reporter=f"r{n if who is None else who}",
        seen_at=NOON + timedelta(minutes=minute),
        lon=LON,
        lat=LAT + north_m * METRE,
    )
    return replace(made, **changes)


def groups(known, standing=(), looked_at=None):
    looked_at = {s.case_id for s in known} if looked_at is None else looked_at
    return [g for g in regroup(known, standing, looked_at, LIMITS) if g.stands(LIMITS.reporters)]


def members(known):
    """For each first report those that come under its parent."""
    return {g.first: {s.report for s in g.coming()} for g in groups(known)}


FOUR = [sighting(n, minute=n, north_m=20 * n) for n in range(4)]


@pytest.mark.parametrize(
    ("why", "fifth", "found"),
    [
        ("the fifth reporter completes it", sighting(5, 10, 50), 5),
        ("300 m from the first is near", sighting(5, 10, 299.9), 5),
        ("farther is not", sighting(5, 10, 300.1), 0),
        ("60 min after the first is in time", sighting(5, 60, 0), 5),
        ("later is not", sighting(5, 60.01, 0), 0),
        ("somebody who reported before does not count", sighting(5, 10, 0, who=2), 0),
        ("seen before all others, it is the first", sighting(5, -5, 0), 5),
    ],
)
def test_what_begins_a_surge(why, fifth, found):
    made = groups([*FOUR, fifth])
    assert sum(len(group.coming()) for group in made) == found, why
    if found:
        assert made[0].first == min([*FOUR, fifth], key=lambda s: s.seen_at).report


def test_a_group_is_around_its_first_not_around_its_last():
    line = [sighting(n, minute=n, north_m=80 * n) for n in range(5)]
    assert groups(line) == []  # the fifth is 320 m from the first
    more = [*line, sighting(9, 9, 100), sighting(10, 10, 120)]
    assert groups(more)[0].first == line[0].report


STOOD = [sighting(n, minute=n * 7.5, parent="p") for n in range(5)]
STANDING = Standing("p", "event.05", "report 000", LON, LAT, NOON, NOON + timedelta(minutes=30))


@pytest.mark.parametrize(
    ("new", "taken"),
    [
        (sighting(9, 31, 300 - 0.1), True),
        (sighting(9, 89.9), True),
        (sighting(9, 90), False),
        (sighting(9, 31, 301), False),
        (sighting(9, -5), True),  # came in late: it was the first of them
    ],
)
def test_what_comes_under_a_standing_surge(new, taken):
    made = groups([*STOOD, new], [STANDING], {new.case_id})
    assert [(g.parent, g.coming()) for g in made] == ([("p", [new])] if taken else [])
    if new.seen_at < NOON and taken:
        assert made[0].first == new.report


def test_a_surge_whose_first_members_were_taken_out_goes_on_from_where_it_began():
    left = [sighting(n, minute=n * 7.5, parent="p") for n in (3, 4)]
    new = sighting(9, 40, 250)
    (group,) = groups([*left, new], [STANDING], {new.case_id})
    assert (group.parent, group.first, group.coming()) == ("p", "report 000", [new])


def test_what_people_put_under_it_from_elsewhere_moves_it_nowhere():
    far = sighting(8, minute=-10, north_m=5000, parent="p")
    new = sighting(9, 40, 5000)
    assert groups([far, *STOOD, new], [STANDING], {new.case_id}) == []


def test_of_several_surges_the_one_that_began_first_takes_it():
    earlier = replace(STANDING, parent="q", first="x", first_at=NOON - timedelta(minutes=1))
    new = sighting(9, 31)
    (group,) = groups([*STOOD, new], [STANDING, earlier], {new.case_id})
    assert group.parent == "q"


def test_what_waits_founds_nothing_and_comes_under_nothing():
    fifth = sighting(5, 10, waits=True)
    assert groups([*FOUR, fifth]) == []
    sixth = sighting(6, 11)
    (group,) = groups([*FOUR, fifth, sixth])
    assert fifth in group.coming(), "a founder, though others seen before it may be under way"
    seventh = sighting(7, 32, waits=True)
    assert groups([*STOOD, seventh], [STANDING], {seventh.case_id}) == []


def test_in_whatever_order_they_come_in():
    crowd = [sighting(n, minute=9 * n, north_m=110 * (n % 3)) for n in range(6)]
    whole = members(crowd)
    assert list(map(len, whole.values())) == [6]
    assert all(members(list(order)) == whole for order in list(permutations(crowd))[::7])


# ── the same groups, however the reports come in ─────────────────────────────────────────────

SETTLE = timedelta(seconds=10)


class Memory:
    """What the watcher remembers, in a test's hands: reports come in, and now and then it looks."""

    def __init__(self):
        self.known, self.came, self.due = {}, {}, {}
        self.standing, self.found = {}, defaultdict(set)

    def take(self, s, now):
        self.known[s.case_id] = s
        self.due[s.case_id] = now + SETTLE

    def look(self, now):
        if not any(due <= now for due in self.due.values()):
            return
        first = min(self.known[case].seen_at for case in self.due)
        known = [
            replace(s, waits=self.due.get(s.case_id, now) > now)
            for s in self.known.values()
            if s.seen_at >= first - surges.memory(LIMITS)
        ]
        looked_at = {s.case_id for s in known if s.case_id in self.due or s.seen_at >= first}
        for group in regroup(known, self.standing.values(), looked_at, LIMITS):
            if not group.stands(LIMITS.reporters):
                continue
            parent = group.parent or f"parent of {group.first}"
            self.standing[parent] = Standing(
                parent, group.class_, group.first, group.lon, group.lat, group.first_at,
                max(s.seen_at for s in group.coming() + self.of(parent)),
            )  # fmt: skip
            for s in group.coming():
                self.known[s.case_id] = replace(self.known[s.case_id], parent=parent)
        self.due = {case: due for case, due in self.due.items() if due > now}

    def of(self, parent):
        return [s for s in self.known.values() if s.parent == parent]

    def members(self):
        made = defaultdict(set)
        for s in self.known.values():
            if s.parent:
                made[self.standing[s.parent].first].add(s.report)
        return dict(made)


@st.composite
def happenings(draw, lateness_s):
    """Reports all over a small town in half a day, and how long each was under way."""
    rng = Random(draw(st.integers(0, 2**32)))
    spots = [(rng.random() * 2000, rng.random() * 500) for _ in range(draw(st.integers(1, 6)))]
    made = []
    for n in range(draw(st.integers(5, 60))):
        north, minute = rng.choice(spots)
        made.append(
            sighting(
                n, minute + rng.random() * 90, north + rng.gauss(0, 150), who=rng.randrange(40)
            )
        )
    return [(s, timedelta(seconds=rng.uniform(0, lateness_s))) for s in made]


@settings(max_examples=300, deadline=None)
@given(happenings(10), st.integers(1, 9), st.integers(0, 2**32))
def test_as_they_happen_the_groups_are_those_of_all_reports_at_once(happened, tick_s, seed):
    """Each is filed within the settle time; looks come whenever they come."""
    rng, memory = Random(seed), Memory()
    coming = sorted(happened, key=lambda pair: pair[0].seen_at + pair[1])
    for s, late in coming:
        came = s.seen_at + late
        for _ in range(2):
            memory.look(came - timedelta(seconds=rng.random() * tick_s))
        memory.take(s, came)
    memory.look(NOON + timedelta(days=1))
    assert memory.members() == members([s for s, _ in happened])
    memory.due = dict.fromkeys(memory.known, NOON)
    memory.look(NOON + timedelta(days=1))
    assert memory.members() == members([s for s, _ in happened]), "looking again changed it"


@settings(max_examples=100, deadline=None)
@given(happenings(0), st.randoms(use_true_random=False))
def test_a_backlog_gives_the_same_groups_in_any_order(happened, rng):
    """All within one settle time, seen whenever: what four workers make of one file."""
    memory, reports = Memory(), [s for s, _ in happened]
    rng.shuffle(reports)
    now = NOON + timedelta(days=1)
    for n, s in enumerate(reports):
        memory.take(s, now + SETTLE * (n / 100))
    for n in range(100):
        memory.look(now + SETTLE * (1 + n / 50))
    assert memory.members() == members(reports)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(5, 25))
def test_a_surge_apart_from_others_has_the_same_members_however_late_they_come(seed, n):
    rng, memory = Random(seed), Memory()
    crowd = [sighting(i, rng.random() * 59, rng.random() * 290) for i in range(n)]
    rng.shuffle(crowd)
    for i, s in enumerate(crowd):
        memory.take(s, NOON + timedelta(hours=2 + i))
        memory.look(NOON + timedelta(hours=2.5 + i))
    assert list(memory.members().values()) == [{s.report for s in crowd}]


@settings(max_examples=100, deadline=None)
@given(happenings(100_000))
def test_what_comes_in_late_loses_nobody_and_takes_nothing_apart(happened):
    memory = Memory()
    for s, late in sorted(happened, key=lambda pair: pair[0].seen_at + pair[1]):
        came = s.seen_at + late
        memory.look(came)
        before = {case: k.parent for case, k in memory.known.items() if k.parent}
        memory.take(s, came)
        memory.look(came + SETTLE)
        assert before.items() <= {c: k.parent for c, k in memory.known.items()}.items()
    for parent in memory.standing:
        assert len({s.reporter for s in memory.of(parent)}) >= LIMITS.reporters


def test_the_parents_id_is_always_the_same_and_of_the_moment_its_first_report_came_in():
    first = "7d0f0f6e-9f3c-4c83-b6f4-1a1d7b2f6f10"
    parent = surges.parent_id(first, NOON)
    assert parent == surges.parent_id(first, NOON) != first
    assert UUID(parent).version == 7
    assert UUID(parent).int >> 80 == int(NOON.timestamp() * 1000)
