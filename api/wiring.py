"""What one API process opens: database pool, producer, feed reader; and closes again, in order."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.accepted import Accepted
from api.feed_reader import FeedReader
from api.keys import Keys
from api.outline_store import OutlineStore
from api.tallies import Tallies
from geo_data.database import open_pool
from geo_data.policies import load_shipped
from ingest.producer import ProducerConfig, ReportProducer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api.config import ApiConfig
    from geo_data.database import Pool
    from grid.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything that routes work with."""

    config: ApiConfig
    pool: Pool
    policy: Policy
    producer: ReportProducer
    keys: Keys
    accepted: Accepted
    feed: FeedReader
    outlines: OutlineStore
    tallies: Tallies


@asynccontextmanager
async def wire(config: ApiConfig) -> AsyncIterator[Wiring]:
    """Open it all. Neither database nor Kafka has to be there yet: requests get 503 till then."""
    policy = load_shipped(config.policy)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(
                config.database_url,
                schema=config.schema,
                most=config.connections,
                wait_s=config.database_wait_s,
            )
        )
        producer = ReportProducer(
            ProducerConfig(
                bootstrap=config.bootstrap,
                topic=f"{config.topic_prefix}reports",
                patience_s=config.kafka_wait_s,
            )
        )
        await producer.start()
        stack.push_async_callback(producer.stop)
        feed = FeedReader(pool, config.database_url, config.schema)
        feed.start()
        stack.push_async_callback(feed.stop)
        yield Wiring(
            config=config,
            pool=pool,
            policy=policy,
            producer=producer,
            keys=Keys(pool, config.key_memory_s),
            accepted=Accepted(),
            feed=feed,
            outlines=OutlineStore(pool),
            tallies=Tallies(),
        )
