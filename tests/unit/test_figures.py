"""What each figure counts, by examples that read like its rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from grid.figures.answers import Variant, answer, ranks, wilson
from grid.figures.counting import (
    AWAY,
    EXEMPTED,
    RAW,
    Period,
    Tally,
    codes,
    columns_for,
    columns_of,
    tallies,
)
from grid.figures.facts import Call, CaseFacts, Held
from grid.figures.figure import MISSING, REASONS, Of, Shape
from grid.figures.figures import BY_NAME, FIGURES
from grid.figures.fold import facts_of
from tests.lives import lives

DAY = timedelta(days=1)
NOV = datetime(2026, 11, 1, tzinfo=UTC)
DEC = datetime(2026, 12, 1, tzinfo=UTC)
#: Asked in the middle of November: what is due later is not due yet.
MIDDLE = Period(NOV, DEC, NOV + 15 * DAY)
LATER = Period(NOV, DEC, DEC + 15 * DAY)
HIT, MISS = RAW | EXEMPTED, 0

#: A case of a department, received on the 2nd, closed on the 5th within the promise of the 6th.
CASE = facts_of(lives(1)[0].events)._replace(
    status="closed", source="hotline", size="big", gathered=False,
    received_at=NOV + 1 * DAY, filed_at=NOV + 1 * DAY, dispatched_at=NOV + 1 * DAY,
    accepted_at=NOV + 1 * DAY, misdirected=False, settled_at=None, settled_by="",
    recheck_failed=False, department="roads", kind="department", level="community",
    handle_due=NOV + 3 * DAY, handled_at=NOV + 2 * DAY, handle_late=False, handle_blamed=False,
    promise_due=NOV + 5 * DAY, promised_s=5 * 86400.0, saved_s=1 * 86400.0,
    closed_at=NOV + 4 * DAY, closed_late=False, closed_blamed=False, ended_at=NOV + 4 * DAY,
    paused_since=None, pause_kind="", rework=0, returns=0, extensions=0, reopened=0,
    escalations=0, parent=None, red=0, blamed=0, cards=0, held=(), calls=(),
)  # fmt: skip
OPEN = {"status": "working", "closed_at": None, "ended_at": None, "handled_at": None}
LATE = {"handle_late": True, "handle_blamed": True}
EXCUSED = {"handle_late": True, "handle_blamed": False}
MERGED = OPEN | {"status": "merged", "parent": "x"}

CASES = [
    ("received", {}, HIT),
    ("received", MERGED, HIT),
    ("received", {"gathered": True}, AWAY),
    ("received", {"received_at": NOV - DAY}, AWAY),
    ("filed", {}, HIT),
    ("filed", OPEN | {"status": "declined", "filed_at": None}, MISS),
    ("filed", OPEN | {"status": "received", "filed_at": None}, "waiting"),
    ("filed", OPEN | {"status": "withdrawn", "filed_at": None}, "withdrawn"),
    ("dispatched", {}, HIT),
    ("dispatched", {"dispatched_at": None}, MISS),
    ("dispatched", {"dispatched_at": None, "settled_at": NOV + DAY}, "settled"),
    ("dispatched", MERGED, "merged"),
    ("closed", {}, HIT),
    ("closed", OPEN, MISS),
    ("closed", {"closed_at": DEC + DAY}, MISS),  # after the period: too late for this figure
    ("closed", OPEN | {"paused_since": NOV + 2 * DAY}, "paused"),
    ("closed", OPEN | {"promise_due": NOV + 20 * DAY}, "not_due"),
    ("closed", MERGED, "merged"),
    ("closed", OPEN | {"status": "void"}, "void"),
    ("closed", {"promise_due": DEC + DAY}, AWAY),
    ("handled_in_time", {}, HIT),
    ("handled_in_time", LATE, MISS),
    ("handled_in_time", EXCUSED, EXEMPTED),
    ("handled_in_time", OPEN, MISS),
    ("handled_in_time", OPEN | {"status": "declined"}, "declined"),
    ("closed_in_time", {}, HIT),
    ("closed_in_time", {"closed_late": True, "closed_blamed": True}, MISS),
    ("closed_in_time", {"closed_late": True, "closed_blamed": False}, EXEMPTED),
    ("rework", {"rework": 1}, HIT),
    ("rework", {}, MISS),
    ("extended", {"extensions": 1}, HIT),
    ("extended", {}, MISS),
    ("returned", {"returns": 1}, HIT),
    ("returned", {"dispatched_at": None}, AWAY),
    ("first_right", {}, HIT),
    ("first_right", {"misdirected": True}, MISS),
    ("first_right", OPEN | {"status": "open", "accepted_at": None}, "waiting"),
    ("complaints_inhabitants", {}, HIT),
    ("complaints_inhabitants", {"source": "worker"}, AWAY),
    ("complaints_businesses", {"source": "enterprise"}, HIT),
    ("time_saved", {}, HIT),
    ("time_saved", {"promised_s": None}, "unpromised"),
    ("found", {"source": "worker"}, HIT),
    ("found", {"source": "citizen"}, MISS),
    ("found", {"source": "media"}, "other_source"),
    ("confirmed", {"source": "worker"}, HIT),
    ("confirmed", {"source": "worker", "status": "void"}, MISS),
    ("confirmed", {}, AWAY),
    ("settled", {"settled_at": NOV + DAY}, HIT),
    ("settled", {}, MISS),
    ("settled", {"settled_at": NOV + DAY, "recheck_failed": True}, "recheck_failed"),
    ("ended_grid", {"level": "grid"}, HIT),
    ("ended_community", {}, HIT),
    ("ended_street", {}, MISS),
    ("ended_district", {"level": "district"}, HIT),
    ("ended_city", {"level": "city"}, HIT),
    ("small_in_grid", {"size": "small", "level": "grid", "kind": "team"}, HIT),
    ("small_in_grid", {"size": "small", "level": "grid", "kind": "team", "escalations": 1}, MISS),
    ("small_in_grid", {}, AWAY),
    ("reopened", {"reopened": 1}, HIT),
    ("paused", OPEN | {"paused_since": NOV - 90 * DAY, "pause_kind": "pause"}, HIT),
    ("paused", {}, AWAY),
    ("long_term", OPEN | {"paused_since": NOV, "pause_kind": "long_term"}, HIT),
]  # fmt: skip


def code_of(name: str, facts: CaseFacts, by: str = "area", period: Period = MIDDLE):
    """What the table makes of the one row of a case: AWAY, bits, or the reason."""
    counting = BY_NAME[name].by(by)
    columns = columns_of(counting.of, [facts], columns_for([counting]))
    [code] = codes(counting, columns, period, 1).tolist()
    return counting.excluded[-code - 1][0] if AWAY < code < 0 else code


@pytest.mark.parametrize(("name", "changes", "expected"), CASES)
def test_cases(name, changes, expected):
    assert code_of(name, CASE._replace(**changes)) == expected


RESOLVE = Held(
    1, "resolve", "", "department", "3707/370705/", "roads", "key:r", "community",
    since=NOV + DAY, warn=NOV + 2 * DAY, due=NOV + 3 * DAY, ended=NOV + 2 * DAY, how="done",
)  # fmt: skip
RUNNING = {"ended": None, "how": "running"}
MISSED = {"late": True, "blamed": True, "state": "standing"}

STAGES = [
    ("handled_in_time", {}, HIT),
    ("handled_in_time", MISSED, MISS),
    ("handled_in_time", MISSED | {"state": "exempt", "blamed": False}, EXEMPTED),
    ("handled_in_time", {"how": "passed_on"}, "passed_on"),
    ("handled_in_time", MISSED | {"how": "passed_on"}, MISS),  # it was late while held here
    ("handled_in_time", RUNNING | {"due": NOV + 20 * DAY}, "not_due"),
    ("handled_in_time", RUNNING, MISS),  # due, and nobody has dealt with it yet
    ("handled_in_time", {"stage": "accept"}, AWAY),
    ("handled_in_time", {"how": "paused", "ended": None}, "paused"),
    ("stages_in_time", {"stage": "accept"}, HIT),
    ("verified_in_time", {"stage": "verify"}, HIT),
    ("verified_in_time", {}, AWAY),
    ("red", MISSED, HIT),
    ("red", MISSED | {"blamed": False}, RAW),
    ("red", {}, AWAY),
    ("yellow", RUNNING | {"warn": NOV + 14 * DAY, "due": NOV + 16 * DAY}, HIT),
    ("yellow", RUNNING | {"warn": NOV + 16 * DAY, "due": NOV + 17 * DAY}, AWAY),
    ("cards", MISSED | {"carded_at": NOV + 6 * DAY}, HIT),
    ("carded", MISSED | {"carded_at": NOV + 6 * DAY}, HIT),
    ("carded", MISSED, MISS),
]


@pytest.mark.parametrize(("name", "changes", "expected"), STAGES)
def test_stages_count_against_who_held_them(name, changes, expected):
    facts = CASE._replace(held=(RESOLVE._replace(**changes),))
    assert code_of(name, facts, by="department") == expected


CALL = Call("", "district", NOV + 5 * DAY, 1, True, True, True, True, "")
NOBODY = {"reached": False, "solved": False, "satisfied": False}

CALLS = [
    ("reached_{}", {}, HIT),
    ("reached_{}", NOBODY, MISS),
    ("reached_{}", NOBODY | {"final": False}, "trying"),
    ("solved_{}", {"solved": False}, MISS),
    ("solved_{}", NOBODY, AWAY),
    ("satisfied_{}", {}, HIT),
    ("satisfied_{}", {"satisfied": False}, MISS),
    ("satisfied", {}, HIT),
    ("unreached", NOBODY, HIT),
    ("unreached", {}, MISS),
]


@pytest.mark.parametrize("level", ["district", "city"])
@pytest.mark.parametrize(("name", "changes", "expected"), CALLS)
def test_callbacks_count_for_each_reporter_and_level(name, level, changes, expected):
    facts = CASE._replace(calls=(CALL._replace(level=level, **changes),))
    assert code_of(name.format(level), facts) == expected


def test_a_level_does_not_count_for_another():
    facts = CASE._replace(calls=(CALL,))
    assert code_of("satisfied_city", facts) == AWAY


def test_every_figure_has_an_example():
    shown = {name for name, _, _ in (*CASES, *STAGES)}
    shown |= {name.format(level) for name, _, _ in CALLS for level in ("district", "city")}
    assert shown == set(BY_NAME)


def test_every_reason_has_words():
    used = {reason for f in FIGURES for c in (f.counting, f.held) if c for reason, _ in c.excluded}
    assert used <= set(REASONS)
    assert {f.missing for f in FIGURES} - {""} <= set(MISSING)


# ── many cases ───────────────────────────────────────────────────────────────────────────────

MANY = [facts_of(life.events) for life in lives(400, seed=9, days=60)]
WHOLE = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), DEC)


def grouped(figure, depth):
    counting = figure.counting
    place = "area" if counting.of is Of.STAGE else "path"
    columns = columns_of(counting.of, MANY, columns_for([counting]) | {place})
    groups = np.array([b"/".join(p.split(b"/")[:depth]) for p in columns[place]])
    return tallies(counting, columns, groups, WHOLE)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.name)
def test_communities_add_up_to_their_districts(figure):
    below, above = grouped(figure, 4), grouped(figure, 2)
    summed: dict[bytes, Tally] = {}
    for place, tally in below.items():
        summed.setdefault(b"/".join(place.split(b"/")[:2]), Tally()).join(tally)
    assert set(summed) == set(above)
    for place, tally in above.items():
        one = summed[place]
        assert (one.counted, one.raw, one.exempted) == (tally.counted, tally.raw, tally.exempted)
        assert one.excluded == tally.excluded
        assert one.above == pytest.approx(tally.above)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.name)
def test_a_share_is_a_share_and_nobody_is_lost(figure):
    for tally in grouped(figure, 1).values():
        assert 0 <= tally.raw <= tally.counted
        if figure.better == "higher":
            assert tally.exempted >= tally.raw, "an exemption makes nothing worse"
        one = answer(figure, tally, Variant.RAW)
        if figure.shape is Shape.SHARE and one.value is not None:
            assert 0 <= one.low <= one.value <= one.high <= 1


# ── chance and places ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (8, 10, 0.4902, 0.9433),
        (80, 100, 0.7112, 0.8666),
    ],
)
def test_the_interval_of_chance(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-4)


def test_nobody_is_ranked_by_fewer_than_20_or_against_another_group():
    figure = BY_NAME["closed"]

    def closed(hits, n):
        return answer(figure, Tally(counted=n, raw=hits, exempted=hits), Variant.RAW)

    answers = {
        "a": closed(18, 20),
        "b": closed(40, 40),
        "c": closed(19, 19),  # the best rate, of too few
        "d": closed(10, 20),
        "e": closed(20, 20),  # a village
        "f": closed(20, 20),  # of no class
        "g": closed(40, 40),
    }
    groups = dict.fromkeys("abcdg", "urban") | {"e": "rural", "f": ""}
    assert ranks(figure, answers, groups) == {"b": 1, "g": 1, "a": 3, "d": 4, "e": 1}


def test_what_is_better_when_low_is_ranked_from_below():
    figure = BY_NAME["rework"]
    answers = {
        "few": answer(figure, Tally(counted=20, raw=1), Variant.RAW),
        "many": answer(figure, Tally(counted=20, raw=9), Variant.RAW),
    }
    assert ranks(figure, answers, dict.fromkeys(answers, "g")) == {"few": 1, "many": 2}


def test_without_anything_to_count_there_is_no_value():
    assert answer(BY_NAME["closed"], Tally(), Variant.RAW).reason == "nothing"
    missing = answer(BY_NAME["complaints_businesses"], Tally(counted=3, raw=3), Variant.RAW)
    assert (missing.value, missing.numerator, missing.reason) == (None, 3, "no_area_facts")


def test_per_ten_thousand_of_what_lives_in_the_area():
    figure, tally = BY_NAME["complaints_inhabitants"], Tally(counted=3, raw=3, exempted=3)
    found = answer(figure, tally, Variant.RAW, 12_000.0)
    assert (found.value, found.numerator, found.denominator) == (2.5, 3, 12_000)
    assert (found.low, found.high, found.reason) == (None, None, "")
    nobody = answer(figure, tally, Variant.RAW, 0.0)
    assert (nobody.value, nobody.reason) == (None, "nothing")
