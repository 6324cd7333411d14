"""What may be the same matter, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from grid.policy.parameters import Duplicates
from grid.watching.duplicates import (
    MOST,
    Ground,
    Reason,
    Subject,
    likeness,
    possible,
    say,
    suggest,
    words_of,
)

NOON = datetime(2026, 11, 19, 4, tzinfo=UTC)
LIMITS = Duplicates(radius_m=100.0, days=3.0, least=0.6)
METRE = 1 / 111_195
BINS = "小区北门垃圾桶满了没人清理，臭味很大"
BINS_AGAIN = "北门的垃圾桶又满了，臭味大，一直没人清理"
LAMP = "路灯不亮，晚上看不清路"


def a_case(n=1, north_m=0.0, hours=0.0, category="event.01.10", words=None):
    return Subject(
        case_id=f"case {n}",
        category=category,
        seen_at=NOON + timedelta(hours=hours),
        lon=119.1,
        lat=36.7 + north_m * METRE,
        words=words_of(words),
    )


NEW = a_case(0)


@pytest.mark.parametrize(
    ("why", "other", "suggested"),
    [
        ("the same at the same place and time", a_case(), True),
        ("near, the same day", a_case(north_m=40, hours=6), True),
        ("at the edge of both", a_case(north_m=95, hours=70), False),
        ("too far", a_case(north_m=101), False),
        ("too long ago", a_case(hours=-73), False),
        ("the same class, another item", a_case(category="event.01.12"), True),
        ("another class, no words", a_case(category="event.02.07"), False),
    ],
)
def test_without_words(why, other, suggested):
    assert bool(suggest(NEW, [other], LIMITS)) is suggested, why


@pytest.mark.parametrize(
    ("why", "mine", "other", "suggested"),
    [
        ("the same words bring it near", BINS, a_case(1, 60, 20, words=BINS_AGAIN), True),
        ("other words keep it apart", BINS, a_case(1, 60, 20, words=LAMP), False),
        ("the same words, another class", BINS, a_case(1, 5, 1, "event.02.07", BINS_AGAIN), True),
        ("other words, another class", BINS, a_case(1, 5, 1, "event.02.07", LAMP), False),
    ],
)
def test_words_speak_for_it_and_against_it(why, mine, other, suggested):
    new = replace(NEW, words=words_of(mine))
    assert bool(suggest(new, [other], LIMITS)) is suggested, why


def test_reasons_are_told_the_weightiest_first_in_both_languages():
    new = replace(NEW, words=words_of(BINS))
    (one,) = suggest(new, [a_case(1, 12.3, 3, words=BINS)], LIMITS)
    assert one.score == pytest.approx(0.95, abs=0.02)
    assert [r.ground for r in one.reasons] == [
        Ground.DISTANCE, Ground.CATEGORY, Ground.WORDS, Ground.TIME,
    ]  # fmt: skip
    assert [say(r) for r in one.reasons] == [
        ("相距 12 米", "12 m apart"),
        ("同一类别", "the same category"),
        ("文字相似度 100%", "descriptions 100% alike"),
        ("时间相差 3 小时", "3 h apart in time"),
    ]
    assert say(Reason(Ground.CATEGORY, 0.6)) == ("同属一个大类", "the same class")
    assert say(Reason(Ground.TIME, 90.0)) == ("时间相差 2 分钟", "2 min apart in time")
    assert say(Reason(Ground.TIME, 3 * 86400.0)) == ("时间相差 3 天", "3 days apart in time")


def test_words_that_were_deleted_are_no_reason():
    new = replace(NEW, words=words_of(BINS))
    (one,) = suggest(new, [a_case(1, 10, 1)], LIMITS)
    assert Ground.WORDS not in {r.ground for r in one.reasons}


def test_a_case_counts_by_its_likeliest_report_and_the_likeliest_cases_come_first():
    others = [a_case(1, 80), a_case(1, 10), *(a_case(n, n) for n in range(20, 30))]
    told = suggest(NEW, [NEW, *others], LIMITS)
    assert [s.other for s in told] == ["case 1", "case 20", "case 21", "case 22", "case 23"]
    assert len(told) == MOST


def test_what_words_could_not_bring_near_is_not_read():
    assert possible(NEW, a_case(1, 60, 20), LIMITS)
    assert possible(NEW, a_case(1, 5, 1, "event.02.07"), LIMITS)
    assert not possible(NEW, a_case(1, 95, 70, "event.02.07"), LIMITS)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        (BINS, BINS, 1.0, 1.0),
        (BINS, BINS_AGAIN, 0.4, 0.6),
        (BINS, LAMP, 0.0, 0.1),
        ("北门垃圾桶满了", "市民反映：北门垃圾桶满了，请相关部门尽快处理", 0.5, 0.8),
        ("ＡＢＣ路 1 号井盖", "abc路1号井盖", 1.0, 1.0),  # wide and narrow, spaces and case
    ],
)
def test_how_alike_descriptions_are(one, other, low, high):
    alike = likeness(words_of(one), words_of(other))
    assert low - 1e-9 <= alike <= high + 1e-9
    assert alike == pytest.approx(likeness(words_of(other), words_of(one)))


@pytest.mark.parametrize("text", [None, "", "垃圾", "！！！……——。。。", "满了"])
def test_too_little_says_nothing(text):
    assert words_of(text) is None
