"""A figure's answer: numerator, denominator, what was left out, chance, and the place in its group.

Rates of few cases say little: an interval of chance stands beside each, and nobody is ranked by
fewer than 20.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from typing import TYPE_CHECKING

from grid.figures.figure import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.figures.counting import Tally
    from grid.figures.figure import Figure

#: Nobody is ranked by fewer.
FEW = 20
_PER = 10_000
#: 95 of 100 intervals hold the true rate.
_Z = 1.959964


class Variant(StrEnum):
    """Raw as it happened; exempted without what an appeal or an offline phone excuses."""

    RAW = "raw"
    EXEMPTED = "exempted"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a figure is. `low` and `high` bound a share by chance (Wilson, 95 %).

    `reason` says why there is no value (`grid.figures.figure.MISSING`). Of a ratio numerator and
    denominator are sums in hours.
    """

    value: float | None
    numerator: float
    denominator: float | None
    excluded: Mapping[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    reason: str = ""


def wilson(hits: float, n: float) -> tuple[float, float]:
    """The interval in which the true rate lies by a chance of 95 %, of `hits` among `n` > 0."""
    rate = hits / n
    middle = (rate + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(rate * (1 - rate) / n + _Z**2 / (4 * n * n))
    return max(0.0, min(rate, middle - half)), min(1.0, max(rate, middle + half))


def answer(figure: Figure, tally: Tally, variant: Variant, of: float | None = None) -> Answer:
    """The figure of what was counted; `of` is the number of what it is counted per 10,000 of."""
    hits = tally.raw if variant is Variant.RAW else tally.exempted
    excluded = dict(sorted(tally.excluded.items()))
    if figure.shape is Shape.COUNT:
        return Answer(hits, hits, None, excluded)
    if figure.shape is Shape.PER_10000:
        if not of:
            reason = figure.missing if of is None else "nothing"
            return Answer(None, hits, of, excluded, reason=reason)
        return Answer(hits / of * _PER, hits, of, excluded)
    if figure.shape is Shape.RATIO:
        above, below = tally.above / 3600, tally.below / 3600
        value = above / below if below else None
        return Answer(value, above, below, excluded, reason="" if below else "nothing")
    if not tally.counted:
        return Answer(None, 0, 0, excluded, reason="nothing")
    low, high = wilson(hits, tally.counted)
    return Answer(hits / tally.counted, hits, tally.counted, excluded, low, high)


def not_by() -> Answer:
    """The figure is not counted this way."""
    return Answer(None, 0, None, reason="not_by")


def ranks(
    figure: Figure, answers: Mapping[str, Answer], groups: Mapping[str, str]
) -> dict[str, int]:
    """The place of each row within its group, 1 is best; equal values share a place.

    Who has fewer than 20 has none, and is in nobody's way. `groups` names each row's group; rows
    without one are not ranked.
    """
    if not figure.better or figure.shape is Shape.COUNT:
        return {}
    sign = -1 if figure.better == "higher" else 1
    placed: dict[str, int] = {}
    for group in sorted(set(groups.values()) - {""}):
        values = {
            name: sign * one.value
            for name, one in answers.items()
            if groups.get(name) == group and one.value is not None and (one.denominator or 0) >= FEW
        }
        for name, mine in values.items():
            placed[name] = 1 + sum(other < mine for other in values.values())
    return placed
