"""`wangge services up|down|status`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from wangge.progress import tell
from wangge.services import local
from wangge.settings import load_settings

if TYPE_CHECKING:
    from wangge.settings import Settings


@click.group()
def services() -> None:
    """Kafka and PostgreSQL with PostGIS on this machine, in one state folder."""


@services.command()
@click.option("--install", is_flag=True, help="Install missing Debian packages (root or sudo).")
def up(*, install: bool) -> None:
    """Start what is not running; by Docker where an engine answers, else natively."""
    started = start(load_settings(), install=install)
    tell(f"Kafka {started.bootstrap}, PostgreSQL 127.0.0.1:{started.postgres_port}")


@services.command()
def prepare() -> None:
    """Bring what `up` needs (packages, jars or images) and start nothing."""
    settings = load_settings()
    local.prepare(settings.home, local.choose(settings.home, settings.services))


@services.command()
def down() -> None:
    """Stop what `up` started, and nothing else; the data stays."""
    stopped = local.down(load_settings().home)
    tell(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")


@services.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(*, as_json: bool) -> None:
    """Show what runs; exit code 4 where a part does not."""
    known = local.known(load_settings().home)
    found = [known.status(part) for part in local.PARTS] if known else []
    if as_json:
        click.echo(json.dumps([asdict(line) for line in found], indent=1))
    else:
        for line in found:
            memory = f", {line.memory_mb} MB" if line.memory_mb is not None else ""
            where = f"{line.address} ({line.way}, {line.process}{memory})"
            click.echo(f"{line.name:<10} {where if line.address else 'not running'}")
    if not found or any(line.address is None for line in found):
        if not found and not as_json:
            click.echo("No services were started from this folder.")
        raise click.exceptions.Exit(4)


def start(settings: Settings, *, install: bool) -> local.Local:
    """Start the local services that the settings do not replace by others."""
    way = local.choose(settings.home, settings.services)
    wanted = local.Local(settings.home, way, settings.kafka_port, settings.postgres_port)
    parts: list[local.Part] = []
    if settings.other_kafka is None:
        parts.append("kafka")
    if settings.other_database is None:
        parts.append("postgres")
    if parts:
        local.up(wanted, tuple(parts), install=install)
    return wanted
