"""Tiles as the bytes that go out: each drawn once for whoever asks, kept while memory lasts."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from geo_data.features import tiles
from geo_data.features.collections import COLLECTIONS, Rows
from geo_data.patience import TooSlow

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.quick_reads import QuickReads
    from geo_data.database import Connection
    from geo_data.features.tiles import TileAsked

#: Seconds for which a tile of what changes is given as it was drawn.
FRESH_S = 3.0

#: Seconds that a request waits for its turn and the tile.
PATIENCE_S = 10.0

#: From this size on a tile is packed in a thread: the event loop has others to serve.
_LARGE = 128 * 1024
_PACKING = 1  # half the time of what packs a twentieth better
_ROW_BYTES = 500  # about what a kept tile takes beside its bytes


class Drawn:
    """A tile's bytes with their strong entity tag; packed when first asked for so."""

    __slots__ = ("_packed", "plain", "tag")

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self.tag = blake2b(plain, digest_size=16).hexdigest()
        self._packed: bytes | None = None

    async def packed(self) -> bytes:
        """The bytes in gzip."""
        if self._packed is None:
            if len(self.plain) < _LARGE:
                self._packed = _pack(self.plain)
            else:
                self._packed = await asyncio.to_thread(_pack, self.plain)
        return self._packed


def _pack(plain: bytes) -> bytes:
    return gzip.compress(plain, compresslevel=_PACKING, mtime=0)


class TileStore:
    """Draws tiles and keeps them.

    Tiles of areas are the same for everybody and hold as long as their layout's number; others are
    kept for those who see the same rows, for `FRESH_S`. What was not asked for longest goes first.
    Filtered ones are not kept: there is no end of filters, and hardly two people have the same.
    """

    def __init__(
        self,
        reads: QuickReads,
        *,
        most_bytes: int = 64 * 1024 * 1024,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reads = reads
        self._most_bytes = most_bytes
        self._monotonic = monotonic
        self._kept: OrderedDict[tuple[Any, ...], tuple[float, Drawn]] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[tuple[Any, ...], asyncio.Task[Drawn]] = {}

    async def get(self, asked: TileAsked) -> Drawn:
        """The tile; who asks for one that is being drawn waits for that. Raises TooSlow."""
        key = _key(asked) if not asked.filtered else (object(),)
        kept = self._kept.get(key)
        if kept is not None and self._monotonic() < kept[0]:
            self._kept.move_to_end(key)
            return kept[1]
        task = self._drawing.get(key)
        if task is None:
            task = asyncio.create_task(self._draw(key, asked))
            self._drawing[key] = task
            task.add_done_callback(lambda done: self._drawn(key, done))
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await asyncio.shield(task)
        except TimeoutError:
            raise TooSlow(f"waited {PATIENCE_S:.0f} s for a tile") from None

    async def _draw(self, key: tuple[Any, ...], asked: TileAsked) -> Drawn:
        async def query(conn: Connection) -> tuple[float, bytes]:
            return self._monotonic(), await tiles.draw(conn, asked)

        began, plain = await self._reads.read(query, asked.rights.sender)
        drawn = Drawn(plain)
        if not asked.filtered:
            self._keep(key, float("inf") if asked.tiles.lasting else began + FRESH_S, drawn)
        return drawn

    def _drawn(self, key: tuple[Any, ...], task: asyncio.Task[Drawn]) -> None:
        del self._drawing[key]
        if not task.cancelled():
            task.exception()  # whoever still waits gets it; nobody may be left

    def _keep(self, key: tuple[Any, ...], until: float, drawn: Drawn) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= _size(old[1])
        self._kept[key] = (until, drawn)
        self._bytes += _size(drawn)
        while self._bytes > self._most_bytes:
            _, (_, gone) = self._kept.popitem(last=False)
            self._bytes -= _size(gone)


def _size(drawn: Drawn) -> int:
    """Bytes that it takes; what is packed is at most about as long again."""
    return 2 * len(drawn.plain) + _ROW_BYTES


def _key(asked: TileAsked) -> tuple[Any, ...]:
    """Requests with the same key get the same tile."""
    one = asked.tiles
    if one.lasting:
        return one.name, asked.tile, asked.layout
    seen: tuple[Any, ...] = ()
    if COLLECTIONS[one.collection].rows is not Rows.EVERYBODY:
        rights = asked.rights
        seen = (rights.area, rights.department, rights.masked)
    return one.name, asked.tile, asked.since, asked.until, asked.as_of, seen
