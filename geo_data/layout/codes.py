"""Codes and names: neighbours get near codes by the order of a Hilbert curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Steps of the curve along each side: 2 to this power.
_ORDER = 16

#: What the names of the committees end in; the cell is named after the place, not the committee.
_COMMITTEES = ("居民委员会", "村民委员会", "居委会", "村委会")


def hilbert(columns: NDArray[np.int64], rows: NDArray[np.int64], order: int) -> NDArray[np.int64]:
    """Distance along the Hilbert curve that fills a square of 2^order × 2^order, shape (n,).

    The usual bitwise method: at each scale find the quadrant, then turn the square so that the
    next scale looks the same.
    """
    x, y = columns.astype(np.int64), rows.astype(np.int64)
    distance = np.zeros(x.shape, dtype=np.int64)
    for bit in range(order - 1, -1, -1):
        side = np.int64(1) << bit
        right, upper = (x & side) > 0, (y & side) > 0
        distance += side * side * ((3 * right) ^ upper)
        flip = ~upper & right
        x, y = (
            np.where(flip, side - 1 - (x & (side - 1)), x),
            np.where(flip, side - 1 - (y & (side - 1)), y),
        )
        x, y = np.where(~upper, y, x), np.where(~upper, x, y)
    return distance


def along_curve(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """The order in which a Hilbert curve over their bounding square visits points, shape (n,)."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    low = points.min(axis=0)
    side = float((points.max(axis=0) - low).max()) or 1.0
    squares = ((points - low) / side * (2**_ORDER - 1)).astype(np.int64)
    return np.argsort(hilbert(squares[:, 0], squares[:, 1], _ORDER), kind="stable")


def place_name(committee: str) -> str:
    """The place that a residents' or villagers' committee is named after.

    >>> place_name("曹家巷居委会")
    '曹家巷'
    """
    for ending in _COMMITTEES:
        if committee.endswith(ending) and committee != ending:
            return committee.removesuffix(ending)
    return committee


def cell_name(committee: str, number: int) -> str:
    """The name of the n-th cell of a village or community.

    >>> cell_name("曹家巷居委会", 3)
    '曹家巷第3网格'
    """
    return f"{place_name(committee)}第{number}网格"


def cell_code(village: str, number: int) -> str:
    """The code of a cell: the village's 12 digits and a number of 3 digits.

    >>> cell_code("370702001001", 3)
    '370702001001003'
    """
    return f"{village}{number:03}"
