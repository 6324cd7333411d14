"""`wangge verify-history`: whether everything stored is what its events say."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from geo_data.database import connect
from geo_data.verify import Verified, Wrong, verify
from wangge.failures import Failure
from wangge.settings import load_settings

if TYPE_CHECKING:
    from wangge.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def verify_history(as_json: bool) -> None:
    """Rebuild every case from its events, now and before, and follow the feed's chain.

    Ends with 1 and the first thing that is wrong, if anything is.
    """
    quiet = as_json or not click.get_text_stream("stderr").isatty()
    try:
        found = asyncio.run(_verify(load_settings(), quiet))
    except Wrong as wrong:
        if as_json:
            click.echo(json.dumps({"whole": False, "wrong": str(wrong)}))
        raise Failure(f"The history is not whole: {wrong}") from None
    if as_json:
        click.echo(json.dumps({"whole": True, **asdict(found)}))
    else:
        click.echo(
            f"The history is whole: {found.cases} cases of {found.reports} reports rebuilt from"
            f" {found.events} events, {found.feed} numbers in the feed without a gap."
        )


async def _verify(settings: Settings, quiet: bool) -> Verified:
    def told(step: str, done: int, whole: int) -> None:
        if not quiet:
            click.echo(f"\r{step}: {done:,} of {whole:,} ", nl=done >= whole, err=True)

    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        return await verify(conn, told)
