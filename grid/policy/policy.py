"""The policy: one immutable value with everything that the rules of the house fix.

Read from files that people edit (`read_policy` takes their text, so this stays pure): a TOML file
that names the sheets, and the sheets. A policy with any problem is refused whole.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from grid.model import Deadline, Level, Size, Stage
from grid.policy import limits
from grid.policy.calendar_file import parse_calendar
from grid.policy.categories import parse_categories
from grid.policy.policy_file import PolicyFile, Surge, read_policy_file
from grid.policy.responsibilities import parse_responsibilities
from grid.policy.reviews import parse_reviews
from grid.policy.rules import parse_rules
from grid.policy.sheets import PolicyError, PolicyProblem, Problems
from grid.policy.stage_limits import parse_stage_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from grid.policy.calendar import WorkCalendar
    from grid.policy.categories import Category, CategoryTable, Words
    from grid.policy.limits import Limit
    from grid.policy.parameters import (
        Appeal,
        Callback,
        Duplicates,
        Intake,
        Repetition,
        Returns,
        Score,
    )
    from grid.policy.responsibilities import Department, Responsibilities
    from grid.policy.reviews import Reviews
    from grid.policy.rules import RuleTable
    from grid.policy.stage_limits import StageLimits

T = TypeVar("T")

__all__ = ["Policy", "PolicyError", "PolicyProblem", "Surge", "read_policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """A version of the policy.

    `chain` are the levels that a case rises through, lowest first; `levels` who is in charge at
    filing by size; `recheck_share` the share of settled cases that the community looks at again;
    `snap_m` how far outside every cell a position may lie and still take the nearest;
    `rework_limit` the rework at which a case rises; `handler_changes` the causes for which the
    level that a case rises to becomes its handler. The groups from `intake` to `score` are told in
    `grid.policy.parameters`, `reviews` in `grid.policy.reviews`. `digest` is the SHA-256 of all
    its files, so that a published version can be told from an edited one.
    """

    version: str
    name: Words
    chain: tuple[Level, ...]
    levels: Mapping[Size, Level]
    rules: RuleTable
    categories: CategoryTable
    calendar: WorkCalendar
    stages: StageLimits
    responsibilities: Responsibilities
    zones: frozenset[str]
    recheck_share: float
    snap_m: float
    rework_limit: int
    surge: Surge
    intake: Intake
    callback: Callback
    returns: Returns
    pause_days: int
    appeal: Appeal
    reopen_days: int
    repetition: Repetition
    duplicates: Duplicates
    handler_changes: frozenset[str]
    reviews: Reviews
    score: Score
    digest: str

    @property
    def top(self) -> Level:
        """The highest level that a case rises to."""
        return self.chain[-1]

    def above(self, level: Level) -> Level | None:
        """The next level of the chain above `level`; None at the top and beyond it."""
        return next((step for step in self.chain if step.rank > level.rank), None)

    def limit(
        self, stage: Stage, *, level: Level, size: Size, profile: str, category: Category
    ) -> Limit | None:
        """The limit of a stage for a level in charge, size, profile and category.

        None where the policy asks for none. The promise has no limit of its own: see `promise`.
        Raises KeyError for it and for an unknown profile.
        """
        return self.stages.limit(stage, level, size, profile, category.limit)

    def deadline(
        self,
        stage: Stage,
        since: datetime,
        *,
        level: Level,
        size: Size,
        profile: str,
        category: Category,
        promise: datetime | None = None,
    ) -> Deadline | None:
        """The deadline of a stage that began at `since`, in UTC; None where it has no limit.

        It never lies after `promise` where that is given and still ahead.
        """
        limit = self.stages.limit(stage, level, size, profile, category.limit)
        return None if limit is None else self._deadline(stage, since, limit, promise)

    def at_filing(
        self, since: datetime, *, level: Level, size: Size, profile: str, category: Category
    ) -> tuple[Deadline, ...]:
        """Promise, accept and resolve, all from `since`, and contact and opinion where asked for.

        The promise is the resolve limit and then the verify limit.
        """
        resolve, verify, others = self.stages.at_filing(level, size, profile, category.limit)
        solved = limits.due(since, resolve, self.calendar)
        closed = limits.due(solved, verify, self.calendar)
        warn = limits.warn_at(since, closed, resolve, self.calendar)
        nonstop = resolve.clock.nonstop
        # An urgent matter may leave less time to resolve it than people have to accept one.
        asked = [self._deadline(stage, since, limit, solved) for stage, limit in others]
        return (
            Deadline(Stage.PROMISE, since, warn, closed, nonstop=nonstop),
            *asked,
            Deadline(
                Stage.RESOLVE,
                since,
                limits.warn_at(since, solved, resolve, self.calendar),
                solved,
                nonstop=nonstop,
            ),
        )

    def _deadline(
        self, stage: Stage, since: datetime, limit: Limit, until: datetime | None
    ) -> Deadline:
        due = limits.due(since, limit, self.calendar)
        if until is not None and since < until < due:
            due = until
        warn = limits.warn_at(since, due, limit, self.calendar)
        return Deadline(stage, since, warn, due, nonstop=limit.clock.nonstop)

    def department_for(self, category: str, path: str, on: date | None = None) -> str | None:
        """The code of the department that answers for a category at a path on a day, if any.

        Without a day, rows of the table that have an end do not count.
        """
        return self.responsibilities.department_for(category, path, on)

    def department(self, code: str) -> Department:
        """The department of a code. Raises KeyError."""
        return self.responsibilities.departments[code]


def files_of(files: Mapping[str, str], entry: str = "policy.toml") -> dict[str, str]:
    """The files that a policy consists of: its own and the sheets it names, by their names.

    Raises PolicyError where its own file is not right or a sheet is missing.
    """
    return _files_of(files, entry)[1]


def read_policy(files: Mapping[str, str], entry: str = "policy.toml") -> Policy:
    """The policy of a TOML file and the sheets it names, relative to its own folder.

    `files` maps names (`default/policy.toml`) to text. Raises PolicyError with every problem of
    every file that could be read.
    """
    content, used, names = _files_of(files, entry)
    texts = {key: used[name] for key, name in names.items()}
    return _assemble(content, names, texts, _digest(used), Problems())


def _files_of(
    files: Mapping[str, str], entry: str
) -> tuple[PolicyFile, dict[str, str], dict[str, str]]:
    """The policy's own file, all files by name, and the sheets' names by their keys."""
    if entry not in files:
        raise PolicyError((PolicyProblem(entry, 0, "is missing"),))
    content = read_policy_file(files[entry], entry)
    folder = posixpath.dirname(entry)
    names = {k: posixpath.normpath(posixpath.join(folder, v)) for k, v in content.files.items()}
    problems = Problems()
    for name in names.values():
        if name not in files:
            problems.add(name, 0, "is missing")
    problems.raise_any()
    return content, {name: files[name] for name in (entry, *names.values())}, names


def _assemble(
    content: PolicyFile,
    names: Mapping[str, str],
    texts: Mapping[str, str],
    digest: str,
    problems: Problems,
) -> Policy:
    def attempt(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except PolicyError as error:
            problems.absorb(error)
            return None

    calendar = attempt(
        lambda: parse_calendar(
            texts["calendar"], names["calendar"], _version(texts["calendar"]), content.hours
        )
    )
    stages = attempt(lambda: parse_stage_limits(texts["limits"], names["limits"]))
    tables = {
        names["categories"]: (texts["categories"], False),
        names["categories_own"]: (texts["categories_own"], True),
    }
    words = {names["categories_en"]: texts["categories_en"]}
    categories = attempt(lambda: parse_categories(tables, words))
    if categories is None:
        problems.raise_any()
    assert categories is not None
    responsibilities = attempt(
        lambda: parse_responsibilities(
            (names["departments"], texts["departments"]),
            (names["responsibilities"], texts["responsibilities"]),
            categories,
        )
    )
    reviews = attempt(lambda: parse_reviews(texts["reviews"], names["reviews"], categories))
    rules = attempt(
        lambda: parse_rules(
            texts["rules"],
            names["rules"],
            categories,
            zones=content.zones,
            profiles=stages.profiles if stages else None,
            chain=content.chain,
            levels=content.levels,
        )
    )
    problems.raise_any()
    assert calendar is not None
    assert stages is not None
    assert responsibilities is not None
    assert rules is not None
    assert reviews is not None
    chosen = content.parameters
    return Policy(
        version=content.version,
        name=content.name,
        chain=content.chain,
        levels=content.levels,
        rules=rules,
        categories=categories,
        calendar=calendar,
        stages=stages,
        responsibilities=responsibilities,
        zones=content.zones,
        recheck_share=content.recheck_share,
        snap_m=content.snap_m,
        rework_limit=content.rework_limit,
        surge=content.surge,
        intake=chosen.intake,
        callback=chosen.callback,
        returns=chosen.returns,
        pause_days=chosen.pause_days,
        appeal=chosen.appeal,
        reopen_days=chosen.reopen_days,
        repetition=chosen.repetition,
        duplicates=chosen.duplicates,
        handler_changes=chosen.handler_changes,
        reviews=reviews,
        score=chosen.score,
        digest=digest,
    )


def _version(text: str) -> str:
    """A calendar's version is what it says: rows added for a new year make a new version."""
    return "cn-" + sha256(text.encode()).hexdigest()[:8]


def _digest(used: Mapping[str, str]) -> str:
    total = sha256()
    for name, text in sorted(used.items()):
        total.update(f"{name}\0{len(text)}\0{text}".encode())
    return total.hexdigest()
