"""When a matter is reported again and again at one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grid.policy.parameters import Repetition
from grid.watching.repetition import later, repeated
from grid.watching.sightings import Sighting

#: Noon in Weifang.
NOON = datetime(2026, 11, 19, 4, tzinfo=UTC)
LIMITS = Repetition(reports=3, radius_m=50.0, days=7.0)
METRE = 1 / 111_195


def seen(n, day=0.0, north_m=0.0, *, who=None, **changes):
    made = Sighting(
        case_id=f"case {n}",
        report=f"report {n:03}",
        class_="event.05",
        reporter=f"r{n if who is None else who}",
        seen_at=NOON + timedelta(days=day),
        lon=119.1,
        lat=36.7 + north_m * METRE,
    )
    return replace(made, **changes)


def found(*known):
    all_cases = {s.case_id for s in known}
    return {r.case_id: r.reports for r in repeated(known, all_cases, LIMITS)}


TWO = [seen(1, 0), seen(2, 1)]


@pytest.mark.parametrize(
    ("why", "third", "repeats"),
    [
        ("the third within seven days", seen(3, 6.9), True),
        ("on the seventh day to the minute", seen(3, 7), True),
        ("the first is too long ago", seen(3, 7.01), False),
        ("50 m away is at the place", seen(3, 2, 49.9), True),
        ("farther is not", seen(3, 2, 50.1), False),
        ("by the cell's own team", seen(3, 2, outside=False), False),
        ("by somebody who reported yesterday, today again", seen(3, 2, who=2), True),
        ("by somebody who reported it an hour before", seen(3, 1.04, who=2), False),
        ("another class", seen(3, 2, class_="event.06"), False),
    ],
)
def test_the_third_report(why, third, repeats):
    assert (third.case_id in found(*TWO, third)) is repeats, why


def test_the_first_two_do_not_repeat_and_each_later_one_does():
    assert found(*TWO, seen(3, 2), seen(4, 3)) == {"case 3": 3, "case 4": 4}


def test_what_the_own_team_found_counts_for_nobody():
    assert found(seen(1, 0, outside=False), seen(2, 1), seen(3, 2)) == {}


def closed(n, on_day, **changes):
    return seen(n, 0, closed_at=NOON + timedelta(days=on_day), open=False, **changes)


@pytest.mark.parametrize(
    ("why", "before", "new", "repeats"),
    [
        ("seen again after it was closed", closed(1, 1), seen(2, 2), True),
        ("seven days after", closed(1, 1), seen(2, 8), True),
        ("longer after", closed(1, 1), seen(2, 8.01), False),
        ("seen before it was closed, told afterwards", closed(1, 1), seen(2, 0.9), False),
        (
            "closed long after it was reported",
            replace(closed(1, 9), seen_at=NOON),
            seen(2, 10),
            True,
        ),
        ("what the team found and settled", closed(1, 1, outside=False), seen(2, 2), False),
        ("found again by the team itself", closed(1, 1), seen(2, 2, outside=False), False),
        ("elsewhere", closed(1, 1), seen(2, 2, 60), False),
    ],
)
def test_again_after_closing(why, before, new, repeats):
    told = repeated([before, new], {new.case_id}, LIMITS)
    assert [(r.case_id, r.again) for r in told] == ([("case 2", True)] if repeats else []), why
    if repeats:
        assert (told[0].reports, told[0].first) == (3, "case 1"), "closing weighs as the third"


def test_what_is_under_a_parent_or_done_is_not_lifted_but_counts():
    under = seen(3, 2, parent="p")
    assert found(*TWO, under, seen(4, 3), seen(5, 4, open=False)) == {"case 4": 4}


def test_one_that_came_in_late_lifts_what_was_seen_after_it():
    late, then = seen(3, -1), [*TWO, seen(4, 2, 200)]
    assert later(then, [late], LIMITS) == TWO
    told = repeated([*then, late], {"case 3", *(s.case_id for s in TWO)}, LIMITS)
    assert [r.case_id for r in told] == ["case 2"]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 25))
def test_in_whatever_order_and_portions_they_come_in(seed, n):
    """Looked at one by one or many at once, the same cases repeat, and one more takes none away."""
    rng = Random(seed)
    whole = [seen(i, rng.random() * 9, rng.random() * 120, who=rng.randrange(9)) for i in range(n)]
    wanted = found(*whole).keys()
    rng.shuffle(whole)
    told, known = set(), []
    while whole:
        portion, whole = whole[: (size := rng.randint(1, 5))], whole[size:]
        known += portion
        looked_at = [*portion, *later(known, portion, LIMITS)]
        new = {r.case_id for r in repeated(known, {s.case_id for s in looked_at}, LIMITS)}
        told |= new
    assert told == wanted


def test_every_order_of_four():
    four = [seen(1, 0), seen(2, 1), seen(3, 2), seen(4, 8)]
    assert len({tuple(found(*order).items()) for order in permutations(four)}) == 1
