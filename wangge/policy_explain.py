"""`wangge policy explain`: what a policy would make of a made-up report, both languages."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from geo_data import areas
from geo_data.database import connect
from geo_data.policies import PolicyStore
from grid.model import Source
from grid.policy.arithmetic import clock
from grid.policy.calendar import ZONE
from grid.policy.categories import UnknownCategory
from grid.policy.explain import explain as explained
from grid.policy.policy import PolicyError
from grid.policy.rules import Facts
from wangge import policy_files
from wangge.failures import Failure
from wangge.settings import load_settings

if TYPE_CHECKING:
    from grid.policy.explain import Explained, Timed
    from grid.policy.policy import Policy

#: Digits of an area's code, from the city to the cell: each begins with that of the one above.
_DIGITS = (4, 6, 9, 12, 15)


class _Moment(click.ParamType):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: Any) -> datetime:
        """A time; without an offset it is China's."""
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time like '2026-09-18 17:50'", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


@click.command()
@click.option("--policy", "what", help="A folder, a shipped or published policy; else as now.")
@click.option("--category", required=True, help="kind.class.item, like event.05.02.")
@click.option("--condition", help="The row of the category; without it the strictest holds.")
@click.option(
    "--source",
    type=click.Choice([source.value for source in Source]),
    default="worker",
    show_default=True,
)
@click.option("--severity", type=click.IntRange(1, 4))
@click.option("--affected", type=click.IntRange(0), default=0, help="Households.")
@click.option("--injured", type=click.IntRange(0), default=0, help="People.")
@click.option("--money", type=click.FloatRange(0), default=0.0, help="Yuan.")
@click.option("--zone", "zones", multiple=True, help="A kind of place it lies in; repeat it.")
@click.option("--repetition", type=click.IntRange(1), default=1, help="The how-many-th report.")
@click.option("--settled", is_flag=True, help="Dealt with on the spot.")
@click.option("--at", "received", type=_Moment(), help="Received then; by default now.")
@click.option("--occurred", type=_Moment(), help="Happened then; by default when received.")
@click.option("--area", "code", default="3707", show_default=True, help="Code of an area.")
@click.option("--lon", type=click.FloatRange(-180, 180), help="With --lat, instead of --area.")
@click.option("--lat", type=click.FloatRange(-90, 90))
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def explain(
    what: str | None,
    category: str,
    condition: str | None,
    source: str,
    received: datetime | None,
    occurred: datetime | None,
    code: str,
    lon: float | None,
    lat: float | None,
    zones: tuple[str, ...],
    as_json: bool,
    **said: Any,
) -> None:
    """Show what becomes of a made-up report: rule, size, who answers and works, all deadlines."""
    if (lon is None) != (lat is None):
        raise click.UsageError("--lon and --lat go together")
    policy = _policy(what)
    received = received or datetime.now(UTC)
    unknown = set(zones) - policy.zones
    if unknown:
        known = ", ".join(sorted(policy.zones))
        raise click.BadParameter(f"{', '.join(sorted(unknown))} is none of {known}")
    try:
        row = policy.categories.row(category, condition)
    except UnknownCategory as error:
        raise Failure(f"{error}.".capitalize()) from error
    path = _path(code) if lon is None or lat is None else asyncio.run(_path_at(lon, lat))
    facts = Facts(
        category=row.code,
        category_size=row.default_size,
        zones=frozenset(zones),
        source=Source(source),
        off_hours=not policy.calendar.is_work_time(received),
        **said,
    )
    told = explained(policy, row, facts, received, path, occurred)
    if as_json:
        plain = {"area": path, "received_at": received.isoformat(), **asdict(told)}
        click.echo(json.dumps(plain, default=str, ensure_ascii=False, indent=2))
    else:
        _show(told, received, path)


def _policy(what: str | None) -> Policy:
    if what is None:
        return asyncio.run(_in_force())
    try:
        return policy_files.find(what).read()
    except PolicyError as error:
        first = error.problems[0]
        raise Failure(f"{first}\nThis policy cannot be used: `wangge policy check`.") from error


async def _in_force() -> Policy:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        return await PolicyStore(settings.policy).now(conn)


def _path(code: str) -> str:
    digits = code.rstrip("/").rpartition("/")[2]
    if not digits.isdigit() or len(digits) not in _DIGITS:
        raise click.BadParameter(f"'{code}' is no area code of 4, 6, 9, 12 or 15 digits")
    return "".join(f"{digits[:n]}/" for n in _DIGITS if n <= len(digits))


async def _path_at(lon: float, lat: float) -> str:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        try:
            layout = await areas.layout_in_force(conn)
        except areas.NoLayout as error:
            raise Failure(f"{error}.") from error
        path = await areas.cell_at(conn, layout, lon, lat)
    if path is None:
        raise Failure(f"{lon}, {lat} lies outside every cell.")
    return path


def _show(told: Explained, received: datetime, path: str) -> None:
    def line(label: str, zh: str, en: str) -> None:
        click.echo(f"{label:<12}{zh}\n{'':12}{en}")

    click.echo(f"{told.policy}, {clock(received)}, {path}")
    line("category", *told.category)
    line("rule", f"{told.rule}（第{told.line}行）{told.reason[0]}", told.reason[1])
    for zh, en in told.because:
        line("", f"· {zh}", f"· {en}")
    line("size", *told.size_words)
    line("in charge", *told.level_words)
    line("works", *told.handler_words)
    for zh, en in told.notes:
        line("", f"· {zh}", f"· {en}")
    click.echo()
    for stage in told.stages:
        _show_stage(stage)


def _show_stage(stage: Timed) -> None:
    row = f"  [limits.csv:{stage.line}]" if stage.line else ""
    named = f"{stage.words[0]} {stage.words[1]}"
    if stage.due is None or stage.warn is None:
        click.echo(f"{named}: {stage.limit}, {stage.how[0]} {stage.how[1]}{row}")
        return
    until = f"{clock(stage.due)} (yellow {clock(stage.warn)})"
    limit = f"{stage.limit}, " if stage.limit else ""
    click.echo(f"{named}: {limit}until {until}{row}")
    click.echo(f"{'':12}{stage.how[0]}\n{'':12}{stage.how[1]}")
