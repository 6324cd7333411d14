"""Backup and restore of the whole schema, by PostgreSQL's own pg_dump and pg_restore.

A restore is all or nothing. It raises the feed's epoch, so that a listener whose cursor is from
the time that was lost gets 410 and starts anew, and it answers with the offsets up to which
reports had been consumed: the stream is rewound there, and what came after is consumed again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from psycopg import conninfo, sql

from geo_data import feed, readers
from geo_data.database import connect
from geo_data.queries import load

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("backup")


class BackupError(RuntimeError):
    """A backup or restore could not be made; the text says why and what is as it was."""


@dataclass(frozen=True, slots=True)
class Contents:
    """How much there is: cases, events, reports, and the feed's last number."""

    cases: int
    events: int
    reports: int
    feed: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought back; `offsets` has (topic, partition, next offset)."""

    contents: Contents
    epoch: int
    offsets: tuple[tuple[str, int, int], ...]


async def dump(url: str, file: Path, schema: str = "wangge") -> Contents:
    """Write the schema into `file` (pg_dump's custom format), one consistent snapshot.

    The file appears under its name only when it is complete. It holds people's data, so only its
    owner may read it.
    """
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        raise BackupError(f"{part} cannot be written: {error.strerror}") from error
    await _run(
        "pg_dump", "--format=custom", "--compress=6", f"--schema={schema}",
        "--no-owner", "--no-privileges", f"--file={part}", url=url,
    )  # fmt: skip
    part.replace(file)
    async with connect(url, schema=schema) as conn:
        return await contents(conn)


async def restore(url: str, file: Path, schema: str = "wangge", *, force: bool = False) -> Restored:
    """Replace the schema by the backup's. Refused while others are connected, unless forced."""
    if not file.is_file():  # noqa: ASYNC240 - a command line, nothing else runs in its loop
        raise BackupError(f"{file}: there is no such file")
    async with connect(url, schema=schema) as conn:
        row = await (await conn.execute(_SQL.others)).fetchone()
        if row and row[0] and not force:
            raise BackupError(
                f"{row[0]} connections of wangge are open: stop workers, clerks and APIs first"
            )
        await conn.execute("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public")
        row = await (await conn.execute(_SQL.last_number)).fetchone()
        told = row[0] if row else 0
    with TemporaryDirectory(prefix="wangge-restore-") as folder:
        # Written out whole first: a damaged backup fails here, before anything is touched.
        script = Path(folder) / "backup.sql"
        await _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(file))
        name = sql.Identifier(schema)
        drop = sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name)
        # In the same transaction: a backup of another schema has no feed here and changes nothing.
        raised = sql.SQL("SET search_path TO {}; {}; {}").format(
            name,
            sql.SQL(_SQL.raise_epoch),
            sql.SQL(_SQL.raise_numbers).format(told=sql.Literal(told)),
        )
        await _run(
            "psql", "--quiet", "--no-psqlrc", "--single-transaction",
            "--set=ON_ERROR_STOP=1",
            f"--command={drop.as_string()}", f"--file={script}",
            f"--command={raised.as_string()}", url=url,
        )  # fmt: skip
    async with connect(url, schema=schema) as conn:
        await readers.grant_again(conn)
        epoch, *_ = await feed.head(conn)
        offsets = await (await conn.execute(_SQL.consumed)).fetchall()
        return Restored(await contents(conn), epoch, tuple((t, p, o) for t, p, o in offsets))


async def contents(conn: Connection) -> Contents:
    """How much there is now."""
    row = await (await conn.execute(_SQL.counts)).fetchone()
    assert row is not None
    return Contents(*row)


async def _run(tool: str, *arguments: str, url: str | None = None) -> None:
    """Run one of PostgreSQL's programs, on the database at `url` where that is given.

    The password goes by the environment: everybody on the machine can read command lines.
    """
    path, environment = _find(tool), dict(os.environ)
    if url is not None:
        parts = conninfo.conninfo_to_dict(url)
        password = parts.pop("password", None)
        if password is not None:
            environment["PGPASSWORD"] = str(password)
        arguments = (*arguments, f"--dbname={conninfo.make_conninfo('', **parts)}")
    process = await asyncio.create_subprocess_exec(
        path,
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        said = errors.decode(errors="replace").strip().splitlines()
        raise BackupError(f"{tool} failed: {said[-1] if said else 'no reason given'}")


def _find(tool: str) -> str:
    """The newest of Debian's versions, or what is on the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"))
    found = str(versions[-1]) if versions else shutil.which(tool)
    if found is None:
        raise BackupError(f"{tool} is missing: apt-get install postgresql-client")
    return found
