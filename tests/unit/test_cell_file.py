"""The index in a file: mapped as it was saved, and refused where it is something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import shapely

from geo_data.layout import cell_file
from grid.cells.index import CellIndex

if TYPE_CHECKING:
    from pathlib import Path


def test_saved_and_mapped(tmp_path: Path) -> None:
    index = CellIndex(["b", "a"], [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], layout=3)
    cell_file.save(index, tmp_path / "cells")
    again = cell_file.load(tmp_path / "cells")
    assert [p.name for p in tmp_path.iterdir()] == ["cells"]
    assert (again.layout, again.codes) == (3, ("a", "b"))
    assert again.locate_codes([0.5, 1.0, 1.5, 9.0], [0.5] * 4) == ["b", "a", "a", None]


@pytest.mark.parametrize("content", [b"", b"PAR1" * 40])
def test_another_file_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cells").write_bytes(content)
    with pytest.raises(ValueError, match="cells: "):
        cell_file.load(tmp_path / "cells")
