"""Made-up workers on their rounds: where each is, and what each reports."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import numpy as np
import shapely

from wangge.made_up import Matter, photo, pick

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import datetime

    from shapely.geometry.base import BaseGeometry

_SIMULATED = UUID("0d3a2a0e-6a3f-4c53-8a8e-7c2a5f0b9a11")
_DEGREE_M = 111_320.0
_TRIES = 200

#: A phone's accuracy in metres: its middle, and the spread of its logarithm.
_ACCURACY_M = 9.0
_ACCURACY_SPREAD = 0.6

#: How often a worker deals at once with what can be dealt with at once.
_SETTLES = 0.7


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the API draws it."""

    code: str
    name: str
    shape: BaseGeometry


@dataclass(frozen=True, slots=True)
class Walker:
    """A made-up worker with a cell of their own."""

    number: int
    cell: Cell


def cells(outlines: dict[str, Any], dice: random.Random, count: int) -> list[Cell]:
    """So many cells out of an answer of `/v1/areas/{code}/outlines`, chosen by lot."""
    areas = sorted(outlines["areas"], key=lambda area: str(area["code"]))
    chosen = dice.sample(areas, min(count, len(areas)))
    return [Cell(a["code"], a["name"], _shape(a["rings"], outlines)) for a in chosen]


def _shape(rings: Sequence[Sequence[int]], outlines: dict[str, Any]) -> BaseGeometry:
    """Even-odd: what lies in an even number of rings is no part of the area."""
    origin, step = np.asarray(outlines["origin"]), outlines["step"]
    shape: BaseGeometry = shapely.Polygon()
    for ring in rings:
        points = np.cumsum(np.reshape(ring, (-1, 2)), axis=0) * step + origin
        shape = shape.symmetric_difference(shapely.make_valid(shapely.Polygon(points)))
    return shape


def walkers(found: Sequence[Cell], count: int) -> list[Walker]:
    """So many workers; where there are more than cells, cells have several."""
    return [Walker(number, found[number % len(found)]) for number in range(count)]


def report(walker: Walker, dice: random.Random, now: datetime, run: str) -> dict[str, Any]:
    """What the worker reports now, as a phone sends it.

    The phone errs: the position is that far off the true one as its accuracy says.
    """
    matter = pick(dice)
    accuracy = round(_ACCURACY_M * math.exp(dice.gauss(0, _ACCURACY_SPREAD)), 1)
    lon, lat = _somewhere(walker.cell.shape, dice)
    # 68 % of the errors are to lie within the accuracy: a Rayleigh distribution's sigma
    sigma = accuracy / math.sqrt(-2 * math.log(1 - 0.68))
    lon += dice.gauss(0, sigma) / (_DEGREE_M * math.cos(math.radians(lat)))
    lat += dice.gauss(0, sigma) / _DEGREE_M
    name = str(uuid5(_SIMULATED, f"{run}/{walker.number}/{dice.getrandbits(64)}"))
    made = {
        "id": name,
        "category": matter.category,
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        "accuracy_m": accuracy,
        "observed_at": now.isoformat(),
        "sent_at": now.isoformat(),
        "description": f"{matter.words}（模拟 simulated）",
        "severity": matter.severity,
        "source": "worker",
        "attachments": [photo(name, "before")],
    }
    return made | (_settled(matter, name) if dice.random() < _SETTLES else {})


def _settled(matter: Matter, name: str) -> dict[str, Any]:
    if matter.settled is None:
        return {}
    photos = [photo(name, "before"), photo(f"{name} after", "after")]
    return {"settled": {"how": matter.settled}, "attachments": photos}


def _somewhere(shape: BaseGeometry, dice: random.Random) -> tuple[float, float]:
    west, south, east, north = shape.bounds
    for _ in range(_TRIES):
        x, y = dice.uniform(west, east), dice.uniform(south, north)
        if shapely.intersects_xy(shape, x, y):
            return x, y
    inner = shape.representative_point()
    return inner.x, inner.y
