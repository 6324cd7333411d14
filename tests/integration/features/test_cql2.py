"""Filters over rows of PostGIS: each operator finds what plain Python and shapely find."""

from __future__ import annotations

import asyncio
import json
import operator
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from geo_data.areas import layout_in_force
from geo_data.features.collections import COLLECTIONS
from geo_data.features.cql2.conditions import SPATIAL, TEMPORAL
from geo_data.features.cql2.filters import translated
from geo_data.features.cql2.reading import Language
from geo_data.features.cql2.refusal import FilterRefused
from geo_data.features.reading import Asked, rows
from geo_data.rights import RowFilter
from grid.policy.calendar import ZONE
from tests import services
from tests.city import SOUTH, WEST
from tests.stream_house import CITY, intake_of, messages, report, reports
from tests.unit.cql2_trees import trees

EVERYTHING = RowFilter(CITY.path(0, 0)[:5], "", masked=False)
ANALYST = RowFilter(EVERYTHING.area, "", masked=True)
MIDNIGHT = datetime(2026, 3, 14, tzinfo=ZONE)


async def found(pool, name, text=None, rights=EVERYTHING, language=Language.TEXT):
    """The features that a filter gives, by id; geometries as shapely's."""
    collection = COLLECTIONS[name]
    more = () if text is None else (translated(text, collection, language),)
    async with pool.connection() as conn:
        layout = await layout_in_force(conn)
        part = rows(Asked(collection, rights, layout, more=more))
        query = sql.SQL("SELECT f.*, public.ST_AsBinary(f.geom) AS wkb FROM ({}) AS f").format(
            part.text
        )
        done = await conn.execute(query, part.values)
        names = [column.name for column in done.description]
        told = [dict(zip(names, row, strict=True)) for row in await done.fetchall()]
    return {str(row["id"]): row | {"shape": shapely.from_wkb(row["wkb"])} for row in told}


async def file(pool, *sent):
    await (await intake_of(pool)).take(messages(list(sent)))


def around_midnight():
    """Reports at and beside the ends of a day in China, and on other days."""
    micro = timedelta(microseconds=1)
    beside = [MIDNIGHT, MIDNIGHT - micro, MIDNIGHT + micro, MIDNIGHT + timedelta(days=1) - micro]
    beside += [MIDNIGHT + timedelta(days=n, hours=9) for n in (-2, 0, 1, 2)]
    made = reports(len(beside), seed=4)
    return [report(id=m.id, lon=m.lon, lat=m.lat, received_at=at, observed_at=at)
            for m, at in zip(made, beside, strict=True)]  # fmt: skip


async def test_values(pool):
    await file(pool, *reports(12), *reports(6, seed=1, category="event.05.02"))
    cases = await found(pool, "cases")
    some = next(iter(cases.values()))
    table = {
        "status = 'open'": lambda c: c["status"] == "open",
        "category <> 'event.01.10'": lambda c: c["category"] != "event.01.10",
        "category LIKE 'event.05%'": lambda c: c["category"].startswith("event.05"),
        "category NOT LIKE 'event.0_.10'": lambda c: (
            not re.fullmatch(r"event\.0.\.10", c["category"])
        ),
        r"category LIKE 'event.0\_.10'": lambda _: False,
        r"category LIKE '\e\vent%'": lambda _: True,
        "CASEI(category) = CASEI('EVENT.01.10')": lambda c: c["category"] == "event.01.10",
        "category = 'EVENT.01.10'": lambda _: False,
        "CASEI(category) LIKE CASEI('EVENT.0_.02')": lambda c: c["category"].endswith(".02"),
        "CASEI(category) IN (CASEI('Event.01.10'), 'x')": lambda c: c["category"].endswith("10"),
        "reports > 0.5 AND reports <= 1": lambda c: c["reports"] == 1,
        "reports * 3 - 1 = 2 / 1": lambda c: c["reports"] == 1,
        "reports / 0 = 1": lambda _: False,
        "reports / (reports - 1) > 0 OR reports = 1": lambda _: True,
        "reports + 0.1 = 1.1": lambda _: True,
        "1e308 * 1e308 * 1e308 * reports > 0": lambda _: True,
        "1e-308 * 1e-308 * reports / 1e308 < 1e308": lambda _: True,
        "paused = false": lambda c: not c["paused"],
        "paused <> FALSE": lambda c: c["paused"],
        "closed_at IS NULL": lambda c: c["closed_at"] is None,
        "NOT closed_at IS NULL": lambda _: False,
        "closed_at IS NOT NULL OR status IN ('open', 'closed')": lambda _: True,
        "geom IS NOT NULL": lambda _: True,
        "department IS NULL OR TRUE": lambda _: True,
        "number BETWEEN '0' AND 'Z'": lambda c: "0" <= c["number"] <= "Z",
        "reports BETWEEN 1 AND 1": lambda c: c["reports"] == 1,
        "reports NOT BETWEEN 2 AND 3": lambda _: True,
        "reports = rework + 1 OR rework IS NULL": lambda _: True,
        "path > cell": lambda c: c["path"] > (c["cell"] or "~"),
        "path = cell": lambda _: False,
        "cell IN (path, community)": lambda _: False,
        "parent = category": lambda _: False,
        f"id = '{some['id']}'": lambda c: c["id"] == some["id"],
        f"\"number\" = '{some['number']}'": lambda c: c["number"] == some["number"],
        "status = ''' OR 1=1 --'": lambda _: False,
    }
    for text, fits in table.items():
        wanted = {name for name, case in cases.items() if fits(case)}
        assert set(await found(pool, "cases", text)) == wanted, text


#: `r` is the number of reports, 1; what cannot be computed is empty, and so neither equal nor not.
COMPUTED = {
    "r + 7 = 8 AND r = 8 - 7": True,
    "r >= 2 - 2 ^ 0 AND r > 2 - 20 / 10": True,
    "r > 2 - 21 div 10": True,
    "21 div 10 = 2 AND -21 div 10 = -2 AND 21 div -10 = -2": True,
    "r > 2 - 5 % 3": True,
    "5.5 % 2 = 1.5 AND -5 % 3 = -2 AND 5 % -3 = 2": True,
    "7 ^ 15 = 4747561509943": True,
    "7 ^ 15 = 4747561509944": False,
    "(r + 1) ^ 10 = 1024 AND (r + 1) ^ -2 = 0.25 AND 4 ^ 0.5 = 2": True,
    "-2 ^ 2 = 4 AND (0 - 2) ^ 3 = -8 AND (0 - 2) ^ -1 = -0.5": True,
    "0 ^ 0 = 1 AND (r - 1) ^ (r - 1) = 1 AND 0 ^ 2 = 0": True,
    "1 + 2 * 3 ^ 2 = 19": True,
    "2 ^ 900 > 1e270 AND 2 ^ -900 < 1e-270 AND 2 ^ -900 > 1e-271": True,
    "10 ^ -20 * 1e20 = 1 AND 0.001 ^ 30 * 1e90 = 1 AND 0.3 ^ 2 = 0.09": True,
}
NOTHING = (
    "r / 0", "r % 0", "r div 0", "r / (r - 1)", "r % (r - 1)", "r div (r - 1)", "1 / (0 * r)",
    "0 ^ -1", "(r - 1) ^ -1", "(r - 1) ^ (0 - r)", "-8 ^ 0.5", "(r - 9) ^ 0.5", "(r - 9) ^ (r / 3)",
    "10 ^ 400", "(r + 9) ^ 400", "10 ^ (r * 400)", "1e308 ^ 1e308", "(r * 1e308 * 1e308) ^ 2",
    "(1e-308 * 1e-308 * r) ^ 0.5", "1 ^ 1e308", "r ^ 10001", "2 ^ 10 ^ 10 ^ 10 ^ 10",
    "1.5 ^ (1e-308 * 1e308 * 1e308)", "(1e308 * 1e308) ^ -1e308",
)  # fmt: skip


@pytest.mark.parametrize("text", COMPUTED)
async def test_arithmetic(pool, text):
    await file(pool, report())
    assert len(await found(pool, "cases", re.sub(r"\br\b", "reports", text))) == COMPUTED[text]


@pytest.mark.parametrize("text", NOTHING)
async def test_what_cannot_be_computed_is_empty_and_fails_on_no_row(pool, text):
    await file(pool, report())
    beside = RowFilter(CITY.path(5, 5), "", masked=False)
    whole = re.sub(r"\br\b", "reports", text)
    assert len(await found(pool, "cases", f"{whole} > 0 OR {whole} <= 0")) == 0
    assert len(await found(pool, "cases", f"NOT {whole} = 1 OR reports = 1")) == 1
    assert await found(pool, "cases", f"{whole} = 1 OR reports = 1", beside) == {}


@pytest.mark.timeout(60)
async def test_powers_within_each_other_stay_one_each(pool):
    """As deep as a filter may be: planned where they are used, values would take all memory."""
    await file(pool, report())
    async with pool.connection() as conn:
        for deep in (1, 4):  # nothing deeper before it is known how it grows
            text = " ^ ".join(["reports", *["1.01"] * deep])
            part = translated(f"{text} = 1", COLLECTIONS["cases"], Language.TEXT)
            query = sql.SQL("EXPLAIN (VERBOSE) SELECT 1 FROM feature_cases AS f WHERE {}")
            plan = await (await conn.execute(query.format(part.text), part.values)).fetchall()
            assert str(plan).count("power(") == 2 * deep
    node: dict[str, object] = {"property": "reports"}
    for _ in range(15):
        node = {"op": "^", "args": [node, 1.01]}
    tree = json.dumps({"op": "=", "args": [node, 1]})
    assert len(await found(pool, "cases", tree, language=Language.JSON)) == 1


@pytest.mark.parametrize("rights", [EVERYTHING, ANALYST])
async def test_days_and_moments(pool, rights):
    await file(pool, *around_midnight())
    cases = await found(pool, "cases", None, rights)
    day = MIDNIGHT.date()
    following = day + timedelta(days=1)

    def of(case):
        return case["received_at"].astimezone(ZONE).date()

    compared = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, ">": operator.gt}
    compared |= {"<=": operator.le, ">=": operator.ge}
    for sign, holds in compared.items():
        text = f"received_at {sign} DATE('{day}')"
        assert set(await found(pool, "cases", text, rights)) == {
            name for name, case in cases.items() if holds(of(case), day)
        }, text
        text = f"received_at {sign} TIMESTAMP('2026-03-13T16:00:00.000001Z')"
        at = MIDNIGHT.astimezone(UTC) + timedelta(microseconds=1)
        assert set(await found(pool, "cases", text, rights)) == {
            name for name, case in cases.items() if holds(case["received_at"], at)
        }, text
    for text in (
        f"received_at BETWEEN DATE('{day}') AND DATE('{following}')",
        f"received_at IN (DATE('{day}'), DATE('{following}'))",
        f"T_INTERSECTS(received_at, INTERVAL('{day}', '{following}'))",
    ):
        assert set(await found(pool, "cases", text, rights)) == {
            name for name, case in cases.items() if of(case) in (day, following)
        }, text


#: When each relation holds of a to z and b to y.
RELATIONS = {
    "t_after": "a > y",
    "t_before": "z < b",
    "t_contains": "a < b and y < z",
    "t_disjoint": "not (a <= y and b <= z)",
    "t_during": "b < a and z < y",
    "t_equals": "(a, z) == (b, y)",
    "t_finishedby": "z == y and a < b",
    "t_finishes": "z == y and b < a",
    "t_intersects": "max(a, b) <= min(z, y)",
    "t_meets": "z == b",
    "t_metby": "y == a",
    "t_overlappedby": "b < a < y < z",
    "t_overlaps": "a < b < z < y",
    "t_startedby": "a == b and y < z",
    "t_starts": "a == b and z < y",
}


async def test_relations_of_time(pool):
    """All pairs of intervals with ends at few moments, open ends among them."""
    await file(pool, report())
    days = [date(2026, 3, d) for d in (1, 2, 3)]
    ends = [None, *days, None]
    low, high = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    def at(index, given):
        if given is None:
            return high if index else low
        return datetime(given.year, given.month, given.day, tzinfo=UTC)

    def written(pair):
        told = [".." if one is None else f"{one}T00:00:00Z" for one in pair]
        return f"INTERVAL('{told[0]}', '{told[1]}')"

    pairs = [
        (ends[i], ends[j]) for i in range(4) for j in range(1, 5) if i <= j and (i, j) != (0, 0)
    ]
    assert RELATIONS.keys() == TEMPORAL.keys()
    async with pool.connection() as conn:
        for name, holds in RELATIONS.items():
            for one in pairs:
                for other in pairs:
                    text = f"{name}({written(one)}, {written(other)})"
                    part = translated(text, COLLECTIONS["cases"])
                    row = await (
                        await conn.execute(sql.SQL("SELECT {}").format(part.text), part.values)
                    ).fetchone()
                    sides = [at(i, end) for pair in (one, other) for i, end in enumerate(pair)]
                    assert row[0] == eval(holds, dict(zip("azby", sides, strict=True))), text


async def test_what_has_not_ended_goes_on(pool):
    await file(pool, report())
    for text, many in {
        "T_INTERSECTS(INTERVAL(received_at, closed_at), INTERVAL('2100-01-01', '..'))": 1,
        "T_BEFORE(INTERVAL(received_at, closed_at), INTERVAL('2100-01-01', '..'))": 0,
        "T_INTERSECTS(INTERVAL(received_at, handled_at), INTERVAL('2100-01-01', '..'))": 0,
        "T_AFTER(received_at, DATE('2020-01-01'))": 1,
        "T_BEFORE(received_at, DATE('2020-01-01'))": 0,
    }.items():
        assert len(await found(pool, "cases", text)) == many, text


def literals():
    """Literals in the city: corners on the cells' corners, along borders, across them, outside."""
    s = CITY.step
    x0, y0 = WEST, SOUTH
    polygon = [(x0 + s, y0 + s), (x0 + 3 * s, y0 + s), (x0 + 3 * s, y0 + 2.5 * s), (x0 + s, y0 + s)]
    hole = shapely.Polygon(
        shapely.box(x0 + s / 2, y0 + s / 2, x0 + 6 * s, y0 + 6 * s).exterior.coords,
        [shapely.box(x0 + 2 * s, y0 + 2 * s, x0 + 3 * s, y0 + 3 * s).exterior.coords],
    )
    return [
        shapely.box(x0 + s, y0 + s, x0 + 3 * s, y0 + 3 * s),
        shapely.box(x0 + 1.5 * s, y0 + 0.5 * s, x0 + 2.5 * s, y0 + 2.5 * s),
        shapely.box(x0 + s, y0 + s, x0 + 2 * s, y0 + 2 * s),
        shapely.Polygon(polygon),
        hole,
        shapely.MultiPolygon([shapely.Polygon(polygon), shapely.box(x0, y0, x0 + s, y0 + s)]),
        shapely.LineString([(x0, y0 + s / 2), (x0 + 4 * s, y0 + s / 2)]),
        shapely.LineString([(x0 + s, y0), (x0 + s, y0 + 2 * s)]),
        shapely.MultiLineString([[(x0, y0), (x0 + s, y0)], [(x0 + s, y0), (x0 + s, y0 + s)]]),
        shapely.Point(CITY.middle(2, 2)),
        shapely.Point(x0 + s, y0 + s),
        shapely.MultiPoint([CITY.middle(0, 0), CITY.middle(4, 4)]),
        shapely.Point(0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["cells", "cases"])
@pytest.mark.parametrize("rights", [EVERYTHING, ANALYST])
async def test_relations_in_space(pool, name, rights):
    made = reports(20, seed=2)
    made += [report(lon=lon, lat=lat) for lon, lat in (CITY.middle(2, 2), CITY.middle(0, 0))]
    await file(pool, *made)
    whole = await found(pool, name, None, rights)
    some = next(iter(whole.values()))["shape"]
    for one in [*literals(), some]:
        for function in SPATIAL:
            test = getattr(shapely, function[2:])
            # text carries 15 digits of a position, JSON every bit
            rounded = shapely.to_wkt(one, rounding_precision=9)
            text = f"{function}(geom, {rounded})"
            other = shapely.from_wkt(rounded)
            wanted = {ident for ident, row in whole.items() if test(row["shape"], other)}
            assert set(await found(pool, name, text, rights)) == wanted, text
            as_json = json.dumps(
                {"op": function, "args": [shapely.geometry.mapping(one), {"property": "geometry"}]}
            )
            wanted = {ident for ident, row in whole.items() if test(one, row["shape"])}
            given = await found(pool, name, as_json, rights, Language.JSON)
            assert set(given) == wanted, as_json


async def test_boxes_and_collections(pool):
    cells = await found(pool, "cells")
    s = CITY.step
    middle = CITY.middle(2, 2)
    box = f"BBOX({WEST + s * 1.5}, {SOUTH + s * 1.5}, {WEST + s * 2.5}, {SOUTH + s * 2.5})"
    assert len(await found(pool, "cells", f"S_INTERSECTS(geom, {box})")) == 4
    assert len(await found(pool, "cells", "S_INTERSECTS(geom, BBOX(170, -80, -170, 80))")) == 0
    around = "S_INTERSECTS(geom, BBOX(118, -80, 117, 80))"  # all the way round, west of its west
    assert len(await found(pool, "cells", around)) == len(cells)
    lon, lat = middle
    assert (
        len(await found(pool, "cells", f"S_INTERSECTS(geom, BBOX({lon},{lat},{lon},{lat}))")) == 1
    )
    points = ", ".join(f"POINT({x} {y})" for x, y in (middle, CITY.middle(5, 5)))
    both = f"GEOMETRYCOLLECTION({points})"
    for function in SPATIAL:
        text = f"{function}(geom, {both})"
        many = {"s_intersects": 2, "s_disjoint": len(cells) - 2}
        if function in many:
            assert len(await found(pool, "cells", text)) == many[function]
        await found(pool, "cells", text)


async def test_a_masked_position_cannot_be_found_by_filtering(pool):
    """An analyst asks smaller and smaller; what it is told is about the rounded position only."""
    lon, lat = CITY.middle(2, 2)
    lon, lat = round(lon, 3) + 0.0004, round(lat, 3) - 0.0003
    await file(pool, report(lon=lon, lat=lat))
    exact = shapely.Point(lon, lat)
    coarse = shapely.Point(round(lon, 3), round(lat, 3))
    for name in ("cases", "reports"):
        (row,) = (await found(pool, name, None, ANALYST)).values()
        assert row["shape"].equals_exact(coarse, 1e-9)
        for radius in (5e-4, 1e-4, 1e-5):
            around = exact.buffer(radius).wkt
            seen = coarse.within(exact.buffer(radius))
            for text, told in {
                f"S_INTERSECTS(geom, {around})": seen,
                f"S_WITHIN(geom, {around})": seen,
                f"S_CONTAINS({around}, geom)": seen,
                f"S_DISJOINT(geom, {around})": not seen,
                f"NOT S_INTERSECTS(geom, {around})": not seen,
                f"S_INTERSECTS(geom, {around}) OR reports / 0 = 1": seen,
            }.items():
                if "reports" in text and name == "reports":
                    continue
                assert len(await found(pool, name, text, ANALYST)) == told, (text, radius)
        assert len(await found(pool, name, f"S_EQUALS(geom, {exact.wkt})")) == 1
        assert len(await found(pool, name, f"S_EQUALS(geom, {exact.wkt})", ANALYST)) == 0
        grid = f"S_EQUALS(geom, {row['shape'].wkt})"
        assert len(await found(pool, name, grid, ANALYST)) == 1


async def test_rows_outside_the_rights_are_told_by_no_filter(pool):
    await file(pool, report())
    beside = RowFilter(CITY.path(5, 5), "", masked=False)
    for text in ("true", "reports / 0 IS NULL", "NOT status = 'x'", "1e308 * 1e308 * reports > 0"):
        assert await found(pool, "cases", text, beside) == {}
        assert len(await found(pool, "cases", text)) == 1


async def test_every_example_of_the_page_runs(pool):
    await file(pool, *reports(3))
    page = (Path(__file__).parents[3] / "docs/reference/filters.md").read_text()
    examples = re.findall(r"^\| `(\w+)` \| `(.+?)` \|", page, re.MULTILINE)
    assert len(examples) > 20
    for name, text in examples:
        await found(pool, name, text.replace("\\|", "|"))
    blocks = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    assert blocks
    for block in blocks:
        await found(pool, "cases", block, language=Language.JSON)
    refused = re.findall(r"^- `(.+?)`:", page, re.MULTILINE)
    assert len(refused) > 5
    for text in refused:
        with pytest.raises(FilterRefused):
            translated(text, COLLECTIONS["cases"])


async def test_whatever_is_not_refused_runs(house, pool):
    """Random trees, rarely right and often nearly: refused, or understood by the database."""
    await file(pool, *reports(5))
    async with pool.connection() as conn:
        layout = await layout_in_force(conn)
    ran = []

    def run():
        with psycopg.connect(services.database_url(), autocommit=True) as conn:
            conn.execute(sql.SQL("SET search_path TO {}, public").format(
                sql.Identifier(house.schema)
            ))  # fmt: skip

            @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
            @given(trees(COLLECTIONS["cases"]), st.sampled_from(["cases", "cells", "reports"]))
            def every(tree, name):
                collection = COLLECTIONS[name]
                try:
                    part = translated(json.dumps(tree), collection, Language.JSON)
                except FilterRefused:
                    return
                asked = Asked(collection, EVERYTHING, layout, more=(part,))
                made = rows(asked)
                conn.execute(
                    sql.SQL("SELECT count(*) FROM ({}) AS f").format(made.text), made.values
                )
                ran.append(name)

            every()

    await asyncio.to_thread(run)
    assert len(ran) > 50
