"""The published list of what can be told of an area."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is counted in an area: what an area has is the sum of its parts'."""

    name: str
    zh: str
    en: str


@cache
def measures() -> dict[str, Measure]:
    """All measures by name, in the order of the file."""
    file = files("geo_data").joinpath("data", "area_facts", "measures.csv")
    rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    return {row["measure"]: Measure(row["measure"], row["name_zh"], row["name_en"]) for row in rows}
