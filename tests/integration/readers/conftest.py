"""A database with cases in two streets, places and facts, and roles that read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
import shapely
from psycopg import conninfo, sql

from geo_data import cluster, readers
from geo_data.area_facts import store as area_facts
from geo_data.area_facts.file import Fact
from geo_data.database import connect, open_pool
from geo_data.places import store as places
from geo_data.places.file import Given
from tests import city
from tests.stream_house import CITY, intake_of, messages, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

#: A cell in the first street, and one in the last; not in the middle of any 0.001°.
HERE, THERE = (0, 0), (7, 7)
OFF = (0.00037, -0.00041)


def street(x: int, y: int) -> str:
    """The path of the street in which that cell lies."""
    return "/".join(CITY.path(x, y).split("/")[:3]) + "/"


def position(x: int, y: int) -> tuple[float, float]:
    lon, lat = CITY.middle(x, y)
    return lon + OFF[0], lat + OFF[1]


@dataclass(frozen=True)
class Reader:
    """A role that may log in."""

    role: str
    password: str
    url: str

    async def login(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self.url, autocommit=True)

    async def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        async with await self.login() as conn:
            return await (await conn.execute(statement, values)).fetchall()  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def as_superuser(servers):
    """The same database, reached as who may make roles; the product's own role seldom may."""

    def reached(url: str) -> str:
        if servers is None:
            return url
        name = conninfo.conninfo_to_dict(url)["dbname"]
        return cluster.beside(servers.admin_url, str(name))

    return reached


@pytest.fixture(scope="module")
def module_database_url(new_database, as_superuser) -> Iterator[str]:
    """One migrated database for all tests of a module, reached as a superuser."""
    with new_database() as url:
        yield as_superuser(url)


@pytest.fixture(scope="module")
async def stored(module_database_url) -> str:
    """The URL of the database, as its owner."""
    url = module_database_url
    async with connect(url) as conn:
        await city.build(conn, CITY)
        line = shapely.to_wkb(shapely.LineString([CITY.middle(0, 0), CITY.middle(7, 0)]))
        place = Given("g1", "heat_line", "", "", line, None, None, bytes(32))
        await places.save(conn, "test", [place])
        await area_facts.save(
            conn, "test", [Fact("3707", "population", date(2025, 12, 31), 9000.0)]
        )
    async with open_pool(url, schema="wangge", most=2) as pool:
        sent = [report(lon=lon, lat=lat) for lon, lat in (position(*HERE), position(*THERE))]
        await (await intake_of(pool)).take(messages(sent))
    async with connect(url) as conn:
        await conn.execute("ANALYZE")
    return url


@pytest.fixture
async def reader_of(stored) -> AsyncIterator[Any]:
    """Makes readers; their roles are dropped afterwards."""
    made: list[str] = []

    async def make(area: str = "3707/", **how: Any) -> Reader:
        role = f"t_{uuid4().hex[:12]}"
        async with connect(stored) as conn, conn.transaction():
            password = await readers.add(conn, role, area=area, by="test", **how)
        made.append(role)
        return Reader(role, password, conninfo.make_conninfo(stored, user=role, password=password))

    yield make
    async with connect(stored) as conn:
        for role in made:
            await conn.execute("DELETE FROM readers WHERE role = %s", [role])
            await conn.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@pytest.fixture(scope="module", autouse=True)
async def group_goes(module_database_url) -> AsyncIterator[None]:
    """Roles belong to the whole server: the group goes when the tests are over."""
    yield
    database = conninfo.conninfo_to_dict(module_database_url)["dbname"]
    group = sql.Identifier(f"{database}_wangge_readers")
    async with connect(module_database_url) as conn:
        found = await conn.execute(
            "SELECT FROM pg_roles WHERE rolname = %s", [f"{database}_wangge_readers"]
        )
        if found.rowcount:
            await conn.execute(sql.SQL("DROP OWNED BY {}").format(group))
            await conn.execute(sql.SQL("DROP ROLE {}").format(group))
