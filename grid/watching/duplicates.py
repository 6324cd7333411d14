"""Duplicates: two cases that may be one, with the reasons for it. People decide.

The field looks at what lies within 50 to 100 m in the same category and is not over yet, and lets
a person choose; where there are texts it compares them. Character bigrams need no dictionary and
no words cut apart, so they do for Chinese; their cosine takes a short text beside a long one better
than Jaccard's share of all bigrams does.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime  # noqa: TC003 - slots dataclasses keep it inspectable
from enum import StrEnum
from typing import TYPE_CHECKING

from grid.watching.sightings import class_of, distance_m

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grid.policy.parameters import Duplicates

#: Suggestions for one case: more than that nobody reads.
MOST = 5
_DAY_S = 86_400.0
_MINUTE_S, _HOUR_S = 60.0, 3600.0
#: Fewer bigrams than that say nothing: 垃圾 is in every second report.
_FEWEST_BIGRAMS = 4
#: Of another class only what says much the same. Two people on one matter come to about a half, two
#: matters to a tenth at most.
_OTHER_CLASS_WORDS = 0.4


class Ground(StrEnum):
    """What a suggestion rests on."""

    DISTANCE = "distance"  # metres
    TIME = "time"  # seconds between the two
    CATEGORY = "category"  # 1 the same category, 0.6 the same class
    WORDS = "words"  # 0-1, how alike the descriptions are


_WEIGHTS = {Ground.DISTANCE: 0.35, Ground.TIME: 0.15, Ground.CATEGORY: 0.25, Ground.WORDS: 0.25}
_SAME_CLASS = 0.6


@dataclass(frozen=True, slots=True)
class Subject:
    """A case as far as it is compared: `words` are its description's, None where there is none."""

    case_id: str
    category: str
    seen_at: datetime
    lon: float
    lat: float
    words: Counter[str] | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground and its measure, in the unit that `Ground` names."""

    ground: Ground
    value: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The other case, how sure (0-1), and why, the weightiest reason first."""

    other: str
    score: float
    reasons: tuple[Reason, ...]


def suggest(new: Subject, others: Iterable[Subject], limits: Duplicates) -> list[Suggestion]:
    """What `new` may be a duplicate of, the likeliest first; at most `MOST`.

    A case that stands more than once among `others` (by its own reports) counts by its likeliest.
    """
    best: dict[str, Suggestion] = {}
    for other in others:
        if other.case_id == new.case_id:
            continue
        found = compare(new, other, limits)
        if found is None:
            continue
        before = best.get(other.case_id)
        if before is None or found.score > before.score:
            best[other.case_id] = found
    return sorted(best.values(), key=lambda s: (-s.score, s.other))[:MOST]


def compare(new: Subject, other: Subject, limits: Duplicates) -> Suggestion | None:
    """How alike two cases are; None where they are not alike enough to ask anybody.

    The score is the weighted mean of what is known: where one of the two has no words, the rest
    counts for all.
    """
    metres = distance_m(new.lon, new.lat, other.lon, other.lat)
    seconds = abs((new.seen_at - other.seen_at).total_seconds())
    if metres > limits.radius_m or seconds > limits.days * _DAY_S:
        return None
    category = _alike(new.category, other.category)
    words = likeness(new.words, other.words)
    if not category and (words is None or words < _OTHER_CLASS_WORDS):
        return None
    parts = {
        Ground.DISTANCE: 1.0 - metres / limits.radius_m,
        Ground.TIME: 1.0 - seconds / (limits.days * _DAY_S),
        Ground.CATEGORY: category,
    }
    if words is not None:
        parts[Ground.WORDS] = words
    weights = sum(_WEIGHTS[ground] for ground in parts)
    score = sum(_WEIGHTS[ground] * part for ground, part in parts.items()) / weights
    if score < limits.least:
        return None
    measures = {
        Ground.DISTANCE: round(metres, 1),
        Ground.TIME: round(seconds),
        Ground.CATEGORY: category,
        Ground.WORDS: round(words or 0.0, 2),
    }
    told = sorted(
        (ground for ground, part in parts.items() if part > 0.0),
        key=lambda ground: -_WEIGHTS[ground] * parts[ground],
    )
    reasons = tuple(Reason(ground, float(measures[ground])) for ground in told)
    return Suggestion(other.case_id, round(score, 3), reasons)


def possible(new: Subject, other: Subject, limits: Duplicates) -> bool:
    """True where the two would be suggested if their words were the same: worth reading them."""
    same = Counter({"": 1})
    return compare(replace(new, words=same), replace(other, words=same), limits) is not None


def _alike(one: str, other: str) -> float:
    if one == other:
        return 1.0
    return _SAME_CLASS if class_of(one) == class_of(other) else 0.0


def words_of(description: str | None) -> Counter[str] | None:
    """A description as it is compared: its character bigrams and how often each stands there.

    Letters, digits and characters only, wide and narrow forms as one. None where there is nothing
    or too little to tell.
    """
    if not description:
        return None
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", description).casefold())
    counts = Counter(plain[i : i + 2] for i in range(len(plain) - 1))
    return counts if counts.total() >= _FEWEST_BIGRAMS else None


def likeness(one: Counter[str] | None, other: Counter[str] | None) -> float | None:
    """How alike two descriptions are, 0-1: the cosine of their bigrams; None without words."""
    if one is None or other is None:
        return None
    shared = sum(n * other[pair] for pair, n in one.items() if pair in other)
    return min(shared / (_length(one) * _length(other)), 1.0)


def _length(counts: Mapping[str, int]) -> float:
    return math.sqrt(sum(n * n for n in counts.values()))


def say(reason: Reason) -> tuple[str, str]:
    """A reason in words, Chinese and English."""
    match reason.ground:
        case Ground.DISTANCE:
            return f"相距 {reason.value:.0f} 米", f"{reason.value:.0f} m apart"
        case Ground.TIME:
            zh, en = _span(reason.value)
            return f"时间相差 {zh}", f"{en} apart in time"
        case Ground.CATEGORY if reason.value == 1.0:
            return "同一类别", "the same category"
        case Ground.CATEGORY:
            return "同属一个大类", "the same class"
        case Ground.WORDS:
            percent = round(reason.value * 100)
            return f"文字相似度 {percent}%", f"descriptions {percent}% alike"


def _span(seconds: float) -> tuple[str, str]:
    if seconds < _HOUR_S:
        minutes = round(seconds / _MINUTE_S)
        return f"{minutes} 分钟", f"{minutes} min"
    if seconds < 2 * _DAY_S:
        hours = round(seconds / _HOUR_S)
        return f"{hours} 小时", f"{hours} h"
    days = round(seconds / _DAY_S)
    return f"{days} 天", f"{days} days"
