"""What `/metrics` tells, in Prometheus' text format: ages, not counts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from api.wiring import Wiring

MEDIA_TYPE = "text/plain; version=0.0.4"


class Sample(NamedTuple):
    """One gauge with its value; `labels` is what stands in the braces, or empty."""

    name: str
    help: str
    value: float
    labels: str = ""


async def text(wired: Wiring) -> str:
    """All samples, each name with its help once."""
    return render([*_own(wired)])


def render(samples: Iterable[Sample]) -> str:
    """The text format: HELP and TYPE before the first sample of a name."""
    lines: list[str] = []
    told: set[str] = set()
    for sample in samples:
        if sample.name not in told:
            told.add(sample.name)
            lines += [f"# HELP {sample.name} {sample.help}", f"# TYPE {sample.name} gauge"]
        labels = f"{{{sample.labels}}}" if sample.labels else ""
        lines.append(f"{sample.name}{labels} {sample.value:g}")
    return "\n".join(lines) + "\n"


def _own(wired: Wiring) -> Iterator[Sample]:
    """What this process alone knows."""
    feed = wired.feed
    yield Sample(
        "wangge_api_kafka_connected",
        "1 while reports can be handed to Kafka.",
        float(wired.producer.connected),
    )
    yield Sample("wangge_api_listeners", "Open event streams of this process.", feed.listeners)
    yield Sample(
        "wangge_api_feed_looked_at_seconds",
        "Time since this process last saw where the feed stands.",
        time.monotonic() - feed.looked_at,
    )
