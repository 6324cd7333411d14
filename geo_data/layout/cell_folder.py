"""Indexes of cells kept in a folder, one file each, for all processes of the machine.

The first that needs a layout builds the index, the others wait for it and map the file. A file's
name and digest tell the layout, its cells' digest and the code that built it, so that none is taken
for another. Where nothing can be kept — no room, no right to write — each builds its own.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from geo_data.layout import cell_file
from grid.cells.compiled import SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from grid.cells.index import CellIndex

log = logging.getLogger(__name__)

#: A file that nobody has asked for so long is removed, unless its layout is still needed.
_UNUSED_S: Final = 24 * 3600.0


class CellFolder:
    """The files in one folder. All methods take their time: call them in a thread."""

    def __init__(self, folder: Path) -> None:
        """The folder need not be there yet."""
        self._folder = folder

    def find(self, layout: int, digest: str) -> CellIndex | None:
        """The index of a layout whose cells have this digest, mapped; None where none is kept."""
        path = self._path(layout, digest)
        try:
            index = cell_file.load(path, _built_from(layout, digest))
        except OSError:  # not there, most of all; `make` says what else is wrong
            return None
        except ValueError as error:
            log.warning("the index is built again: %s", error)
            return None
        with suppress(OSError):  # somebody else's file
            os.utime(path)
        return index

    def make(self, layout: int, digest: str, build: Callable[[], CellIndex]) -> CellIndex:
        """Build an index and keep it, unless somebody has done so in the meantime.

        Where it cannot be kept, it is there all the same, and the log says why.
        """
        with self._alone():
            kept = self.find(layout, digest)
            if kept is not None:
                return kept
            index = build()
            path = self._path(layout, digest)
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                cell_file.save(index, path, _built_from(layout, digest))
                return cell_file.load(path, _built_from(layout, digest))
            except (OSError, ValueError) as error:
                log.warning("the index of layout %s cannot be kept: %s", layout, error)
                return index

    def forget(self, needed: Collection[int]) -> None:
        """Remove files of other layouts that nobody has asked for in a day, and what is unfinished.

        Who has one mapped keeps it.
        """
        before = time.time() - _UNUSED_S
        with suppress(OSError):
            for path in [*self._folder.glob("*.cells"), *self._folder.glob("*.part")]:
                layout = path.name.split("-", 1)[0]
                wanted = path.suffix == ".cells" and layout in {str(n) for n in needed}
                if not wanted and path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)

    def _path(self, layout: int, digest: str) -> Path:
        return self._folder / f"{layout}-{digest[:16]}-{SOURCES[:8]}.cells"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other process, nor thread, builds meanwhile, where that can be had."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("wb")
        except OSError:  # whoever builds will say so
            yield
            return
        with lock:
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _built_from(layout: int, digest: str) -> str:
    return f"{layout} {digest} {SOURCES}"
