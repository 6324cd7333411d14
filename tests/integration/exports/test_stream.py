"""An export is one moment's rows, ends when nobody wants it any more, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from contextlib import aclosing

import pytest
from psycopg import sql
from psycopg.errors import IdleInTransactionSessionTimeout

from geo_data.areas import layout_in_force
from geo_data.exports import geopackage, stream
from geo_data.exports.formats import Format, Shape
from geo_data.features.collections import COLLECTIONS
from geo_data.features.reading import Asked, Part
from tests.integration.exports.conftest import EVERYTHING, exported
from tests.stream_house import intake_of, messages, report

SLOWLY = Part(sql.SQL("pg_sleep(0.2) IS NOT NULL"), {})


async def of(pool, name, more=()):
    async with pool.connection() as conn:
        return Asked(COLLECTIONS[name], EVERYTHING, await layout_in_force(conn), more=more)


def ids(text):
    return [row["id"] for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))]


async def test_what_is_written_meanwhile_is_not_in_it(pool, house, monkeypatch):
    monkeypatch.setattr(stream, "_ROWS", 4)
    before = await exported(pool, "cases", Format.CSV)
    asked, written = await of(pool, "cases"), []
    async with (
        pool.connection() as conn,
        aclosing(stream.chunks(conn, asked, Shape(Format.CSV))) as pieces,
    ):
        written += [await anext(pieces), await anext(pieces)]
        sent = messages([report() for _ in range(5)], first=100)
        await (await intake_of(pool)).take(sent)
        await house.rows("UPDATE cases SET next_tick = NULL RETURNING 1")  # every row moves
        written += [piece async for piece in pieces]
    assert sorted(ids(b"".join(written))) == sorted(ids(before))
    assert len(ids(await exported(pool, "cases", Format.CSV))) == len(ids(before)) + 5


@pytest.mark.parametrize("form", Format)
async def test_who_stops_taking_ends_the_query_at_once(pool, form, tmp_path):
    asked = await of(pool, "cells", more=(SLOWLY,))
    pid = asyncio.get_running_loop().create_future()

    async def take():
        async with pool.connection() as conn:
            pid.set_result(conn.info.backend_pid)
            shape = Shape(form, folder=tmp_path)
            async with aclosing(stream.chunks(conn, asked, shape)) as pieces:
                async for _ in pieces:
                    pass

    async def state():
        async with pool.connection() as conn:
            done = await conn.execute(
                "SELECT state, query LIKE '%%FETCH%%' FROM pg_stat_activity WHERE pid = %s",
                (await pid,),
            )
            return await done.fetchone()

    taking = asyncio.create_task(take())
    async with asyncio.timeout(5):
        while await state() != ("active", True):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    taking.cancel()
    async with asyncio.timeout(2):
        await asyncio.wait({taking})
        assert taking.cancelled()
        while (await state() or ("idle",))[0] == "active":  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_built_has_no_name(pool, tmp_path, monkeypatch):
    monkeypatch.setattr(stream, "_AREAS", 1)
    asked = await of(pool, "districts")
    async with pool.connection() as conn:
        pieces = stream.chunks(conn, asked, Shape(Format.GPKG, folder=tmp_path))
        assert (await anext(pieces)).startswith(b"SQLite format 3\x00")
        assert list(tmp_path.iterdir()) == []
        await pieces.aclose()


async def test_who_takes_a_built_file_too_slowly_does_not_keep_the_connection(
    pool, tmp_path, monkeypatch
):
    monkeypatch.setattr(geopackage, "_PIECE", 4096)
    asked = await of(pool, "districts")
    async with (
        pool.connection() as conn,
        aclosing(stream.chunks(conn, asked, Shape(Format.GPKG, folder=tmp_path))) as pieces,
    ):
        await anext(pieces)
        monkeypatch.setattr(stream, "monotonic", lambda: time.monotonic() + stream.MOST_S)
        with pytest.raises(stream.TooLong):
            await anext(pieces)


async def test_a_connection_comes_back_as_it_was(pool, tmp_path):
    kept = ("transaction_isolation", "statement_timeout", "idle_in_transaction_session_timeout")

    async def settings(conn):
        return [await (await conn.execute(f"SHOW {name}")).fetchone() for name in kept]

    async with pool.connection() as conn:
        before = await settings(conn)
        await conn.commit()
        asked = await of(pool, "cells")
        async with aclosing(stream.chunks(conn, asked, Shape(Format.CSV))) as pieces:
            await anext(pieces)
        assert await settings(conn) == before
        await conn.commit()


async def test_an_export_does_not_go_on_for_ever(pool, monkeypatch):
    monkeypatch.setattr(stream, "MOST_S", 0.0)
    with pytest.raises(stream.TooLong):
        await exported(pool, "cells", Format.CSV)


async def test_who_takes_nothing_is_given_up_and_the_pool_goes_on(pool, monkeypatch):
    snapshot = stream._SQL.snapshot
    assert "'60s'" in snapshot
    monkeypatch.setattr(stream._SQL, "snapshot", snapshot.replace("'60s'", "'200ms'"))
    monkeypatch.setattr(stream, "_AREAS", 2)
    asked = await of(pool, "cells")

    async def take():
        async with (
            pool.connection() as conn,
            aclosing(stream.chunks(conn, asked, Shape(Format.CSV))) as pieces,
        ):
            await anext(pieces)
            await asyncio.sleep(0.6)
            async for _ in pieces:
                pass

    with pytest.raises(IdleInTransactionSessionTimeout):
        await take()
    assert await exported(pool, "cells", Format.CSV)
