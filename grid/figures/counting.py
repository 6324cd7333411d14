"""Rows sorted into what counts, what hits and what is left out; the same with numpy and with SQL.

Each row gets one code for each way of counting: below zero it is left out, for the reason of that
place; else bits say whether it is a hit, raw and exempted. `AWAY` is a row that does not belong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from grid.figures.conditions import Bound, columns_in, meets
from grid.figures.facts import Call, CaseFacts, Held
from grid.figures.figure import Of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from grid.figures.figure import Counting

#: The row is none of these.
AWAY = -100
RAW, EXEMPTED = 1, 2


@dataclass(frozen=True, slots=True)
class Period:
    """From a moment until before another one, asked at `now`."""

    begins: datetime
    ends: datetime
    now: datetime

    @property
    def bounds(self) -> dict[Bound, datetime]:
        """The moments that conditions name."""
        return {Bound.NOW: self.now, Bound.END: min(self.ends, self.now)}


@dataclass(slots=True)
class Tally:
    """How many rows count, hit, and were left out by reason; and two sums."""

    counted: int = 0
    raw: int = 0
    exempted: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    above: float = 0.0
    below: float = 0.0

    def add(
        self, counting: Counting, code: int, n: int, above: float = 0.0, below: float = 0.0
    ) -> None:
        """Take in `n` rows of a code, and their sums."""
        if code == AWAY:
            return
        if code < 0:
            self.excluded[counting.excluded[-code - 1][0]] += n
            return
        self.counted += n
        self.raw += n if code & RAW else 0
        self.exempted += n if code & EXEMPTED else 0
        self.above += above
        self.below += below

    def join(self, other: Tally) -> None:
        """Take in what somebody else counted."""
        self.counted += other.counted
        self.raw += other.raw
        self.exempted += other.exempted
        self.excluded += other.excluded
        self.above += other.above
        self.below += other.below


def codes(
    counting: Counting, columns: Mapping[str, NDArray[Any]], period: Period, n: int
) -> NDArray[np.int8]:
    """The code of each of `n` rows; columns as `grid.figures.conditions.meets` wants them."""
    bounds = {bound: moment.timestamp() for bound, moment in period.bounds.items()}
    found = np.full(n, AWAY, dtype=np.int8)
    belongs = meets(counting.where, columns, bounds, n)
    if counting.moment:
        at = columns[counting.moment]
        belongs &= (at >= period.begins.timestamp()) & (at < period.ends.timestamp())
    hit = meets(counting.hit, columns, bounds, n)
    exempted = hit
    if counting.exempted is not None:
        exempted = meets(counting.exempted, columns, bounds, n)
    found[belongs] = (hit * RAW + exempted * EXEMPTED)[belongs]
    for place in range(len(counting.excluded), 0, -1):
        out = meets(counting.excluded[place - 1][1], columns, bounds, n)
        found[belongs & out] = -place
    return found


def tallies(
    counting: Counting,
    columns: Mapping[str, NDArray[Any]],
    groups: NDArray[Any],
    period: Period,
) -> dict[Any, Tally]:
    """What is counted for each value of `groups`, one for each row."""
    found = codes(counting, columns, period, len(groups))
    here = np.flatnonzero(found != AWAY)
    names, inverse = np.unique(groups[here], return_inverse=True)
    key = inverse.astype(np.int64) * 256 + found[here].astype(np.int64) + 128
    keys, where, n = np.unique(key, return_inverse=True, return_counts=True)
    sums: list[NDArray[Any]] = [np.zeros(len(keys)), np.zeros(len(keys))]
    if counting.sums is not None:
        for i, name in enumerate(counting.sums):
            sums[i] = np.bincount(where, np.nan_to_num(columns[name][here]), len(keys))
    made: dict[Any, Tally] = {}
    for i, one in enumerate(keys):
        tally = made.setdefault(names[one // 256], Tally())
        tally.add(counting, int(one % 256) - 128, int(n[i]), float(sums[0][i]), float(sums[1][i]))
    return made


# ── rows as columns ──────────────────────────────────────────────────────────────────────────

#: What a stage and a callback take over from their case.
SHARED = ("case_id", "number", "path", "category", "source", "size")
_ROWS: dict[Of, tuple[str, ...]] = {
    Of.CASE: CaseFacts._fields[:-2],
    Of.STAGE: (*SHARED, *Held._fields),
    Of.CALL: (*SHARED, *Call._fields, "department"),
}


def columns_of(of: Of, facts: Iterable[CaseFacts], names: Iterable[str]) -> dict[str, Any]:
    """The named columns of the cases, or of their stages or callbacks, for `codes`."""
    wanted = sorted(names)
    fields = _ROWS[of]
    places = [fields.index(name) for name in wanted]
    picked = [[row[i] for i in places] for row in _rows(of, facts)]
    columns = list(zip(*picked, strict=True)) if picked else [()] * len(wanted)
    return {name: _array(values) for name, values in zip(wanted, columns, strict=True)}


def _rows(of: Of, facts: Iterable[CaseFacts]) -> Iterable[tuple[Any, ...]]:
    for case in facts:
        if of is Of.CASE:
            yield case
            continue
        yield from stage_rows(case) if of is Of.STAGE else call_rows(case)


def stage_rows(case: CaseFacts) -> list[tuple[Any, ...]]:
    """The case's stages as rows of their own: `SHARED`, then the stage."""
    shared = (case.case_id, case.number, case.path, case.category, case.source, case.size)
    return [(*shared, *held) for held in case.held]


def call_rows(case: CaseFacts) -> list[tuple[Any, ...]]:
    """The case's callbacks as rows: `SHARED`, the callback, and the last handler's department."""
    shared = (case.case_id, case.number, case.path, case.category, case.source, case.size)
    return [(*shared, *call, case.department) for call in case.calls]


def _array(values: Sequence[Any]) -> NDArray[Any]:
    some = next((value for value in values if value is not None), None)
    if isinstance(some, str):
        return np.array([(value or "").encode() for value in values], dtype="S")
    if isinstance(some, datetime):
        return np.array([np.nan if v is None else v.timestamp() for v in values])
    if isinstance(some, bool):
        return np.array(values, dtype=bool)
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def columns_for(countings: Iterable[Counting]) -> set[str]:
    """The columns that these ways of counting read."""
    found: set[str] = set()
    for one in countings:
        for where in (one.where, one.hit, one.exempted or (), *(w for _, w in one.excluded)):
            found |= columns_in(where)
        found |= {one.moment} - {""}
        found |= set(one.sums or ())
    return found
