"""`wangge reader`: roles that read straight from the database, for QGIS."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, TypeVar

import click

from geo_data import readers
from geo_data.areas import layout_in_force
from wangge.counted import path_of, run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from geo_data.database import Connection

T = TypeVar("T")

_BY = "command-line"


@click.group()
def reader() -> None:
    """Roles that read views straight from the database, and nothing else: for QGIS."""


@reader.command()
@click.argument("name")
@click.option("--area", required=True, help="Code of its area, such as 3707 or 370705001.")
@click.option("--department", default="", help="Only cases that this department works on (code).")
@click.option(
    "--masked/--exact",
    default=True,
    show_default=True,
    help="Positions of cases and reports rounded to 0.001°, or as they are.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def add(name: str, area: str, department: str, masked: bool, as_json: bool) -> None:
    """Make the database role NAME and show its password, this once.

    What every role of this database may do by default is closed first: temporary tables, large
    objects, advisory locks, statistics of PostGIS.
    """

    async def work(conn: Connection) -> tuple[str, str]:
        path = await path_of(conn, await layout_in_force(conn), area)
        password = await readers.add(
            conn, name, area=path, department=department, masked=masked, by=_BY
        )
        return password, path

    password, path = _run(work)
    how = "rounded" if masked else "exact"
    if as_json:
        told = {"role": name, "password": password, "area": path, "masked": masked}
        click.echo(json.dumps(told))
        return
    click.echo(password)
    click.echo(f"{name}: {path}, positions {how}. The password is not shown again.", err=True)


@reader.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def renew(name: str, as_json: bool) -> None:
    """Give the reader NAME a new password, and its role again where a restore left it behind."""
    password = _run(lambda conn: readers.renew(conn, name, by=_BY))
    if password is None:
        raise click.ClickException(f"there is no reader {name}: see `wangge reader list`")
    click.echo(json.dumps({"role": name, "password": password}) if as_json else password)


@reader.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_(as_json: bool) -> None:
    """List all readers, and those whose role is missing in this database server."""
    for one in run(readers.listed):
        if as_json:
            click.echo(json.dumps(asdict(one), ensure_ascii=False, default=str))
            continue
        how = "rounded" if one.masked else "exact"
        lost = "" if one.there else "  no such role: `wangge reader renew`"
        click.echo(f"{one.role:<24} {one.area:<48} {how:<8} {one.department}{lost}".rstrip())


@reader.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take the reader NAME away; whoever is in with it is out."""
    if not _run(lambda conn: readers.remove(conn, name, by=_BY)):
        raise click.ClickException(f"there is no reader {name}: see `wangge reader list`")
    click.echo(f"{name} is gone.", err=True)


def _run(work: Callable[[Connection], Coroutine[Any, Any, T]]) -> T:
    try:
        return run(work)
    except readers.BadReader as error:
        raise click.ClickException(str(error)) from None
    except readers.NeedsAdministrator as needs:
        click.echo("\n".join(needs.statements))
        raise click.ClickException(
            "the product's database role may not do this; let a superuser run the SQL above"
            " in this database, then try again. Nothing was changed"
        ) from None
