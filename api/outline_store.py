"""Outlines as the bytes that go out, drawn once for each layout, area and level."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import OrderedDict
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from geo_data import outlines

if TYPE_CHECKING:
    from geo_data.areas import Area
    from geo_data.database import Pool
    from grid.model import Level

FORMAT = "wangge-outlines/1"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The document as it is and packed, each with its own strong entity tag."""

    plain: bytes
    packed: bytes
    tag: str

    def tag_of(self, *, packed: bool) -> str:
        """The entity tag, in its quotes; the two forms differ in their bytes."""
        return f'"{self.tag}-gzip"' if packed else f'"{self.tag}"'


class OutlineStore:
    """Draws in a thread, one drawing at a time, and keeps the last ones."""

    def __init__(self, pool: Pool, most: int = 64) -> None:
        self._pool = pool
        self._most = most
        self._kept: OrderedDict[tuple[int, str, Level], Drawing] = OrderedDict()
        self._one = asyncio.Lock()

    async def get(self, layout: int, area: Area, level: Level) -> Drawing:
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

    async def _draw(self, layout: int, path: str, level: Level) -> Drawing:
        async with self._pool.connection() as conn:
            rows = await outlines.read(conn, layout, level, path)
        return await asyncio.to_thread(lambda: _pack(outlines.draw(layout, level, rows)))


def _pack(drawn: outlines.Outlines) -> Drawing:
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
    packed = gzip.compress(plain, compresslevel=6, mtime=0)
    return Drawing(plain, packed, sha256(plain).hexdigest()[:32])
