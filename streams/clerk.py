"""The clerk: sequencer, followers and timekeeper as tasks of one process; any number of clerks.

What must be done by one at a time takes its lock in each transaction, so clerks come and go.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvloop

from geo_data.database import open_pool
from geo_data.layout.cell_folder import CellFolder
from geo_data.policies import PolicyStore
from geo_data.teams import TeamsNow
from grid.garbage import collect_seldom
from streams.absences import HandOvers
from streams.anchor import anchor
from streams.counters import Counters
from streams.figures import Figures
from streams.followers import Follower, follow
from streams.leaving import Exit, end_now, set_alarm
from streams.looking import keep_looking
from streams.notices import Notices
from streams.publisher import Publisher
from streams.receivers import Receivers
from streams.rezoning import Rezoning
from streams.senders import Gateway, Sender
from streams.sequencer import sequence
from streams.surge import SurgeWatcher
from streams.timekeeper import Timekeeper
from streams.wake import Bell, listen
from streams.waterline import Waterline
from streams.webhooks import Webhooks

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path
    from typing import Any

    from geo_data.database import Pool

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ClerkConfig:
    """What a clerk needs to know."""

    bootstrap: str
    database_url: str
    cells: Path | None = None  # the folder where indexes of cells are kept
    topic_prefix: str = ""
    schema: str = "wangge"
    policy: str = "default"
    log_level: str = "INFO"
    private_receivers: bool = False  # webhooks may lead into a private network
    gateways: tuple[Gateway, ...] = ()  # for text messages and the messenger


def run(config: ClerkConfig) -> int:
    """Run one clerk until it is told to stop; the exit code."""
    logging.basicConfig(
        level=config.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_main(config))


async def _main(config: ClerkConfig) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told() -> None:
        if not stop.is_set():
            log.info("told to stop")
            stop.set()
            set_alarm()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
    async with open_pool(config.database_url, schema=config.schema, most=8) as pool:
        publisher = Publisher(config.bootstrap, f"{config.topic_prefix}case-events")
        try:
            await _work(config, pool, publisher, stop)
        finally:
            await publisher.close()
    return Exit.DONE


async def _work(config: ClerkConfig, pool: Pool, publisher: Publisher, stop: asyncio.Event) -> None:
    """All tasks until `stop`; the first that fails ends the process."""
    policies = PolicyStore(config.policy)
    folder = None if config.cells is None else CellFolder(config.cells)
    watcher = SurgeWatcher(policies)
    waterline = Waterline(config.bootstrap, f"{config.topic_prefix}reports", watcher.name)
    notices = Notices(gateway.channel for gateway in config.gateways)
    followers: tuple[Follower, ...] = (Counters(), Figures(), watcher, notices, publisher)
    receivers = Receivers(private=config.private_receivers)
    inside, teams = Receivers(private=True), TeamsNow()  # gateways are the house's own
    waiting, timing = Bell(stop), Bell(stop)
    numbered = [Bell(stop) for _ in followers]
    sending = Bell(stop)

    def ring(channel: str) -> None:
        for bell in [waiting] if channel == "pending" else [*numbered, sending]:
            bell.ring()

    work: list[Coroutine[Any, Any, None]] = [
        sequence(pool, waiting, stop),
        Timekeeper(pool, policies, timing, stop).run(),
        HandOvers(pool, policies, Bell(stop), stop).run(),
        Rezoning(pool, policies, Bell(stop), stop, folder).run(),
        *(follow(pool, f, bell, stop) for f, bell in zip(followers, numbered, strict=True)),
        keep_looking(pool, watcher, waterline, Bell(stop), stop),
        Webhooks(pool, receivers, sending, stop).run(),
        *(Sender(pool, inside, one, teams, Bell(stop), stop).run() for one in config.gateways),
        anchor(pool, publisher, Bell(stop), stop),
    ]
    listener = asyncio.create_task(listen(config.database_url, config.schema, ring, stop))
    collect_seldom()
    tasks = [asyncio.create_task(part) for part in work]
    log.info("clerk at work")
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([*tasks, listener, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, listener):
        if task.done() and (error := task.exception()) is not None and not stop.is_set():
            end_now(error)
    listener.cancel()
    for bell in (waiting, timing, *numbered, sending):
        bell.ring()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if isinstance(end, Exception):
            log.warning("left undone at the end: %s", end)
    with suppress(asyncio.CancelledError):
        await listener
