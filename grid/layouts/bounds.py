"""The published bounds of a layout's figures, read from a sheet, and the verdicts by them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from grid.layouts.principles import MEASURES, Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_COLUMNS = ("measure", "group", "low", "high", "watch", "fail", "since", "source", "zh", "en")


class Verdict(StrEnum):
    """What a figure says of a layout, from good to bad; unknown where nothing can be said."""

    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - no password
    WATCH = "watch"
    FAIL = "fail"


VERDICTS: dict[Verdict, tuple[str, str]] = {
    Verdict.UNKNOWN: ("未判断", "not judged"),
    Verdict.PASS: ("达标", "pass"),
    Verdict.WATCH: ("关注", "watch"),
    Verdict.FAIL: ("不达标", "fail"),
}
_BADNESS = list(Verdict)


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound of one measure for one group of cells.

    `low` and `high` are what one cell should have, where the measure is of each cell (None: no
    end on that side). A figure beyond `watch` is looked after, beyond `fail` it fails; where
    `fail` is below `watch` the lower figure is the worse. `since` and `source` say from when on
    and whose it is.
    """

    measure: str
    group: Group
    low: float | None
    high: float | None
    watch: float
    fail: float
    since: date
    source: str
    zh: str
    en: str

    def verdict(self, value: float | None) -> Verdict:
        """What the bound says of a figure."""
        if value is None:
            return Verdict.UNKNOWN
        sign = -1.0 if self.fail < self.watch else 1.0
        if sign * value > sign * self.fail:
            return Verdict.FAIL
        return Verdict.WATCH if sign * value > sign * self.watch else Verdict.PASS

    def badness(self, values: Floats) -> Floats:
        """How bad each cell is: above 1 beyond the bound, 2 twice beyond it; unknown (NaN) is 0."""
        bad = np.zeros(len(values))
        if self.high is not None:
            over = values / self.high if self.high > 0.0 else values + (values > 0.0)
            bad = np.fmax(bad, over)
        if self.low is not None:
            with np.errstate(divide="ignore"):
                bad = np.fmax(bad, self.low / values)
        return np.nan_to_num(bad, nan=0.0, posinf=np.inf)


Bounds = dict[str, dict[Group, Bound]]


def read(text: str) -> Bounds:
    """The bounds of a sheet (CSV), by measure and group.

    Raises ValueError that names the line for what cannot be understood: columns that are missing,
    measures and groups that there are not, numbers that are none, ends that cross.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"line 1: there is no column {missing[0]}; it takes {','.join(_COLUMNS)}")
    found: Bounds = {}
    for line, row in enumerate(rows, 2):
        try:
            bound = _bound(row)
        except ValueError as error:
            raise ValueError(f"line {line}: {error}") from error
        if bound.group in found.setdefault(bound.measure, {}):
            raise ValueError(f"line {line}: {bound.measure}, {bound.group} is bounded twice")
        found[bound.measure][bound.group] = bound
    return found


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; unknown only where nothing else is."""
    return max(verdicts, key=_BADNESS.index, default=Verdict.UNKNOWN)


def _bound(row: Mapping[str, str | None]) -> Bound:
    cells = {column: (row[column] or "").strip() for column in _COLUMNS}
    measure = MEASURES.get(cells["measure"])
    if measure is None:
        raise ValueError(f"there is no measure {cells['measure']!r}; {', '.join(MEASURES)}")
    low, high, watch, fail = (_number(cells, name) for name in ("low", "high", "watch", "fail"))
    if watch is None or fail is None:
        raise ValueError("watch and fail are needed")
    if not measure.each and (low is not None or high is not None):
        raise ValueError(f"{measure.name} is not of each cell, and takes no low and no high")
    if measure.each and low is None and high is None:
        raise ValueError(f"{measure.name} is of each cell, and needs low or high")
    if low is not None and high is not None and low > high:
        raise ValueError(f"low {low:g} lies above high {high:g}")
    return Bound(
        measure.name, Group(cells["group"]), low, high, watch, fail,
        date.fromisoformat(cells["since"]), cells["source"], cells["zh"], cells["en"],
    )  # fmt: skip


def _number(cells: Mapping[str, str], name: str) -> float | None:
    text = cells[name]
    if not text:
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError(f"{name} {text!r} is no number") from error
    if not 0.0 <= number < np.inf:
        raise ValueError(f"{name} {text!r} is no number from 0 on")
    return number
