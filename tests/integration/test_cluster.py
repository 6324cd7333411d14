"""Databases made and dropped by a role that is no superuser."""

from __future__ import annotations

import threading
import uuid

import psycopg
import pytest

from geo_data import cluster
from tests import services


@pytest.fixture
def stranger(own_services):
    """A database in which a superuser, as autovacuum is one, is at work for a second."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    cluster.create_database(own_services.database_url, name)
    conn = psycopg.connect(cluster.beside(own_services.admin_url, name), autocommit=True)
    yield name, conn
    conn.close()
    cluster.drop_database(own_services.database_url, name)


def there(url: str, name: str) -> bool:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        return row is not None


def test_who_may_not_be_ended_is_waited_for(own_services, stranger):
    name, conn = stranger
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        cluster.drop_database(own_services.database_url, name, patience_s=0)
    threading.Timer(1.0, conn.close).start()
    cluster.drop_database(own_services.database_url, name)
    assert not there(own_services.database_url, name)


def test_a_database_that_is_not_there_is_fine():
    cluster.drop_database(services.database_url(), "t_never_made")
