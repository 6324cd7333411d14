"""How even something is: known figures, and what must hold for any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid.layouts.spread import gini, gini_by_chance, worst_to_median

VALUES = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5], 0.0),
        ([3, 3, 3, 3], 0.0),
        ([1, 2, 3], 2 / 9),
        ([0, 0, 0, 8], 3 / 4),
        ([8, 0, 0, 0], 3 / 4),
        ([0, 1], 1 / 2),
        ([1, 3], 1 / 4),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.3),
    ],
)
def test_gini_of_known_vectors(values, expected):
    assert gini(values) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("values", [[], [0], [0, 0, 0]])
def test_nothing_to_share_has_no_gini(values):
    assert gini(values) is None


def test_a_negative_value_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        gini([1, -1, 3])


@given(VALUES)
def test_gini_lies_between_even_and_one_has_all(values):
    found = gini(values)
    assert (found is None) == (sum(values) == 0)
    if found is not None:
        assert 0.0 <= found <= 1.0 - 1.0 / len(values)


@given(VALUES, st.floats(0.001, 1000), st.randoms())
def test_neither_order_nor_unit_matters_to_gini(values, times, shuffled):
    found = gini(values)
    other = [value * times for value in values]
    shuffled.shuffle(other)
    if found is not None:
        assert gini(other) == pytest.approx(found, abs=1e-9)


@given(VALUES)
def test_gini_is_half_the_mean_difference_over_the_mean(values):
    found = gini(values)
    x = np.array(values)
    if found is not None:
        share = x / x.sum()
        pairs = np.abs(share[:, None] - share[None, :]).sum()
        assert found == pytest.approx(pairs / (2 * len(x)), abs=1e-9)


@pytest.mark.parametrize("mean", [0.3, 1.0, 4.0, 60.0])
def test_chance_alone_gives_what_drawn_counts_show(mean):
    drawn = np.random.default_rng(4).poisson(mean, 200_000)
    assert gini_by_chance(mean) == pytest.approx(gini(drawn), abs=0.005)


def test_more_cases_leave_less_to_chance():
    means = [0.01, 0.1, 1.0, 10.0, 100.0, 10_000.0]
    chances = [gini_by_chance(mean) for mean in means]
    assert chances == sorted(chances, reverse=True)
    assert gini_by_chance(0.0) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 2, 8], 4.0), ([2, 2], 1.0), ([0, 0, 5], None), ([], None), ([0, 0], None)],
)
def test_the_worst_over_the_median(values, expected):
    assert worst_to_median(values) == expected
