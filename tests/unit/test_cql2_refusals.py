"""What no filter may say: each is refused with where and why, and with nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from geo_data.features.collections import COLLECTIONS
from geo_data.features.cql2.filters import translated
from geo_data.features.cql2.reading import Language
from geo_data.features.cql2.refusal import (
    DEEPEST,
    LISTED,
    LONGEST,
    OPERATORS,
    POSITIONS,
    FilterRefused,
)

CASES = COLLECTIONS["cases"]


def refused(text, language=Language.TEXT):
    with pytest.raises(FilterRefused) as caught:
        translated(text, CASES, language)
    assert caught.value.zh
    assert caught.value.en
    json.dumps(str(caught.value), ensure_ascii=False).encode()  # fit for an answer
    return caught.value.where, caught.value.en


TEXTS = [
    ("", "line 1, character 1", "cannot be understood"),
    ("status", "", "alone asks nothing"),
    ("'x'", "", "asks nothing"),
    ("1", "", "asks nothing"),
    ("status = 'x' status", "line 1, character 14", "cannot be understood"),
    ("status = 'x'; SELECT 1", "line 1, character 13", "cannot be understood"),
    ("status = 'x' --", "line 1, character 16", "cannot be understood"),
    ("status = 'x' UNION SELECT 1", "line 1, character 14", "cannot be understood"),
    ("nothing = 'x'", "/args/0", "cases has no property nothing; it has id, number"),
    ("STATUS = 'x'", "/args/0", "no property STATUS"),
    ("f.status = 'x'", "/args/0", "no property f.status"),
    ("assisting = 'x'", "/args/0", "no property assisting"),
    ("\"status\"\" OR 1=1\" = 'x'", "/args/0", "no property"),
    ("pg_sleep(10)", "", "pg_sleep is no operator"),
    ("status = version()", "/args/1", "version gives no value"),
    ("accenti(status) = 'x'", "/args/0", "accenti gives no value"),
    ("a_contains(status, ('x'))", "", "a_contains is no operator"),
    ("status % 2 = 1", "/args/0/args/0", "% takes a number"),
    ("reports ^ '2' = 1", "/args/0/args/1", "^ takes a number"),
    ("reports div paused = 1", "/args/0/args/1", "div takes a number"),
    ("reports = '1'", "", "reports is a number, '1' is text"),
    ("status = 1", "", "status is text, 1.0 is a number"),
    ("paused = 1", "", "paused is true or false"),
    ("paused < true", "", "have no order"),
    ("paused BETWEEN false AND true", "", "have no order"),
    ("received_at = '2026-11-22'", "", "written TIMESTAMP("),
    ("status = null", "/args/1", "IS NULL"),
    ("(status = 'x') = true", "/args/0", "= gives no value"),
    ("status + 1 = 2", "/args/0/args/0", "+ takes a number, and status is text"),
    ("received_at + 1 > received_at", "/args/0/args/0", "received_at is a moment"),
    ("casei(reports) = 'x'", "/args/0/args/0", "casei takes text"),
    ("casei(status, 'x') = 'x'", "/args/0", "casei takes 1 arguments, not 2"),
    ("status LIKE 'x\\'", "/args/1", "backslash"),
    ("status LIKE 'x\\\\\\'", "/args/1", "backslash"),
    ("status LIKE category", "/args/1", "written out"),
    ("status LIKE casei(category)", "/args/1", "written out"),
    ("reports LIKE '1%'", "/args/0", "like takes text"),
    ("status IN ('a', 1)", "/args/1/1", "values of one kind"),
    ("geom = 'x'", "/args/0", "is a geometry"),
    ("geom IN ('x')", "/args/0", "is a geometry"),
    ("received_at > DATE('2026-02-30')", "/args/1", "there is no 2026-02-30"),
    ("received_at > DATE('0001-01-01')", "/args/1", "not in the years"),
    ("received_at > DATE('2026-11-22T00:00:00Z')", "/args/1", "no day"),
    ("received_at > DATE(received_at)", "/args/1", "no day"),
    ("received_at > TIMESTAMP('2026-11-22T00:00:00')", "character 25", "its offset"),
    ("received_at > TIMESTAMP('2026-11-22 00:00')", "character 25", "its offset"),
    ("received_at > TIMESTAMP(('2026-11-22T00:00:00'))", "character 26", "its offset"),
    ("received_at > \"timestamp\"('2026-11-22T00:00:00')", "character 27", "its offset"),
    ("T_AFTER(received_at, INTERVAL('2026-11-22T00:00', '..'))", "character 31", "its offset"),
    ("received_at > TIMESTAMP('2026-11-22')", "/args/1", "no moment"),
    ("received_at > TIMESTAMP('2026-11-22T25:00:00Z')", "/args/1", "there is no"),
    ("T_AFTER(status, DATE('2026-11-22'))", "/args/0", "holds no moments"),
    ("T_AFTER('2026-11-22', received_at)", "/args/0", "is no moment"),
    ("T_AFTER(received_at, INTERVAL('2026-11-22', '2026-11-21'))", "/args/1", "ends before"),
    ("T_AFTER(received_at, INTERVAL('2026-11-22'))", "/args/1", "takes 2 arguments"),
    ("T_AFTER(received_at)", "", "t_after takes 2 arguments, not 1"),
    ("T_STARTS(received_at, INTERVAL('2026-11-22', '..'))", "/args/0", "compares intervals"),
    ("T_AFTER(nothing, received_at)", "/args/0", "no property nothing"),
    ("T_AFTER(geom, received_at)", "/args/0", "is a geometry"),
    ("S_INTERSECTS(status, POINT(119 36))", "/args/0", "status is no geometry"),
    ("S_INTERSECTS(geom, 'POINT(119 36)')", "/args/1", "is no geometry"),
    ("S_INTERSECTS(geom)", "", "takes 2 arguments, not 1"),
    ("S_INTERSECTS(geom, buffer(geom, 1))", "/args/1", "buffer is no geometry"),
    ("S_INTERSECTS(geom, POINT(190 36))", "/args/1/coordinates", "no position 190, 36"),
    ("S_INTERSECTS(geom, POINT EMPTY)", "", "cannot be used"),
    ("S_INTERSECTS(geom, POLYGON((0 0, 1 0, 1 1, 0 1)))", "/args/1", "the last as the first"),
    ("S_INTERSECTS(geom, POLYGON((0 0, 1 1, 0 0)))", "/args/1", "four positions"),
    ("S_INTERSECTS(geom, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))", "/args/1", "Self-intersection"),
    ("S_INTERSECTS(geom, LINESTRING(1 1))", "/args/1", "two positions"),
    ("S_INTERSECTS(geom, LINESTRING(1 1, 1 1))", "/args/1", "not valid"),
    ("S_INTERSECTS(geom, BBOX(1, 2, 3))", "/args/1/bbox", "four numbers"),
    ("S_INTERSECTS(geom, BBOX(1, 2, 3, 'x'))", "/args/1/bbox", "is no number"),
    ("S_INTERSECTS(geom, BBOX(1, 2, 3, 1))", "/args/1/bbox", "south of"),
    ("S_INTERSECTS(geom, BBOX(1, 2, 3, 1e999))", "/args/1/bbox", "too large"),
    ("reports < 1e999", "/args/1", "too large"),
    ("reports + 1e999 < 1", "/args/0/args/1", "too large"),
    ("reports < NaN", "/args/1", "no property NaN"),
    ("status = 'a\0b'", "/args/1", "NUL"),
    ("status = '\ud800'", "character 11", "is no character"),
    ("status = 'x", "character 10", "quote does not end"),
    ('"status = 1', "character 1", "quote does not end"),
    ("(status = 'x'", "", "not closed"),
    ("status = 'x')", "character 13", "never opened"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "where", "why"), TEXTS, ids=[text[0] for text in TEXTS])
def test_text(text, where, why):
    at, en = refused(text)
    assert why in en
    assert at == where


P = {"property": "status"}
TREES = [
    (None, "", "asks nothing"),
    ([], "", "asks nothing"),
    ({}, "", "asks nothing"),
    ({"op": "and", "args": [True]}, "", "two conditions"),
    ({"op": "and", "args": []}, "", "two conditions"),
    ({"op": "not", "args": [True, True]}, "", "takes 1 arguments"),
    ({"op": "not", "args": [1]}, "/args/0", "asks nothing"),
    ({"op": "=", "args": [P]}, "", "takes 2 arguments"),
    ({"op": "=", "args": [P, "x"], "more": 1}, "", "no member more"),
    ({"op": "=", "args": P}, "", "list of args"),
    ({"op": 1, "args": []}, "", "a name"),
    ({"op": "="}, "", "list of args"),
    ({"op": "=", "args": [{"property": ["status"]}, "x"]}, "/args/0", "no property"),
    ({"op": "=", "args": [{"property": None}, "x"]}, "/args/0", "no property"),
    ({"op": "=", "args": [{"property": "status", "as": 1}, "x"]}, "/args/0", "no member as"),
    ({"op": "=", "args": [P, ["x"]]}, "/args/1", "no value"),
    ({"op": "=", "args": [P, {"x": 1}]}, "/args/1", "no value"),
    ({"op": "=", "args": [P, "\0"]}, "/args/1", "NUL"),
    ({"op": "=", "args": [{"property": "reports"}, 10**400]}, "/args/1", "too large"),
    ({"op": "=", "args": [P, "\ud800"]}, "/args/1", "half a character"),
    ({"op": "=", "args": [{"property": "\ud800"}, "x"]}, "/args/0", "no property ?"),
    ({"op": "\ud800\n" + "x" * 500, "args": []}, "", "?"),
    ({"op": "in", "args": [P, []]}, "/args/1", "a list"),
    ({"op": "in", "args": [P, "x"]}, "/args/1", "a list"),
    ({"op": "in", "args": [P, [["x"]]]}, "/args/1/0", "no value"),
    ({"op": "like", "args": [P, {"op": "casei", "args": []}]}, "/args/1", "takes 1"),
    ({"op": "isNull", "args": [None]}, "/args/0", "IS NULL"),
    ({"op": "isNull", "args": [{"property": "geom", "x": 1}]}, "/args/0", "no member x"),
    ({"op": ">", "args": [{"property": "due_at"}, {"date": 1}]}, "/args/1", "no day"),
    ({"op": ">", "args": [{"property": "due_at"}, {"timestamp": P}]}, "/args/1", "no day"),
    (
        {"op": ">", "args": [{"property": "due_at"}, {"date": "2026-11-22", "timestamp": "x"}]},
        "/args/1",
        "no member timestamp",
    ),
    ({"op": "t_after", "args": [{"interval": "x"}, P]}, "/args/0", "two ends"),
    ({"op": "t_after", "args": [{"interval": [1, 2]}, P]}, "/args/0/interval/0", "no day"),
    ({"op": "t_after", "args": [{"interval": [None, ".."]}, P]}, "/args/0/interval/0", "no day"),
    ({"op": "t_after", "args": [{"interval": [{}, ".."]}, P]}, "/args/0/interval/0", "no property"),
    ({"op": "t_after", "args": [{"interval": [P, ".."]}, P]}, "/args/0/interval/0", "no moments"),
    ({"op": "t_after", "args": [{"interval": ["\ud800", ".."]}, P]}, "/args/0/interval/0", "half"),
]  # fmt: skip
SHAPES = [
    ({"type": "Feature", "geometry": None}, "", "no geometry Feature"),
    ({"type": ["Point"], "coordinates": [1, 2]}, "", "no geometry"),
    ({"type": "Point"}, "/coordinates", "two numbers"),
    ({"type": "Point", "coordinates": []}, "/coordinates", "two numbers"),
    ({"type": "Point", "coordinates": [1, 2, 3, 4]}, "/coordinates", "two numbers"),
    ({"type": "Point", "coordinates": ["1", 2]}, "/coordinates", "no number"),
    ({"type": "Point", "coordinates": [True, 2]}, "/coordinates", "no number"),
    ({"type": "Point", "coordinates": [10**400, 2]}, "/coordinates", "too large"),
    ({"type": "Point", "coordinates": [[1, 2]]}, "/coordinates", "two numbers"),
    ({"type": "Point", "coordinates": [1, 2], "crs": {}}, "", "no member crs"),
    ({"type": "Polygon", "coordinates": []}, "/coordinates", "empty"),
    ({"type": "Polygon", "coordinates": [[]]}, "/coordinates", "empty"),
    ({"type": "Polygon", "coordinates": [1, 2]}, "/coordinates", "empty"),
    ({"type": "MultiPolygon", "coordinates": [[]]}, "/coordinates", "empty"),
    ({"type": "GeometryCollection", "geometries": []}, "", "empty"),
    ({"type": "GeometryCollection", "geometries": [1]}, "/geometries/0", "no geometry"),
    (
        {
            "type": "GeometryCollection",
            "geometries": [{"type": "GeometryCollection", "geometries": []}],
        },
        "/geometries/0",
        "no geometry",
    ),
    ({"bbox": [1, 2, 3, 4], "x": 1}, "", "no member x"),
    ({"bbox": "1,2,3,4"}, "/bbox", "four numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "where", "why"), TREES)
def test_json(tree, where, why):
    at, en = refused(json.dumps(tree), Language.JSON)
    assert why in en
    assert at == where


@pytest.mark.parametrize(("shape", "where", "why"), SHAPES)
def test_shapes(shape, where, why):
    tree = {"op": "s_intersects", "args": [{"property": "geom"}, shape]}
    at, en = refused(json.dumps(tree), Language.JSON)
    assert why in en
    assert at.startswith(f"/args/1{where}")


@pytest.mark.parametrize(
    ("raw", "where", "why"),
    [
        ("", "", "not JSON"),
        ("status = 'x'", "", "not JSON"),
        ("{", "", "not JSON"),
        ("true true", "", "not JSON"),
        ('{"op":"=","args":[NaN,1]}', "", "NaN"),
        ('{"op":"=","op":"<","args":[1,1]}', "/op", "twice"),
        ("[" * 15_000, "", "deep"),
        ('{"op":"=","args":[' + "9" * 9000 + ",1]}", "", "digits"),
        ('{"op":"=","args":[1e999,1]}', "/args/0", "too large"),
        ("'\ud800'", "character 2", "no character"),
    ],
)
def test_what_is_no_json(raw, where, why):
    at, en = refused(raw, Language.JSON)
    assert why in en
    assert at == where


def test_limits_hold_and_what_is_just_within_them_passes():
    translated("status = '" + "x" * (LONGEST - 11) + "'", CASES)
    assert "bytes long" in refused("status = '" + "x" * (LONGEST - 10) + "'")[1]
    assert "bytes long" in refused("status = '" + "文" * (LONGEST // 3) + "'")[1]

    one = "status = 'x'"
    many = OPERATORS // 2  # with as many ORs between them
    translated(" OR ".join([one] * many), CASES)
    assert "operators" in refused(" OR ".join([one] * (many + 1)))[1]
    flat = {"op": "or", "args": [{"op": "=", "args": [P, "x"]}] * (OPERATORS - 1)}
    translated(json.dumps(flat), CASES, Language.JSON)
    flat["args"].append({"op": "=", "args": [P, "x"]})
    assert "operators" in refused(json.dumps(flat), Language.JSON)[1]

    translated("NOT " * DEEPEST + "true", CASES)
    assert "deep" in refused("NOT " * (DEEPEST + 1) + "true")[1]
    nested = '{"op":"not","args":[' * (DEEPEST + 1) + "true" + "]}" * (DEEPEST + 1)
    assert "deep" in refused(nested, Language.JSON)[1]

    translated(f"reports IN ({','.join(['1'] * LISTED)})", CASES)
    assert "list" in refused(f"reports IN ({','.join(['1'] * (LISTED + 1))})")[1]

    def points(many):
        return f"S_INTERSECTS(geom, MULTIPOINT({','.join(['1 2'] * many)}))"

    translated(points(POSITIONS), CASES)
    assert "positions" in refused(points(POSITIONS + 1))[1]
    both = " AND ".join([points(POSITIONS - 1)] * 2)
    assert "bytes long" in refused(both)[1] or "positions" in refused(both)[1]


def test_brackets_as_people_and_programs_write_them():
    """A program's own brackets, around each pair: ten conditions nest nine deep."""
    text = "status = 'open'"
    for number in range(9):
        text = f"({text}) AND (status <> '{number}')"
    translated(text, CASES)
    translated("((((((((((((status = 'x'))))))))))))", CASES)
    assert "deep" in refused("(" * 17 + "true" + ")" * 17)[1]


HOSTILE = {
    "open": "(" * 16,
    "brackets": "(" * 15 + "status = 'x' !" + ")" * 15,
    "long inside": "(" * 7 + "status='x' and " * 1000 + "!" + ")" * 7,
    "lists": "status in " + "('a'," * 15 + "'a'" + ")" * 15,
    "hidden words": "true andnot(" * 15 + "!" + ")" * 15,
    "numbers": "1or(" * 15 + "!" + ")" * 15,
    "geometries": "s_intersects(geom," + "(" * 14 + "1 2" + ")" * 15,
    "collections": "s_intersects(geom," + "geometrycollection(" * 15 + "!" + ")" * 16,
    "polygon": "s_intersects(geom, polygon((" + "1 2," * 3900 + "!)))",
    "not": "not " * 3999,
    "minus": "-" * 15_000,
    "minus apart": "- " * 7_000,
    "equals": "a" + "=a" * 7_000,
    "like": "a" + " likea" * 2_500,
    "digits": "1like" * 3_000 + "1",
    "in": "a" + " in a" * 3_000,
    "power": "a" + "^a" * 7_000,
    "signs": "1" + "-1" * 7_000 + "=1",
    "signs in brackets": "((1" + "-1" * 7_000 + ")=1)",
    "signs in groups": "(1)" + "-1-1-1-1+(1)" * 1_300 + "=1",
    "quotes": "'" * 15_999,
    "double quotes": '"' * 15_999,
    "and": "a" + " and a" * 2_600,
    "between": "a" + " between 1 and 2" * 900,
    "null": "a" + " is null" * 1_900,
    "commas": "a in (" + "," * 15_000 + ")",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_keeps_the_process_busy(name):
    begun = time.process_time()
    refused(HOSTILE[name])
    assert time.process_time() - begun < 0.5


def test_nothing_ends_the_process():
    """The parser's recursion overflows the stack of a process; here it has an eighth of one."""
    program = (
        "import json, sys, threading\n"
        "from geo_data.features.cql2.filters import translated\n"
        "from geo_data.features.cql2.refusal import FilterRefused\n"
        "from geo_data.features.collections import COLLECTIONS\n"
        "def run():\n"
        "    for text in json.load(sys.stdin):\n"
        "        try:\n"
        "            translated(text, COLLECTIONS['cases'])\n"
        "        except FilterRefused:\n"
        "            print('refused')\n"
        "threading.stack_size(1 << 20)\n"
        "thread = threading.Thread(target=run)\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    within = [*HOSTILE.values()]
    # as much of everything as just passes
    within += ["not " * OPERATORS + "a", "a" + "=a" * OPERATORS, "-" * OPERATORS + "a"]
    within += ["a" + " like a" * OPERATORS, "a" + "^a" * OPERATORS, "1" + "-1-1-1-1+1" * OPERATORS]
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(within).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.split() == [b"refused"] * len(within)
