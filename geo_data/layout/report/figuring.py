"""From measured cells to figures with verdicts, and to the worst cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from grid.layouts.bounds import Verdict
from grid.layouts.principles import Group
from grid.layouts.report import Figure, Worst

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_data.layout.report.cells import Cells
    from grid.layouts.bounds import Bounds

    Floats = NDArray[np.float64]

#: So many of the worst cells are named.
WORST = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of n cells: values (NaN: unknown) and how bad each is (above 1: beyond)."""

    measure: str
    values: Floats
    badness: Floats


def of_each(
    measure: str,
    values: Floats,
    cells: Cells,
    bounds: Bounds,
    *,
    unjudged: str = "",
    relative: bool = False,
) -> tuple[list[Figure], Measured]:
    """The figures of a measure of each cell, one for every group that has a bound or cells.

    With `unjudged` (a key of REASONS) nothing is judged, and that is why. `relative` bounds are
    times the median of the group.
    """
    own = bounds.get(measure, {})
    groups = [Group.ALL] if Group.ALL in own or not own else cells.groups()
    badness, figures = np.zeros(len(cells)), []
    for group in groups:
        within = np.full(len(cells), True) if group is Group.ALL else cells.group == group
        known = within & ~np.isnan(values)
        some, bound = values[known], own.get(group)
        if not len(some):
            reason = unjudged or "nothing"
            figures.append(Figure(measure, group, None, bound, reason=reason, known=0))
            continue
        middle = float(np.median(some))
        judged = bound is not None and not unjudged and not (relative and middle <= 0.0)
        if bound is not None and judged:
            bad = bound.badness(some / middle if relative else some)
            beyond: int | None = int(np.count_nonzero(bad > 1.0))
        else:
            bad, beyond = some / (some.max() or 1.0), None
        badness[known] = bad
        value = None if beyond is None else beyond / len(some)
        reason = "" if judged else unjudged or ("no_bound" if bound is None else "median_zero")
        figures.append(
            Figure(
                measure, group, value, bound,
                bound.verdict(value) if bound is not None else Verdict.UNKNOWN, reason,
                known=len(some), of=int(np.count_nonzero(within)), beyond=beyond,
                least=float(some.min()), median=middle, most=float(some.max()),
            )
        )  # fmt: skip
    return figures, Measured(measure, values, badness)


def single(
    measure: str,
    value: float | None,
    bounds: Bounds,
    *,
    group: Group = Group.ALL,
    reason: str = "",
) -> Figure:
    """A figure that is not of each cell; with a reason it is not judged."""
    bound = bounds.get(measure, {}).get(group)
    if bound is None:
        return Figure(measure, group, value, None, reason=reason or "no_bound")
    verdict = Verdict.UNKNOWN if reason else bound.verdict(value)
    return Figure(measure, group, value, bound, verdict, reason)


def worst(cells: Cells, measured: Sequence[Measured]) -> tuple[Worst, ...]:
    """The worst cells by any of the measures, the very worst first; good ones are none."""
    if not measured or not len(cells):
        return ()
    badness = np.array([one.badness for one in measured])
    most = badness.max(axis=0)
    order = np.lexsort((cells.code, -most))[:WORST]
    return tuple(
        Worst(
            code=str(cells.code[i]),
            name=str(cells.name[i]),
            place=str(cells.place[i]),
            path=str(cells.path[i]),
            lon=_or_none(cells.lon[i]),
            lat=_or_none(cells.lat[i]),
            measure=measured[by].measure,
            value=float(measured[by].values[i]),
            beyond=bool(most[i] > 1.0),
        )
        for i in order
        if most[i] > 0.0
        for by in [int(np.argmax(badness[:, i]))]
    )


def _or_none(degrees: float) -> float | None:
    return float(degrees) if np.isfinite(degrees) else None
