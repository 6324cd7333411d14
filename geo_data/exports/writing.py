"""What a writer of a format does, and the one that packs what another one writes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_data.exports.columns import Batch

#: zlib's word for a gzip frame around the largest window.
_GZIP = 31
_LEVEL = 5


class Writer(Protocol):
    """Turns batches into the bytes of a file, in this order; its methods may run in any thread.

    What `rest` yields has to be taken whole: without it the file is unfinished, and is seen to be.
    """

    def start(self) -> bytes:
        """What stands before the first row."""
        ...

    def add(self, batch: Batch) -> bytes:
        """What is ready after these rows; may be nothing yet."""
        ...

    def rest(self) -> Iterator[bytes]:
        """What is left, piece by piece, to the file's end."""
        ...

    def close(self) -> None:
        """Let go of whatever is held, finished or not."""
        ...


class Packed:
    """A writer's bytes in gzip."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)

    def start(self) -> bytes:
        """As `Writer` says."""
        return self._packing.compress(self._writer.start())

    def add(self, batch: Batch) -> bytes:
        """As `Writer` says."""
        return self._packing.compress(self._writer.add(batch))

    def rest(self) -> Iterator[bytes]:
        """As `Writer` says."""
        for piece in self._writer.rest():
            yield self._packing.compress(piece)
        yield self._packing.flush()

    def close(self) -> None:
        """As `Writer` says."""
        self._writer.close()
