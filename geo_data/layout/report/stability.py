"""How much of a layout is as it was in the layout before, cell by cell of the same code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_data.layout.report.cells import Cells

#: Outlines that agree to this share are the same: the rest is rounding.
SAME = 1.0 - 1e-6


def agreement(before: Cells, after: Cells) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each cell of `after` how far it agrees with the cell of its code before.

    Two arrays of length n: common ground over all ground of both (1: the same, 0: a new code or a
    new place, NaN where the outline cannot be compared), and the common ground in m².
    """
    old = {code: i for i, code in enumerate(before.code) if before.sound[i]}
    match = np.array([old.get(code, -1) for code in after.code], dtype=np.int64)
    sound = after.sound
    both = np.flatnonzero((match >= 0) & sound)
    share, common = np.where(sound, 0.0, np.nan), np.zeros(len(after))
    one, other = after.shape[both], before.shape[match[both]]
    same = shapely.equals_exact(one, other, 0.0, normalize=True)
    shared, united = np.ones(len(both)), np.ones(len(both))
    shared[~same] = shapely.area(shapely.intersection(one[~same], other[~same]))
    united[~same] = shapely.area(one[~same]) + shapely.area(other[~same]) - shared[~same]
    share[both] = shared / united
    own = np.where(same, 1.0, shapely.area(one))
    common[both] = after.ground_m2[both] * shared / own
    return share, common
