"""`wangge clerk`: number events, follow the feed, keep the clocks."""

from __future__ import annotations

import sys

import click

from grid.notices import seal
from streams.clerk import ClerkConfig, run
from streams.senders import MESSENGER, SMS, Gateway
from wangge.failures import BadSettings
from wangge.settings import Settings, load_settings


def gateways(settings: Settings) -> tuple[Gateway, ...]:
    """The gateways that are set up. Raises BadSettings for one without its secret."""
    found = []
    for channel, url, secret in (
        (SMS, settings.sms_url, settings.sms_secret),
        (MESSENGER, settings.messenger_url, settings.messenger_secret),
    ):
        if url is None:
            continue
        if secret is None:
            name = f"WANGGE_{channel.upper()}"
            raise BadSettings(
                f"{name}_URL needs {name}_SECRET: the gateway checks by it who sends"
                " (`wangge gateway --new-secret` makes one)."
            )
        found.append(Gateway(channel, url, seal.read_secret(secret.get_secret_value())))
    return tuple(found)


@click.command()
def clerk() -> None:
    """Run one clerk; a second one takes over what the first leaves.

    Exit codes: 0 told to stop; 70 a bug; 75 database away, start it again.
    """
    settings = load_settings()
    config = ClerkConfig(
        bootstrap=settings.kafka,
        database_url=settings.database_url,
        cells=settings.home / "cells",
        topic_prefix=settings.topic_prefix,
        schema=settings.schema_name,
        policy=settings.policy,
        log_level=settings.log_level.upper(),
        private_receivers=settings.private_receivers,
        gateways=gateways(settings),
    )
    sys.exit(run(config))
