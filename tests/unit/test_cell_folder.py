"""Indexes kept in a folder: mapped by the next one, never taken for another, and never a must."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
import shapely

from geo_data.layout import cell_file
from geo_data.layout.cell_folder import CellFolder
from grid.cells.index import CellIndex

if TYPE_CHECKING:
    from pathlib import Path

DAY_S = 24 * 3600.0


class Builder:
    """Builds the index of a layout of two cells, and counts how often."""

    def __init__(self, layout: int = 3) -> None:
        self.layout, self.built = layout, 0

    def __call__(self) -> CellIndex:
        self.built += 1
        cells = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
        return CellIndex(["b", "a"], cells, layout=self.layout)


@pytest.fixture
def folder(tmp_path: Path) -> CellFolder:
    return CellFolder(tmp_path / "not yet" / "cells")


def files(tmp_path: Path) -> list[Path]:
    return sorted(tmp_path.rglob("*.cells"))


def works(index: CellIndex | None) -> bool:
    return index is not None and index.locate_codes([0.5, 1.5, 9.0], [0.5] * 3) == ["b", "a", None]


def test_the_second_one_maps_what_the_first_has_built(folder: CellFolder, tmp_path: Path) -> None:
    build = Builder()
    assert folder.find(3, "digest") is None
    assert works(folder.make(3, "digest", build))
    assert works(folder.find(3, "digest"))
    assert works(folder.make(3, "digest", build))
    assert (build.built, len(files(tmp_path))) == (1, 1)


def test_other_cells_and_another_layout_are_not_taken(folder: CellFolder, tmp_path: Path) -> None:
    folder.make(3, "digest", Builder())
    assert folder.find(3, "another") is None
    assert folder.find(4, "digest") is None
    # Nor under a name that is not theirs.
    (own,) = files(tmp_path)
    own.rename(own.with_name(own.name.replace("3-", "4-")))
    assert folder.find(4, "digest") is None


@pytest.mark.parametrize("at", [0, 20, 100, -1])
def test_a_damaged_file_is_built_again(
    folder: CellFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture, at: int
) -> None:
    build = Builder()
    folder.make(3, "digest", build)
    (own,) = files(tmp_path)
    content = bytearray(own.read_bytes())
    content[at] ^= 1
    own.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert folder.find(3, "digest") is None
    assert str(own) in caplog.text
    assert works(folder.make(3, "digest", build))
    assert works(folder.find(3, "digest"))
    assert build.built == 2


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.99])
def test_a_torn_file_is_built_again(folder: CellFolder, tmp_path: Path, part: float) -> None:
    build = Builder()
    folder.make(3, "digest", build)
    (own,) = files(tmp_path)
    content = own.read_bytes()
    own.write_bytes(content[: int(len(content) * part)])
    assert works(folder.make(3, "digest", build))
    assert (build.built, own.read_bytes()) == (2, content)


def test_many_start_at_once_and_one_builds(folder: CellFolder, tmp_path: Path) -> None:
    build, made = Builder(), []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        made.append(works(folder.make(3, "digest", build)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, build.built) == ([True] * 8, 1)
    assert [p.suffix for p in tmp_path.rglob("*.part")] == []


@pytest.mark.parametrize("fault", ["a file stands there", "no room"])
def test_where_nothing_can_be_kept_it_is_there_all_the_same(
    tmp_path: Path,
    fault: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if fault == "no room":

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
    else:
        (tmp_path / "cells").write_bytes(b"")
    build = Builder()
    with caplog.at_level(logging.WARNING):
        assert works(CellFolder(tmp_path / "cells").make(3, "digest", build))
    assert build.built == 1
    assert [r.getMessage().split(":")[0] for r in caplog.records] == [
        "the index of layout 3 cannot be kept"
    ]
    assert not [*tmp_path.rglob("*.part"), *files(tmp_path)]


def test_what_nobody_needs_is_removed_after_a_day(folder: CellFolder, tmp_path: Path) -> None:
    for layout in (1, 2, 3):
        folder.make(layout, "digest", Builder(layout))
    mapped = folder.find(1, "digest")
    (tmp_path / "not yet" / "cells" / "9-x.cells.77.part").touch()
    for path in [*files(tmp_path), *tmp_path.rglob("*.part")]:
        os.utime(path, (time.time() - DAY_S - 60.0,) * 2)
    assert folder.find(2, "digest") is not None  # somebody still asks for it
    folder.forget({3})
    assert [p.name.split("-")[0] for p in files(tmp_path)] == ["2", "3"]
    assert not list(tmp_path.rglob("*.part"))
    assert works(mapped)


def test_real_cells_are_mapped_in_no_time(tmp_path: Path) -> None:
    from tests.london import london_cells  # noqa: PLC0415 - takes a second to read

    index = CellIndex(*london_cells(), layout=1)
    cell_file.save(index, tmp_path / "cells", "London")
    took = []
    for _ in range(5):
        began = time.perf_counter()
        cell_file.load(tmp_path / "cells", "London")
        took.append(time.perf_counter() - began)
    assert min(took) < 0.2, took  # 50 ms where nobody else is at work
