"""How much of a layout is as it was in the layout before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from grid.layouts.difference import Area, difference

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_data.layout.report.cells import Cells
    from grid.layouts.difference import Difference


def changes(before: Cells, after: Cells) -> tuple[Difference, NDArray[np.float64]]:
    """What became of the cells, and how much of its ground each cell of `after` had already.

    Of a cell that goes on from a single one it is the share of its ground that both have, 0 of
    one that is new, split off or merged; shape (n,), NaN where the outline cannot be compared.
    """
    found = difference(_areas(before), _areas(after))
    number = {code: i for i, code in enumerate(after.code) if after.sound[i]}
    kept = np.where(after.sound, 0.0, np.nan)
    for row in found.rows:
        if len(row.before) == len(row.after) == 1:
            i = number[row.after[0]]
            kept[i] = min(row.shared_m2 / after.ground_m2[i], 1.0)
    return found, kept


def _areas(cells: Cells) -> list[Area]:
    return [
        Area(str(cells.code[i]), str(cells.parent[i]), str(cells.name[i]), cells.shape[i])
        for i in np.flatnonzero(cells.sound)
    ]
