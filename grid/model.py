"""The words and values that everything is made of: levels, sizes, statuses, stages, places, units.

The case itself is in `grid.cases.case`.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - slots dataclasses keep it inspectable
from enum import StrEnum

from grid.values import value


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
_DEPTH = {level: depth for depth, level in enumerate(PATH_ORDER, start=1)}


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

    RECEIVED = "received"  # waits for the check before filing
    OPEN = "open"  # waits for its handler
    WORKING = "working"
    HANDLED = "handled"  # waits for review and verification
    VERIFIED = "verified"  # waits for the callback
    CLOSED = "closed"
    DECLINED = "declined"  # not taken up, with a reply
    WITHDRAWN = "withdrawn"  # by who reported it
    MERGED = "merged"  # goes on under its parent
    VOID = "void"

    @property
    def live(self) -> bool:
        """True while somebody still has to do something."""
        return self in LIVE


LIVE = frozenset({Status.RECEIVED, Status.OPEN, Status.WORKING, Status.HANDLED, Status.VERIFIED})


class Stage(StrEnum):
    """What a deadline is for. `promise` is the citizen's; all others bind one handler or level."""

    PROMISE = "promise"
    CHECK = "check"  # a look by the cell's worker before filing
    ACCEPT = "accept"
    CONTACT = "contact"  # the reporter called, or the place seen
    OPINION = "opinion"  # what the handler means to do
    REPORT_IN = "report_in"  # a whistled department is there
    RESOLVE = "resolve"
    REVIEW = "review"
    VERIFY = "verify"
    CALLBACK = "callback"
    FEEDBACK = "feedback"  # the handler's answer to a supervision
    ASSIGN = "assign"  # a level that a late case rose to has this long to give it to someone
    ANSWER = "answer"  # who was asked for a return, an extension, a pause
    TELL = "tell"  # an emergency told upward by phone
    WRITE = "write"  # and in writing


@value
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


@value
class Matter:
    """What it is about: category (`kind.class.item`), condition row, size and the rule behind it.

    `profile` names the limits that hold (empty: the category's own). What the report said of its
    gravity (`severity` 1-4, households `affected`, people `injured`, `money` in yuan, `off_hours`)
    stays with it, so that it can be decided again.
    """

    category: str
    condition: str | None
    size: Size
    rule: str
    profile: str
    source: Source
    policy: str
    severity: int | None = None
    affected: int = 0
    injured: int = 0
    money: float = 0.0
    off_hours: bool = False

    def decided(self, size: Size, rule: str, profile: str, policy: str) -> Matter:
        """The same after the table of that policy has decided about it."""
        return Matter(
            self.category,
            self.condition,
            size,
            rule,
            profile,
            self.source,
            policy,
            self.severity,
            self.affected,
            self.injured,
            self.money,
            self.off_hours,
        )


@value
class Unit:
    """Who works: a cell's team, a community, a district's centre or a department.

    `kind` is `team`, `community`, `street`, `district`, `city` or `department`; `area` the path of
    the area it works for; `code` the department's code, else empty; `person` the principal of the
    one who has it in hand, where somebody has.
    """

    kind: str
    area: str
    code: str = ""
    person: str = ""

    def same(self, other: Unit) -> bool:
        """True for the same unit, whoever has it in hand there."""
        return (self.kind, self.area, self.code) == (other.kind, other.area, other.code)


@value
class Charge:
    """Who answers (level in charge, its area's path) and who works (handler): two things.

    Escalation moves the level in charge; the handler stays bound until somebody takes over.
    `first` is the first receiver: the unit that first accepted, the citizen's contact to the end.
    `since` is when the handler got it (None: at filing); `ruled` says that a ruling named it, so
    that it cannot be returned any more.
    """

    level: Level
    area: str
    handler: Unit
    first: Unit | None = None
    handled_by: str | None = None  # principal that handled it: somebody else verifies
    since: datetime | None = None
    ruled: bool = False

    def held_by(self, handler: Unit, first: Unit | None) -> Charge:
        """The same with this handler (or person of it) and first receiver."""
        return Charge(
            self.level, self.area, handler, first, self.handled_by, self.since, self.ruled
        )

    def finished_by(self, principal: str | None) -> Charge:
        """The same with who handled it; None where it goes back to work."""
        return Charge(
            self.level, self.area, self.handler, self.first, principal, self.since, self.ruled
        )


@value
class Deadline:
    """One deadline: what for, running since, yellow from `warn`, red from `due`.

    `missed` is set by the event that dealt with the miss, so that it is dealt with once. `nonstop`
    clocks run through nights and holidays. `who` tells several of one stage apart: a department's
    code, the kind of a request, the number of a supervision.
    """

    stage: Stage
    since: datetime
    warn: datetime
    due: datetime
    missed: bool = False
    nonstop: bool = False
    who: str = ""


def path_at(path: str, level: Level) -> str:
    """The part of a path down to `level`; the whole path where it does not reach so far.

    >>> path_at("3707/370705/370705001/370705001001/370705001001001/", Level.DISTRICT)
    '3707/370705/'
    """
    depth = _DEPTH[level]
    codes = path.split("/", depth)
    return "/".join(codes[:depth]) + "/" if len(codes) > depth and codes[depth] else path


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
