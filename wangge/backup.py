"""`wangge backup` and `wangge restore`: the whole state in one file, and the drill to prove it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_data import backup as store
from geo_data import cluster
from geo_data.database import connect
from geo_data.verify import Wrong, verify
from streams.rewind import GroupBusyError, rewind
from wangge.failures import Failure
from wangge.settings import load_settings

if TYPE_CHECKING:
    from wangge.settings import Settings

_DRILL = "wangge_drill"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write everything stored into FILE (PostgreSQL's custom format), while work goes on."""
    settings = load_settings()
    try:
        made = asyncio.run(store.dump(settings.database_url, file, settings.schema_name))
    except store.BackupError as error:
        raise Failure(str(error)) from error
    size = file.stat().st_size / 1e6
    click.echo(
        f"{file}: {made.cases} cases, {made.events} events, {made.reports} reports, "
        f"feed at {made.feed}, {size:.1f} MB"
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--drill", is_flag=True, help="Restore into a scratch database, verify, remove it.")
@click.option("--force", is_flag=True, help="Restore although others are connected.")
def restore(file: Path, drill: bool, force: bool) -> None:
    """Bring back what `wangge backup` wrote, and rewind the workers to it.

    Stop workers, clerks and APIs first (`wangge down`, then `wangge services up`). Reports that
    Kafka still keeps and the backup did not know are consumed again; listeners of the feed start
    anew (410).
    """
    settings = load_settings()
    try:
        if drill:
            asyncio.run(_drill(settings, file))
        else:
            _restore(settings, file, force=force)
    except (store.BackupError, GroupBusyError) as error:
        raise Failure(str(error)) from error


def _restore(settings: Settings, file: Path, *, force: bool) -> None:
    back = asyncio.run(
        store.restore(settings.database_url, file, settings.schema_name, force=force)
    )
    click.echo(f"restored {asdict(back.contents)}; the feed's epoch is now {back.epoch}")
    topic = f"{settings.topic_prefix}reports"
    made = rewind(settings.kafka, settings.worker_group, topic, back.offsets)
    click.echo(f"group {settings.worker_group} rewound on {len(made)} partitions")
    stands = {(name, partition): offset for name, partition, offset in back.offsets}
    for (name, partition), offset in made.items():
        if offset > (known := stands.get((name, partition), 0)):
            click.echo(
                f"warning: {name}/{partition} keeps nothing before {offset}, "
                f"the backup stands at {known}",
                err=True,
            )


async def _drill(settings: Settings, file: Path) -> None:
    cluster.drop_database(settings.database_url, _DRILL)
    url = cluster.create_database(settings.database_url, _DRILL)
    try:
        back = await store.restore(url, file, settings.schema_name)
        async with connect(url, schema=settings.schema_name) as conn:
            await verify(conn)
    except Wrong as wrong:
        raise Failure(f"The drill found that the backup is not whole: {wrong}") from wrong
    finally:
        cluster.drop_database(settings.database_url, _DRILL)
    click.echo(f"drill: {asdict(back.contents)}")
    click.echo("drill: every case rebuilds from its events, the feed has no gap, its chain holds")
