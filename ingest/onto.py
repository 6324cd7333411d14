"""Moves foreign positions onto an area, the same way every time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

#: The middle of the positions is what fills the area; the few far off must not shrink the rest.
_QUANTILES = (0.02, 0.98)
_DIGITS = 6  # of a degree: a decimetre
_TRIES = 1000


class Onto:
    """A straight map from the spread of some positions to the box around an area.

    What falls outside the area's outline is pulled to a point inside that depends on nothing but
    the position and the seed: the same place is moved to the same place, so that repetition stays.
    `name` is the area's, for saying where positions were moved to.
    """

    def __init__(
        self, area: BaseGeometry, name: str, positions: Sequence[tuple[float, float]], seed: int
    ) -> None:
        """`positions` are pairs of lon and lat in degrees; an empty list is a ValueError."""
        if not positions:
            raise ValueError("there is no position to move")
        self.name = name
        self._area = area
        self._seed = seed
        shapely.prepare(area)
        low, high = np.quantile(np.asarray(positions, dtype=np.float64), _QUANTILES, axis=0)
        spread = np.where(high > low, high - low, 1.0)
        west, south, east, north = area.bounds
        size = np.array([east - west, north - south])
        scale = size / spread
        shift = np.array([west, south]) - low * scale
        self._scale = (float(scale[0]), float(scale[1]))
        self._shift = (float(shift[0]), float(shift[1]))
        self._box = (west, south, east, north)

    def move(self, lon: float, lat: float) -> tuple[float, float]:
        """A position, moved; in degrees."""
        x = round(lon * self._scale[0] + self._shift[0], _DIGITS)
        y = round(lat * self._scale[1] + self._shift[1], _DIGITS)
        return (x, y) if self._inside(x, y) else self._pulled(lon, lat)

    def _inside(self, x: float, y: float) -> bool:
        return bool(shapely.intersects_xy(self._area, x, y))

    def _pulled(self, lon: float, lat: float) -> tuple[float, float]:
        west, south, east, north = self._box
        dice = random.Random(f"{self._seed}/{lon!r}/{lat!r}")  # noqa: S311 - no secret
        for _ in range(_TRIES):
            x = round(dice.uniform(west, east), _DIGITS)
            y = round(dice.uniform(south, north), _DIGITS)
            if self._inside(x, y):
                return x, y
        inner = self._area.representative_point()
        return inner.x, inner.y
