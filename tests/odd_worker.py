"""A worker that does what it should never do, when the environment says so. For fault tests.

WANGGE_TEST_ODD: `raise` or `cancel` in the second batch, or `slow` (a second for each batch).
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from streams import batch
from tests.stream_house import RAISES
from wangge.worker import worker

_apply = batch.apply
_store = batch.Intake._store
_odd = os.environ.get("WANGGE_TEST_ODD", "")
_batches = 0


def _apply_or_raise(case: Any, command: Any, *args: Any) -> Any:
    if command.report.description == RAISES:
        raise ZeroDivisionError("as asked")
    return _apply(case, command, *args)


async def _store_oddly(self: Any, *args: Any) -> Any:
    global _batches  # noqa: PLW0603 - counts through the whole process
    _batches += 1
    if _odd == "slow":
        await asyncio.sleep(1.0)
    stored = await _store(self, *args)
    if _batches == 2 and _odd == "raise":
        raise MemoryError("as asked")
    if _batches == 2 and _odd == "cancel":
        raise asyncio.CancelledError("as asked")
    return stored


batch.apply = _apply_or_raise
batch.Intake._store = _store_oddly  # type: ignore[method-assign]

if __name__ == "__main__":
    worker()
