"""Kafka and PostgreSQL of a run's own, in a folder of its own, gone when it is over."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.services import STATE
from wangge.services import jars, state
from wangge.services import local as services_of
from wangge.services.processes import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from wangge.services.local import Local


@asynccontextmanager
async def ground(*, keep: bool = False) -> AsyncIterator[Local]:
    """Servers that may be killed. `keep` leaves their data and all logs where they are."""
    home = Path(tempfile.mkdtemp(prefix="wangge-faults-"))
    await asyncio.to_thread(home.chmod, 0o755)  # PostgreSQL may run as another user
    way = services_of.choose(home, _way())
    local = services_of.Local(home, way, free_port(), free_port(), durable=True)
    try:
        if way == "native":
            await asyncio.to_thread(_share_jars, home)
        await asyncio.to_thread(services_of.up, local)
        yield local
    finally:
        await asyncio.to_thread(services_of.down, home)
        if not keep:
            await asyncio.to_thread(services_of.wipe, home)
            await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _way() -> services_of.Way:
    asked = os.environ.get("WANGGE_TEST_SERVICES")
    return "native" if asked == "native" else "docker" if asked == "docker" else "auto"


def _share_jars(home: Path) -> None:
    """Kafka's jars are fetched once for all runs, not once for each."""
    kept = jars.fetch(state.open_home(STATE / "1"))
    mine = jars.folder(state.open_home(home))
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.symlink_to(kept.absolute())
