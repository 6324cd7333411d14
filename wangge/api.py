"""`wangge api`: the HTTP door."""

from __future__ import annotations

import logging

import click

from api.config import ApiConfig
from api.serve import run
from wangge.settings import load_settings


@click.command()
def api() -> None:
    """Run one API process; more of them may run side by side. Stops within 25 s when told to."""
    settings = load_settings()
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    scratch = settings.home / "scratch"
    scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    run(
        ApiConfig(
            bootstrap=settings.kafka,
            database_url=settings.database_url,
            topic_prefix=settings.topic_prefix,
            schema=settings.schema_name,
            policy=settings.policy,
            host=settings.api_host,
            port=settings.api_port,
            scratch=scratch,
            private_receivers=settings.private_receivers,
        )
    )
