"""The published kinds of places, and within how many metres of one a position is in its zone."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class PlaceKind:
    """A kind of place; `within_m` is None for what makes no zone of the decision table."""

    name: str
    zh: str
    en: str
    within_m: float | None


@cache
def kinds() -> dict[str, PlaceKind]:
    """All kinds by name, in the order of the file."""
    text = files("geo_data").joinpath("data", "places", "kinds.csv").read_text(encoding="utf-8")
    return {
        row["kind"]: PlaceKind(
            row["kind"],
            row["name_zh"],
            row["name_en"],
            float(row["within_m"]) if row["within_m"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def within_m() -> dict[str, float]:
    """The metres of each kind that makes a zone."""
    return {kind.name: kind.within_m for kind in kinds().values() if kind.within_m is not None}
