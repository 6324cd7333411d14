"""`wangge why CASE`: why a case is where it is, in words, Chinese and English."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import click

from geo_data import areas, cases
from geo_data.database import connect
from geo_data.policies import load_published
from geo_data.rights import row_filter
from grid.cases.naming import clock
from grid.cases.why import Told, tell
from grid.policy.versions import version_in
from grid.principal import Principal, Role
from wangge.settings import load_settings

if TYPE_CHECKING:
    from wangge.settings import Settings

#: Whoever has the command line has the database.
_KEEPER = Principal("system:keeper", Role.ADMIN, "")


@click.command()
@click.argument("case")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def why(case: str, as_json: bool) -> None:
    """Tell why CASE (its number or id) is where it is: what happened, and by which rules."""
    told = asyncio.run(_told(load_settings(), case))
    if as_json:
        click.echo(json.dumps([_plain(one) for one in told], ensure_ascii=False, indent=2))
        return
    for one in told:
        click.echo(f"{one.number:>3}  {clock(one.at)}  {one.zh}\n{'':24}{one.en}")
        for zh, en in one.reasons:
            click.echo(f"{'':24}· {zh} / {en}")


def _plain(told: Told) -> dict[str, object]:
    return {
        "number": told.number,
        "at": told.at.isoformat(),
        "by": told.by,
        "type": told.type,
        "zh": told.zh,
        "en": told.en,
        "reasons": [{"zh": zh, "en": en} for zh, en in told.reasons],
    }


async def _told(settings: Settings, name: str) -> list[Told]:
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        case_id = await cases.visible(conn, row_filter(_KEEPER), name)
        if case_id is None:
            raise click.ClickException(f"there is no case {name}")
        _, history = await cases.history(conn, case_id)
        names = areas.AreaNames(await cases.area_names(conn, history))
        policies = await load_published(conn, settings.policy)
    return [
        told
        for event in history
        for told in tell([event], policies.named(version_in(event.what), event.at), names)
    ]
