"""A policy that is published while everything runs: nobody decides by what has ended."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from geo_data.database import connect
from geo_data.policies import PolicyStore, publish, publish_first, shipped_files
from streams.batch import Outcome
from streams.timekeeper import Timekeeper
from streams.wake import Bell
from tests import city, services
from tests.stream_house import CITY, intake_of, messages, pool_of, report

ENTRY = "default/policy.toml"
RULES = "default/rules.csv"


@pytest.fixture
async def pool(house):
    async with pool_of(house) as pool:
        yield pool


async def publish_next(house, valid_from):
    """Publish the default policy, then `default-2` with another reason for small matters."""
    files = dict(shipped_files())
    files[ENTRY] = files[ENTRY].replace('"default-1"', '"default-2"')
    files[RULES] = files[RULES].replace("小事不出网格", "小事就地解决")
    async with connect(services.database_url(), schema=house.schema) as conn:
        await publish_first(conn, "default", "test")
        await publish(conn, files, ENTRY, valid_from, "test")


async def test_a_report_is_decided_under_the_policy_of_when_it_was_received(house, pool):
    intake = await intake_of(pool)
    begin = datetime.now(UTC) + timedelta(minutes=3)
    await publish_next(house, begin)
    before, after = report(), report(received_at=begin + timedelta(seconds=1))
    assert await intake.take(messages([before, after])) == Outcome(2, 0, 0)
    assert intake.policies.known.stamp == 2
    found = await house.rows(
        "SELECT state::jsonb -> 'matter' ->> 'policy' FROM cases ORDER BY received_at"
    )
    assert found == [("default-1",), ("default-2",)]


async def test_how_far_outside_a_report_may_lie_is_the_policys_of_when_it_was_received(house, pool):
    intake = await intake_of(pool)
    begin = datetime.now(UTC) + timedelta(minutes=3)
    files = dict(shipped_files())
    files[ENTRY] = (
        files[ENTRY].replace('"default-1"', '"default-2"').replace("snap_m = 200", "snap_m = 400")
    )
    async with connect(services.database_url(), schema=house.schema) as conn:
        await publish_first(conn, "default", "test")
        await publish(conn, files, ENTRY, begin, "test")
    outside = {"lon": city.WEST - 300 / 89_000, "lat": city.SOUTH + 0.002}  # by some 300 m
    later = begin + timedelta(seconds=1)
    await intake.take(messages([report(**outside), report(**outside, received_at=later)]))
    found = await house.rows("SELECT cell FROM cases ORDER BY received_at")
    assert found == [(None,), (CITY.code(0, 0),)]


async def test_the_clock_learns_of_a_new_policy(house, pool):
    stop = asyncio.Event()
    policies = PolicyStore()
    await publish_next(house, datetime.now(UTC) + timedelta(minutes=3))
    await Timekeeper(pool, policies, Bell(stop), stop).tick_due()
    assert policies.known.stamp == 2


async def test_why_has_the_words_of_the_version_that_decided(house, pool):
    intake = await intake_of(pool)
    begin = datetime.now(UTC) + timedelta(minutes=3)
    await publish_next(house, begin)
    await intake.take(messages([report(), report(received_at=begin + timedelta(seconds=1))]))
    numbers = await house.rows("SELECT number FROM cases ORDER BY received_at")
    told = [why(house, number) for (number,) in numbers]
    for words, other, one in zip(
        told, reversed(told), ("小事不出网格", "小事就地解决"), strict=True
    ):
        assert one in words
        assert one not in other


def why(house, number):
    """What `wangge why` says about a case."""
    variables = {
        "WANGGE_HOME": str(house.state),
        "WANGGE_DATABASE_URL": services.database_url(),
        "WANGGE_SCHEMA_NAME": house.schema,
    }
    done = subprocess.run(
        [sys.executable, "-m", "wangge", "why", number],
        capture_output=True,
        text=True,
        env=os.environ | variables,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
