"""Reports that this process handed to Kafka moments ago, until the database knows them."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Accepted:
    """A bounded memory: the oldest go first, nothing is kept longer than `memory_s` seconds."""

    def __init__(
        self,
        *,
        most: int = 50_000,
        memory_s: float = 900.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._memory_s = memory_s
        self._monotonic = monotonic
        self._sent: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def remember(self, report_id: str, sender: str) -> None:
        """The broker has this report in sync."""
        self._sent[report_id] = (sender, self._monotonic())
        self._sent.move_to_end(report_id)
        while len(self._sent) > self._most:
            self._sent.popitem(last=False)

    def by(self, report_id: str, sender: str) -> bool:
        """True when this sender's report of that id was accepted here a short while ago."""
        known = self._sent.get(report_id)
        return (
            known is not None
            and known[0] == sender
            and self._monotonic() - known[1] < self._memory_s
        )
