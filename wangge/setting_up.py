"""`wangge setup`: what a server must hold before the first process starts; again is safe."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from geo_data import areas, keys, team_changes
from geo_data.database import connect
from geo_data.layout import store
from geo_data.layout.files import drawn_weifang
from geo_data.migrate import migrate
from geo_data.policies import PolicyStore, publish_first
from grid.cells.index import warm_up
from grid.model import Level
from grid.principal import Role
from ingest.topics import ensure_topics
from wangge.api_client import DEMO_KEY
from wangge.made_up_teams import Ground, made_up_teams
from wangge.progress import counted, step, tell
from wangge.services import state
from wangge.settings import load_settings

if TYPE_CHECKING:
    from geo_data.database import Connection
    from geo_data.layout.model import Layout
    from wangge.settings import Settings

_CITY = "3707/"
#: Villages' urban–rural classes (statistics' codes 210 and 220) begin so.
_RURAL = "2"


@click.command()
def setup() -> None:
    """Migrate the schema, make the topics; policy and layout of cells where there is none."""
    set_up(load_settings())


def set_up(settings: Settings) -> None:
    """Compiled code, schema, policy, topics, layout, in this order."""
    with step("Compiling the cell index"):
        warm_up()
    with step("Migrating the schema"):
        asyncio.run(migrate(settings.database_url, settings.schema_name))
    asyncio.run(_policy(settings))
    with step("Making the topics"):
        made = ensure_topics(
            settings.kafka, settings.topic_prefix, settings.partitions, settings.replication
        )
    for difference in made.differences:
        tell(difference)
    if settings.layout != "none":
        asyncio.run(_layout(settings))


async def _policy(settings: Settings) -> None:
    """Publish the policy that the settings name, unless some policy is there already."""
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        with step("Publishing the policy"):
            await publish_first(conn, settings.policy, "setup")


async def _layout(settings: Settings) -> None:
    """Load the shipped layout, unless some layout is there: it may be the user's own."""
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        if await _has_layout(conn):
            return
        with counted("Drawing Weifang's 13,000 cells", 100) as told:
            drawn, _ = drawn_weifang(
                settings.home / "layouts",
                progress=lambda _what, done, total: told(100 * done // max(total, 1)),
            )
        now = datetime.now(UTC)
        async with conn.transaction():
            with step("Storing the layout"):
                await store.save(conn, drawn, valid_from=now)
            if await team_changes.empty(conn):
                with step("Making up who is responsible where"):
                    await _teams(conn, settings, drawn, now)


async def _teams(conn: Connection, settings: Settings, drawn: Layout, now: datetime) -> None:
    """People for the drawn city: it is made up, so are they."""
    policy = await PolicyStore(settings.policy).now(conn)
    columns = (drawn.areas[name] for name in ("code", "level", "parent", "ur_class"))
    grounds = (
        Ground(code, Level(level), parent, str(urban).startswith(_RURAL))
        for code, level, parent, urban in zip(*columns, strict=True)
    )
    departments = sorted(policy.responsibilities.departments)
    people = made_up_teams(grounds, departments, drawn.seed or 0, now)
    await team_changes.copy_in(conn, people)


async def _has_layout(conn: Connection) -> bool:
    try:
        await areas.layout_in_force(conn)
    except areas.NoLayout:
        return False
    return True


def demo_key(settings: Settings) -> None:
    """Have a key for the demonstration in the state folder that this database knows."""
    asyncio.run(_demo_key(settings))


async def _demo_key(settings: Settings) -> None:
    path = settings.home / DEMO_KEY
    async with connect(settings.database_url, schema=settings.schema_name) as conn:
        if path.exists():
            known = await keys.find(conn, keys.digest(path.read_text(encoding="utf-8").strip()))
            if known is not None:
                return
        _, secret = await keys.add(
            conn, role=Role.ADMIN, area=_CITY, name="演示 demo", by="command-line"
        )
        state.write(path, secret + "\n", mode=0o600)
