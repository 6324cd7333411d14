"""Composite scores by the policy's published formulas, with the sums shown.

An area's score weighs five figures. A worker's points weigh what the worker did; the same photo or
place within a day earns nothing, and no category earns without end. What a community says of its
workers, and surveys of others, stand beside and are never mixed in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import cos, hypot, radians
from typing import TYPE_CHECKING

from grid.policy.calendar import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grid.figures.answers import Answer
    from grid.policy.parameters import Score

#: Which figure a part of an area's score is, and whether a low value is the good one.
AREA_FIGURES: dict[str, tuple[str, bool]] = {
    "handled_in_time": ("handled_in_time", False),
    "closed": ("closed", False),
    "rework": ("rework", True),
    "callback": ("satisfied", False),
    "reports": ("found", False),
}

#: What is this near (metres) is the same place.
SAME_PLACE_M = 20.0
_DEGREE_M = 111_320.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sum: weight times value. No value: no points, and `reason` says why."""

    name: str
    weight: float
    value: float | None
    points: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sum:
    """A score: `value` out of `of`, the weights of the parts that have a value."""

    value: float | None
    of: float
    parts: tuple[Part, ...]


def area_score(score: Score, answers: Mapping[str, Answer]) -> Sum:
    """The composite score of an area, 0 to 100, of its figures by name.

    A part without a value is left out with its weight: the others then make the whole.
    """
    parts = []
    for name, weight in score.area.items():
        figure, inverse = AREA_FIGURES[name]
        found = answers[figure]
        if found.value is None:
            parts.append(Part(name, weight, None, 0.0, found.reason))
            continue
        value = 1 - found.value if inverse else found.value
        parts.append(Part(name, weight, value, weight * value))
    of = sum(part.weight for part in parts if part.value is not None)
    points = sum(part.points for part in parts)
    return Sum(100 * points / of if of else None, of, tuple(parts))


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that a worker did: which part of the formula, when, on which case, where.

    `photos` are the SHA-256 of the case's pictures. `void` says why it counts for nothing, where
    that is known already.
    """

    part: str
    at: datetime
    number: str
    category: str
    lon: float
    lat: float
    photos: frozenset[str] = frozenset()
    void: str = ""


@dataclass(frozen=True, slots=True)
class Credit:
    """Which deeds count, and which do not and why."""

    earned: Mapping[str, tuple[Deed, ...]]
    withheld: tuple[tuple[Deed, str], ...]


@dataclass(slots=True)
class _Seen:
    """The deeds of one part so far."""

    deeds: list[Deed] = field(default_factory=list)
    days: Counter[tuple[object, str]] = field(default_factory=Counter)


#: Withheld for these nobody may be paid twice; a rework is a loss and never withheld.
_CREDITED = frozenset({"settled", "verified_in_time", "confirmed_reports"})

#: Why a deed earns nothing.
WITHHELD: dict[str, tuple[str, str]] = {
    "same_photo": ("同一照片", "the same photo within the policy's hours"),
    "same_place": ("同一地点", "the same place within the policy's hours"),
    "daily_cap": ("超过当日同类上限", "over the day's most for one category"),
    "recheck_failed": (
        "抽查或回访未通过",
        "failed the re-check, or the reporter was not satisfied",
    ),
    "unconfirmed": ("未属实", "declined, void or withdrawn"),
    "late": ("逾期", "late"),
}


def credit(deeds: Iterable[Deed], score: Score) -> Credit:
    """Sort deeds into what earns and what does not, in the order of time.

    Parts are looked at apart: to report a matter and to settle it are two deeds at one place.
    """
    seen: dict[str, _Seen] = {}
    earned: dict[str, list[Deed]] = {}
    withheld = []
    within = timedelta(hours=score.same_place_h)
    for deed in sorted(deeds, key=lambda one: (one.at, one.number)):
        so_far = seen.setdefault(deed.part, _Seen())
        why = deed.void
        if not why and deed.part in _CREDITED:
            recent = [old for old in so_far.deeds if deed.at - old.at < within]
            why = _repeated(deed, recent)
            so_far.deeds = [*recent, deed]
            day = (deed.at.astimezone(ZONE).date(), deed.category)
            if not why and so_far.days[day] >= score.daily_cap:
                why = "daily_cap"
            so_far.days[day] += not why
        if why:
            withheld.append((deed, why))
        else:
            earned.setdefault(deed.part, []).append(deed)
    return Credit({part: tuple(done) for part, done in earned.items()}, tuple(withheld))


def _repeated(deed: Deed, recent: Sequence[Deed]) -> str:
    others = [old for old in recent if old.number != deed.number]
    if any(deed.photos & old.photos for old in others):
        return "same_photo"
    if any(_metres(deed, old) <= SAME_PLACE_M for old in others):
        return "same_place"
    return ""


def _metres(a: Deed, b: Deed) -> float:
    east = (a.lon - b.lon) * cos(radians(a.lat))
    return hypot(east, a.lat - b.lat) * _DEGREE_M


#: What there are no data for yet.
_UNKNOWN = {"visited_on_time": "no_patrols", "distance": "no_patrols"}


def worker_points(score: Score, credited: Credit, raw_counts: int, *, full_time: bool) -> Sum:
    """A worker's points by the formula of its kind; `raw_counts` are all deeds, credited or not."""
    weights = score.workers["full_time" if full_time else "part_time"]
    parts = []
    for name, weight in weights.items():
        if name in _UNKNOWN:
            parts.append(Part(name, weight, None, 0.0, _UNKNOWN[name]))
            continue
        n = raw_counts if name == "raw_counts" else len(credited.earned.get(name, ()))
        parts.append(Part(name, weight, float(n), weight * n))
    points = sum(part.points for part in parts)
    of = sum(part.weight for part in parts if part.value is not None)
    return Sum(points, of, tuple(parts))
