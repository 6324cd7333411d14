"""A file of facts: CSV with an area, a measure, a day and a value, read and checked whole."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - dataclasses keep it inspectable
from typing import TYPE_CHECKING

from geo_data.area_facts.measures import measures
from geo_data.row_faults import BadRows, RowFault, not_empty, whole
from grid.policy.sheets import day as day_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns are called in the file, and what holds for all its rows where given."""

    area: str = "area"
    measure: str = "measure"
    day: str = "day"
    value: str = "value"
    measure_of_all: str = ""
    day_of_all: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """How many of something an area had on a day."""

    area: str
    measure: str
    day: date
    value: float

    @property
    def key(self) -> tuple[str, str, date]:
        """What it tells of."""
        return (self.area, self.measure, self.day)


def read(
    path: Path, areas: Collection[str], today: date, columns: Columns, *, empty: bool = False
) -> list[Fact]:
    """The facts of a file, all of them right; none at all only where `empty` is meant.

    `areas` are the codes of all areas in the layout in force. Raises BadRows with every fault,
    OSError where the file cannot be opened.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise whole("unreadable", f"{path.name} is not UTF-8: save it as such") from None
    reader = csv.DictReader(text.splitlines(), strict=True)
    faults: list[RowFault] = []
    facts: list[Fact] = []
    first: dict[tuple[str, str, date], int] = {}
    try:
        fixed = _fixed(list(reader.fieldnames or ()), columns)
        for number, cells in enumerate(reader, 1):
            row = {
                ours: fixed[ours] or (cells[getattr(columns, ours)] or "").strip() for ours in fixed
            }
            fact = _fact(number, row, columns, areas, today, faults)
            if fact is None:
                continue
            before = first.setdefault(fact.key, number)
            if before != number:
                reason = f"row {before} tells of the same area, measure and day"
                faults.append(RowFault("duplicate", number, columns.area, fact.area, reason))
            facts.append(fact)
    except csv.Error as error:
        raise whole("unreadable", f"{path.name} is not CSV: {error}") from error
    if faults:
        raise BadRows(faults)
    if not empty:
        not_empty(len(facts))
    return facts


def _fixed(there: list[str], columns: Columns) -> dict[str, str]:
    """What holds for all rows, empty where each row says it. Raises BadRows."""
    fixed = {
        "area": "", "measure": columns.measure_of_all, "day": columns.day_of_all, "value": "",
    }  # fmt: skip
    for ours, always in fixed.items():
        theirs = getattr(columns, ours)
        if not always and theirs not in there:
            raise whole("no_column", f"no such column; there are: {', '.join(there)}", theirs)
    return fixed


def _fact(
    number: int,
    row: dict[str, str],
    columns: Columns,
    areas: Collection[str],
    today: date,
    faults: list[RowFault],
) -> Fact | None:
    """The fact of a row; what is wrong with it goes to `faults`."""
    before = len(faults)

    def wrong(kind: str, ours: str, reason: str) -> None:
        faults.append(RowFault(kind, number, getattr(columns, ours), row[ours], reason))

    if row["area"] not in areas:
        wrong("unknown_area", "area", "is no area of the layout in force")
    if row["measure"] not in measures():
        wrong("unknown_measure", "measure", f"the measure is none of {', '.join(measures())}")
    day = None
    try:
        day = day_of(row["day"])
    except ValueError:
        wrong("bad_date", "day", "is no day (2026-01-31)")
    if day is not None and day > today:
        wrong("bad_date", "day", "is still to come")
    value = math.nan
    try:
        value = float(row["value"])
    except ValueError:
        wrong("bad_value", "value", "is no number")
    else:
        if not math.isfinite(value):
            wrong("bad_value", "value", "is no number")
        elif value < 0:
            wrong("bad_value", "value", "is below zero")
    if len(faults) > before or day is None:
        return None
    return Fact(row["area"], row["measure"], day, value)
