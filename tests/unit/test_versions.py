"""Which of several published versions of the policy holds at a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from geo_data.policies import load_shipped
from grid.policy.versions import BEGINNING, Policies, Published, version_in

MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
NAMED = {name: replace(load_shipped(), version=name) for name in ("one", "two", "three")}
POLICIES = Policies(
    [  # not in the order of time: the second was published to hold after the third
        Published(NAMED["one"], BEGINNING),
        Published(NAMED["two"], JUNE),
        Published(NAMED["three"], MAY),
    ],
    stamp=3,
)


@pytest.mark.parametrize(
    ("moment", "version"),
    [
        (BEGINNING - timedelta(days=1), "one"),
        (MAY - timedelta(microseconds=1), "one"),
        (MAY, "three"),
        (JUNE - timedelta(microseconds=1), "three"),
        (JUNE, "two"),
        (JUNE + timedelta(days=9999), "two"),
    ],
)
def test_a_version_holds_until_the_next_one_begins(moment: datetime, version: str) -> None:
    assert POLICIES.at(moment).version == version


def test_words_are_those_of_the_version_that_is_named_else_of_then() -> None:
    assert POLICIES.named("two", MAY).version == "two"
    assert POLICIES.named("never-published", MAY).version == "three"
    assert POLICIES.named("", BEGINNING).version == "one"


def test_what_decided_an_event_stands_in_its_reasons_or_in_its_matter() -> None:
    because, matter = SimpleNamespace(policy="two"), SimpleNamespace(policy="one")
    assert version_in(SimpleNamespace(why=because, matter=matter)) == "two"
    assert version_in(SimpleNamespace(why=SimpleNamespace(policy=""), matter=matter)) == "one"
    assert version_in(SimpleNamespace(matter=matter)) == "one"
    assert version_in(SimpleNamespace()) == ""


def test_there_is_always_a_policy() -> None:
    with pytest.raises(ValueError, match="no policy at all"):
        Policies([])
