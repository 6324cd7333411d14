"""Real servers for the tests: one Kafka and one PostgreSQL for the whole run, isolated by name.

They live in `.wangge-test/`, on their own ports, beside whatever `make up` has running. To use
servers that run already, which are then never stopped, set both WANGGE_TEST_BOOTSTRAP and
WANGGE_TEST_DATABASE_URL.
"""

from __future__ import annotations

import os

# Before anything of grid is imported: an assignment to a value raises (grid/values.py).
os.environ.setdefault("WANGGE_GUARDED_VALUES", "1")

import asyncio
import fcntl
import signal
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from geo_data import cluster
from geo_data.migrate import migrate
from tests import services
from wangge.failures import Unavailable
from wangge.services import local as services_of
from wangge.services.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_KAFKA_PORT = 29092
_POSTGRES_PORT = 25432


def pytest_configure() -> None:
    for name in list(os.environ):  # a user's own settings are not the tests' business
        if name.startswith("WANGGE_") and not name.startswith("WANGGE_TEST_"):
            del os.environ[name]
    # A run that is stopped from outside still stops the servers that it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every tier but `unit` has the servers, before any other fixture is made."""
    for item in items:
        if isinstance(item, pytest.Function) and "unit" not in item.path.parts:
            item.fixturenames.insert(0, "servers")


@pytest.fixture(scope="session")
def servers() -> Iterator[services_of.Local | None]:
    """Kafka and PostgreSQL with PostGIS, empty, for this run only; None where they are others'.

    Where they are, `tests.services` says.
    """
    if services.named():
        yield None
        return
    with _free_home() as home:
        services_of.wipe(home)
        try:
            local = _start(home)
            services.name(local.bootstrap, local.database_url)
            yield local
        finally:
            services_of.down(home)


def _start(home: Path) -> services_of.Local:
    """Start both on the usual ports; on others where somebody has these, or was faster."""
    way = services_of.choose(home, os.environ.get("WANGGE_TEST_SERVICES", "auto"))
    ports = (_KAFKA_PORT, _POSTGRES_PORT)
    for left in (3, 2, 1, 0):
        local = services_of.Local(
            home,
            way,
            *ports,
            # A killed server still keeps what it committed; only a machine without power would not.
            durable=False,
        )
        try:
            services_of.up(local)
        except Unavailable:
            if not left:
                raise
            services_of.down(home)
            ports = (free_port(), free_port())
        else:
            break
    return local


@pytest.fixture(scope="session")
def own_services(servers: services_of.Local | None) -> services_of.Local:
    """Servers that a test may kill and start again; it leaves them running."""
    if servers is None:
        pytest.skip("kills servers, so it wants its own: unset WANGGE_TEST_BOOTSTRAP")
    return servers


@pytest.fixture(scope="session")
def _template() -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    name = f"wangge_template_{uuid.uuid4().hex[:12]}"
    url = cluster.create_database(services.database_url(), name)
    with ThreadPoolExecutor(1) as thread:  # apart from the loop of the tests
        thread.submit(lambda: asyncio.run(migrate(url))).result()
    yield name
    cluster.drop_database(services.database_url(), name)


@pytest.fixture(scope="session")
def new_database(_template: str) -> Callable[[], object]:
    """Context manager that makes a migrated database, gives its URL, and drops it."""

    @contextmanager
    def fresh() -> Iterator[str]:
        name = f"t_{uuid.uuid4().hex[:16]}"
        yield cluster.create_database(services.database_url(), name, _template)
        cluster.drop_database(services.database_url(), name)

    return fresh


@pytest.fixture
def database_url(new_database) -> Iterator[str]:
    """A migrated, empty database of the test's own (schema `wangge`)."""
    with new_database() as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(new_database) -> Iterator[str]:
    """One migrated database for all tests of a module."""
    with new_database() as url:
        yield url


@pytest.fixture(scope="session")
def bare_database_url() -> Iterator[str]:
    """A database with PostGIS and nothing else, for migrations."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    yield cluster.create_database(services.database_url(), name)
    cluster.drop_database(services.database_url(), name)


@pytest.fixture
def bootstrap() -> str:
    """Kafka's address."""
    return services.bootstrap()


@pytest.fixture
def topic_prefix() -> Iterator[str]:
    """A prefix for topics and groups of the test's own; its topics are deleted afterwards."""
    with services.own_prefix() as prefix:
        yield prefix


@contextmanager
def _free_home() -> Iterator[Path]:
    """A state folder that no other run is using; it stays ours until the run is over."""
    for number in range(1, 9):
        home = services.STATE / str(number)
        home.mkdir(parents=True, exist_ok=True)
        with (home / "session.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield home
            return
    pytest.exit("eight test runs at once in this checkout are enough", returncode=4)
