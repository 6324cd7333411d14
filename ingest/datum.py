"""GCJ-02 and BD-09 to WGS 84 and back.

Maps published in China shift positions: GCJ-02 by a formula that is public in practice, BD-09 by a
second step on top. Outside a box around China nothing is shifted. The way back has no closed form;
it is found by iteration, to less than a millimetre of what the way forth makes of it.

The formulas are written once, over a module of functions: `math` for one position, `numpy` for
arrays of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grid.reports.fields import Crs

Degrees = NDArray[np.float64]

# The box outside of which GCJ-02 is WGS 84: west, south, east, north in degrees.
_BOX = (72.004, 0.8293, 137.8347, 55.8271)

# The Krasovsky 1940 ellipsoid that the shift in metres is turned into degrees with.
_AXIS_M = 6378245.0
_ECCENTRICITY_2 = 0.006693421622965943

_BD_PERIOD = math.pi * 3000.0 / 180.0
_BD_SHIFT = (0.0065, 0.006)

_CLOSE_ENOUGH = 1e-12  # degrees: a ten-thousandth of a millimetre
_MOST_ROUNDS = 20  # five do, but beside 105° E and 35° N


def to_wgs84(crs: Crs, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """Positions given in `crs`, as WGS 84. Arrays of degrees, shape (n,); so is the result."""
    return _where_shifted(_FORTH[crs], lon, lat, back=True)


def from_wgs84(crs: Crs, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """WGS 84 positions, in `crs`. Arrays of degrees, shape (n,); so is the result."""
    return _where_shifted(_FORTH[crs], lon, lat, back=False)


def position_to_wgs84(crs: Crs, lon: float, lat: float) -> tuple[float, float]:
    """One position given in `crs`, as WGS 84, in degrees."""
    west, south, east, north = _BOX
    if crs is Crs.WGS84 or not (west <= lon <= east and south <= lat <= north):
        return lon, lat
    found: tuple[float, float] = _back(_FORTH[crs], lon, lat, math)
    return found


def _where_shifted(
    forth: Any, lon: Degrees, lat: Degrees, *, back: bool
) -> tuple[Degrees, Degrees]:
    west, south, east, north = _BOX
    lon, lat = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    given = lon[inside], lat[inside]
    if given[0].size:
        lon[inside], lat[inside] = _back(forth, *given, np) if back else forth(*given, np)
    return lon, lat


def _back(forth: Any, lon: Any, lat: Any, xp: Any) -> Any:
    """The position that `forth` turns into this one."""
    guess_lon, guess_lat = lon, lat
    for _ in range(_MOST_ROUNDS):
        made_lon, made_lat = forth(guess_lon, guess_lat, xp)
        off_lon, off_lat = made_lon - lon, made_lat - lat
        guess_lon, guess_lat = guess_lon - off_lon, guess_lat - off_lat
        if np.max(np.abs([off_lon, off_lat])) < _CLOSE_ENOUGH:
            break
    return guess_lon, guess_lat


def _same(lon: Any, lat: Any, _xp: Any) -> Any:
    return lon, lat


def _gcj02(lon: Any, lat: Any, xp: Any) -> Any:
    x, y = lon - 105.0, lat - 35.0
    sin, pi = xp.sin, math.pi
    ripple = 20.0 * sin(6.0 * pi * x) + 20.0 * sin(2.0 * pi * x)
    root = xp.sqrt(xp.fabs(x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north_m += (ripple + 20.0 * sin(pi * y) + 40.0 * sin(pi / 3.0 * y)) * 2.0 / 3.0
    north_m += (160.0 * sin(pi / 12.0 * y) + 320.0 * sin(pi / 30.0 * y)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east_m += (ripple + 20.0 * sin(pi * x) + 40.0 * sin(pi / 3.0 * x)) * 2.0 / 3.0
    east_m += (150.0 * sin(pi / 12.0 * x) + 300.0 * sin(pi / 30.0 * x)) * 2.0 / 3.0
    latitude = lat * (pi / 180.0)
    flat = 1.0 - _ECCENTRICITY_2 * sin(latitude) ** 2
    meridian_m = _AXIS_M * (1.0 - _ECCENTRICITY_2) / (flat * xp.sqrt(flat))
    parallel_m = _AXIS_M / xp.sqrt(flat) * xp.cos(latitude)
    degrees = 180.0 / pi
    return lon + east_m / parallel_m * degrees, lat + north_m / meridian_m * degrees


def _bd09(lon: Any, lat: Any, xp: Any) -> Any:
    x, y = _gcj02(lon, lat, xp)
    radius = xp.sqrt(x * x + y * y) + 2e-5 * xp.sin(y * _BD_PERIOD)
    angle = xp.atan2(y, x) + 3e-6 * xp.cos(x * _BD_PERIOD)
    return radius * xp.cos(angle) + _BD_SHIFT[0], radius * xp.sin(angle) + _BD_SHIFT[1]


_FORTH = {Crs.WGS84: _same, Crs.GCJ02: _gcj02, Crs.BD09: _bd09}
