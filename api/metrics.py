"""What `/metrics` tells, in Prometheus' text format: ages, not counts."""

from __future__ import annotations

import asyncio
import logging
import time
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from geo_data import health, intake, outbox, rezoning, webhooks
from ingest.backlog import oldest_unread_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from api.wiring import Wiring
    from geo_data.outbox import Waiting
    from geo_data.rezoning import Backlog
    from geo_data.webhooks import WebhookDistance

log = logging.getLogger(__name__)

_KAFKA_WAIT_S = 8.0
MEDIA_TYPE = "text/plain; version=0.0.4"


class Sample(NamedTuple):
    """One gauge with its value; `labels` is what stands in the braces, or empty."""

    name: str
    help: str
    value: float
    labels: str = ""


async def text(wired: Wiring) -> str:
    """All samples, each name with its help once."""
    topic = f"{wired.config.topic_prefix}reports"
    async with wired.pool.connection() as conn:
        stored = await health.look(conn)
        positions = await intake.consumed(conn, topic)
        hooks = await webhooks.distances(conn)
        channels = await outbox.waiting(conn)
        moves = await rezoning.backlog(conn)
    waiting = await _waiting(wired, topic, positions)
    told = (_own(wired), _stored(stored), _moves(moves), _webhooks(hooks), _messages(channels))
    return render([*chain(*told), *waiting])


async def _waiting(wired: Wiring, topic: str, positions: dict[int, int]) -> list[Sample]:
    """What waits on Kafka; nothing is told while Kafka is away."""
    try:
        async with asyncio.timeout(_KAFKA_WAIT_S):
            age, number = await oldest_unread_s(wired.config.bootstrap, topic, positions)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other figures still hold
        log.warning("Kafka does not say what waits (%s)", type(error).__name__)
        return []
    return [
        Sample("wangge_report_unread_seconds", "Age of the oldest report not stored yet.", age),
        Sample("wangge_reports_unread", "Reports on Kafka that are not stored yet.", number),
    ]


def render(samples: Iterable[Sample]) -> str:
    """The text format: HELP and TYPE before the first sample of a name."""
    lines: list[str] = []
    told: set[str] = set()
    for sample in samples:
        if sample.name not in told:
            told.add(sample.name)
            lines += [f"# HELP {sample.name} {sample.help}", f"# TYPE {sample.name} gauge"]
        labels = f"{{{sample.labels}}}" if sample.labels else ""
        lines.append(f"{sample.name}{labels} {sample.value:.15g}")
    return "\n".join(lines) + "\n"


def _stored(stored: health.Health) -> Iterator[Sample]:
    """What the database tells, the same for all processes."""
    yield Sample(
        "wangge_event_unnumbered_seconds",
        "Age of the oldest event that has no number in the feed yet.",
        stored.unnumbered_s,
    )
    yield Sample(
        "wangge_tick_overdue_seconds",
        "How late the most overdue deadline is that nobody has dealt with.",
        stored.tick_overdue_s,
    )
    yield Sample(
        "wangge_ticks_failing", "Cases whose tick failed and is tried again.", stored.ticks_failing
    )
    yield Sample(
        "wangge_rejects_open", "Messages that could not be taken and wait.", stored.open_rejects
    )
    yield Sample(
        "wangge_events_unplaced", "Events in no month's partition.", stored.unplaced_events
    )
    yield Sample("wangge_feed_number", "The feed's last number.", stored.feed)
    for distance in stored.followers:
        labels = f'follower="{distance.name}"'
        yield Sample(
            "wangge_follower_behind_seconds",
            "Age of the next entry that the follower has to look at.",
            distance.seconds,
            labels,
        )
    for distance in stored.followers:
        yield Sample(
            "wangge_follower_behind_entries",
            "Entries that the follower has still to look at.",
            distance.entries,
            f'follower="{distance.name}"',
        )


def _moves(moves: Backlog) -> Iterator[Sample]:
    """What a new layout still has to get."""
    yield Sample(
        "wangge_rezoning_waiting_seconds",
        "Age of the oldest move of a live case to the layout in force that is not done yet.",
        moves.oldest_s,
    )
    yield Sample(
        "wangge_rezonings_waiting",
        "Live cases that wait to be moved to the layout in force.",
        moves.cases,
    )


def _webhooks(hooks: Sequence[WebhookDistance]) -> Iterator[Sample]:
    """How the partners' addresses stand; what is paused waits for somebody."""
    paused = sum(hook.paused for hook in hooks)
    yield Sample("wangge_webhooks_paused", "Webhooks that are paused.", paused)
    for hook in hooks:
        yield Sample(
            "wangge_webhook_behind_entries",
            "Entries that the webhook has still to look at.",
            hook.entries,
            f'webhook="{hook.id}"',
        )
    for hook in hooks:
        yield Sample(
            "wangge_webhook_failing_seconds",
            "Time since the webhook's receiver last took something, while it fails.",
            hook.failing_s,
            f'webhook="{hook.id}"',
        )


def _messages(channels: Sequence[Waiting]) -> Iterator[Sample]:
    """How the messages to gateways stand."""
    for channel in channels:
        yield Sample(
            "wangge_message_waiting_seconds",
            "Age of the oldest message that a gateway has not taken yet.",
            channel.oldest_s,
            f'channel="{channel.channel}"',
        )
    for channel in channels:
        yield Sample(
            "wangge_messages_given_up",
            "Messages of the last day that were given up.",
            channel.given_up,
            f'channel="{channel.channel}"',
        )


def _own(wired: Wiring) -> Iterator[Sample]:
    """What this process alone knows."""
    feed = wired.feed
    yield Sample(
        "wangge_api_kafka_connected",
        "1 while reports can be handed to Kafka.",
        float(wired.producer.connected),
    )
    yield Sample("wangge_api_listeners", "Open event streams of this process.", feed.listeners)
    yield Sample("wangge_api_exports", "Exports that this process writes.", wired.exports.taken)
    yield Sample(
        "wangge_api_feed_looked_at_seconds",
        "Time since this process last saw where the feed stands.",
        time.monotonic() - feed.looked_at,
    )
