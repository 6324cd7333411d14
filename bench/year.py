"""A made-up year of hotline requests, in memory: decided, evolved, folded into facts, all figures.

Each case lives through a realistic life (`tests/lives.py`: the real category mix; filed, accepted,
handled, verified, called back, some late, sent back, extended or paused). All figures are counted
for each district and month, and for each community over the year.

    python -m bench.year [--cases 1500000] [--processes 2]
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from random import Random
from typing import Any

import numpy as np

from geo_data.policies import load_shipped
from grid.figures.answers import Variant, answer
from grid.figures.counting import Period, Tally, columns_for, columns_of, tallies
from grid.figures.figure import Of
from grid.figures.figures import FIGURES
from grid.figures.fold import facts_of
from grid.figures.periods import midnight, month, year
from tests import lives

_CHUNK = 2000
_YEAR = 2026

Totals = dict[tuple[str, str, bytes], Tally]


@dataclass
class Share:
    """What one process did: seconds by kind of work, of its own and in all, events, memory."""

    seconds: dict[str, float]
    cpu_s: float
    events: int
    peak_mb: float
    totals: Totals


def live_a_share(n: int, seed: int) -> Share:
    rng = Random(seed)
    policy = load_shipped("default")
    seconds: dict[str, float] = defaultdict(float)
    needed = {of: columns_for(f.counting for f in FIGURES if f.counting.of is of) for of in Of}
    kept: dict[Of, list[dict[str, Any]]] = {of: [] for of in Of}
    events = 0
    starts = np.sort(np.array([rng.random() for _ in range(n)])) * 365
    for begin in range(0, n, _CHUNK):
        clock = time.process_time()
        part = [
            lives.live(rng, begin + i, policy, lives.BEGIN + timedelta(days=float(start)))
            for i, start in enumerate(starts[begin : begin + _CHUNK])
        ]
        seconds["decide and evolve"] += time.process_time() - clock
        clock = time.process_time()
        facts = [facts_of(life.events) for life in part]
        seconds["facts"] += time.process_time() - clock
        events += sum(len(life.events) for life in part)
        clock = time.process_time()
        for of in Of:
            columns = columns_of(of, facts, needed[of] | {_place(of)})
            paths = columns.pop(_place(of))
            columns |= {"district": _codes(paths, 1), "community": _codes(paths, 3)}
            kept[of].append(columns)
        seconds["figures"] += time.process_time() - clock
        del part, facts
    clock = time.process_time()
    totals = _count({of: _joined(parts) for of, parts in kept.items()})
    seconds["figures"] += time.process_time() - clock
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Share(dict(seconds), time.process_time(), events, peak, totals)


def _place(of: Of) -> str:
    return "area" if of is Of.STAGE else "path"


def _codes(paths: np.ndarray, depth: int) -> np.ndarray:
    """The code at a depth of each path, empty where it does not reach so far."""
    split = [path.split(b"/") for path in paths.tolist()]
    return np.array([p[depth] if len(p) > depth + 1 else b"" for p in split], dtype="S12")


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _count(columns: dict[Of, dict[str, Any]]) -> Totals:
    end = midnight(date(_YEAR + 1, 3, 1))
    totals: Totals = {}
    months = [f"{_YEAR}-{number:02d}" for number in range(1, 13)]
    spans = [(name, "district", month(name)) for name in months]
    for name, level, span in [*spans, (str(_YEAR), "community", year(str(_YEAR)))]:
        period = Period(*span, end)
        for figure in FIGURES:
            rows = columns[figure.counting.of]
            for group, tally in tallies(figure.counting, rows, rows[level], period).items():
                totals[name, figure.name, bytes(group)] = tally
    return totals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1_500_000)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    begin = time.perf_counter()
    each = [args.cases // args.processes] * args.processes
    with ProcessPoolExecutor(args.processes, get_context("spawn")) as pool:
        shares = list(pool.map(live_a_share, each, range(args.processes)))
    whole: dict[str, Tally] = {}
    for share in shares:
        for (span, name, _), tally in share.totals.items():
            if span == str(_YEAR):
                whole.setdefault(name, Tally()).join(tally)
    took = time.perf_counter() - begin
    events = sum(share.events for share in shares)
    print(f"{sum(each):,} cases, {events:,} events, {args.processes} processes: {took:,.0f} s")
    for share in shares:
        spent = ", ".join(f"{name} {s:,.0f} s" for name, s in share.seconds.items())
        print(f"  {spent}; own work {share.cpu_s:,.0f} s, peak {share.peak_mb:,.0f} MB")
    for figure in FIGURES:
        one = answer(figure, whole.get(figure.name, Tally()), Variant.RAW)
        shown = "-" if one.value is None else f"{one.value:,.4g}"
        parts = f"{one.numerator:,.0f} / {one.denominator or 0:,.0f}"
        print(f"  {figure.name:<24} {shown:>12}  {parts}")


if __name__ == "__main__":
    main()
