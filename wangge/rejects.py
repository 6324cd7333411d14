"""`wangge rejects`: what could not be taken, looked at, sent again or dropped."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from kafka import KafkaProducer
from kafka.errors import KafkaError

from geo_data import rejects as store
from geo_data.database import connect
from wangge.failures import Failure, Unavailable
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wangge.settings import Settings

#: How long Kafka may take to have all that is sent again.
_LIMIT_S = 30.0


@click.group()
def rejects() -> None:
    """Messages that could not be taken."""


@rejects.command("list")
@click.option("--state", type=click.Choice(store.STATES), default="open", show_default=True)
@click.option("--all", "every", is_flag=True, help="Whatever the state.")
@click.option("--after", default=0, help="Only those with a higher number.")
@click.option("--limit", default=100, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(state: str, every: bool, after: int, limit: int, as_json: bool) -> None:
    """List rejects: number, time, state, reason, origin."""
    for kept in asyncio.run(_listed(load_settings(), None if every else state, after, limit)):
        if as_json:
            click.echo(json.dumps(asdict(kept), default=str, ensure_ascii=False))
            continue
        field = f" {kept.field}" if kept.field else ""
        origin = f"{kept.topic}/{kept.partition}/{kept.offset}"
        click.echo(
            f"{kept.id:>6}  {kept.at:%Y-%m-%d %H:%M:%S}  {kept.state:<8}"
            f"{kept.code}{field}: {kept.reason}  [{origin}] {kept.report_id or ''}"
        )


async def _listed(
    settings: Settings, state: str | None, after: int, limit: int
) -> list[store.Kept]:
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        return await store.listed(conn, state, after, limit)


@rejects.command()
@click.argument("number", type=int)
@click.option("--raw", is_flag=True, help="Only the bytes, as they came.")
def show(number: int, raw: bool) -> None:
    """Show reject NUMBER whole, with its bytes. They may hold people's data."""
    whole = asyncio.run(_whole(load_settings(), number))
    if whole is None:
        raise Failure(f"There is no reject {number}.")
    if raw:
        click.get_binary_stream("stdout").write(whole.body)
        return
    for name, value in asdict(whole.kept).items():
        if value not in (None, ""):
            click.echo(f"{name}: {value}")
    if whole.traceback:
        click.echo(whole.traceback)
    click.echo(f"body: {whole.body.decode(errors='backslashreplace')}")


async def _whole(settings: Settings, number: int) -> store.Whole | None:
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        return await store.show(conn, number)


@rejects.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that are open.")
def retry(numbers: tuple[int, ...], every: bool) -> None:
    """Put the same bytes of open rejects NUMBERS on their topic again."""
    ids = _chosen(numbers, every)
    done = asyncio.run(_retry(load_settings(), ids))
    click.echo(f"sent again: {done}")
    _complain(done, ids)


async def _retry(settings: Settings, ids: Sequence[int] | None) -> int:
    """Sent first, marked then: a failure in between sends twice, which makes one case."""
    url, schema = settings.database_url, settings.schema_name
    async with connect(url, schema=schema) as conn, conn.transaction():
        again = await store.lock_open(conn, ids)
        await asyncio.to_thread(_send, settings.kafka, again)
        return await store.change(conn, [one.id for one in again], "retried")


def _send(bootstrap: str, again: Sequence[store.Again]) -> None:
    if not again:
        return
    try:
        producer = KafkaProducer(bootstrap_servers=bootstrap.split(","), acks="all")
        try:
            sent = [producer.send(one.topic, key=one.key, value=one.body) for one in again]
            producer.flush(timeout=_LIMIT_S)
            for future in sent:
                future.get(timeout=_LIMIT_S)
        finally:
            producer.close(timeout=5)
    except KafkaError as error:
        raise Unavailable(f"Kafka did not take them, they stay open: {error}") from error


@rejects.command()
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that are open.")
def drop(numbers: tuple[int, ...], every: bool) -> None:
    """Say that open rejects NUMBERS need nothing more. They are kept, as dropped."""
    ids = _chosen(numbers, every)
    done = asyncio.run(_drop(load_settings(), ids))
    click.echo(f"dropped: {done}")
    _complain(done, ids)


async def _drop(settings: Settings, ids: Sequence[int] | None) -> int:
    url, schema = settings.database_url, settings.schema_name
    async with connect(url, schema=schema) as conn, conn.transaction():
        found = await store.lock_open(conn, ids)
        return await store.change(conn, [one.id for one in found], "dropped")


def _chosen(numbers: tuple[int, ...], every: bool) -> list[int] | None:
    if every == bool(numbers):
        raise click.UsageError("give the numbers of rejects, or --all")
    return None if every else list(numbers)


def _complain(done: int, ids: Sequence[int] | None) -> None:
    if ids is not None and done < len(set(ids)):
        raise Failure(f"{len(set(ids)) - done} of them are not there or not open.")
