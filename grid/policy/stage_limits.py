"""How long each stage may take: a sheet by profile, stage, level in charge, size and clock.

The first row that fits holds. A limit is said in one of four ways: `4 work_hour` (this much),
`category` (what the category's row says), `<=15 work_day` (the category's, but at most this),
`none` (the stage is not asked for).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from grid.model import Level, Size, Stage
from grid.policy.limits import Clock, Limit
from grid.policy.sheets import Problems, SheetRow, plain, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

COLUMNS = ("profile", "stage", "level", "size", "clock", "limit", "note_zh", "note_en")

#: The stages that have a limit of their own; the promise follows from resolve and verify.
LIMITED = tuple(stage for stage in Stage if stage is not Stage.PROMISE)

#: The stages that a policy may do without.
OPTIONAL = frozenset({Stage.CONTACT, Stage.OPINION, Stage.TELL, Stage.WRITE})

_Key = tuple[str, Stage, Level, Size, Clock]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a row allows: a fixed limit, the category's (`fixed` None), or the stricter of both.

    `asked` is False where the stage has no limit at all. `line` is the row's line in its file,
    `note_zh` and `note_en` its reason.
    """

    fixed: Limit | None
    at_most: bool = False
    asked: bool = True
    line: int = 0
    note_zh: str = ""
    note_en: str = ""

    def limit(self, category: Limit) -> Limit | None:
        """The limit for a category with that limit of its own; None where none is asked for."""
        if not self.asked:
            return None
        if self.fixed is None:
            return category
        if self.at_most and category.wall_hours <= self.fixed.wall_hours:
            return category
        return self.fixed

    @classmethod
    def parse(cls, text: str) -> Allowance:
        """The allowance of a cell. Raises ValueError."""
        folded = plain(text)
        if folded == "category":
            return cls(None)
        if folded == "none":
            return cls(None, asked=False)
        at_most = folded.startswith("<=")
        return cls(Limit.parse(folded.removeprefix("<=")), at_most)


class AtFiling(NamedTuple):
    """The limits that a new case needs; `asked` are those before the resolution, in order."""

    resolve: Limit
    verify: Limit
    asked: tuple[tuple[Stage, Limit], ...]


@dataclass(frozen=True, slots=True)
class StageLimits:
    """All limits, one entry for every combination; `profiles` are the names that may be used."""

    profiles: frozenset[str]
    table: dict[_Key, Allowance]
    _filing: dict[tuple[Level, Size, str, Limit], AtFiling] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def limit(
        self, stage: Stage, level: Level, size: Size, profile: str, category: Limit
    ) -> Limit | None:
        """The limit of a stage, None where it has none; `profile` "" is the category's own.

        Raises KeyError for the promise.
        """
        return self.row(stage, level, size, profile, category).limit(category)

    def at_filing(self, level: Level, size: Size, profile: str, category: Limit) -> AtFiling:
        """The limits of a new case. Remembered: there are a few dozen of them."""
        key = (level, size, profile, category)
        known = self._filing.get(key)
        if known is None:
            found = [(s, self.limit(s, *key)) for s in (Stage.ACCEPT, Stage.CONTACT, Stage.OPINION)]
            resolve, verify = self.limit(Stage.RESOLVE, *key), self.limit(Stage.VERIFY, *key)
            assert resolve is not None, "every policy limits the resolution"
            assert verify is not None, "every policy limits verification"
            asked = tuple((stage, limit) for stage, limit in found if limit is not None)
            known = self._filing[key] = AtFiling(resolve, verify, asked)
        return known

    def row(
        self, stage: Stage, level: Level, size: Size, profile: str, category: Limit
    ) -> Allowance:
        """The row that holds for a stage. Raises KeyError for the promise."""
        return self.table[profile, stage, level, size, category.clock]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    keys: frozenset[_Key]
    allowance: Allowance


def parse_stage_limits(text: str, file: str) -> StageLimits:
    """The checked sheet. Raises PolicyError: bad words, rows that never hold, missing limits."""
    problems = Problems()
    sheet = read_sheet(text, file, COLUMNS, (), problems)
    profiles = frozenset({""} | {row.code("profile") for row in sheet})
    rows = [parsed for row in sheet if (parsed := _row(row, profiles, problems)) is not None]
    table: dict[_Key, Allowance] = {}
    for parsed in rows:
        fresh = parsed.keys - table.keys()
        if not fresh:
            problems.add(file, parsed.line, "never holds: earlier rows take all that it would")
        table |= dict.fromkeys(fresh, parsed.allowance)
    if not problems.found:
        for key in product(sorted(profiles), LIMITED, Level, Size, Clock):
            if key not in table:
                told = ", ".join(part or "(no profile)" for part in key)
                problems.add(file, sheet[-1].line if sheet else 0, f"no limit for {told}")
                break
    problems.raise_any()
    return StageLimits(profiles, table)


def _row(row: SheetRow, profiles: frozenset[str], problems: Problems) -> _Row | None:
    """One row; an empty profile means every profile, since the first row that fits holds."""
    before = len(problems.found)
    stages = _words(row, "stage", LIMITED, problems)
    levels = _words(row, "level", tuple(Level), problems)
    sizes = _words(row, "size", tuple(Size), problems)
    clocks = _words(row, "clock", tuple(Clock), problems)
    try:
        allowance = Allowance.parse(row.text("limit"))
    except ValueError as error:
        words = "or 'category', 'none', or '<=' before a limit"
        problems.add(row.file, row.line, f"{error}, {words}")
        return None
    if not allowance.asked and not set(stages) <= OPTIONAL:
        optional = ", ".join(sorted(OPTIONAL))
        problems.add(row.file, row.line, f"only these can have the limit 'none': {optional}")
    if len(problems.found) > before:
        return None
    allowance = replace(
        allowance, line=row.line, note_zh=row.text("note_zh"), note_en=row.text("note_en")
    )
    chosen = [row.code("profile")] if row.code("profile") else sorted(profiles)
    combinations: Iterable[_Key] = (
        (profile, Stage(stage), Level(level), Size(size), Clock(clock))
        for profile, stage, level, size, clock in product(chosen, stages, levels, sizes, clocks)
    )
    return _Row(row.line, frozenset(combinations), allowance)


def _words(
    row: SheetRow, column: str, known: tuple[str, ...], problems: Problems
) -> tuple[str, ...]:
    text = row.code(column)
    if not text:
        return known
    words = tuple(word.strip() for word in text.split("|"))
    for word in words:
        if word not in known:
            message = f"{column} '{word}' is none of {', '.join(known)}"
            problems.add(row.file, row.line, message)
    return words
