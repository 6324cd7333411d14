"""Commands a second through `apply` (decide and evolve) on one core, without encoding.

Whole lives of cases, file → accept → handle → verify, in batches of 500 as a worker has them, with
its settings of the garbage collector; a finished batch is dropped. Categories and times are those
of a year of real requests (geo_data/data/reports), read as UTC, which puts the busiest hour at
13:00 in China; who reported and in which cell is made up. Every command comes within its limit, in
work hours where that can be.

Beside it, in the same run and on the very same commands, the same rules in a general library
(`bench.general_machine`): once with the deadlines, which both count by the policy's functions, and
once with deadlines that nobody counts, so that only the machines are left. Both must end in the
same states with the same deadlines. Rates count the process's own seconds, so that others at work
on the machine change them little.

python -m bench.engine [--passes N]
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_data.policies import load_shipped
from grid.cases import commands as c
from grid.cases.decide import apply
from grid.cases.known import NOTHING, Known
from grid.garbage import collect_seldom
from grid.model import Deadline, Level, Place, Source, Stage, Status, path_at
from grid.policy.policy import Policy
from grid.principal import RULES, Principal, Role
from grid.reports.report import Report
from ingest.files import BadRow, Columns, ReportFile, read_categories
from tests import city
from wangge.replay import SHIPPED_CATEGORIES, SHIPPED_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grid.cases.case import Case
    from grid.model import Unit

try:
    from bench.general_machine import Filed, machine
except ModuleNotFoundError as missing:
    if missing.name != "transitions":
        raise
    sys.exit("the library to compare with is missing: `pip install transitions`, or `make venv`")

BATCH = 500
CELLS = city.City(across=114)  # 12,996 cells, as many as Weifang has
NAMES = ("file", "accept", "handle", "verify")
SOURCES = {Source.WORKER: 55, Source.CITIZEN: 25, Source.HOTLINE: 15, Source.ENTERPRISE: 5}


class Step(NamedTuple):
    """One command of a life, with what is known and when it comes."""

    command: c.Command
    known: Known
    now: datetime


class Uncounted(Policy):
    """The policy, but for deadlines: always the same ones, which nobody counts."""

    def at_filing(self, *_: Any, **__: Any) -> tuple[Deadline, ...]:
        return _FAR

    def deadline(self, stage: Stage, *_: Any, **__: Any) -> Deadline:
        return _FAR_BY_STAGE[stage]


_END = datetime(2100, 1, 1, tzinfo=UTC)
_FAR_BY_STAGE = {stage: Deadline(stage, _END, _END, _END) for stage in Stage}
_FAR = tuple(_FAR_BY_STAGE[s] for s in (Stage.PROMISE, Stage.ACCEPT, Stage.RESOLVE))


def reports(dice: Random) -> Iterator[tuple[Report, Place]]:
    """A year of requests in their order, each in some cell."""
    table = read_categories(SHIPPED_CATEGORIES)
    file = ReportFile(SHIPPED_FILE, Columns(), table, UTC)  # type: ignore[arg-type]
    for record in file.records():
        assert not isinstance(record, BadRow)
        x, y = dice.randrange(CELLS.across), dice.randrange(CELLS.across)
        lon, lat = CELLS.middle(x, y)
        at = record.at + timedelta(seconds=dice.randrange(60))  # the file has whole minutes
        report = Report(
            id=f"{record.id}-{dice.random()}",
            category=record.category,
            lon=lon,
            lat=lat,
            observed_at=at - timedelta(seconds=dice.randrange(5, 600)),
            source=dice.choices([*SOURCES], [*SOURCES.values()])[0],
            received_at=at,
            sender="key:sender",
            severity=dice.choice((None, None, 1, 2)),
        )
        yield report, Place(CELLS.path(x, y), CELLS.code(x, y), 1, lon, lat, 0.9, None, False)


@cache
def somebody(kind: str, area: str, code: str, n: int) -> Principal:
    """The `n`-th person of a unit."""
    role = Role.WORKER if kind == "team" else Role.STAFF
    return Principal(f"key:{kind}-{area}-{code}-{n}", role, area, department=code)


def of(unit: Unit) -> Principal:
    return somebody(unit.kind, unit.area, unit.code, 1)


def within(case: Case, dice: Random, policy: Policy) -> datetime:
    """A moment before the case's next deadline, in work hours where that can be."""
    begin, end = case.tally.last_at, case.next_tick
    assert begin is not None
    assert end is not None
    moment = begin + (end - begin) * dice.uniform(0.05, 0.9)
    at_work = policy.calendar.next_work_time(moment)
    return at_work if at_work < end else moment


def lives(made: list[tuple[Report, Place]], dice: Random, policy: Policy) -> list[list[Step]]:
    """For each of the four commands, the steps of all lives."""
    rows = []
    for n, (report, place) in enumerate(made):
        known = Known(case_id=report.id, number=f"2014-{n:07d}", place=place)
        arrived = report.received_at + timedelta(seconds=dice.uniform(0.1, 2))
        life = [Step(c.File(by=RULES, report=report), known, arrived)]
        case = play(None, life[0], policy)
        for name in NAMES[1:]:
            seen, now = case.tally.version, within(case, dice, policy)
            command: c.Command
            if name == "accept":
                command = c.Accept(by=of(case.charge.handler), version=seen)
            elif name == "handle":
                command = c.Handle(by=of(case.charge.handler), version=seen)
            else:
                checker = somebody("team", path_at(case.place.path, Level.GRID), "", 2)
                command = c.Verify(by=checker, version=seen, passed=True)
            life.append(Step(command, NOTHING, now))
            case = play(case, life[-1], policy)
        rows.append(life)
    return [list(column) for column in zip(*rows, strict=True)]


def play(case: Case | None, step: Step, policy: Policy) -> Case:
    return apply(case, step.command, step.known, step.now, policy)[1][-1]


class Stopwatch:
    """Own seconds by command."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(NAMES, 0.0)
        self.done = 0

    def line(self) -> list[float]:
        """Commands a second: each command's, and over all."""
        each = [self.done / self.spent[name] for name in NAMES]
        return [*each, len(NAMES) * self.done / sum(self.spent.values())]


def ours(columns: list[list[Step]], policy: Policy, watch: Stopwatch) -> list[Case]:
    """The cases at the end of their lives in the engine."""
    gc.collect(1)  # what others left is not this one's to clear up
    before: list[Case | None] = [None] * len(columns[0])
    kept = []  # events and states stay until the batch is written, as in a worker
    for name, steps in zip(NAMES, columns, strict=True):
        began = time.process_time()
        made = [
            apply(case, command, known, now, policy)
            for case, (command, known, now) in zip(before, steps, strict=True)
        ]
        watch.spent[name] += time.process_time() - began
        kept.append(made)
        before = [states[-1] for _, states in made]
    watch.done += len(before)
    return [case for case in before if case is not None]


def theirs(
    columns: list[list[Step]], policy: Policy, watch: Stopwatch, events: dict[str, Any]
) -> list[Filed]:
    """The same in the library, by its events, without methods put on each object."""
    gc.collect(1)
    cases: list[Filed] = []
    for name, steps in zip(NAMES, columns, strict=True):
        began = time.process_time()
        trigger = events[name].trigger
        if not cases:
            cases = [Filed(policy) for _ in steps]
        for case, (command, known, now) in zip(cases, steps, strict=True):
            if not trigger(case, command.by, command, known, now):
                raise RuntimeError(f"{name} was refused")
        watch.spent[name] += time.process_time() - began
    watch.done += len(cases)
    return cases


def by_the_manual(columns: list[list[Step]], policy: Policy, watch: Stopwatch, whole: Any) -> None:
    """The same in the library as its manual has it: each object is given its own methods."""
    gc.collect(1)
    cases = [Filed(policy) for _ in columns[0]]
    began = time.process_time()
    for case in cases:
        whole.add_model(case, initial="none")
    watch.spent["file"] += time.process_time() - began
    for name, steps in zip(NAMES, columns, strict=True):
        began = time.process_time()
        for case, (command, known, now) in zip(cases, steps, strict=True):
            getattr(case, name)(command.by, command, known, now)
        watch.spent[name] += time.process_time() - began
    whole.models.clear()
    watch.done += len(cases)


def compare(one: list[Case], other: list[Filed]) -> None:
    """Both must have come to the same."""
    for case, theirs_ in zip(one, other, strict=True):
        assert theirs_.state == case.status.value, (theirs_.state, case)
        assert theirs_.deadlines == case.deadlines, (theirs_.deadlines, case.deadlines)
        assert theirs_.charge == case.charge, (theirs_.charge, case.charge)
        assert theirs_.version == case.tally.version
        assert case.status in (Status.CLOSED, Status.VERIFIED)


def main(passes: int) -> None:
    policy, dice, whole = load_shipped("default"), Random(1), machine()
    uncounted = Uncounted(**{f.name: getattr(policy, f.name) for f in fields(Policy)})
    watches = {
        ("wangge", "deadlines counted"): Stopwatch(),
        ("transitions", "deadlines counted"): Stopwatch(),
        ("wangge", "machine alone"): Stopwatch(),
        ("transitions", "machine alone"): Stopwatch(),
        ("transitions, by its manual", "machine alone"): Stopwatch(),
    }
    counted, their, alone, their_alone, manual = watches.values()
    collect_seldom()
    for _ in range(passes):
        year = list(reports(dice))
        for begin in range(0, len(year), BATCH):
            columns = lives(year[begin : begin + BATCH], dice, policy)
            for rules, mine, library in (
                (policy, counted, their),
                (uncounted, alone, their_alone),
            ):
                compare(ours(columns, rules, mine), theirs(columns, rules, library, whole.events))
            by_the_manual(columns, uncounted, manual, whole)
    print(f"{counted.done:,} lives of {len(NAMES)} commands, batches of {BATCH}; commands a second")
    print(f"{'':<46}" + "".join(f"{name:>10}" for name in (*NAMES, "all")))
    for (who, what), watch in watches.items():
        rates = "".join(f"{rate:>10,.0f}" for rate in watch.line())
        print(f"{who + ', ' + what:<46}{rates}")
    for what, one, other in (
        ("deadlines counted", counted, their),
        ("machine alone", alone, their_alone),
    ):
        print(f"wangge to transitions, {what}: {one.line()[-1] / other.line()[-1]:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passes", type=int, default=4, help="how often the year is gone through")
    main(parser.parse_args().passes)
