"""Any filter is translated or refused, never anything else; JSON and text mean the same."""

from __future__ import annotations

import json

import cql2
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_data.features.collections import COLLECTIONS
from geo_data.features.cql2.filters import translated
from geo_data.features.cql2.reading import Language
from geo_data.features.cql2.refusal import FilterRefused
from tests.unit.cql2_trees import trees

CASES = COLLECTIONS["cases"]

WORDS = [
    *("status", "reports", "received_at", "geom", "paused", "id", '"status"'),
    *("and", "or", "not", "in", "like", "between", "is", "null", "true", "false"),
    *("=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "^", "%", "div", "(", ")", ","),
    *("'open'", "'a%'", "''", "1", "2.5", "-3", "date('2026-11-22')", ";", "\\", "文"),
    *("timestamp('2026-11-22T00:00:00Z')", "interval('2026-01-01','..')", "t_after("),
    *("casei(", "s_intersects(", "point(119 36)", "bbox(119,36,120,37)", "avg("),
]
MEMBERS = [
    *("op", "args", "property", "date", "timestamp", "interval", "bbox"),
    *("type", "coordinates", "geometries", "x"),
]


def attempt(text, language):
    """The translation; None where it is refused in words that an answer can hold."""
    try:
        return translated(text, CASES, language)
    except FilterRefused as error:
        told = [str(error), error.zh]
    assert all(told)
    json.dumps(told, ensure_ascii=False).encode()
    return None


@settings(max_examples=200, deadline=None)
@given(trees(CASES))
def test_what_is_taken_means_the_same_as_text(tree):
    written = json.dumps(tree)
    part = attempt(written, Language.JSON)
    if part is None:
        return
    known = cql2.parse_json(written)
    again = attempt(known.to_text(), Language.TEXT)
    flat = attempt(json.dumps(known.to_json()), Language.JSON)
    assert flat is not None
    if again is not None:  # text has limits of its own
        assert again.text.as_string(None) == flat.text.as_string(None)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25))
def test_words_in_any_order(words):
    attempt(" ".join(words), Language.TEXT)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text(text):
    attempt(text, Language.TEXT)
    attempt(text, Language.JSON)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(MEMBERS),
            inner
            | st.sampled_from(["=", "and", "s_intersects", "t_after", "status", "Point", "geom"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(ANY_JSON)
def test_any_json(tree):
    attempt(json.dumps(tree), Language.JSON)
    for name in ("=", "in", "s_within", "t_during", "like", "between", "isNull", "and"):
        attempt(json.dumps({"op": name, "args": tree if isinstance(tree, list) else [tree, tree]}),
                Language.JSON)  # fmt: skip
