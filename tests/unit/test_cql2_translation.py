"""What each operator of CQL2 becomes: fixed SQL over the row, every literal bound."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import shapely

from geo_data.features.collections import COLLECTIONS, Kind
from geo_data.features.cql2.conditions import COMPARED, SPATIAL, TEMPORAL
from geo_data.features.cql2.filters import translated
from geo_data.features.cql2.reading import Language
from geo_data.features.cql2.values import WORDS

CASES, CELLS = COLLECTIONS["cases"], COLLECTIONS["cells"]
DAY = datetime(2026, 11, 21, 16, tzinfo=UTC)
END = DAY + timedelta(days=1) - timedelta(microseconds=1)
LOWER = '(lower({} COLLATE "default") COLLATE "C")'


def of(text, collection=CASES, language=Language.TEXT):
    part = translated(text, collection, language)
    return part.text.as_string(None), part.values


TABLE = [
    ("true", "true", []),
    ("FALSE", "false", []),
    ("status = 'it''s'", '(f."status"::text = %(cql_0)s::text)', ["it's"]),
    ('"status" != \'x\'', '(f."status"::text <> %(cql_0)s::text)', ["x"]),
    ("status < 'x'", '(f."status"::text COLLATE "C" < %(cql_0)s::text)', ["x"]),
    ("path = cell", '(f."path"::text COLLATE "C" = f."cell"::text)', []),
    ("paused = true", '(f."paused" = %(cql_0)s::boolean)', [True]),
    ("reports >= 2", '(f."reports" >= %(cql_0)s::float8)', [2.0]),
    ("reports = -2.5e3", '(f."reports" = %(cql_0)s::float8)', [-2500.0]),
    (
        "reports + 0.1 > 1",
        '((f."reports"::numeric + %(cql_0)s::numeric) > %(cql_1)s::float8::numeric)',
        [Decimal("0.1"), 1.0],
    ),
    (
        "1 = reports / rework",
        '(%(cql_0)s::float8::numeric = (f."reports"::numeric / nullif(f."rework"::numeric, 0)))',
        [1.0],
    ),
    ("id = 'x'", "(f.id::text = %(cql_0)s::text)", ["x"]),
    ("cell IS NULL", '(f."cell"::text IS NULL)', []),
    ("cell IS NOT NULL", '(NOT (f."cell"::text IS NULL))', []),
    ("geometry IS NULL", "(f.geom IS NULL)", []),
    ("reports IN (1, 2)", '(f."reports" IN (%(cql_0)s::float8, %(cql_1)s::float8))', [1.0, 2.0]),
    ("status IN ('a')", '(f."status"::text IN (%(cql_0)s::text))', ["a"]),
    (
        "reports NOT BETWEEN 1 AND 2",
        '(NOT (f."reports" >= %(cql_0)s::float8 AND f."reports" <= %(cql_1)s::float8))',
        [1.0, 2.0],
    ),
    ("status LIKE 'o\\%%'", "(f.\"status\"::text LIKE %(cql_0)s::text ESCAPE '\\')", ["o\\%%"]),
    (
        "CASEI(status) = casei('Ä')",
        f"({LOWER} = {LOWER})".format('f."status"::text', "%(cql_0)s::text"),
        ["Ä"],
    ),
    (
        "status = 'a' AND paused = true OR NOT status = 'b'",
        ('(((f."status"::text = %(cql_0)s::text) AND (f."paused" = %(cql_1)s::boolean)) OR (NOT'
        ' (f."status"::text = %(cql_2)s::text)))'),
        ["a", True, "b"],
    ),
    (
        "received_at < TIMESTAMP('2026-11-22T00:00:00+08:00')",
        '(f."received_at" < %(cql_0)s::timestamptz)',
        [DAY],
    ),
    (
        "received_at = DATE('2026-11-22')",
        ('((f."received_at" >= %(cql_0)s::timestamptz'
        ' AND f."received_at" <= %(cql_1)s::timestamptz))'),
        [DAY, END],
    ),
    ("received_at < DATE('2026-11-22')", '(f."received_at" < %(cql_0)s::timestamptz)', [DAY, END]),
    ("received_at > DATE('2026-11-22')", '(f."received_at" > %(cql_1)s::timestamptz)', [DAY, END]),
    (
        "T_DURING(received_at, INTERVAL('2026-11-22', '2026-11-22'))",
        '(f."received_at" > %(cql_0)s::timestamptz AND f."received_at" < %(cql_1)s::timestamptz)',
        [DAY, END],
    ),
    (
        "T_MEETS(INTERVAL('..', closed_at), INTERVAL(received_at, handled_at))",
        "(coalesce(f.\"closed_at\", 'infinity') = f.\"received_at\")",
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted", "values"), TABLE)
def test_text(text, wanted, values):
    written, bound = of(text)
    assert written == wanted
    assert list(bound.values()) == values
    assert list(bound) == [f"cql_{number}" for number in range(len(values))]


JSON_TABLE = [
    ('{"op":"=","args":[{"property":"reports"},3]}', "reports = 3"),
    ('{"op":"AND","args":[true,true,false]}', "true AND true AND false"),
    ('{"op":"isNull","args":[{"property":"cell"}]}', "cell IS NULL"),
    ('{"op":"in","args":[{"property":"reports"},[1,2]]}', "reports IN (1, 2)"),
    ('{"op":"like","args":[{"property":"status"},"a%"]}', "status LIKE 'a%'"),
    (
        '{"op":"<","args":[{"property":"due_at"},{"date":"2026-01-01"}]}',
        "due_at < DATE('2026-01-01')",
    ),
    (
        '{"op":"t_after","args":[{"property":"due_at"},{"interval":["..","2026-11-22T00:00:00Z"]}]}',
        "T_AFTER(due_at, INTERVAL('..', '2026-11-22T00:00:00Z'))",
    ),
    (
        '{"op":"s_within","args":[{"property":"geom"},{"bbox":[119,36,120,37]}]}',
        "S_WITHIN(geom, BBOX(119, 36, 120, 37))",
    ),
    (
        '{"op":"s_within","args":[{"property":"geom"},{"type":"Point","coordinates":[119,36,9]}]}',
        "S_WITHIN(geom, POINT(119 36))",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "text"), JSON_TABLE)
def test_json_means_what_text_means(tree, text):
    assert of(tree, language=Language.JSON) == of(text)


@pytest.mark.parametrize("name", SPATIAL)
def test_spatial_functions(name):
    written, bound = of(f"{name.upper()}(geom, POLYGON((119 36, 120 36, 120 37, 119 36)))")
    called = f"public.ST_{name[2:].capitalize()}"
    assert written == f"({called}(f.geom, public.ST_GeomFromWKB(%(cql_0)s::bytea, 4326)))"
    assert shapely.from_wkb(bound["cql_0"]).area == 0.5


@pytest.mark.parametrize(
    ("box", "wanted"),
    [
        ("119, 36, 120, 37", "POLYGON ((120 36, 120 37, 119 37, 119 36, 120 36))"),
        ("119, 36, -5, 120, 37, 5", "POLYGON ((120 36, 120 37, 119 37, 119 36, 120 36))"),
        ("119, 36, 119, 37", "LINESTRING (119 36, 119 37)"),
        ("119, 36, 119, 36", "POINT (119 36)"),
        (
            "179, -1, -179, 1",
            (
                "MULTIPOLYGON (((180 -1, 180 1, 179 1, 179 -1, 180 -1)),"
                " ((-179 -1, -179 1, -180 1, -180 -1, -179 -1)))"
            ),
        ),
    ],
)
def test_boxes(box, wanted):
    _, bound = of(f"S_INTERSECTS(geom, BBOX({box}))")
    found = shapely.from_wkb(bound["cql_0"])
    assert shapely.is_valid(found)
    assert shapely.equals(found, shapely.from_wkt(wanted))


def test_positions_in_another_system():
    part = translated(
        "S_INTERSECTS(geom, BBOX(36, 119, 37, 120))", CASES, Language.TEXT, lambda a, b: (b, a)
    )
    assert shapely.from_wkb(part.values["cql_0"]).bounds == (119, 36, 120, 37)


def test_no_word_of_a_filter_is_sql():
    """Whatever is written as a literal stands among the values only."""
    for written in ("'; DROP TABLE cases; --", "%(x)s", "{}", "$1", "\\", "a\nb", "文"):
        quoted = written.replace("'", "''")
        plain, _ = of("status = 'x'")
        assert of(f"status = '{quoted}'") == (plain, {"cql_0": written})
        as_json = json.dumps({"op": "=", "args": [{"property": "status"}, written]})
        assert of(as_json, language=Language.JSON) == (plain, {"cql_0": written})


@pytest.mark.parametrize("name", COLLECTIONS)
def test_every_column_of_every_collection_can_be_asked(name):
    collection = COLLECTIONS[name]
    literal = {
        Kind.TEXT: "'x'",
        Kind.INTEGER: "1",
        Kind.NUMBER: "1.5",
        Kind.BOOLEAN: "true",
        Kind.MOMENT: "DATE('2026-11-22')",
    }
    for column in collection.columns:
        for sign in COMPARED if column.kind is not Kind.BOOLEAN else ("=", "<>"):
            assert (
                f'f."{column.name}"'
                in of(f"{column.name} {sign} {literal[column.kind]}", collection)[0]
            )


def test_every_kind_has_words():
    assert WORDS.keys() == set(Kind)


def test_the_relations_of_time_are_those_of_the_standard():
    assert len(TEMPORAL) == 15
