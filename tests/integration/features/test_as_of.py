"""A collection at an instant is what the events until then make of every case, value by value."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from psycopg import sql

from geo_data import cases_before, feed, history, ledger, verify
from geo_data.areas import layout_in_force
from geo_data.cases import CaseFilter
from geo_data.database import connect
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked, rows
from geo_data.rights import RowFilter
from grid.cases import events as e
from streams.figures import Figures
from tests import city, services
from tests.integration.features.lives_kept import anybodys, follow, happen, ordinary
from tests.stream_house import CITY, pool_of

EVERYTHING = RowFilter("3707/", "", masked=False)
MOMENT = timedelta(microseconds=1)
CASES = [*anybodys(100), *ordinary(40)]
NAMES = [column.name for column in COLLECTIONS["cases"].columns]


def instants(n: int) -> list:
    """Moments of events, the last before them, and others between the first and the last."""
    rng = Random(1)
    at = sorted({event.at for kept in CASES for event in kept.events})
    found = [*rng.sample(at, n), *(one - MOMENT for one in rng.sample(at, n))]
    found += [at[0] + (at[-1] - at[0]) * rng.random() ** 3 for _ in range(n)]
    return [at[0] - MOMENT, *found, at[-1]]


@pytest.fixture(scope="module")
async def pool():
    """A city in which all of them have happened."""
    async with services.schema() as schema:
        async with connect(services.database_url(), schema=schema) as conn:
            await city.build(conn, CITY)

        class House:
            pass

        house = House()
        house.schema = schema
        async with pool_of(house) as made:
            await happen(made, CASES, Random(7))
            yield made


async def read(pool, name, instant, rights=EVERYTHING, **asked):
    """Rows by id, with their position as x and y."""
    async with pool.connection() as conn:
        layout = await layout_in_force(conn)
        part = rows(Asked(COLLECTIONS[name], rights, layout, instant=instant, **asked))
        text = sql.SQL("SELECT f.*, public.ST_X(geom) AS x, public.ST_Y(geom) AS y FROM ({}) AS f")
        done = await conn.execute(text.format(part.text), part.values)
        names = [column.name for column in done.description]
        found = [dict(zip(names, row, strict=True)) for row in await done.fetchall()]
    told = {str(row["id"]): row for row in found}
    assert len(told) == len(found), "no case is there twice"
    return told


def values(row, names=NAMES):
    """What is compared of a row."""
    told = {name: row[name] for name in (*names, "x", "y")}
    return told | {"parent": row.get("parent") and str(row["parent"])}


def expected(instant, where=lambda _kept, _row: True):
    """The rows that there must be."""
    found = ((kept, row) for kept in CASES if (row := kept.at(instant)) is not None)
    return {kept.now.id: values(row) for kept, row in found if where(kept, row)}


def test_enough_happens():
    told = [type(event.what) for kept in CASES for event in kept.events]
    for kind in (e.Relocated, e.Rezoned, e.Merged, e.Escalated, e.Carded, e.Reopened):
        assert kind in told, kind
    twice = [kept for kept in CASES for a, b in zip(kept.turns, kept.turns[1:], strict=False)
             if a[0][0].at == b[0][0].at]  # fmt: skip
    assert twice, "two decisions at one instant"


async def test_every_case_is_as_it_was(pool):
    for instant in instants(8):
        found = {ident: values(row) for ident, row in (await read(pool, "cases", instant)).items()}
        assert found == expected(instant), instant


async def test_after_everything_it_is_as_it_is_now(pool):
    later = max(event.at for kept in CASES for event in kept.events) + timedelta(days=1)
    then, now = await read(pool, "cases", later), await read(pool, "cases", None)
    assert len(now) == len(CASES)
    assert then == now


async def test_filters_and_boxes_go_by_the_values_of_then(pool):
    for instant in instants(4):
        for equals in ({"status": "working"}, {"handle_late": True}, {"layout": 1, "size": "big"}):
            found = await read(pool, "cases", instant, equals=equals)
            fits = expected(instant, lambda _, row, e=equals: e.items() <= row.items())
            assert found.keys() == fits.keys(), (instant, equals)
        for kept in CASES[:60:6]:
            x, y = kept.events[0].what.place.lon, kept.events[0].what.place.lat
            box = (x - 0.004, y - 0.004, x + 0.004, y + 0.004)
            found = await read(pool, "cases", instant, boxes=(box,))
            fits = expected(
                instant,
                lambda _, row, b=box: b[0] <= row["x"] <= b[2] and b[1] <= row["y"] <= b[3],
            )
            assert found.keys() == fits.keys(), (instant, box)


async def test_who_sees_a_case_today_sees_what_it_was_and_nobody_else(pool):
    moved = next(k for k in CASES if k.events[0].what.place.path != k.now.place.path)
    instant = moved.events[0].at
    before, now = moved.events[0].what.place.path, moved.now.place.path
    for path in (before, now, "3707/370702/", CITY.path(1, 1)[:12]):
        found = await read(pool, "cases", instant, RowFilter(path, "", masked=False))
        fits = expected(instant, lambda kept, _, p=path: kept.now.place.path.startswith(p))
        assert found.keys() == fits.keys()
        reports = await read(pool, "reports", instant, RowFilter(path, "", masked=False))
        assert reports.keys() == fits.keys()
    for code in ("water", "roads"):
        own = RowFilter("3707/", "", masked=False, department=code)
        for at in instants(3):
            fits = expected(at, lambda kept, _, code=code: code in departments(kept.now))
            assert (await read(pool, "cases", at, own)).keys() == fits.keys()


def departments(case):
    return {case.charge.handler.code, *(part.department for part in case.aside.parts)}


async def test_reports_show_what_had_become_of_their_cases(pool):
    names = ("number", "source", "status", "path", "cell", "district", "street", "community")
    for instant in instants(5):
        found = await read(pool, "reports", instant)
        fits = {kept.now.id: row for kept in CASES if (row := kept.at(instant)) is not None}
        assert found.keys() == fits.keys()
        for ident, row in found.items():
            assert [row[name] for name in names] == [fits[ident][name] for name in names]


async def test_a_report_that_came_later_was_not_there(pool):
    """A case takes further reports as long as it lives: each is seen from its receipt on."""
    kept = max(CASES, key=lambda one: len(one.turns))
    received = kept.events[0].at + (kept.events[-1].at - kept.events[0].at) / 2
    ident = str(uuid4())
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO reports"
            " (id, case_id, sender, digest, category, received_at, seen_at, lon, lat)"
            " SELECT %s, case_id, sender, digest, category, %s, seen_at, lon, lat"
            " FROM reports WHERE case_id = %s",
            (ident, received, kept.now.id),
        )
    try:
        assert ident not in await read(pool, "reports", received - MOMENT)
        assert ident in await read(pool, "reports", received)
        assert ident in await read(pool, "reports", kept.events[-1].at)
    finally:
        async with pool.connection() as conn:
            await conn.execute("DELETE FROM reports WHERE id = %s", (ident,))


async def test_a_list_of_cases_is_what_it_was(pool):
    """With the whole state of each, and the values that its filters look at."""
    for instant in instants(2):
        async with pool.connection() as conn:
            found = await cases_before.page(
                conn, EVERYTHING, CaseFilter(), area="3707/", at=instant, limit=1000
            )
            live = await cases_before.page(
                conn, EVERYTHING, CaseFilter(late=True), area="3707/", at=instant, limit=1000
            )
        fits = {kept.now.id: kept.at(instant) for kept in CASES if kept.at(instant) is not None}
        assert [row.id for row in found] == sorted(fits, reverse=True)
        for row in found:
            said = fits[row.id]
            assert row.state == json.loads(said["state"])
            for name in ("stage", "warn_at", "due_at", "received_at", "changed_at", "closed_at"):
                assert getattr(row, name) == said[name]
            assert ",".join(row.marks) == said["marks"].strip("{}").replace('"', "")
        late = {row.id for row in found if {"standing", "appealed"} & {*row.marks}}
        assert {row.id for row in live} == late


# ── what keeps it ───────────────────────────────────────────────────────────────────────────

_HISTORY = (
    "SELECT to_jsonb(h) - 'point'"
    " || jsonb_build_object('at', ST_AsText(coalesce(h.point, c.point)))"
    " FROM case_history AS h JOIN cases AS c ON c.id = h.case_id"
    " ORDER BY h.case_id, h.until"
)
_FACTS = "SELECT to_jsonb(f) FROM fact_history AS f ORDER BY case_id, since"


async def stored(conn):
    kept = await (await conn.execute(_HISTORY)).fetchall()
    return kept, await (await conn.execute(_FACTS)).fetchall()


async def test_what_is_made_from_the_events_is_what_was_kept_as_they_happened(pool):
    async with pool.connection() as conn, conn.transaction(force_rollback=True):
        before = await stored(conn)
        assert all(before)
        await conn.execute("TRUNCATE case_history, fact_history")
        assert await history.make(conn) == len(before[0])
        assert await stored(conn) == before


async def test_states_written_again_and_the_feed_read_again_add_nothing(pool):
    async with pool.connection() as conn:
        before = await stored(conn)
        await ledger.rewrite(conn, [kept.now for kept in CASES])
        await conn.execute("UPDATE cases SET tick_failures = 1, retry_at = now()")
        await feed.move_follower(conn, Figures.name, 0)
    await follow(pool)
    async with pool.connection() as conn:
        assert await stored(conn) == before


async def test_the_check_of_the_history_looks_at_the_past_too(pool):
    async with pool.connection() as conn, conn.transaction(force_rollback=True):
        await verify._cases(conn, lambda _done: None)
        await conn.execute(
            "UPDATE case_history SET status = 'void' WHERE (case_id, until) IN"
            " (SELECT case_id, max(until) FROM case_history GROUP BY 1 LIMIT 1)"
        )
        with pytest.raises(verify.Wrong, match="kept of its past"):
            await verify._cases(conn, lambda _done: None)
