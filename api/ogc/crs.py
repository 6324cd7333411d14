"""Coordinate reference systems by reference (OGC API Features, Part 2): names, axes, degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

from api.problems import invalid_parameter
from geo_data.features.items import Written

_SPHERE_M = 6_378_137.0  # radius of EPSG:3857's sphere
_DEGREE_DECIMALS, _METRE_DECIMALS = 9, 4  # a tenth of a millimetre


@dataclass(frozen=True, slots=True)
class Crs:
    """A system by its URI; `latitude_first` as its definition says, `metres` or else degrees."""

    uri: str
    name: str
    srid: int
    latitude_first: bool = False
    metres: bool = False

    @property
    def written(self) -> Written:
        """How positions are written in it."""
        decimals = _METRE_DECIMALS if self.metres else _DEGREE_DECIMALS
        return Written(self.srid, self.latitude_first, decimals)

    def lon_lat(self, first: float, second: float) -> tuple[float, float]:
        """Degrees of WGS 84 of a position given in this system's axes."""
        if self.latitude_first:
            return second, first
        if self.metres:
            return math.degrees(first / _SPHERE_M), _latitude(second)
        return first, second


def _latitude(northing: float) -> float:
    # 20 radii north lie within 1e-7 degrees of the pole; beyond, exp has no number left.
    y = max(-20.0, min(20.0, northing / _SPHERE_M))
    return math.degrees(2.0 * math.atan(math.exp(y)) - math.pi / 2.0)


CRS84 = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "WGS 84 lon/lat", 4326)

#: CGCS2000 and WGS 84 differ by less than what anybody measures here (EPSG: null transformation).
SYSTEMS: dict[str, Crs] = {
    one.uri: one
    for one in (
        CRS84,
        Crs("http://www.opengis.net/def/crs/EPSG/0/4326", "WGS 84 lat/lon", 4326, True),
        Crs("http://www.opengis.net/def/crs/EPSG/0/3857", "Web Mercator", 3857, metres=True),
        Crs("http://www.opengis.net/def/crs/EPSG/0/4490", "CGCS2000 lat/lon", 4490, True),
    )
}


def system(name: str, uri: str | None) -> Crs:
    """The system that the parameter `name` asks for, CRS84 where it does not. 400 for others."""
    if uri is None:
        return CRS84
    found = SYSTEMS.get(uri)
    if found is None:
        raise invalid_parameter(
            name, f"must be one of {', '.join(SYSTEMS)}", f"{name} 不是支持的坐标参考系"
        )
    return found
