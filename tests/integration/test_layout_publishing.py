"""Layouts published ahead of time, taken back, rolled back; two publishers at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from geo_data.areas import layout_at, layout_in_force
from geo_data.database import connect
from geo_data.layout import listing, publishing, store
from geo_data.layout.publishing import CannotPublish
from tests.integration.test_layout_store import NOW, small

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from geo_data.database import Connection

HOUR = timedelta(hours=1)
LEAD = timedelta(minutes=2)


@pytest.fixture
async def conn(database_url: str) -> AsyncIterator[Connection]:
    async with connect(database_url) as connection:
        yield connection


@pytest.fixture
async def first(conn: Connection) -> int:
    return await store.save(conn, small(), valid_from=NOW - 24 * HOUR)


async def states(conn: Connection) -> dict[int, str]:
    now = await (await conn.execute("SELECT clock_timestamp()")).fetchone()
    assert now is not None
    return {one.number: one.state(now[0]) for one in await listing.listed(conn)}


async def begins(conn: Connection, number: int, at: datetime) -> None:
    """Move the border between a layout and the one before it, as if time had passed."""
    row = await (
        await conn.execute("SELECT valid_from FROM layouts WHERE id = %s", [number])
    ).fetchone()
    assert row is not None
    await conn.execute("UPDATE layouts SET valid_to = %s WHERE valid_to = %s", [at, row[0]])
    await conn.execute("UPDATE layouts SET valid_from = %s WHERE id = %s", [at, number])


async def test_a_draft_never_holds_until_it_is_published(conn: Connection, first: int) -> None:
    draft = await publishing.keep(conn, small(cells=3))
    assert await publishing.keep(conn, small(cells=3)) == draft
    assert await layout_in_force(conn) == first
    assert await states(conn) == {first: "in force", draft: "draft"}
    seen = "SELECT count(*) FROM feature_areas WHERE layout = %s"
    assert await (await conn.execute(seen, [draft])).fetchone() == (0,)
    done = await publishing.publish(conn, draft, NOW + HOUR, "li")
    assert (done.number, done.valid_from, done.before) == (draft, NOW + HOUR, first)
    assert await states(conn) == {first: "in force", draft: "to come"}
    assert await layout_at(conn, NOW + HOUR) == draft


async def test_the_first_of_all_holds_at_once_and_the_others_from_two_minutes_on(
    conn: Connection,
) -> None:
    done = await publishing.publish(conn, small(), None, "setup")
    assert await layout_in_force(conn) == done.number
    with pytest.raises(CannotPublish, match="at least 2 minutes from now"):
        await publishing.publish(conn, small(cells=3), done.valid_from + HOUR / 60, "li")
    later = await publishing.publish(conn, small(cells=3), None, "li")
    assert LEAD < later.valid_from - done.valid_from < LEAD + timedelta(minutes=1)


async def test_while_one_waits_to_begin_no_other_is_published(conn: Connection, first: int) -> None:
    coming = await publishing.publish(conn, small("新"), NOW + HOUR, "li")
    named = rf"layout {coming.number} \(新\), published by li, .* waits to begin"
    with pytest.raises(CannotPublish, match=named):
        await publishing.publish(conn, small(cells=3), NOW + 2 * HOUR, "wang")
    with pytest.raises(CannotPublish, match=named):
        await publishing.roll_back(conn, NOW + 2 * HOUR, "wang")
    assert await states(conn) == {first: "in force", coming.number: "to come"}


async def test_what_waits_to_begin_can_be_withdrawn(conn: Connection, first: int) -> None:
    coming = await publishing.publish(conn, small("新"), NOW + HOUR, "li")
    assert await publishing.withdraw(conn) == coming.number
    assert await states(conn) == {first: "in force", coming.number: "draft"}
    assert await layout_at(conn, NOW + 2 * HOUR) == first
    with pytest.raises(CannotPublish, match="no layout waits"):
        await publishing.withdraw(conn)
    again = await publishing.publish(conn, coming.number, NOW + HOUR, "wang")
    assert again.number == coming.number
    await begins(conn, coming.number, datetime.now(UTC) + LEAD / 2)
    with pytest.raises(CannotPublish, match="begins within 2 minutes"):
        await publishing.withdraw(conn)


async def test_rolling_back_publishes_the_former_areas_under_a_new_number(
    conn: Connection, first: int
) -> None:
    with pytest.raises(CannotPublish, match="no layout before"):
        await publishing.roll_back(conn, None, "li")
    second = (await publishing.publish(conn, small("新", 3), NOW + HOUR, "li")).number
    await begins(conn, second, NOW - HOUR)
    back = await publishing.roll_back(conn, NOW + HOUR, "li")
    assert back.before == second
    assert [len(await store.load_cells(conn, n)) for n in (first, second, back.number)] == [2, 3, 2]
    found = {one.number: one.again for one in await listing.listed(conn)}
    assert found == {first: None, second: None, back.number: first}
    assert [await layout_at(conn, NOW + h * HOUR) for h in (-2, 0, 2)] == [
        first,
        second,
        back.number,
    ]
    await begins(conn, back.number, NOW - HOUR / 2)
    for wrong in (back.number, 99):
        with pytest.raises(CannotPublish, match=f"layout {wrong} is none that has held"):
            await publishing.roll_back(conn, None, "li", to=wrong)
    forth = await publishing.roll_back(conn, None, "li", to=second)
    assert len(await store.load_cells(conn, forth.number)) == 3


async def test_what_held_once_is_not_published_again(conn: Connection, first: int) -> None:
    with pytest.raises(CannotPublish, match=f"layout {first} is published already"):
        await publishing.publish(conn, first, None, "li")
    with pytest.raises(CannotPublish, match=f"layout {first} is published already"):
        await publishing.publish(conn, small(), None, "li")
    with pytest.raises(CannotPublish, match="there is no layout 77"):
        await publishing.publish(conn, 77, None, "li")


async def test_of_two_publishers_one_wins_and_the_other_is_told_whose(
    conn: Connection, first: int, database_url: str
) -> None:
    async def publish(by: str, cells: int) -> int | str:
        async with connect(database_url) as own:
            try:
                return (await publishing.publish(own, small(by, cells), NOW + HOUR, by)).number
            except CannotPublish as error:
                return str(error)

    both = await asyncio.gather(publish("li", 3), publish("wang", 4))
    [number] = [one for one in both if isinstance(one, int)]
    [told] = [one for one in both if isinstance(one, str)]
    winner = ("li", "wang")[both.index(number)]
    assert told.startswith(f"layout {number} ({winner}), published by {winner}, from ")
    # The loser has left nothing: no half layout, no areas.
    assert await states(conn) == {first: "in force", number: "to come"}
    rows = await (await conn.execute("SELECT DISTINCT layout FROM areas ORDER BY 1")).fetchall()
    assert rows == [(first,), (number,)]


async def test_a_publisher_waits_for_a_running_batch_and_no_longer(
    conn: Connection, first: int, database_url: str
) -> None:
    shared = "SELECT id FROM layouts WHERE valid_from IS NOT NULL AND valid_to IS NULL FOR SHARE"
    async with connect(database_url) as batch, connect(database_url) as later:
        async with batch.transaction():
            await batch.execute(shared)
            publisher = asyncio.create_task(publishing.publish(conn, small("新"), NOW + HOUR, "li"))
            done, _ = await asyncio.wait([publisher], timeout=0.3)
            assert not done
        coming = await publisher
        rows = await (await later.execute(shared)).fetchall()
        assert rows == [(coming.number,)]
        assert coming.before == first


async def test_a_publisher_cut_off_in_the_middle_leaves_nothing(
    conn: Connection, first: int, database_url: str
) -> None:
    async with (
        connect(database_url) as batch,
        connect(database_url) as doomed,
        batch.transaction(),
    ):
        await batch.execute("SELECT FROM layouts WHERE id = %s FOR SHARE", [first])
        # All areas are written, and only the lock is waited for.
        publishing_it = asyncio.create_task(
            publishing.publish(doomed, small("新", 3), NOW + HOUR, "li")
        )
        await waits(conn, doomed.info.backend_pid)
        await conn.execute("SELECT pg_terminate_backend(%s)", [doomed.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            await publishing_it
    assert await states(conn) == {first: "in force"}
    rows = await (await conn.execute("SELECT DISTINCT layout FROM areas")).fetchall()
    assert rows == [(first,)]
    assert (await publishing.publish(conn, small("新", 3), NOW + HOUR, "wang")).before == first


async def waits(conn: Connection, pid: int) -> None:
    """Until a backend waits for a lock."""
    asked = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
    for _ in range(500):
        row = await (await conn.execute(asked, [pid])).fetchone()
        if row is not None and row[0]:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it waits for nothing")
