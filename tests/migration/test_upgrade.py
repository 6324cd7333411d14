"""A database of the first release, with cases in it, comes up to today's schema whole."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import pytest

from geo_data import ledger
from geo_data.database import connect
from geo_data.ledger import Change
from geo_data.migrate import _HISTORY as HISTORY
from geo_data.migrate import _migrations, make_months, migrate
from grid.cases import commands as c
from grid.cases.decide import apply
from grid.cases.evolve import fold
from grid.cases.known import NOTHING, Known
from grid.cases.wire import decode_case, encode_case, encode_event, type_of
from grid.figures.fold import facts_of
from grid.principal import RULES
from tests.integration.features.lives_kept import ordinary
from tests.unit.examples import CELL, COLLEAGUE, THURSDAY, WORKER, file_events, filed, policy

FIRST = files("geo_data").joinpath("migrations", "0001_initial.sql").read_text(encoding="utf-8")


PARENT = "01a2008d-7400-7000-8000-0000000000ff"


def story(*given: c.Command, known: Known = NOTHING):
    events, steps = file_events()
    for command in given:
        more, steps = apply(steps[-1], command, known, THURSDAY, policy())
        events += more
    return events, steps[-1]


STORIES = {
    "open": story(),
    "working": story(c.Accept(by=WORKER)),
    "closed": story(c.Accept(by=WORKER), c.Handle(by=WORKER), c.Verify(by=COLLEAGUE, passed=True)),
    "merged": story(c.Merge(by=RULES), known=Known(parent=replace(filed(CELL), id=PARENT))),
}


def as_it_was(case) -> str:
    """The state as the first release wrote it: without where it came from and what lies beside."""
    plain = json.loads(encode_case(case))
    plain.pop("origin")
    plain.pop("aside", None)
    if not case.status.live:
        plain["deadlines"] = []
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("name", sorted(STORIES))
async def test_an_older_state_becomes_what_its_events_say(bare_database_url, name):
    events, case = STORIES[name]
    async with connect(bare_database_url, schema="wangge") as conn:
        await conn.execute("DROP SCHEMA IF EXISTS wangge CASCADE")
        await conn.execute("CREATE SCHEMA wangge")
        await conn.execute(FIRST)
        await conn.execute(
            "CREATE TABLE schema_versions (number integer PRIMARY KEY,"
            " at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        await conn.execute("INSERT INTO schema_versions (number) VALUES (1)")
        await make_months(conn, THURSDAY)
        over = None if case.status.live else THURSDAY
        await conn.execute(
            "INSERT INTO cases (id, number, status, size, category, source, path, layout, level,"
            " charge_path, handler_kind, handler_path, version, reports, parent, received_at,"
            " changed_at, closed_at, point, state) VALUES (%s, %s, %s, 'small', 'event.01.10',"
            " 'worker', %s, 1, 'grid', %s, 'team', %s, %s, 1, %s, %s, %s, %s,"
            " ST_SetSRID(ST_MakePoint(119, 36), 4326), %s)",
            [case.id, case.number, case.status.value, CELL, CELL, CELL, case.tally.version,
             case.parent, THURSDAY, THURSDAY,
             over, as_it_was(case)],
        )  # fmt: skip
        for event in events:
            await conn.execute(
                "INSERT INTO case_events (case_id, number, type, at, by, path, status, level, body)"
                " VALUES (%s, %s, %s, %s, %s, %s, 'open', 'grid', %s)",
                [event.case, event.number, type_of(event.what), event.at, event.by, CELL,
                 encode_event(event)],
            )  # fmt: skip
    await migrate(bare_database_url)
    async with connect(bare_database_url, schema="wangge") as conn:
        row = await (await conn.execute("SELECT state, next_tick FROM cases")).fetchone()
        kept = await (
            await conn.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'guard_case'")
        ).fetchone()
    assert decode_case(row[0]) == fold(events) == case
    assert row[1] == case.next_tick
    assert kept[0] in (b"O", "O"), "the guard stands again"


async def test_what_cases_were_before_the_upgrade_is_made_of_their_events(bare_database_url):
    """A database of the version before, in which cases have lived: nothing of then is missing."""
    lived = ordinary(12)
    async with connect(bare_database_url, schema="wangge") as conn:
        await conn.execute("DROP SCHEMA IF EXISTS wangge CASCADE")
        await conn.execute("CREATE SCHEMA wangge")
        for number, text in _migrations():
            if number < HISTORY:
                await conn.execute(text)
        await conn.execute(
            "CREATE TABLE schema_versions (number integer PRIMARY KEY,"
            " at timestamptz NOT NULL DEFAULT clock_timestamp())"
        )
        await conn.execute("INSERT INTO schema_versions (number) VALUES (%s)", (HISTORY - 1,))
        for kept in lived:
            before = None
            for events, steps in kept.turns:
                received = events[0].what.received_at if before is None else None
                async with conn.transaction():
                    await ledger.append(conn, [Change(before, events, steps, received)])
                before = steps[-1]
    assert HISTORY in await migrate(bare_database_url)
    async with connect(bare_database_url, schema="wangge") as conn:
        for kept in lived:
            told = await conn.execute(
                "SELECT since, until, status FROM case_history WHERE case_id = %s ORDER BY since",
                [kept.now.id],
            )
            begins = [events[0].at for events, _ in kept.turns]
            statuses = [steps[-1].status.value for _, steps in kept.turns]
            fits = list(zip(begins[:-1], begins[1:], statuses[:-1], strict=True))
            assert await told.fetchall() == fits
        known = await conn.execute(
            "SELECT case_id::text, handled_at FROM fact_history WHERE until = 'infinity'"
        )
        facts = {kept.now.id: facts_of(kept.events) for kept in lived}
        for case_id, handled_at in await known.fetchall():
            assert facts[case_id].handled_at == handled_at
