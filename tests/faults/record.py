"""What was sent and what was acknowledged: the senders' own books, to hold the product to."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Order:
    """A command as its sender knows it: `code` is the answer it got, None for none at all.

    `done_at` is different for every command, so that the history can be searched for it.
    """

    id: str
    case: str
    name: str
    done_at: str
    code: int | None = None


@dataclass(slots=True)
class Record:
    """Everything the outside world knows."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    orders: list[Order] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)  # feed numbers, as a listener got them
    complaints: list[str] = field(default_factory=list)  # answers that nobody should ever get
    retries: int = 0
    repeated: int = 0  # sent on purpose although acknowledged, or from two connections at once
    #: When the last request that was acknowledged began and ended, on time.monotonic().
    last_request: tuple[float, float] = (0.0, 0.0)
    last_heard: tuple[int, float] = (0, 0.0)  # feed number and moment

    def acknowledge(self, report_id: str, began: float) -> None:
        """The report got its 202 for a request that began then."""
        self.acknowledged.add(report_id)
        self.last_request = max(self.last_request, (began, time.monotonic()))

    def hear(self, number: int) -> None:
        """The listener got this feed number."""
        self.heard.append(number)
        self.last_heard = (number, time.monotonic())
