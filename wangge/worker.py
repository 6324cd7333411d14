"""`wangge worker`: take reports from Kafka and make cases of them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from streams.worker import WorkerConfig, run
from wangge.settings import load_settings


@click.command()
def worker() -> None:
    """Run one worker; start more for more speed, up to the topic's partitions.

    Exit codes: 0 told to stop; 70 a bug; 75 database or Kafka away, start it again.
    """
    settings = load_settings()
    datadir = settings.home / "faust" / str(os.getpid())
    config = WorkerConfig(
        bootstrap=settings.kafka,
        group=settings.worker_group,
        database_url=settings.database_url,
        datadir=datadir,
        cells=settings.home / "cells",
        topic_prefix=settings.topic_prefix,
        schema=settings.schema_name,
        policy=settings.policy,
        batch_max=settings.batch_max,
        batch_within_s=settings.batch_within_s,
        log_level=settings.log_level.upper(),
    )
    code = run(config)
    with suppress(OSError):  # somebody else's file in it: then it stays
        datadir.rmdir()
    sys.exit(code)
