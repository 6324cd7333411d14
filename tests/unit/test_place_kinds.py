"""The published lists that ship: kinds of places, measures of areas."""

from __future__ import annotations

import pytest

from geo_data.area_facts.measures import measures
from geo_data.places.kinds import kinds, within_m
from geo_data.policies import load_shipped
from grid.figures.figures import FIGURES


@pytest.mark.parametrize("name", ["default", "with-street"])
def test_every_zone_that_a_shipped_policy_names_is_a_kind_with_metres(name):
    assert load_shipped(name).zones <= within_m().keys()


def test_kinds_have_names_in_both_languages_and_sensible_metres():
    assert all(kind.name.isidentifier() and kind.zh and kind.en for kind in kinds().values())
    assert all(0 < metres <= 1000 for metres in within_m().values())
    assert "hydrant" in kinds().keys() - within_m().keys()


def test_every_figure_per_ten_thousand_is_of_a_measure():
    per = {figure.per for figure in FIGURES} - {""}
    assert per == {"population", "businesses"} <= measures().keys()
    assert all(one.zh and one.en for one in measures().values())
