"""The garbage collector in processes with a million objects that stay: cells, policy, code."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Leave what is there now alone for good, and look through the rest less often.

    Cases and events are values without circles, which go away by themselves. A batch of a
    thousand has fewer than 100,000 of them at once, so that looking for circles among them, which
    at Python's own threshold takes a quarter of the engine's time, hardly ever begins. Looking
    through everything would keep all who ask an API process waiting for a seventh of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 10, 10)
