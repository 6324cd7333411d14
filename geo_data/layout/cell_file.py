"""The index of cells in a file: written whole or not at all, and mapped instead of read.

    ┌───────┬────────┬───────────┬──────────────────────────────┐
    │ magic │ digest │           │ the index (grid.cells.packing)│
    └───────┴────────┴───────────┴──────────────────────────────┘
      8       32       to 64 bytes

The digest is over what the index was built from and all that follows: a file that was torn, that
belongs to another layout or was built from other cells is refused.
"""

from __future__ import annotations

import hashlib
import mmap
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from grid.cells.index import CellIndex

if TYPE_CHECKING:
    from pathlib import Path

_MAGIC: Final = b"cells\0\0\1"
_HEAD: Final = 64


def save(index: CellIndex, path: Path, built_from: str = "") -> None:
    """Write the index; who reads the file at the same time has the old one or the new one.

    `built_from` says what it was built from, in any words that `load` will say as well. OSError
    where it cannot be written; nothing is left behind then.
    """
    pieces = index.packed()
    digest = hashlib.sha256(built_from.encode())
    for piece in pieces:
        digest.update(piece)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            file.write((_MAGIC + digest.digest()).ljust(_HEAD, b"\0"))
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())  # else a power cut may leave the name without the content
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def load(path: Path, built_from: str = "") -> CellIndex:
    """The index in the file; its pages are shared by all processes that have it.

    ValueError that names the file for one that `save` did not write, not whole, or of something
    else.
    """
    with path.open("rb") as file:
        try:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            if bytes(mapped[:8]) != _MAGIC:
                raise ValueError("this is no index of cells, or one of another version")  # noqa: TRY301
            digest = hashlib.sha256(built_from.encode())
            digest.update(mapped[_HEAD:])
            if bytes(mapped[8 : 8 + digest.digest_size]) != digest.digest():
                raise ValueError("it is damaged, or the index of other cells")  # noqa: TRY301
            return CellIndex.unpacked(mapped[_HEAD:])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
