"""What requests for features say, read: boxes, moments, values, cursors, reference systems."""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, datetime

import pytest
from pyproj import Transformer

from api.ogc import cursors, parameters
from api.ogc.boxes import boxes
from api.ogc.crs import CRS84, SYSTEMS, system
from api.ogc.cursors import Cursor
from api.ogc.moments import interval, moment
from api.problems import Problem
from geo_data.features.collections import COLLECTIONS, Kind

LAT_LON, MERCATOR, CGCS2000 = (
    SYSTEMS[f"http://www.opengis.net/def/crs/EPSG/0/{code}"] for code in (4326, 3857, 4490)
)
WORLD = 20037508.342789244
CELLS, CASES, PLACES = (COLLECTIONS[name] for name in ("cells", "cases", "places"))


class Refused:
    """A 400 that names the parameter."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        assert isinstance(error, Problem), "nothing was refused"
        assert (error.status, error.pointer) == (400, f"/{self.name}")
        assert error.detail.startswith(self.name)
        return True


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("118,36,120,37", [(118, 36, 120, 37)]),
        ("118.5,36.25,1.2e2,+37", [(118.5, 36.25, 120, 37)]),
        ("118,36,-5,120,37,99", [(118, 36, 120, 37)]),
        ("118,36,118,36", [(118, 36, 118, 36)]),
        ("-180,-90,180,90", [(-180, -90, 180, 90)]),
        ("177,65,-177,70", [(177, 65, 180, 70), (-180, 65, -177, 70)]),
        ("180,65,-180,70", [(180, 65, 180, 70), (-180, 65, -180, 70)]),
        ("-180,80,180,90", [(-180, 80, 180, 90)]),
        ("10,-90,-10,-85", [(10, -90, 180, -85), (-180, -90, -10, -85)]),
    ],
)
def test_boxes_in_degrees(text, read):
    assert list(boxes(text, CRS84)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "a,b,c,d",
        "1,2,3,",
        "1, 2,3,4",
        "nan,1,2,3",
        "inf,1,2,3",
        "1_0,1,20,3",
        "1e999,1,2,3",
        "0x1,1,2,3",
        "１,1,2,3",
        "118,37,120,36",
        "118,36,120,91",
        "118,-91,120,36",
        "181,36,182,37",
        "118,36,181,37",
        "118,36,9,120,37,8",
    ],
)
def test_boxes_that_are_none(text):
    with Refused("bbox"):
        boxes(text, CRS84)


@pytest.mark.parametrize("crs", [LAT_LON, CGCS2000])
def test_a_box_has_the_axes_of_its_system(crs):
    assert boxes("36,118,37,120", crs) == ((118, 36, 120, 37),)
    assert boxes("36,118,0,37,120,5", crs) == ((118, 36, 120, 37),)
    assert len(boxes("65,177,70,-177", crs)) == 2
    with Refused("bbox"):
        boxes("118,36,120,37", crs)  # there is no latitude 118


def test_a_box_in_metres():
    [box] = boxes(f"{-WORLD},{-WORLD},{WORLD},{WORLD}", MERCATOR)
    assert box == pytest.approx((-180, -85.0511287798, 180, 85.0511287798))
    to_metres = Transformer.from_crs("OGC:CRS84", "EPSG:3857", always_xy=True).transform
    corners = *to_metres(118.9, 36.5), *to_metres(119.3, 37.1)
    [box] = boxes(",".join(map(str, corners)), MERCATOR)
    assert box == pytest.approx((118.9, 36.5, 119.3, 37.1), abs=1e-11)
    [box] = boxes("0,-1e300,1,1e300", MERCATOR)
    assert (box[1], box[3]) == pytest.approx((-90, 90))
    with Refused("bbox"):
        boxes(f"0,0,{WORLD + 1},1", MERCATOR)


@pytest.mark.parametrize(
    ("first", "second"), [(118.9, 36.5), (-179.9, -84.0), (0.0, 0.0), (180.0, 85.0)]
)
def test_degrees_of_every_system_are_those_of_proj(first, second):
    for crs in SYSTEMS.values():
        name = "OGC:CRS84" if crs is CRS84 else f"EPSG:{crs.srid}"
        there = Transformer.from_crs("OGC:CRS84", name).transform(first, second)
        assert crs.lon_lat(*there) == pytest.approx((first, second), abs=1e-9)


def test_systems_by_reference():
    assert system("crs", None) is CRS84
    assert system("crs", LAT_LON.uri) is LAT_LON
    for odd in ("EPSG:4326", "", LAT_LON.uri.replace("4326", "2154"), LAT_LON.uri.lower()):
        with Refused("bbox-crs"):
            system("bbox-crs", odd)


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-11-22T12:00:00Z", (NOON, NOON)),
        ("2026-11-22t12:00:00z", (NOON, NOON)),
        ("2026-11-22T20:00:00+08:00", (NOON, NOON)),
        ("2026-11-22T12:00:00.000000Z", (NOON, NOON)),
        ("2026-11-22T12:00:00Z/..", (NOON, None)),
        ("2026-11-22T12:00:00Z/", (NOON, None)),
        ("../2026-11-22T12:00:00Z", (None, NOON)),
        ("/2026-11-22T12:00:00Z", (None, NOON)),
        ("2026-11-22T12:00:00Z/2026-11-22T12:00:00Z", (NOON, NOON)),
    ],
)
def test_moments_and_intervals(text, read):
    assert interval(text) == read


def test_any_year_is_a_moment():
    assert moment("datetime", "0001-01-01T00:00:00Z").year == 1
    assert moment("datetime", "9999-12-31T23:59:59Z").year == 9999


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "../..",
        "..",
        "2026-11-22",
        "2026-11-22T12:00:00",
        "2026-11-22 12:00:00Z",
        "2026-11-22T12:00:00 08:00",
        "2026-02-30T12:00:00Z",
        "2026-11-22T25:00:00Z",
        "2026-11-22T12:00:00+99:00",
        "0001-01-01T00:00:00+08:00",
        "2026-11-22T12:00:00Z/2026-11-22T11:00:00Z",
        "2026-11-22T12:00:00Z/P1D",
        "2026-11-22T12:00:00Z/../..",
        "now",
    ],
)
def test_moments_that_are_none(text):
    with Refused("datetime"):
        interval(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [(None, 100), ("1", 1), ("10000", 10_000), ("10001", 10_000), ("9" * 30, 10_000)],
)
def test_limits(text, read):
    assert parameters.limit(text) == read


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "ten", "1e2", "+5", "５", " 5"])
def test_limits_that_are_none(text):
    with Refused("limit"):
        parameters.limit(text)


#: A column of each kind: values that it can have, and values that it cannot.
VALUES = {
    Kind.TEXT: (CASES, "status", {"open": "open", "": ""}, ["\x00", "x" * 1001]),
    Kind.INTEGER: (CASES, "rework", {"0": 0, "-3": -3}, ["", "1.5", "x", "1e3", "9" * 19, "٣"]),
    Kind.NUMBER: (CELLS, "area_m2", {"1": 1.0, "1e3": 1000.0}, ["", "nan", "inf", "x", "1_0"]),
    Kind.BOOLEAN: (CASES, "paused", {"true": True, "false": False}, ["", "1", "True", "yes"]),
    Kind.MOMENT: (CASES, "due_at", {"2026-11-22T12:00:00Z": NOON}, ["", "2026-11-22", "now"]),
}


@pytest.mark.parametrize("kind", Kind)
def test_properties_are_read_as_their_kind_says(kind):
    collection, name, good, bad = VALUES[kind]
    assert collection.column(name).kind is kind
    for text, value in good.items():
        assert parameters.equals(collection, {name: text, "limit": "5"}) == {name: value}
    for text in bad:
        with Refused(name):
            parameters.equals(collection, {name: text})


@pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)
def test_no_column_is_called_as_a_parameter(collection):
    assert not {c.name for c in collection.columns} & set(parameters.TABLE)


def test_a_cursor_leads_back_to_its_place():
    cursor = Cursor("370702001001001", 7)
    assert cursors.read(CELLS, cursors.write(CELLS, cursor)) == cursor


@pytest.mark.parametrize(
    "plain",
    [
        ["cases", "370702001001001", 1],
        ["cells", "370702001001001"],
        ["cells", 5, 1],
        ["cells", "a", "1"],
        ["cells", "a", True],
        ["cells", "a", -1],
        ["cells", "a", 2**31],
        ["cells", "\x00", 1],
        ["cells", "\ud800", 1],
        ["cells", "x" * 201, 1],
        {"cells": 1},
        5,
        None,
    ],
)
def test_cursors_that_no_list_gave(plain):
    with Refused("after"):
        cursors.read(CELLS, base64.urlsafe_b64encode(json.dumps(plain).encode()).decode())


@pytest.mark.parametrize("text", ["", "!", "WyJ", "中文", "W1tb" * 30_000])
def test_texts_that_are_no_cursors(text):
    with Refused("after"):
        cursors.read(CELLS, text)


@pytest.mark.parametrize(
    ("collection", "last"), [(CASES, "5"), (PLACES, "a"), (PLACES, "-1"), (PLACES, "9" * 19)]
)
def test_a_cursor_holds_an_id_of_its_collection(collection, last):
    text = cursors.write(collection, Cursor(last, 1))
    with Refused("after"):
        cursors.read(collection, text)


def test_the_edge_of_the_world_in_metres_is_180_degrees():
    assert boxes(f"{math.nextafter(WORLD, math.inf)},0,{WORLD},1", MERCATOR)
