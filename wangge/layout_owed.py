"""`wangge layout owed`: who is missing in a new layout's areas, which keys are for areas gone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geo_data.database import connect
from geo_data.layout.owing import owing
from grid.layouts.owed import sheet
from grid.policy.arithmetic import clock
from wangge.progress import step
from wangge.settings import load_settings

if TYPE_CHECKING:
    from geo_data.layout.owing import Owing
    from grid.layouts.owed import Elsewhere, Missing, Origin, Stray
    from grid.teams import Member

_SHOWN = 40


@click.command()
@click.argument("number", type=click.IntRange(min=1), required=False)
@click.option(
    "--csv",
    "sheet_to",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write who is proposed as a sheet for `team load`; - prints it.",
)
@click.option("--all", "show_all", is_flag=True, help=f"Every line, not the first {_SHOWN}.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def owed(number: int | None, sheet_to: Path | None, show_all: bool, as_json: bool) -> None:
    """Tell what a layout owes beside the one before: people for new areas, keys for lost ones.

    NUMBER is a stored layout, by default the newest published one. For an area that was split,
    merged or renamed the people of the largest one that it came from are proposed; nobody has a
    duty there until a sheet is loaded.
    """
    with step("comparing"):
        found = asyncio.run(_ask(number))
    if sheet_to is not None:
        text = sheet(found.owed.missing, found.at, ahead=found.ahead)
        if sheet_to == Path("-"):
            click.echo(text, nl=False)
            return
        sheet_to.write_text(text, encoding="utf-8")
    if as_json:
        click.echo(json.dumps(_document(found), ensure_ascii=False, indent=2))
    else:
        _show(found, None if show_all else _SHOWN)


def hint(areas: int, keys: int, number: int) -> str | None:
    """One line on what a layout owes; None where it owes nothing."""
    said = []
    if areas:
        said.append(f"{areas:,} new area{'s have' if areas > 1 else ' has'} nobody responsible")
    if keys:
        said.append(
            f"{keys:,} key{'s, webhooks or readers are' if keys > 1 else ' is'} for an area gone"
        )
    return f"{', '.join(said)}: `wangge layout owed {number}` lists them." if said else None


async def _ask(number: int | None) -> Owing:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        try:
            return await owing(conn, number)
        except LookupError as error:
            raise click.ClickException(str(error)) from error


def _document(found: Owing) -> dict[str, Any]:
    return {
        "layout": found.layout,
        "before": found.before,
        "at": found.at.isoformat(),
        "ahead": found.ahead,
        "areas": [
            {
                "code": one.code,
                "level": one.level.value,
                "name": one.name,
                **_origin(one.origin),
                "there": [_member(member) for member in one.there],
                "proposed_of": one.like,
                "proposed": [_member(member) for member in one.proposed],
            }
            for one in found.owed.missing
        ],
        "other_ground": [
            {
                "code": one.code,
                "name": one.name,
                **_origin(one.origin),
                "people": [_member(member) for member in one.people],
            }
            for one in found.owed.elsewhere
        ],
        "keys": [
            {
                "kind": one.kind,
                "id": one.id,
                "role": one.role or None,
                "name": one.name or None,
                "area": one.area,
                "now": list(one.now),
            }
            for one in found.owed.strays
        ],
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {"changes": [one.value for one in origin.changes], "before": list(origin.before)}


def _member(one: Member) -> dict[str, Any]:
    return {
        "department": one.department or None,
        "person": one.person,
        "name": one.name,
        "duty": one.duty.value,
    }


def _show(found: Owing, most: int | None) -> None:
    if found.before is None:
        click.echo(
            f"Nothing was before layout {found.layout}: `wangge team gaps` lists who is missing."
        )
        return
    begins = f", from {clock(found.at)} on" if found.ahead else ""
    click.echo(f"Layout {found.layout}, after layout {found.before}{begins}:")
    owed = found.owed
    _list("new areas that nobody is responsible for", [_missing(m) for m in owed.missing], most)
    _list("codes with people, but other ground", [_elsewhere(e) for e in owed.elsewhere], most)
    _list("keys, webhooks, readers for areas gone", [_stray(s) for s in owed.strays], most)
    if any(one.proposed for one in owed.missing):
        click.echo("`--csv FILE` writes who is proposed, for `wangge team load`.", err=True)


def _list(what: str, lines: list[str], most: int | None) -> None:
    click.echo(f"{len(lines):,} {what}")
    for line in lines[:most]:
        click.echo(f"    {line}")
    if most is not None and len(lines) > most:
        click.echo(f"    … and {len(lines) - most:,} more (--all tells all)")


def _missing(one: Missing) -> str:
    people = ", ".join(f"{member.name} {member.duty}" for member in one.proposed)
    if people:
        people = f"; proposed, from {one.like}: {people}"
    return f"{one.code} {one.level} {one.name}: {_from(one.origin)}{people}"


def _elsewhere(one: Elsewhere) -> str:
    people = ", ".join(f"{member.name} {member.duty}" for member in one.people)
    return f"{one.code} {one.name}: {_from(one.origin)}; its people: {people}"


def _stray(one: Stray) -> str:
    what = " ".join(filter(None, (one.kind, one.id, one.role, one.name)))
    return f"{what}: {one.area}, now {' + '.join(one.now) or 'of no area'}"


def _from(origin: Origin) -> str:
    how = ", ".join(change.value.replace("_", " ") for change in origin.changes) or "new"
    return f"{how} from {' + '.join(origin.before)}" if origin.before else how
