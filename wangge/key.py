"""`wangge key`: keys for people, partners and machines. A key has a role and an area."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, TypeVar

import click

from geo_data import areas, keys
from geo_data.database import connect
from grid.principal import Role
from wangge.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from geo_data.database import Connection

T = TypeVar("T")

_ROLES = [role.value for role in Role if role is not Role.SYSTEM]
_BY = "command-line"


@click.group()
def key() -> None:
    """Make, list and revoke keys."""


@key.command()
@click.option("--role", required=True, type=click.Choice(_ROLES), help="What the key is for.")
@click.option("--area", required=True, help="Code of its area, such as 3707 or 370705001.")
@click.option("--department", default="", help="Code of the department it acts for.")
@click.option("--name", default="", help="Whose it is, as people call them.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def add(role: str, area: str, department: str, name: str, as_json: bool) -> None:
    """Make a key and show it, this once: only its digest is kept."""

    async def work(conn: Connection) -> tuple[str, str, str]:
        path = await _path(conn, area)
        made = await keys.add(
            conn, role=Role(role), area=path, department=department, name=name, by=_BY
        )
        return *made, path

    key_id, secret, path = _run(work)
    if as_json:
        told = {"id": key_id, "key": secret, "role": role, "area": path, "department": department}
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(secret)
    click.echo(f"Key {key_id}: {role} over {path}. It is not shown again.", err=True)


@key.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_(as_json: bool) -> None:
    """List all keys, never the keys themselves."""
    found = _run(keys.records)
    if as_json:
        click.echo(json.dumps([_plain(record) for record in found], ensure_ascii=False))
        return
    for record in found:
        state = f"revoked {record.revoked_at:%Y-%m-%d %H:%M}" if record.revoked_at else "in force"
        about = " ".join(part for part in (record.department, record.name) if part)
        click.echo(f"{record.id}  {record.role:<10} {record.area:<60} {state}  {about}".rstrip())


@key.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Take the key with this ID out of force; it stops within a minute."""
    if not _run(lambda conn: keys.revoke(conn, key_id, by=_BY)):
        raise click.ClickException(f"there is no key {key_id} in force: see `wangge key list`")
    click.echo(f"Key {key_id} is revoked.", err=True)


def _plain(record: keys.KeyRecord) -> dict[str, str | None]:
    revoked = record.revoked_at.isoformat() if record.revoked_at else None
    return {
        "id": record.id,
        "role": record.role,
        "area": record.area,
        "department": record.department,
        "name": record.name,
        "created_at": record.created_at.isoformat(),
        "revoked_at": revoked,
    }


async def _path(conn: Connection, code: str) -> str:
    """The path of an area of the layout in force."""
    try:
        layout = await areas.layout_in_force(conn)
    except areas.NoLayout:
        raise click.ClickException(
            "no layout is loaded yet: `wangge layout build weifang`"
        ) from None
    area = await areas.find(conn, layout, code)
    if area is None:
        raise click.ClickException(f"there is no area with the code {code}")
    return area.path


def _run(work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
    settings = load_settings()

    async def connected() -> T:
        async with connect(settings.database_url, schema=settings.schema_name) as conn:
            return await work(conn)

    return asyncio.run(connected())
