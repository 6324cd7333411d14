"""Bounds from a sheet, and what they say of a figure and of a cell."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from geo_data.layout.report.making import published
from grid.layouts.bounds import Bound, Verdict, overall, read
from grid.layouts.principles import MEASURES, PRINCIPLES, Group

HEAD = "measure,group,low,high,watch,fail,since,source,zh,en\n"
GOOD = "ground,urban,0.01,4,0.02,0.1,2026-11-22,own,,\n"


def bound(low=None, high=None, watch=0.0, fail=0.0):
    return Bound("ground", Group.ALL, low, high, watch, fail, date(2026, 1, 1), "own", "", "")


@pytest.mark.parametrize(
    ("watch", "fail", "value", "verdict"),
    [
        (0.0, 0.0, 0.0, Verdict.PASS),
        (0.0, 0.0, 1.0, Verdict.FAIL),
        (0.0, 0.01, 0.005, Verdict.WATCH),
        (0.4, 0.6, 0.4, Verdict.PASS),
        (0.4, 0.6, 0.5, Verdict.WATCH),
        (0.4, 0.6, 0.61, Verdict.FAIL),
        (0.9, 0.7, 0.9, Verdict.PASS),
        (0.9, 0.7, 0.8, Verdict.WATCH),
        (0.9, 0.7, 0.69, Verdict.FAIL),
        (0.4, 0.6, None, Verdict.UNKNOWN),
    ],
)
def test_a_figure_is_judged(watch, fail, value, verdict):
    assert bound(watch=watch, fail=fail).verdict(value) is verdict


@pytest.mark.parametrize(
    ("low", "high", "values", "badness"),
    [
        (None, 4.0, [2.0, 4.0, 8.0], [0.5, 1.0, 2.0]),
        (0.5, None, [0.25, 0.5, 1.0], [2.0, 1.0, 0.5]),
        (1.0, 4.0, [0.5, 2.0, 8.0], [2.0, 0.5, 2.0]),
        (None, 0.0, [0.0, 1.0, 3.0], [0.0, 2.0, 4.0]),
        (0.5, None, [0.0, np.nan, 0.5], [np.inf, 0.0, 1.0]),
    ],
)
def test_how_bad_a_cell_is(low, high, values, badness):
    assert bound(low, high).badness(np.array(values)).tolist() == badness


def test_the_worst_verdict_holds_over_all():
    assert overall([Verdict.PASS, Verdict.UNKNOWN]) is Verdict.PASS
    assert overall([Verdict.PASS, Verdict.FAIL, Verdict.WATCH]) is Verdict.FAIL
    assert overall([Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert overall([]) is Verdict.UNKNOWN


def test_the_sheet_that_ships_is_dated_and_bounds_every_principle():
    bounds = published()
    bounded = {MEASURES[measure].principle for measure in bounds}
    assert bounded == {principle.name for principle in PRINCIPLES}
    every = [one for groups in bounds.values() for one in groups.values()]
    assert all(one.since >= date(2026, 1, 1) and one.source in {"own", "usual"} for one in every)
    # The usual words are quoted as they are, and said to be no more than that.
    assert (bounds["households"][Group.ALL].low, bounds["households"][Group.ALL].high) == (300, 500)
    assert bounds["people"][Group.ALL].high == 1000
    assert {one.measure for one in every if one.source == "usual"} == {"households", "people"}


def test_a_sheet_from_a_spreadsheet_is_read():
    assert read("\ufeff" + HEAD + GOOD)["ground"][Group.URBAN].high == 4.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("measure,group\n", "line 1: there is no column low"),
        (HEAD + GOOD.replace("ground", "grounds"), "line 2: there is no measure 'grounds'"),
        (HEAD + GOOD.replace("urban", "town"), "line 2: 'town' is not a valid Group"),
        (HEAD + GOOD + GOOD, "line 3: ground, urban is bounded twice"),
        (HEAD + GOOD.replace(",4,", ",four,"), "line 2: high 'four' is no number"),
        (HEAD + GOOD.replace(",4,", ",nan,"), "line 2: high 'nan' is no number from 0 on"),
        (HEAD + GOOD.replace(",4,", ",0.001,"), "line 2: low 0.01 lies above high 0.001"),
        (HEAD + GOOD.replace("0.01,4,", ",,"), "line 2: ground is of each cell, and needs low"),
        (HEAD + GOOD.replace("0.02,0.1", "0.02,"), "line 2: watch and fail are needed"),
        (HEAD + GOOD.replace("ground", "gaps"), "line 2: gaps is not of each cell"),
        (HEAD + GOOD.replace("2026-11-22", "today"), "line 2: Invalid isoformat"),
    ],
)
def test_what_a_sheet_cannot_say(text, words):
    with pytest.raises(ValueError, match=words):
        read(text)
