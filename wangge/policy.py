"""`wangge policy`: check, explain, publish, list, export and compare the rules of the house."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geo_data import policies
from geo_data.database import connect
from grid.policy import notes
from grid.policy.arithmetic import clock
from grid.policy.calendar import ZONE
from grid.policy.policy import PolicyError
from grid.words import SIZES
from wangge import policy_files
from wangge.failures import Failure
from wangge.policy_difference import difference
from wangge.policy_explain import explain
from wangge.settings import load_settings
from wangge.when import When

if TYPE_CHECKING:
    from geo_data.policies import Listed
    from grid.policy.policy import Policy
    from grid.policy.versions import Published

#: The twelve districts and counties of Weifang, for whom gaps are told where no others are named.
_DISTRICTS = (
    "370702", "370703", "370704", "370705", "370724", "370725",
    "370781", "370782", "370783", "370784", "370785", "370786",
)  # fmt: skip
_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def policy() -> None:
    """The rules of the house: check, explain, publish, compare."""


@policy.command()
@click.argument("what", metavar="FILE_OR_FOLDER")
@click.option("--on", "day", type=_DAY, help="Gaps on this day; by default today.")
@click.option(
    "--district",
    "districts",
    multiple=True,
    metavar="CODE",
    help="Gaps in this district; repeat it. By default Weifang's twelve.",
)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def check(what: str, day: datetime | None, districts: tuple[str, ...], as_json: bool) -> None:
    """Check a policy: a folder, a policy.toml or a sheet in its folder, a shipped or published one.

    Every problem is told with file and line, and the exit code is 1. Where there is none, what is
    worth knowing: categories without a department, and what the table makes of each category.
    """
    try:
        read = policy_files.find(what).read()
    except PolicyError as error:
        _refuse(error, as_json=as_json)
    on = (day or datetime.now(ZONE)).date()
    _tell_check(read, on, [f"{code[:4]}/{code}/" for code in districts or _DISTRICTS], as_json)


def _refuse(error: PolicyError, *, as_json: bool) -> None:
    """Tell the problems and end with exit code 1."""
    problems = error.problems
    if as_json:
        click.echo(json.dumps({"problems": [asdict(p) for p in problems]}, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(str(problem))
    plural = "s" * (len(problems) != 1)
    raise Failure(f"{len(problems)} problem{plural}: this policy cannot be used.") from error


def _tell_check(read: Policy, on: date, districts: list[str], as_json: bool) -> None:
    gaps = notes.gaps(read, districts, on)
    decided = notes.decisions(read)
    sizes = notes.sizes(decided)
    unused = notes.unused(read)
    if as_json:
        told = {
            "version": read.version,
            "digest": read.digest,
            "problems": [],
            "gaps": [asdict(gap) for gap in gaps],
            "unused": unused,
            "rules": len(read.rules.rules),
            "categories": len(decided),
            "sizes": sizes,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    click.echo(f"{read.version}: no problem. {len(read.rules.rules)} rules.")
    click.echo(f"\nWhat a worker's plain report of each of {len(decided)} conditions becomes:")
    for size, (zh, en) in SIZES.items():
        click.echo(f"  {sizes[size]:>4}  {zh} {en}")
    if gaps:
        click.echo(f"\nOn {on} no department answers for:")
        for gap in gaps:
            where = "everywhere" if len(gap.districts) == len(districts) else gap.districts
            listed = where if isinstance(where, str) else ", ".join(where)
            click.echo(f"  {gap.category}  {gap.name_zh} {gap.name_en}: {listed}")
        click.echo("  Where one is needed, the district decides.")
    for line in unused:
        click.echo(f"note: {line}")


policy.add_command(explain)


@policy.command()
@click.argument("what", metavar="FILE_OR_FOLDER")
@click.option(
    "--from", "begin", type=When(), required=True, help="From a day (2027-01-01) or a time on."
)
@click.option("--by", default="command-line", show_default=True, help="Who publishes it.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def publish(what: str, begin: datetime, by: str, as_json: bool) -> None:
    """Check a policy and publish it, to hold from a moment at least two minutes ahead.

    A day means its midnight in China. What is decided keeps the version it was decided under.
    """
    source = policy_files.find(what)
    try:
        source.read()
    except PolicyError as error:
        _refuse(error, as_json=as_json)
    try:
        done = asyncio.run(_publish(source, begin, by))
    except policies.CannotPublish as error:
        raise Failure(f"Not published: {error}.") from error
    if as_json:
        told = {"version": done.policy.version, "valid_from": done.valid_from.isoformat()}
        click.echo(json.dumps(told))
    else:
        click.echo(f"{done.policy.version} is published and holds from {clock(done.valid_from)}.")


async def _publish(source: policy_files.Source, begin: datetime, by: str) -> Published:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        await policies.publish_first(conn, settings.policy, "setup")
        return await policies.publish(conn, source.files, source.entry, begin, by)


@policy.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_(as_json: bool) -> None:
    """List the published versions: which holds now, which will, which did."""
    found = sorted(asyncio.run(_listed()), key=lambda one: one.valid_from)
    now = datetime.now(UTC)
    holding = max((one.valid_from for one in found if one.valid_from <= now), default=now)
    for one in found:
        state = "over" if one.valid_from < holding else "to come"
        state = "in force" if one.valid_from == holding else state
        if as_json:
            told = {
                "version": one.version,
                "state": state,
                "valid_from": one.valid_from.isoformat(),
                "published_at": one.published_at.isoformat(),
                "published_by": one.published_by,
                "digest": one.digest,
            }
            click.echo(json.dumps(told, ensure_ascii=False))
            continue
        begin = "the beginning" if one.valid_from.year < 1971 else clock(one.valid_from)  # noqa: PLR2004
        click.echo(
            f"{one.version:<20} {state:<9} from {begin:<16}  "
            f"published {clock(one.published_at)} by {one.published_by}"
        )
    if not found and not as_json:
        click.echo("None is published: the shipped one of the settings holds.")


async def _listed() -> list[Listed]:
    settings = load_settings()
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        return await policies.listed(conn)


@policy.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
def export(name: str, folder: Path) -> None:
    """Write the files of a shipped or published policy into a new FOLDER, to be edited."""
    for path in policy_files.export(policy_files.find(name), folder):
        click.echo(path)


@policy.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def diff(one: str, other: str, as_json: bool) -> None:
    """Compare two policies (folders, shipped or published): the files, and what they decide."""
    try:
        told = difference(policy_files.find(one), policy_files.find(other))
    except PolicyError as error:
        _refuse(error, as_json=as_json)
        return
    if as_json:
        click.echo(json.dumps(told.plain(), ensure_ascii=False, indent=2))
    else:
        click.echo(told.text())
