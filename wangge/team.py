"""`wangge team`: who is responsible where, who is away, and who takes over."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from geo_data import areas, handing_over, ledger, team_changes, teams
from geo_data.database import connect
from geo_data.policies import PolicyStore
from grid.model import Level
from grid.policy.calendar import ZONE
from grid.team_sheet import BadTeams
from grid.teams import Absence, Duty
from wangge.settings import load_settings
from wangge.when import When

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from geo_data.areas import Area
    from geo_data.database import Connection
    from geo_data.teams import Gap, Present
    from grid.policy.policy import Policy
    from grid.team_sheet import Changes

T = TypeVar("T")

#: Problems and gaps shown without --json; a file for another city has thousands.
_SHOWN = 40
_BY = "command-line"
#: What has people: the levels of areas, and departments.
_LEVELS = [*(level.value for level in Level), "department"]
_WORDS = {
    Duty.RESPONSIBLE: "负责 responsible",
    Duty.BACKUP: "备岗 backup",
    Duty.ASSISTANT: "协管 assistant",
    Duty.SENT: "下沉 sent",
}


@click.group()
def team() -> None:
    """Who is responsible where, who is away, and who takes over."""


@team.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def load(file: Path, as_json: bool) -> None:
    """Make the teams of the units in FILE (CSV) what it says; all of it or nothing.

    Who is stored in these units and no longer stands in FILE leaves now, and hands over.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file.name} is not UTF-8: save it as such") from None

    async def work(conn: Connection) -> tuple[Changes, int, int]:
        departments = (await _policy(conn)).responsibilities.departments
        changes = await team_changes.load_sheet(conn, file.name, text, departments, by=_BY)
        layout = await areas.layout_in_force(conn)
        missing = await teams.gaps(conn, layout, "", levels=(Level.GRID,))
        return changes, len(missing), await _hand_over(conn)

    try:
        changes, missing, handed = _run(work)
    except BadTeams as bad:
        shown = bad.problems if as_json else bad.problems[:_SHOWN]
        for problem in shown:
            click.echo(str(problem), err=True)
        left = len(bad.problems) - len(shown)
        more = f" ({left} more: --json tells all)" if left else ""
        raise click.ClickException(f"nothing was stored{more}") from bad
    told = {
        "added": len(changes.added),
        "changed": len(changes.changed),
        "dropped": len(changes.dropped),
        "same": changes.same,
        "cells_without_responsible": missing,
        "cases_handed_over": handed,
    }
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(", ".join(f"{n} {what.replace('_', ' ')}" for what, n in told.items()))
    if missing:
        click.echo("`wangge team gaps --level grid` lists them.", err=True)


@team.command("list")
@click.argument("area")
@click.option("--at", type=When(), help="As of then; by default now.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(area: str, at: datetime | None, as_json: bool) -> None:
    """List the people of AREA (a code), who is away, and who stands in."""

    async def work(conn: Connection) -> tuple[Area, list[Present]]:
        found = await _area(conn, area)
        moment = at or await ledger.clock(conn)
        return found, await teams.of_area(conn, found.code, moment)

    found, people = _run(work)
    if not as_json:
        click.echo(f"{found.code} {found.name}", err=True)
    for one in people:
        click.echo(json.dumps(_plain(one), ensure_ascii=False) if as_json else _line(one))


def _plain(one: Present) -> dict[str, Any]:
    member, away = one.member, one.away
    ends = away.ends.isoformat() if away and away.ends else None
    return {
        "area": member.area,
        "department": member.department or None,
        "person": member.person,
        "name": member.name,
        "duty": member.duty.value,
        "full_time": member.full_time,
        "valid_from": member.valid_from.isoformat(),
        "valid_to": member.valid_to.isoformat() if member.valid_to else None,
        "away": {"from": away.begins.isoformat(), "to": ends, "stand_in": away.stand_in}
        if away
        else None,
    }


def _local(moment: datetime) -> str:
    """As people read it, in Asia/Shanghai."""
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}"


def _line(one: Present) -> str:
    member, away = one.member, one.away
    absent = ""
    if away is not None:
        until = f" to {_local(away.ends)}" if away.ends else ""
        stand_in = f", {away.stand_in} stands in" if away.stand_in else ""
        absent = f"  away{until}{stand_in}"
    time = "full-time" if member.full_time else "part-time"
    unit = f"{_WORDS[member.duty]:<16} {member.department:<12}"
    return f"{unit} {member.person:<32} {member.name}  {time}{absent}"


@team.command()
@click.option("--area", default="", metavar="CODE", help="Only below this area.")
@click.option("--level", "levels", multiple=True, type=click.Choice(_LEVELS), help="Repeat it.")
@click.option("--backup", is_flag=True, help="Units without a backup as well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def gaps(area: str, levels: tuple[str, ...], backup: bool, as_json: bool) -> None:
    """List cells, communities, districts … and departments that nobody is responsible for."""
    wanted = [level for level in Level if level in levels or not levels]
    duties = (Duty.RESPONSIBLE, Duty.BACKUP) if backup else (Duty.RESPONSIBLE,)

    async def work(conn: Connection) -> list[Gap]:
        path = (await _area(conn, area)).path if area else ""
        departments: list[str] = []
        if not levels or "department" in levels:
            departments = list((await _policy(conn)).responsibilities.departments)
        layout = await areas.layout_in_force(conn)
        return await teams.gaps(
            conn, layout, path, levels=wanted, duties=duties, departments=departments
        )

    found = _run(work)
    for gap in found if as_json else found[:_SHOWN]:
        told = {
            "area": gap.area,
            "level": gap.level.value,
            "name": gap.name,
            "department": gap.department or None,
            "missing": gap.duty.value,
        }
        unit = f"{gap.area:<16} {gap.level:<10} {gap.name} {gap.department}".rstrip()
        missing = f"{unit}: no {gap.duty}"
        click.echo(json.dumps(told, ensure_ascii=False) if as_json else missing)
    if not as_json:
        more = f", {_SHOWN} of them shown (--json tells all)" if len(found) > _SHOWN else ""
        click.echo(f"{len(found)} gaps{more}", err=True)


@team.command()
@click.argument("person")
@click.option("--from", "begins", type=When(), help="By default now.")
@click.option("--to", "ends", type=When(timedelta(days=1)), help="The last day; by default open.")
@click.option("--stand-in", help="Who does the work meanwhile; by default each unit's backup.")
@click.option("--reason", default="", help="In a word, such as leave; shown to nobody else.")
def absent(
    person: str, begins: datetime | None, ends: datetime | None, stand_in: str | None, reason: str
) -> None:
    """PERSON is away: open work is handed over when the absence begins, at once where it has."""
    if stand_in == person:
        raise click.BadParameter("nobody stands in for oneself", param_hint="--stand-in")

    async def work(conn: Connection) -> tuple[datetime, bool, int]:
        now = await ledger.clock(conn)
        since = begins or now
        if ends is not None and ends <= max(since, now):
            raise click.BadParameter("must lie ahead, after --from", param_hint="--to")
        layout = await areas.layout_in_force(conn)
        for who in (person, *([stand_in] if stand_in else [])):
            if not await teams.places_of(conn, layout, who):
                raise click.ClickException(f"{who} has no duty anywhere: see `wangge team list`")
        away = Absence(person, since, ends, stand_in, reason)
        try:
            _, new = await team_changes.enter_absence(conn, away, by=_BY)
        except team_changes.Overlapping as error:
            raise click.ClickException(f"{person} {error}") from error
        return since, new, await _hand_over(conn)

    since, new, handed = _run(work)
    if not new:
        click.echo("This absence is entered already.", err=True)
    later = "" if since <= datetime.now(UTC) else "; the clerk hands over when it begins"
    click.echo(f"{person} is away from {_local(since)}: {handed} cases handed over{later}")


@team.command()
@click.argument("old")
@click.argument("new")
@click.option("--area", required=True, metavar="CODE", help="In this area and all below it.")
@click.option("--name", help="The name of NEW, where nobody knows it yet.")
def replace(old: str, new: str, area: str, name: str | None) -> None:
    """Let NEW have all duties and the open work that OLD has in an area, from now on."""
    if old == new:
        raise click.BadParameter("is the same person", param_hint="NEW")

    async def work(conn: Connection) -> tuple[int, int]:
        path = (await _area(conn, area)).path
        try:
            added = await team_changes.replace_person(conn, old, new, path, name=name, by=_BY)
        except team_changes.NoMember as error:
            raise click.ClickException(str(error)) from error
        return len(added), await _hand_over(conn)

    duties, handed = _run(work)
    what = "duty" if duties == 1 else "duties"
    click.echo(f"{new} has {duties} {what} of {old}: {handed} cases handed over")


async def _policy(conn: Connection) -> Policy:
    """The policy that holds now."""
    return await PolicyStore(load_settings().policy).now(conn)


async def _hand_over(conn: Connection) -> int:
    """Carry out what is due; how many cases. What a clerk is at meanwhile is left to it."""
    policy = await _policy(conn)
    handed = 0
    while (done := await handing_over.hand_over_next(conn, policy)) is not None:
        handed += done.handed
    return handed


async def _area(conn: Connection, code: str) -> Area:
    """The area of a code in the layout in force."""
    layout = await areas.layout_in_force(conn)
    found = await areas.find(conn, layout, code)
    if found is None:
        raise click.ClickException(f"there is no area with the code {code}")
    return found


def _run(work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
    settings = load_settings()

    async def connected() -> T:
        async with connect(settings.database_url, schema=settings.schema_name) as conn:
            try:
                return await work(conn)
            except areas.NoLayout:
                raise click.ClickException(
                    "no layout is loaded yet: `wangge layout build weifang`"
                ) from None

    return asyncio.run(connected())
