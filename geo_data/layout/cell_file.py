"""The index of cells in a file: written whole or not at all, and mapped instead of read."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from grid.cells.index import CellIndex

if TYPE_CHECKING:
    from pathlib import Path


def save(index: CellIndex, path: Path) -> None:
    """Write the index; who reads the file at the same time has the old one or the new one."""
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        file.writelines(index.packed())
    unfinished.replace(path)


def load(path: Path) -> CellIndex:
    """The index in the file; its pages are shared by all processes that have it.

    ValueError that names the file for one that `save` did not write.
    """
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return CellIndex.unpacked(memoryview(mapped))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
