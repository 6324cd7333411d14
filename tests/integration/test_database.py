"""Connections of the pool: what the database does about a process that went silent."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from geo_data.database import Failure, classify, open_pool


async def go_silent(pool):
    """Take a row, say nothing for half a second while another wants it, then go on."""
    async with pool.connection() as frozen, frozen.transaction():
        await frozen.execute("SET LOCAL idle_in_transaction_session_timeout TO '100ms'")
        await frozen.execute("INSERT INTO followers (name) VALUES ('one')")
        await asyncio.sleep(0.5)
        async with pool.connection() as other:
            await other.execute("INSERT INTO followers (name) VALUES ('one')")
        await frozen.execute("SELECT 1")


async def test_a_process_frozen_in_mid_transaction_does_not_hold_the_others_up(database_url):
    async with open_pool(database_url, most=2) as pool:
        async with pool.connection() as conn:
            row = await (await conn.execute("SHOW idle_in_transaction_session_timeout")).fetchone()
            assert row == ("15s",)
        with pytest.raises(psycopg.Error) as broken:
            await go_silent(pool)
        assert classify(broken.value) is Failure.TRANSIENT
        async with pool.connection() as conn:
            rows = await conn.execute("SELECT count(*) FROM followers WHERE name = 'one'")
            assert await rows.fetchone() == (1,)
