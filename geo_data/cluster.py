"""A PostgreSQL server seen from outside its databases: does it answer, roles, databases.

For servers that wangge starts itself, and for tests. In production an administrator makes the
role and the database (docs/how-to/run-services.md).
"""

from __future__ import annotations

import time

import psycopg
from psycopg import conninfo, sql


def answers(url: str, patience_s: int = 2) -> bool:
    """Whether the server takes a connection and a query now."""
    try:
        with psycopg.connect(url, connect_timeout=max(patience_s, 2)) as conn:
            conn.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def beside(url: str, database: str) -> str:
    """The same server and role, another database."""
    return conninfo.make_conninfo(url, dbname=database)


def prepare(admin_url: str, *, role: str, password: str, database: str) -> None:
    """Make the role, PostGIS in template1 and the database where they are missing; again is safe.

    The role owns its database and may make others; it is no superuser.
    """
    name = sql.Identifier(role)
    with psycopg.connect(admin_url, autocommit=True) as conn:
        known = conn.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        order = sql.SQL("ALTER" if known else "CREATE")
        conn.execute(
            sql.SQL("{} ROLE {} LOGIN CREATEDB NOSUPERUSER PASSWORD {}").format(
                order, name, sql.Literal(password)
            )
        )
    with psycopg.connect(beside(admin_url, "template1"), autocommit=True) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    with psycopg.connect(admin_url, autocommit=True) as conn:
        there = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
        if there.fetchone() is None:
            conn.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), name)
            )
    with psycopg.connect(beside(admin_url, database), autocommit=True) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS postgis")


def create_database(url: str, name: str, template: str = "template1") -> str:
    """Make a database as a copy of another that nobody is connected to; its URL."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return beside(url, name)


def drop_database(url: str, name: str, patience_s: float = 20.0) -> None:
    """Delete a database and end the connections to it; one that is not there is fine.

    Autovacuum may be at work in it, which only a superuser may end: that passes by itself.
    """
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    until = time.monotonic() + patience_s
    with psycopg.connect(url, autocommit=True) as conn:
        while True:
            try:
                conn.execute(drop)
            except psycopg.errors.InsufficientPrivilege:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return
