"""Roles that read straight from the database, for QGIS: made, listed, taken away.

Such a role may select from the views of `VIEWS` and may do nothing else; the table `readers` says
which rows it sees in them and how exactly (the views are in schema.sql). PostgreSQL lets everybody
do a few things that a reader has no business with: they are closed before a reader is made.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - dataclasses keep it inspectable
from hashlib import sha256
from typing import TYPE_CHECKING

from psycopg import errors, sql

from geo_data.queries import load

if TYPE_CHECKING:
    from geo_data.database import Connection

_SQL = load("readers")
_KEYS = load("keys")

#: What readers may select from, in the order of the documentation.
VIEWS = (
    "read_cells",
    "read_communities",
    "read_streets",
    "read_districts",
    "read_cases",
    "read_reports",
    "read_places",
    "read_area_facts",
)
_NAME = re.compile(r"[a-z][a-z0-9_]{2,49}")
#: QGIS opens several connections for one map.
_CONNECTIONS = 12
#: What a session of the role begins with. It may set them otherwise: what keeps it from writing is
#: that it has no right to anything.
_SETTINGS = (
    ("default_transaction_read_only", "on"),
    ("statement_timeout", "60s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "5min"),
)
#: Functions that write, hold locks that the product uses, or tell of tables that may not be read.
_CLOSED = {
    "pg_catalog": (
        "lo_creat", "lo_create", "lo_from_bytea", "lo_import", "lo_export", "lo_open", "lowrite",
        "lo_put", "lo_truncate", "lo_truncate64", "lo_unlink",
        "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_xact_lock",
        "pg_advisory_xact_lock_shared", "pg_try_advisory_lock", "pg_try_advisory_lock_shared",
        "pg_try_advisory_xact_lock", "pg_try_advisory_xact_lock_shared",
        "pg_logical_emit_message", "pg_export_snapshot",
    ),
    "public": (
        "st_estimatedextent", "_postgis_stats", "_postgis_selectivity",
        "_postgis_join_selectivity", "_postgis_index_extent",
    ),
}  # fmt: skip
_PG_SET_OPTION = 160_000


class BadReader(ValueError):
    """A reader that cannot be made: its name, or what stands in its way."""


class NeedsAdministrator(Exception):
    """The product's own role may not do it; `statements` is the SQL for who administers."""

    def __init__(self, statements: list[str]) -> None:
        super().__init__("\n".join(statements))
        self.statements = statements


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader; `there` is false where the database has no such role, say after a restore."""

    role: str
    area: str
    department: str
    masked: bool
    created_at: datetime
    there: bool


async def add(
    conn: Connection, role: str, *, area: str, department: str = "", masked: bool = True, by: str
) -> str:
    """Make a role that reads the rows below `area` (a path); its password, which is kept nowhere.

    In the caller's transaction. Raises BadReader and NeedsAdministrator.
    """
    if not _NAME.fullmatch(role) or role.startswith("pg_"):
        raise BadReader(
            f"{role!r} is no name for a reader: small letters, digits and underscores, a letter"
            " first, 3 to 50 characters, not beginning with pg_"
        )
    row = await (await conn.execute(_SQL.role_exists, {"role": role})).fetchone()
    if row is not None and row[0]:
        raise BadReader(f"the database has a role {role} already")
    asked = {"role": role, "area": area, "department": department, "masked": masked}
    try:
        async with conn.transaction():
            await conn.execute(_SQL.add, asked)
    except errors.UniqueViolation:
        raise BadReader(f"there is a reader {role} already: `wangge reader renew`") from None
    await _audit(conn, by, "reader add", role)
    return await _made(conn, role, new=True)


async def renew(conn: Connection, role: str, *, by: str) -> str | None:
    """Give a reader a new password, and what it lacks: role, rights; None where there is none.

    In the caller's transaction. Raises NeedsAdministrator.
    """
    known = await (await conn.execute(_SQL.is_reader, {"role": role})).fetchone()
    if known is None or not known[0]:
        return None
    there = await (await conn.execute(_SQL.role_exists, {"role": role})).fetchone()
    await _audit(conn, by, "reader renew", role)
    return await _made(conn, role, new=not (there and there[0]))


async def remove(conn: Connection, role: str, *, by: str) -> bool:
    """Take a reader away, with its sessions. False: there is none. In the caller's transaction."""
    done = await conn.execute(_SQL.drop, {"role": role})
    if not done.rowcount:
        return False
    await _audit(conn, by, "reader remove", role)
    with suppress(errors.InsufficientPrivilege):  # then sessions go on and see nothing any more
        async with conn.transaction():
            await conn.execute(_SQL.end_sessions, {"role": role})
    drop = sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role))
    try:
        async with conn.transaction():
            await conn.execute(drop)
    except errors.InsufficientPrivilege:
        raise NeedsAdministrator([drop.as_string(conn) + ";"]) from None
    return True


async def grant_again(conn: Connection) -> None:
    """Give readers their rights to views that were made anew, by a migration or a restore."""
    _, database, schema, _ = await _about_us(conn)
    name = _group_name(database, schema)
    row = await (await conn.execute(_SQL.role_exists, {"role": name})).fetchone()
    if row is not None and row[0]:
        await _grant(conn, name, schema)


async def listed(conn: Connection) -> list[Reader]:
    """All readers, by name."""
    return [Reader(*row) for row in await (await conn.execute(_SQL.listed)).fetchall()]


async def open_doors(conn: Connection) -> list[str]:
    """The SQL that closes what everybody may do here; empty where all is closed."""
    us, database, _, _ = await _about_us(conn)
    me = sql.Identifier(us)
    found: list[sql.Composed] = []
    row = await (await conn.execute(_SQL.open_temporary)).fetchone()
    if row is not None and row[0]:
        of = sql.SQL("TEMPORARY ON DATABASE {}").format(sql.Identifier(database))
        found += [
            sql.SQL("GRANT {} TO {}").format(of, me),
            sql.SQL("REVOKE {} FROM PUBLIC").format(of),
        ]
    for (schema,) in await (await conn.execute(_SQL.open_schemas)).fetchall():
        of = sql.SQL("CREATE ON SCHEMA {}").format(sql.Identifier(schema))
        found += [
            sql.SQL("GRANT {} TO {}").format(of, me),
            sql.SQL("REVOKE {} FROM PUBLIC").format(of),
        ]
    pairs = [(schema, name) for schema, names in _CLOSED.items() for name in names]
    asked = {"schemas": [one[0] for one in pairs], "names": [one[1] for one in pairs]}
    for (signature,) in await (await conn.execute(_SQL.open_functions, asked)).fetchall():
        of = sql.SQL("EXECUTE ON FUNCTION {}").format(sql.SQL(signature))
        found += [
            sql.SQL("GRANT {} TO {}").format(of, me),
            sql.SQL("REVOKE {} FROM PUBLIC").format(of),
        ]
    return [statement.as_string(conn) for statement in found]


async def _about_us(conn: Connection) -> tuple[str, str, str, bool]:
    row = await (await conn.execute(_SQL.about_us)).fetchone()
    assert row is not None
    us, database, schema, makes_roles = row
    return us, database, schema, makes_roles


async def _made(conn: Connection, role: str, *, new: bool) -> str:
    """The role with its rights, settings and a new password, which is returned."""
    us, database, schema, makes_roles = await _about_us(conn)
    missing = [] if makes_roles else [f"ALTER ROLE {sql.Identifier(us).as_string(conn)} CREATEROLE"]
    missing += await _closed(conn)
    if missing:
        raise NeedsAdministrator([f"{statement};" for statement in missing])
    group = await _group(conn, database, schema)
    password = secrets.token_urlsafe(24)
    # What goes over the line, and maybe into the server's log, is what SCRAM stores, not the word.
    verifier = conn.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    name, inside = sql.Identifier(role), sql.Identifier(database)
    await conn.execute(
        sql.SQL("{} ROLE {} LOGIN INHERIT CONNECTION LIMIT {} PASSWORD {}").format(
            sql.SQL("CREATE" if new else "ALTER"),
            name,
            sql.Literal(_CONNECTIONS),
            sql.Literal(verifier.decode()),
        )
    )
    bound = sql.SQL(" WITH SET FALSE" if conn.info.server_version >= _PG_SET_OPTION else "")
    await conn.execute(sql.SQL("GRANT {} TO {}{}").format(group, name, bound))
    await _may_connect(conn, role, us, group, inside)
    for setting, value in _SETTINGS:
        await conn.execute(
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}").format(
                name, inside, sql.SQL(setting), sql.Literal(value)
            )
        )
    await conn.execute(
        sql.SQL("ALTER ROLE {} IN DATABASE {} SET search_path = {}, public").format(
            name, inside, sql.Identifier(schema)
        )
    )
    return password


async def _may_connect(
    conn: Connection, role: str, us: str, group: sql.Identifier, database: sql.Identifier
) -> None:
    """Where not everybody may connect to the database, readers may. Raises NeedsAdministrator."""
    grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, group)
    for last in (False, True):
        row = await (await conn.execute(_SQL.may_connect, {"role": role})).fetchone()
        if row is not None and row[0]:
            return
        if last:
            to_us = sql.SQL("GRANT CONNECT ON DATABASE {} TO {} WITH GRANT OPTION;")
            raise NeedsAdministrator([to_us.format(database, sql.Identifier(us)).as_string(conn)])
        with suppress(errors.InsufficientPrivilege):
            async with conn.transaction():
                await conn.execute(grant)


async def _closed(conn: Connection) -> list[str]:
    """Close what everybody may do here, as far as we may; the SQL for the rest."""
    for statement in await open_doors(conn):
        with suppress(errors.InsufficientPrivilege):
            async with conn.transaction():
                await conn.execute(sql.SQL(statement))  # quoted above
    return await open_doors(conn)


async def _group(conn: Connection, database: str, schema: str) -> sql.Identifier:
    """The role that has the rights, one for each schema of a database; made where it is missing."""
    name = _group_name(database, schema)
    group = sql.Identifier(name)
    row = await (await conn.execute(_SQL.role_exists, {"role": name})).fetchone()
    if row is None or not row[0]:
        await conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(group))
    await _grant(conn, name, schema)
    return group


def _group_name(database: str, schema: str) -> str:
    name = f"{database}_{schema}_readers"
    if len(name.encode()) > 63:  # noqa: PLR2004 - PostgreSQL's names
        name = f"readers_{sha256(name.encode()).hexdigest()[:32]}"
    return name


async def _grant(conn: Connection, name: str, schema: str) -> None:
    group, inside = sql.Identifier(name), sql.Identifier(schema)
    await conn.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(inside, group))
    views = sql.SQL(", ").join(sql.Identifier(schema, view) for view in VIEWS)
    await conn.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(views, group))


async def _audit(conn: Connection, by: str, act: str, subject: str) -> None:
    await conn.execute(_KEYS.note_act, {"principal": by, "act": act, "subject": subject})
