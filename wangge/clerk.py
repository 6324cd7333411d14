"""`wangge clerk`: number events, follow the feed, keep the clocks."""

from __future__ import annotations

import sys

import click

from streams.clerk import ClerkConfig, run
from wangge.settings import load_settings


@click.command()
def clerk() -> None:
    """Run one clerk; a second one takes over what the first leaves.

    Exit codes: 0 told to stop; 70 a bug; 75 database away, start it again.
    """
    settings = load_settings()
    config = ClerkConfig(
        bootstrap=settings.kafka,
        database_url=settings.database_url,
        topic_prefix=settings.topic_prefix,
        schema=settings.schema_name,
        policy=settings.policy,
        log_level=settings.log_level.upper(),
        private_receivers=settings.private_receivers,
    )
    sys.exit(run(config))
