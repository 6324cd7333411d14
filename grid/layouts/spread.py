"""How evenly something is spread over cells: Gini's coefficient, the worst against the median."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

#: Counts are added up to so many standard deviations above the mean, and so many more.
_DEVIATIONS, _MORE = 12.0, 30


def gini(values: ArrayLike) -> float | None:
    """Gini's coefficient of n values that are not negative.

    0 where all are the same, 1 − 1/n where one has everything; None where there is nothing to
    share out.

    >>> gini([1, 1, 1, 1]), gini([0, 0, 0, 8]), gini([1, 2, 3])
    (0.0, 0.75, 0.2222222222222222)
    """
    x = np.sort(np.asarray(values, dtype=np.float64))
    n, total = len(x), float(x.sum())
    if total <= 0.0:
        return None
    if x[0] < 0.0:
        raise ValueError("Gini's coefficient is for values that are not negative")
    ranks = 2.0 * np.arange(1, n + 1) - n - 1.0
    return min(max(float(ranks @ (x / total)) / n, 0.0), 1.0 - 1.0 / n)


def gini_by_chance(mean: float) -> float | None:
    """The coefficient that chance alone gives where every cell may expect the same number.

    Of a Poisson distribution: half the mean difference of two counts over the mean, that is the
    sum of F(k)·(1 − F(k)) over all k, over the mean. None for no cases.

    >>> round(gini_by_chance(1.0), 3), round(gini_by_chance(100.0), 3)
    (0.524, 0.056)
    """
    if mean <= 0.0:
        return None
    k = np.arange(0, int(mean + _DEVIATIONS * np.sqrt(mean)) + _MORE)
    logs = np.concatenate([[0.0], np.cumsum(np.log(k[1:]))])
    below = np.cumsum(np.exp(k * np.log(mean) - mean - logs))
    return float(np.sum(below * np.clip(1.0 - below, 0.0, None)) / mean)


def worst_to_median(values: ArrayLike) -> float | None:
    """The largest of n values over their median; None without values or where the median is 0.

    >>> worst_to_median([1, 2, 8])
    4.0
    """
    x = np.asarray(values, dtype=np.float64)
    middle = float(np.median(x)) if len(x) else 0.0
    return float(x.max()) / middle if middle > 0.0 else None
