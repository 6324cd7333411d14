"""Reports on layouts and what changed between two: made by a process of its own, one at a time."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from api.packed import Packed
from api.problems import Problem, unavailable
from geo_data.layout.written import AWAY, Order, parts

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds for which a report is given as it was made: a layout stays as it is, its cases do not.
REPORT_FRESH_S = 3600.0
#: Seconds that a request waits; what is being made goes on, for whoever asks again.
PATIENCE_S = 12.0
_RETRY_AFTER_S = 10
_LONGEST_S = 300.0
_MOST = 16
#: Who asks while so many others are waited for is told so at once: pairs of layouts are many.
MOST_WAITING = 8

_Key = tuple[int, int | None, bool]


class LayoutStore:
    """Keeps the last reports and differences. Those that wait for the same one get the same."""

    def __init__(
        self,
        url: str,
        schema: str,
        *,
        patience_s: float = PATIENCE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._schema = url, schema
        self._patience_s = patience_s
        self._monotonic = monotonic
        self._one = asyncio.Lock()
        self._kept: OrderedDict[_Key, tuple[float, list[Packed]]] = OrderedDict()
        self._making: dict[_Key, asyncio.Task[list[Packed]]] = {}

    async def report(self, layout: int, before: int | None) -> tuple[Packed, Packed]:
        """JSON and page of the report on a layout, which it compares with the one before."""
        plain, page = await self._get((layout, before, False))
        return plain, page

    async def changes(self, before: int, layout: int) -> Packed:
        """JSON of what became of every area from one layout to the other."""
        [plain] = await self._get((layout, before, True))
        return plain

    async def close(self) -> None:
        """End what is being made."""
        making = list(self._making.values())
        for task in making:
            task.cancel()
        await asyncio.gather(*making, return_exceptions=True)

    async def _get(self, key: _Key) -> list[Packed]:
        """503 where it takes longer than a request waits."""
        kept = self._kept.get(key)
        if kept is not None and self._monotonic() < kept[0]:
            self._kept.move_to_end(key)
            return kept[1]
        task = self._making.get(key)
        if task is None:
            if len(self._making) >= MOST_WAITING:
                raise _later()
            task = asyncio.create_task(self._make(key))
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        try:
            async with asyncio.timeout(self._patience_s):
                return await asyncio.shield(task)
        except TimeoutError:
            raise _later() from None

    async def _make(self, key: _Key) -> list[Packed]:
        layout, before, changes = key
        async with self._one:
            order = Order(self._url, self._schema, layout, before, changes)
            found = parts(await _ordered(order))
        made = [Packed.of(*forms) for forms in zip(found[::2], found[1::2], strict=True)]
        until = float("inf") if changes else self._monotonic() + REPORT_FRESH_S
        self._kept[key] = (until, made)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return made

    def _made(self, key: _Key, task: asyncio.Task[list[Packed]]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # whoever still waits gets it; nobody may be left


def _later() -> Problem:
    return Problem(
        "unavailable",
        "this is still being computed, or waits for others; ask again shortly",
        "正在计算，请稍后再试",
        headers={"Retry-After": str(_RETRY_AFTER_S)},
    )


async def _ordered(order: Order) -> bytes:
    """What the process writes. 503 where the database is away, or it takes too long."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "geo_data.layout.written",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_LONGEST_S):
            answer, _ = await process.communicate(order.as_text())
    except TimeoutError:
        raise unavailable("this report in time", "报告暂时无法及时生成") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == AWAY:
        raise unavailable("the database", "数据库暂时无法访问")
    if process.returncode:
        raise RuntimeError(f"the process ended with exit code {process.returncode}")
    return answer
