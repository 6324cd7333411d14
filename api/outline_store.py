"""Outlines as the bytes that go out, drawn once for each layout, area and level."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from dataclasses import asdict
from typing import TYPE_CHECKING

from api.packed import Packed
from geo_data import outlines

if TYPE_CHECKING:
    from geo_data.areas import Area
    from geo_data.database import Pool
    from grid.model import Level

FORMAT = "wangge-outlines/1"


class OutlineStore:
    """Draws in a thread, one drawing at a time, and keeps the last ones."""

    def __init__(self, pool: Pool, most: int = 64) -> None:
        self._pool = pool
        self._most = most
        self._kept: OrderedDict[tuple[int, str, Level], Packed] = OrderedDict()
        self._one = asyncio.Lock()

    async def get(self, layout: int, area: Area, level: Level) -> Packed:
        """All areas of `level` below the area."""
        key = (layout, area.code, level)
        if key not in self._kept:
            async with self._one:
                if key not in self._kept:
                    self._kept[key] = await self._draw(layout, area.path, level)
                    while len(self._kept) > self._most:
                        self._kept.popitem(last=False)
        drawing = self._kept[key]
        self._kept.move_to_end(key)
        return drawing

    async def _draw(self, layout: int, path: str, level: Level) -> Packed:
        async with self._pool.connection() as conn:
            rows = await outlines.read(conn, layout, level, path)
        return await asyncio.to_thread(lambda: _pack(outlines.draw(layout, level, rows)))


def _pack(drawn: outlines.Outlines) -> Packed:
    plain = json.dumps(
        {
            "format": FORMAT,
            "layout": drawn.layout,
            "level": drawn.level.value,
            "origin": drawn.origin,
            "step": outlines.STEP,
            "synthetic": drawn.synthetic,
            "areas": [asdict(area) for area in drawn.areas],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    return Packed.of(plain)
