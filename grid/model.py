"""The case and its parts, as small frozen values.

A case is the fold of its events. Its parts are nested and small, because an event usually changes
one of them: replacing a flat value of 25 fields costs seven times what replacing four does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - slots dataclasses keep it inspectable
from enum import StrEnum


class Level(StrEnum):
    """A level of areas, from the cell (`grid`) up to the city."""

    GRID = "grid"
    COMMUNITY = "community"
    STREET = "street"
    DISTRICT = "district"
    CITY = "city"

    @property
    def rank(self) -> int:
        """0 for the cell, 4 for the city."""
        return _RANK[self]


_RANK = {level: rank for rank, level in enumerate(Level)}

#: The levels in the order in which a path names them: city first, cell last.
PATH_ORDER: tuple[Level, ...] = tuple(reversed(Level))


class Size(StrEnum):
    """How big a matter is; decided by the decision table."""

    SMALL = "small"
    BIG = "big"
    MAJOR = "major"
    EMERGENCY = "emergency"


class Source(StrEnum):
    """Where a report comes from."""

    WORKER = "worker"
    INSPECTOR = "inspector"
    HOTLINE = "hotline"
    CITIZEN = "citizen"
    ENTERPRISE = "enterprise"
    DEPARTMENT = "department"
    SUPERIOR = "superior"
    MEDIA = "media"
    VIDEO = "video"
    SENSOR = "sensor"
    TASK = "task"


#: The house's own people: believed without a check, and what they say they settled is settled.
OWN_SOURCES = frozenset({Source.WORKER, Source.INSPECTOR, Source.TASK})


class Status(StrEnum):
    """Where a case stands. What may follow what is in `grid.cases.transitions`."""

    OPEN = "open"  # waits for its handler
    WORKING = "working"
    HANDLED = "handled"  # waits for verification
    CLOSED = "closed"
    MERGED = "merged"  # goes on under its parent

    @property
    def live(self) -> bool:
        """True while somebody still has to do something."""
        return self in _LIVE


_LIVE = frozenset({Status.OPEN, Status.WORKING, Status.HANDLED})


class Stage(StrEnum):
    """What a deadline is for. `promise` is the citizen's; all others bind one handler or level."""

    PROMISE = "promise"
    ACCEPT = "accept"
    RESOLVE = "resolve"
    VERIFY = "verify"
    ASSIGN = "assign"  # a level that a late case rose to has this long to give it to someone


@dataclass(frozen=True, slots=True)
class Place:
    """Where the matter is.

    `path` is the chain of area codes from the city to the cell, each followed by a slash;
    `layout` the version of the cells it was assigned under. `cell` is None for a position outside
    every cell: then `path` ends at the city. `runner_up`, `confidence` (0–1), `distance_m` (to
    the nearest border) and `snapped` say how sure the assignment is.
    """

    path: str
    cell: str | None
    layout: int
    lon: float
    lat: float
    confidence: float
    runner_up: str | None
    snapped: bool


@dataclass(frozen=True, slots=True)
class Matter:
    """What it is about: category (`kind.class.item`), condition row, size and the rule behind it.

    `profile` names the limits that hold (empty: the category's own).
    """

    category: str
    condition: str | None
    size: Size
    rule: str
    profile: str
    source: Source
    policy: str


@dataclass(frozen=True, slots=True)
class Unit:
    """Who works: a cell's team, a community, a district's centre or a department.

    `kind` is `team`, `community`, `street`, `district`, `city` or `department`; `area` the path of
    the area it works for; `code` the department's code, else empty.
    """

    kind: str
    area: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """Who answers (level in charge, its area's path) and who works (handler): two things.

    Escalation moves the level in charge; the handler stays bound until somebody takes over.
    `first` is the first receiver: the unit that first accepted, the citizen's contact to the end.
    """

    level: Level
    area: str
    handler: Unit
    first: Unit | None = None
    handled_by: str | None = None  # principal that handled it: somebody else verifies


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline: what for, running since, yellow from `warn`, red from `due`.

    `missed` is set by the event that dealt with the miss, so that it is dealt with once.
    """

    stage: Stage
    since: datetime
    warn: datetime
    due: datetime
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted on a case."""

    version: int = 0  # number of its last event
    relevant: int = 0  # number of its last event that changed status, charge, handler or cell
    rework: int = 0
    escalations: int = 0
    supervisions: int = 0
    reports: int = 1
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A case, whole. `deadlines` holds the running ones, the promise first."""

    id: str
    number: str
    status: Status
    matter: Matter
    place: Place
    charge: Charge
    deadlines: tuple[Deadline, ...]
    tally: Tally
    parent: str | None = None

    @property
    def next_tick(self) -> datetime | None:
        """The earliest deadline whose miss nobody has dealt with yet; None when nothing waits."""
        waiting = [d.due for d in self.deadlines if not d.missed]
        return min(waiting) if waiting and self.status.live else None

    def deadline(self, stage: Stage) -> Deadline | None:
        """The running deadline of that stage, if there is one."""
        return next((d for d in self.deadlines if d.stage is stage), None)


def path_at(path: str, level: Level) -> str:
    """The part of a path down to `level`; the whole path where it does not reach so far.

    >>> path_at("3707/370705/370705001/370705001001/370705001001001/", Level.DISTRICT)
    '3707/370705/'
    """
    depth = PATH_ORDER.index(level) + 1
    codes = path.split("/")[:-1]
    return "/".join(codes[:depth]) + "/"


def level_of(path: str) -> Level:
    """The level of the area at the end of a path."""
    return PATH_ORDER[path.count("/") - 1]


def common_path(paths: list[str]) -> str:
    """The lowest common ancestor's path of several paths.

    >>> common_path(["a/b/c/", "a/b/d/"])
    'a/b/'
    """
    split = [p.split("/")[:-1] for p in paths]
    shared = []
    for codes in zip(*split, strict=False):
        if len(set(codes)) > 1:
            break
        shared.append(codes[0])
    return "/".join(shared) + "/" if shared else ""
