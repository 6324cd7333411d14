"""Figures and bounds as people read them."""

from __future__ import annotations

from datetime import date

import pytest

from grid.layouts.bounds import Bound, Verdict
from grid.layouts.principles import MEASURES, REASONS, Group, Unit
from grid.layouts.report import Figure, bound_text, figure_text, text_of


@pytest.mark.parametrize(
    ("value", "unit", "zh", "en"),
    [
        (0.0, Unit.SHARE, "0%", "0%"),
        (0.0004, Unit.SHARE, "<0.1%", "<0.1%"),
        (0.0123, Unit.SHARE, "1.2%", "1.2%"),
        (0.9996, Unit.SHARE, ">99.9%", ">99.9%"),
        (1.0, Unit.SHARE, "100%", "100%"),
        (3.04, Unit.M2, "3.0 平方米", "3.0 m²"),
        (152_420.3, Unit.M2, "152,420 平方米", "152,420 m²"),
        (16.783, Unit.KM2, "16.78 平方公里", "16.78 km²"),
        (630.0, Unit.CASES, "630 件", "630 cases"),
        (42.86, Unit.HOUSEHOLDS, "42.9 户", "42.9 households"),
        (13.04, Unit.TIMES, "13.0 倍", "13.0 times"),
        (0.2009, Unit.INDEX, "0.20", "0.20"),
    ],
)
def test_values(value, unit, zh, en):
    assert text_of(value, unit) == (zh, en)


def bound(measure, low=None, high=None, watch=0.02, fail=0.1):
    return Bound(measure, Group.ALL, low, high, watch, fail, date(2026, 1, 1), "own", "", "")


@pytest.mark.parametrize(
    ("of", "zh", "en"),
    [
        (bound("gaps", watch=0, fail=0), "超过 0 不达标", "above 0 fails"),
        (
            bound("cells_unchanged", watch=0.9, fail=0.7),
            "低于 90% 关注，低于 70% 不达标",
            "below 90% is watched, below 70% fails",
        ),
        (
            bound("ground", 0.01, 4),
            "每格 0.01–4 平方公里；超过 2% 关注，超过 10% 不达标",
            "0.01–4 km² a cell; above 2% is watched, above 10% fails",
        ),
        (
            bound("people", high=1000),
            "每格至多 1,000 人；超过 2% 关注，超过 10% 不达标",
            "up to 1,000 people a cell; above 2% is watched, above 10% fails",
        ),
        (
            bound("polsby_popper", low=0.3),
            "每格至少 0.3；超过 2% 关注，超过 10% 不达标",
            "0.3 a cell or more; above 2% is watched, above 10% fails",
        ),
        (
            bound("cases", high=5),
            "每格至多 5 倍中位数；超过 2% 关注，超过 10% 不达标",
            "up to 5 times the median a cell; above 2% is watched, above 10% fails",
        ),
        (
            bound("unnamed", high=0, watch=0, fail=0.01),
            "超过 0% 关注，超过 1% 不达标",
            "above 0% is watched, above 1% fails",
        ),
    ],
)
def test_bounds(of, zh, en):
    assert bound_text(of) == (zh, en)


@pytest.mark.parametrize(
    ("figure", "en"),
    [
        (Figure("gaps", Group.ALL, 3.0), "3"),
        (Figure("households", Group.ALL, None, reason="no_facts"), REASONS["no_facts"][1]),
        (
            Figure("ground", Group.URBAN, 0.25, None, Verdict.FAIL, "", 8, 16, 2, 0.5, 1, 4),
            "25% (2) beyond; least 0.50 km², median 1.00 km², most 4.00 km² (known of 8 of 16)",
        ),
        (
            Figure("cases", Group.ALL, None, reason="too_few_cases", known=2, of=2,
                   least=0, median=1, most=2),
            "least 0 cases, median 1 cases, most 2 cases",
        ),
        (Figure("strays", Group.ALL, 0.5, known=2, of=2, beyond=1, least=0, median=0.5, most=1),
         "50% (1) beyond"),
    ],
)  # fmt: skip
def test_figures(figure, en):
    assert figure_text(figure)[1] == en


@pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda m: m.name)
def test_every_measure_has_words_in_both_languages(measure):
    assert measure.zh != measure.en
    assert text_of(1.0, measure.unit)[0]
