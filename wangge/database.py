"""`wangge db migrate`: bring the database's schema to this version."""

from __future__ import annotations

import asyncio

import click

from geo_data.migrate import migrate as bring_up
from wangge.settings import load_settings


@click.group()
def db() -> None:
    """The database's schema."""


@db.command()
def migrate() -> None:
    """Create or migrate the schema; safe to run again and from several places at once."""
    settings = load_settings()
    applied = asyncio.run(bring_up(settings.database_url, settings.schema_name))
    click.echo(f"migrated: {', '.join(map(str, applied))}" if applied else "nothing to migrate")
