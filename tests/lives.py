"""Made-up lives of cases, as they go: most are handled in time, some late, some come back.

The category mix is the real one of the reports that ship (New Haven 2014, by our categories).
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from geo_data.policies import load_shipped
from grid.cases import commands as c
from grid.cases.case import AskKind
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.errors import Rejected
from grid.ids import time_ordered
from grid.model import Level, Place, Source, Stage, Status, path_at
from grid.principal import RULES, Principal, Role
from grid.reports.report import Report
from tests import city

if TYPE_CHECKING:
    from grid.cases.case import Case
    from grid.cases.events import Event
    from grid.policy.policy import Policy

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CELLS = city.City(across=114)  # 12,996 cells, as many as Weifang has


@cache
def mix() -> tuple[list[str], list[int]]:
    """Categories and how often each comes."""
    folder = files("geo_data").joinpath("data", "reports")
    text = folder.joinpath("newhaven_categories.csv").read_text(encoding="utf-8")
    ours = dict(row[:2] for row in csv.reader(text.splitlines()[1:]) if row[1:2] and row[1])
    raw = gzip.decompress(folder.joinpath("newhaven_2014.csv.gz").read_bytes()).decode()
    policy = load_shipped("default")
    found = Counter(
        ours[row["category"]]
        for row in csv.DictReader(raw.splitlines())
        if row["category"] in ours and ours[row["category"]] in policy.categories
    )
    return list(found), list(found.values())


@dataclass
class Life:
    """One case on its way; `events` is its history."""

    rng: Random
    policy: Policy
    now: datetime
    events: list[Event] = field(default_factory=list)
    case: Case | None = None
    steps: list[Case] = field(default_factory=list)

    def file(
        self, number: int, *, source: Source = Source.HOTLINE, cells: city.City = CELLS
    ) -> None:
        rng = self.rng
        x, y = rng.randrange(cells.across), rng.randrange(cells.across)
        lon, lat = cells.middle(x, y)
        names, weights = mix()
        report = Report(
            id=str(UUID(int=rng.getrandbits(128), version=4)),
            category=rng.choices(names, weights)[0],
            lon=lon,
            lat=lat,
            observed_at=self.now,
            source=source,
            received_at=self.now,
            sender=f"key:{source}" if source is Source.HOTLINE else f"key:w{cells.code(x, y)}",
        )
        known = Known(
            case_id=time_ordered(self.now, rng.getrandbits(74)),
            number=f"{self.now.year}-{number:07d}",
            place=Place(cells.path(x, y), cells.code(x, y), 1, lon, lat, 1.0, None, snapped=False),
        )
        self.do(c.File(by=RULES, report=report), known)

    def do(self, command: c.Command, known: Known = Known()) -> bool:  # noqa: B008 - frozen
        """Give a command; False where it is refused."""
        try:
            events, steps = apply(self.case, command, known, self.now, self.policy)
        except Rejected:
            return False
        self.events += events
        self.steps += steps
        self.case = steps[-1]
        return True

    def wait(self, stage: Stage, late: float = 0.06) -> None:
        """Until somebody gets to it: within the limit as a rule, sometimes after it."""
        assert self.case is not None
        deadline = self.case.deadline(stage)
        if deadline is None:
            self.now += timedelta(minutes=self.rng.randint(5, 90))
            return
        share = self.rng.betavariate(2, 3) * 0.95
        if self.rng.random() < late:
            share = 1 + self.rng.expovariate(2)
        due = deadline.since + (deadline.due - deadline.since) * share
        self.now = max(self.now + timedelta(minutes=1), due)

    def handler(self) -> Principal:
        """Somebody of the unit that works."""
        assert self.case is not None
        unit = self.case.charge.handler
        if unit.kind == "team":
            return self.worker("a")
        department = unit.code
        return Principal(f"key:{department or unit.kind}", Role.STAFF, unit.area, "", department)

    def worker(self, which: str) -> Principal:
        assert self.case is not None
        path = self.case.place.path
        return Principal(f"key:w{path.split('/')[-2]}{which}", Role.WORKER, path)

    def community(self) -> Principal:
        assert self.case is not None
        area = path_at(self.case.place.path, Level.COMMUNITY)
        return Principal(f"key:clerk{area}", Role.STAFF, area)

    def district(self) -> Principal:
        assert self.case is not None
        area = path_at(self.case.place.path, Level.DISTRICT)
        return Principal(f"key:operator{area}", Role.OPERATOR, area)


_ADMIN = Principal("key:admin", Role.ADMIN, "3707/")
_HOTLINE = Principal("key:hotline", Role.HOTLINE, "3707/")


def live(rng: Random, number: int, policy: Policy, at: datetime, **said: Any) -> Life:
    """One whole life, of a report received at `at`."""
    life = Life(rng, policy, at)
    life.file(number, **said)
    case = life.case
    assert case is not None
    fate = rng.random()
    if case.status is Status.RECEIVED:
        life.now += timedelta(minutes=rng.randint(5, 100))
        life.do(c.Admit(by=life.worker("a")))
    if fate < 0.03:
        life.now += timedelta(hours=1)
        life.do(c.Decline(by=life.district(), reason="no_competence", note="d"))
        return life
    if fate < 0.04:
        return life  # left alone
    if case.charge.handler.kind == "team" and fate < 0.7:
        life.wait(Stage.RESOLVE)
        evidence = frozenset({"after_photo", "note", "party_confirms"})
        life.do(c.Settle(by=life.worker("a"), evidence=evidence), Known(lot=rng.random()))
        if life.case is not None and life.case.status is Status.HANDLED:
            life.wait(Stage.VERIFY)
            life.do(c.Verify(by=life.community(), passed=rng.random() > 0.1))
        verified = life.case is not None and life.case.status is Status.VERIFIED
        if verified and not _called(life):
            _work(life)
    else:
        _through(life, fate)
    return life


def _through(life: Life, fate: float) -> None:
    rng = life.rng
    life.wait(Stage.ACCEPT)
    if fate > 0.97 and life.do(c.Return(by=life.handler(), note="n")):
        life.now += timedelta(minutes=30)
        life.do(c.Answer(by=life.district(), ask=AskKind.RETURN, granted=True))
        life.do(c.Dispatch(by=life.district(), department="roads"))
        life.wait(Stage.ACCEPT)
    life.do(c.Accept(by=life.handler()))
    if rng.random() < 0.5:
        life.now += timedelta(minutes=20)
        life.do(c.Contact(by=life.handler()))
    if fate > 0.94:
        _more_time(life, fate)
    _work(life)


def _work(life: Life) -> None:
    """Handled, verified and called back, until everybody is content or it was enough."""
    rng = life.rng
    for _ in range(3):
        life.wait(Stage.RESOLVE, 0.1)
        if not life.do(c.Handle(by=life.handler(), evidence=frozenset({"after_photo"}))):
            return
        life.wait(Stage.VERIFY)
        passed = rng.random() > 0.05
        if not life.do(c.Verify(by=life.worker("b"), passed=passed)):
            return
        if passed and _called(life):
            return


def _more_time(life: Life, fate: float) -> None:
    """An extension, or a stop of the clocks."""
    case = life.case
    assert case is not None
    due = case.deadline(Stage.RESOLVE)
    if due is None:
        return
    until = max(due.due, life.now) + timedelta(days=2)
    if fate > 0.955:
        asked = life.do(c.Extend(by=life.handler(), until=until, note="n"))
        kind = AskKind.EXTENSION
    else:
        asked = life.do(c.AskPause(by=life.handler(), until=until, note="n"))
        kind = AskKind.PAUSE
    life.now += timedelta(minutes=20)
    if asked and life.do(c.Answer(by=_ADMIN, ask=kind, granted=life.rng.random() < 0.8)):
        life.now += timedelta(hours=5)
        life.do(c.Resume(by=_ADMIN))


def _called(life: Life) -> bool:
    """True when it is over."""
    case = life.case
    assert case is not None
    for _ in range(4):
        if case.status is not Status.VERIFIED:
            return True
        life.wait(Stage.CALLBACK)
        reached = life.rng.random() < 0.9
        satisfied = life.rng.random() < 0.9
        said = {
            "solved": satisfied,
            "satisfied": satisfied,
            "reason": "" if satisfied else "too_slow",
        }
        life.do(c.CallBack(by=_HOTLINE, reached=reached, **(said if reached else {})))
        case = life.case
        assert case is not None
        if case.status is Status.WORKING:
            return False
    return True


def lives(n: int, seed: int = 0, days: float = 365, **said: Any) -> list[Life]:
    """`n` lives that begin within so many days, by their beginning."""
    rng = Random(seed)
    policy = load_shipped("default")
    starts = sorted(rng.random() * days for _ in range(n))
    return [
        live(rng, number, policy, BEGIN + timedelta(days=start), **said)
        for number, start in enumerate(starts, 1)
    ]
