"""Backup and restore: all or nothing, a new epoch, the stream rewound."""

from __future__ import annotations

import asyncio
import os
import stat
import uuid

import pytest
from kafka import KafkaConsumer, TopicPartition
from psycopg import conninfo

from geo_data import backup, cluster, ledger
from geo_data.backup import BackupError
from geo_data.database import connect
from geo_data.ledger import Change
from geo_data.migrate import migrate
from geo_data.verify import Wrong, verify
from grid.cases.commands import Accept, File
from grid.cases.decide import apply
from grid.cases.known import NOTHING, Known
from grid.ids import time_ordered
from grid.principal import RULES
from ingest.topics import ensure_topics
from streams.rewind import rewind
from tests.unit.examples import WORKER, place, policy, report


async def file_some(url: str, n: int) -> None:
    """Cases with two events each and no feed yet, as if a clerk were still to come."""
    async with connect(url) as conn, conn.transaction():
        now = await ledger.clock(conn)
        changes = []
        for number in await ledger.case_numbers(conn, n, now.year):
            known = Known(case_id=time_ordered(now, uuid.uuid4().int), number=number, place=place())
            made = report(id=str(uuid.uuid4()), received_at=now)
            events, steps = apply(None, File(by=RULES, report=made), known, now, policy())
            more, after = apply(steps[-1], Accept(by=WORKER), NOTHING, now, policy())
            changes.append(Change(None, events + more, steps + after, now))
        await ledger.append(conn, changes)
        await conn.execute("INSERT INTO consumed VALUES ('reports', 0, 7)")


async def test_what_was_backed_up_comes_back_and_nothing_else(database_url, tmp_path):
    await file_some(database_url, 20)
    file = tmp_path / "city.backup"
    made = await backup.dump(database_url, file)
    assert (made.cases, made.events) == (20, 40)
    async with connect(database_url) as conn:
        await conn.execute("DELETE FROM consumed")
    await file_some(database_url, 5)

    back = await backup.restore(database_url, file)

    assert back.contents == made
    assert back.offsets == (("reports", 0, 7),)
    again = await backup.restore(database_url, file)
    assert again.epoch > 1
    async with connect(database_url) as conn:
        rows = await (await conn.execute("SELECT count(*) FROM cases")).fetchone()
        assert rows == (20,)
        with pytest.raises(Exception, match="append-only"):
            await conn.execute("DELETE FROM case_events")


async def test_a_number_that_was_told_names_no_other_case_afterwards(database_url, tmp_path):
    file = tmp_path / "city.backup"
    await backup.dump(database_url, file)
    await file_some(database_url, 5)
    async with connect(database_url) as conn:
        told = await (await conn.execute("SELECT max(number) FROM cases")).fetchone()
    await backup.restore(database_url, file)
    await file_some(database_url, 1)
    async with connect(database_url) as conn:
        again = await (await conn.execute("SELECT min(number) FROM cases")).fetchone()
    assert again > told


async def test_a_damaged_backup_touches_nothing(database_url, tmp_path):
    await file_some(database_url, 50)
    whole = tmp_path / "city.backup"
    await backup.dump(database_url, whole)
    broken = tmp_path / "broken.backup"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    for file in (broken, tmp_path / "none.backup"):
        with pytest.raises(BackupError):
            await backup.restore(database_url, file)
    async with connect(database_url) as conn:
        assert await (await conn.execute("SELECT count(*) FROM cases")).fetchone() == (50,)


async def test_a_backup_of_another_schema_touches_nothing(database_url, tmp_path):
    await file_some(database_url, 5)
    await migrate(database_url, "elsewhere")
    file = tmp_path / "elsewhere.backup"
    await backup.dump(database_url, file, "elsewhere")
    async with connect(database_url) as conn:
        await conn.execute("DROP SCHEMA elsewhere CASCADE")
    with pytest.raises(BackupError):
        await backup.restore(database_url, file)
    async with connect(database_url) as conn:
        assert await (await conn.execute("SELECT count(*) FROM cases")).fetchone() == (5,)


async def test_a_backup_is_its_owners_alone(database_url, tmp_path):
    file = tmp_path / "city.backup"
    before = os.umask(0)
    try:
        await backup.dump(database_url, file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_no_password_stands_on_a_command_line(database_url, tmp_path, monkeypatch):
    lines = []
    real = asyncio.create_subprocess_exec

    async def start(*line, env, **more):
        lines.append((line, env.get("PGPASSWORD")))
        return await real(*line, env=env, **more)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    # A server that trusts this machine takes any; the suite's own wants its own.
    secret = str(conninfo.conninfo_to_dict(database_url).get("password") or "hush hush")
    url = conninfo.make_conninfo(database_url, password=secret)
    await backup.dump(url, tmp_path / "city.backup")
    await backup.restore(url, tmp_path / "city.backup")
    assert [password for _, password in lines] == [secret, None, secret]
    assert secret not in str([line for line, _ in lines])


async def test_restoring_under_running_processes_is_refused(database_url, tmp_path):
    file = tmp_path / "city.backup"
    await backup.dump(database_url, file)
    async with connect(database_url):
        with pytest.raises(BackupError, match="stop workers"):
            await backup.restore(database_url, file)
        await backup.restore(database_url, file, force=True)


async def test_the_drill_restores_beside_and_verifies(database_url, tmp_path):
    await file_some(database_url, 3)
    file = tmp_path / "city.backup"
    await backup.dump(database_url, file)
    name = f"drill_{uuid.uuid4().hex[:8]}"
    url = cluster.create_database(database_url, name)
    back = await backup.restore(url, file)
    async with connect(url) as conn:
        assert back.contents.cases == 3
        with pytest.raises(Wrong):
            await verify(conn)  # cases without reports: the check sees that it is not whole
    cluster.drop_database(database_url, name)
    with pytest.raises(Exception, match="does not exist"):
        async with connect(url):
            pass


def test_the_group_goes_back_to_where_the_backup_stands(bootstrap, topic_prefix):
    ensure_topics(bootstrap, topic_prefix, partitions=2, replication=1)
    topic, group = f"{topic_prefix}reports", f"{topic_prefix}workers"
    made = rewind(bootstrap, group, topic, [(topic, 0, 0), (topic, 1, 9)])
    assert made == {(topic, 0): 0, (topic, 1): 0}, "not beyond what the topic holds"
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group)
    assert consumer.committed(TopicPartition(topic, 0)) == 0
    consumer.close()


def test_a_partition_that_the_backup_does_not_know_begins_anew(bootstrap, topic_prefix):
    """Else what was taken from it after the backup would be in neither."""
    ensure_topics(bootstrap, topic_prefix, partitions=3, replication=1)
    topic, group = f"{topic_prefix}reports", f"{topic_prefix}workers"
    made = rewind(bootstrap, group, topic, [(topic, 1, 0)])
    assert made == {(topic, 0): 0, (topic, 1): 0, (topic, 2): 0}
