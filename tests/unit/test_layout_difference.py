"""What became of areas between two layouts: one example for each kind of change."""

from __future__ import annotations

import shapely

from grid.layouts.difference import Area, Change, difference

S = 0.01


def area(code, west, east, parent="p", name="", south=0.0, north=1.0):
    """An area from one column line to another, a row high; columns are a hundredth of a degree."""
    shape = shapely.box(119 + west * S, 36 + south * S, 119 + east * S, 36 + north * S)
    return Area(code, parent, name or f"第{code}网格", shape)


BEFORE = [area(code, i, i + 1) for i, code in enumerate("abcd")]


def told(after, before=BEFORE):
    """The rows but for what stayed as it was: changes, codes before, codes after."""
    found = difference(before, after)
    assert (found.before, found.after) == (len(before), len(after))
    return [
        (" ".join(row.changes), "".join(row.before), "".join(row.after))
        for row in found.rows
        if row.changes != (Change.UNCHANGED,)
    ]


def test_the_same_areas_in_another_order_with_other_corners_are_unchanged():
    again = [
        Area(a.code, a.parent, a.name, shapely.segmentize(a.shape, S / 3)) for a in BEFORE[::-1]
    ]
    assert told(again) == []
    assert difference(BEFORE, again).count(Change.UNCHANGED) == 4


def test_split():
    after = [area("a", 0, 0.7), area("e", 0.7, 1), *BEFORE[1:]]
    assert told(after) == [("split", "a", "ae")]


def test_split_with_a_border_that_moved_a_little_too():
    after = [area("a", 0, 0.5), area("e", 0.5, 1.1), area("b", 1.1, 2), *BEFORE[2:]]
    assert told(after) == [("split", "a", "ae"), ("moved", "b", "b")]


def test_merged():
    after = [area("a", 0, 2), *BEFORE[2:]]
    [row] = [r for r in difference(BEFORE, after).rows if r.changes == (Change.MERGED,)]
    assert (row.before, row.after, row.kept) == (("a", "b"), ("a",), 1.0)


def test_a_border_that_moves_moves_both_sides():
    after = [area("a", 0, 1.4), area("b", 1.4, 2), *BEFORE[2:]]
    assert told(after) == [("moved", "a", "a"), ("moved", "b", "b")]
    [a, b, *_] = difference(BEFORE, after).rows
    assert (a.kept, b.kept) == (1.0, 0.6)
    assert 0.59 < b.shared_m2 / a.shared_m2 < 0.61


def test_what_is_rounding_is_no_change():
    after = [area("a", 0, 1.0005), area("b", 1.0005, 2), *BEFORE[2:]]
    assert told(after) == []


def test_renamed_by_code_or_by_name():
    after = [area("x", 0, 1), area("b", 1, 2, name="新村"), *BEFORE[2:]]
    assert told(after) == [("renamed", "a", "x"), ("renamed", "b", "b")]


def test_under_a_new_parent_moved_and_renamed_at_once():
    after = [area("x", 0, 1.2, parent="q"), area("b", 1.2, 2), *BEFORE[2:]]
    assert told(after) == [("moved renamed new_parent", "a", "x"), ("moved", "b", "b")]


def test_codes_that_change_places_are_told_by_the_ground():
    after = [area("b", 0, 1), area("a", 1, 2), *BEFORE[2:]]
    assert told(after) == [("renamed", "a", "b"), ("renamed", "b", "a")]


def test_gone_and_new():
    assert told(BEFORE[:3]) == [("gone", "d", "")]
    assert told([*BEFORE, area("e", 4, 5)]) == [("new", "", "e")]


def test_shared_out_among_its_neighbours_it_is_gone():
    after = [area("a", 0, 1.5), area("c", 1.5, 3), BEFORE[3]]
    assert told(after) == [("moved", "a", "a"), ("moved", "c", "c"), ("gone", "b", "")]


def test_made_of_parts_of_two_it_is_new():
    after = [area("a", 0, 0.7), area("e", 0.7, 1.3), area("b", 1.3, 2), *BEFORE[2:]]
    assert told(after) == [("moved", "a", "a"), ("moved", "b", "b"), ("new", "", "e")]


def test_nothing_before_or_nothing_after():
    assert [row for row, *_ in told(BEFORE, before=[])] == ["new"] * 4
    assert [row for row, *_ in told([])] == ["gone"] * 4
