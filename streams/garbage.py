"""The garbage collector in processes with a million objects that stay: cells, policy, teams."""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """Leave what is there now alone for good, and look through the rest less often.

    Cases and events are values without circles, which go away by themselves; at Python's own
    thresholds a sixth of the time would go into looking for circles that are not there.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
