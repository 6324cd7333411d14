"""What one API process opens: database pool, producer, feed reader; and closes again, in order."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from api.accepted import Accepted
from api.download import Turns
from api.feed_reader import FeedReader
from api.keys import Keys
from api.layout_store import LayoutStore
from api.notice_reader import NoticeReader
from api.ogc.counts import Counts
from api.outline_store import OutlineStore
from api.quick_reads import WITHIN_S, QuickReads
from api.tallies import Tallies
from api.tile_store import TileStore
from geo_data.database import open_pool
from geo_data.patience import quick
from geo_data.policies import PolicyStore
from geo_data.teams import TeamsNow
from ingest.producer import ProducerConfig, ReportProducer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.config import ApiConfig
    from geo_data.database import Pool
    from grid.policy.policy import Policy

log = logging.getLogger(__name__)

#: So often a process looks for new policies; they are published two minutes before they hold.
_LOOK_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that routes work with."""

    config: ApiConfig
    pool: Pool
    policies: PolicyStore
    producer: ReportProducer
    keys: Keys
    accepted: Accepted
    feed: FeedReader
    outlines: OutlineStore
    layouts: LayoutStore
    counts: Counts
    reads: QuickReads
    tiles: TileStore
    tallies: Tallies
    teams: TeamsNow
    notices: NoticeReader
    exports: Turns

    @property
    def policy(self) -> Policy:
        """The policy that holds now, for words and checks at the door; commands ask the store."""
        return self.policies.known.at(datetime.now(UTC))


@asynccontextmanager
async def wire(config: ApiConfig) -> AsyncIterator[Wiring]:
    """Open it all. Neither database nor Kafka has to be there yet: requests get 503 till then."""
    policies = PolicyStore(config.policy)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(
                config.database_url,
                schema=config.schema,
                most=config.connections,
                wait_s=config.database_wait_s,
            )
        )
        # Connections of their own: a map that asks for dozens of tiles holds up nobody else.
        quick_at_once = max(1, config.connections // 2)
        quick_pool = await stack.enter_async_context(
            open_pool(
                config.database_url,
                schema=config.schema,
                least=0,
                most=quick_at_once,
                wait_s=config.database_wait_s,
                single=quick(WITHIN_S),
            )
        )
        reads = QuickReads(quick_pool, quick_at_once)
        producer = ReportProducer(
            ProducerConfig(
                bootstrap=config.bootstrap,
                topic=f"{config.topic_prefix}reports",
                patience_s=config.kafka_wait_s,
            )
        )
        await producer.start()
        stack.push_async_callback(producer.stop)
        watching = asyncio.create_task(_watch(policies, pool))
        stack.callback(watching.cancel)
        feed = FeedReader(pool, config.database_url, config.schema)
        feed.start()
        stack.push_async_callback(feed.stop)
        layouts = LayoutStore(config.database_url, config.schema)
        stack.push_async_callback(layouts.close)
        notices = NoticeReader(pool, config.database_url, config.schema)
        notices.start()
        stack.push_async_callback(notices.stop)
        yield Wiring(
            config=config,
            pool=pool,
            policies=policies,
            producer=producer,
            keys=Keys(pool, config.key_memory_s),
            accepted=Accepted(),
            feed=feed,
            outlines=OutlineStore(pool),
            layouts=layouts,
            counts=Counts(),
            reads=reads,
            tiles=TileStore(reads),
            tallies=Tallies(),
            teams=TeamsNow(),
            notices=notices,
            exports=Turns(config.exports),
        )


async def _watch(policies: PolicyStore, pool: Pool) -> None:
    """Learn of published policies, until cancelled. While the database is away, the known hold."""
    while True:
        try:
            async with pool.connection() as conn:
                await policies.current(conn)
        except Exception as error:  # noqa: BLE001 - the next look comes soon, requests tell more
            log.warning("cannot look for published policies: %s", error)
        await asyncio.sleep(_LOOK_EVERY_S)
