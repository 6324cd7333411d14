"""The cells of the decision table: what a cell's text may say, and the test that it means.

Nothing here runs text as code: a cell is one of five small grammars, everything else is an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from grid.model import Size, Source
from grid.policy.categories import matching
from grid.policy.sheets import plain
from grid.values import value

if TYPE_CHECKING:
    from grid.model import Level
    from grid.policy.categories import CategoryTable


@value
class Facts:
    """What the rules look at.

    `category_size` is the default size of the category's row; `severity` 1 (slight) to 4 (grave)
    or None; `affected` households; `injured` persons; `money` in yuan; `zones` the kinds of
    places around the position; `repetition` how many reports of the class this is at the place;
    `off_hours` outside working time; `settled` on the spot.
    """

    category: str
    category_size: Size
    severity: int | None = None
    affected: int = 0
    injured: int = 0
    money: float = 0.0
    zones: frozenset[str] = frozenset()
    repetition: int = 1
    source: Source = Source.WORKER
    off_hours: bool = False
    settled: bool = False


Test = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from `low` to `high`, either end open or closed."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float) -> bool:
        """True for a number inside."""
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below


@dataclass(frozen=True, slots=True)
class Condition:
    """One filled cell: its column, its text, and what it means.

    Exactly one of `words` (any of these) and `interval` is set; for `category` the words are the
    codes that its patterns name.
    """

    column: str
    text: str
    words: frozenset[str] = frozenset()
    interval: Interval | None = None

    def test(self) -> Test:
        """The condition as a function of the facts."""
        if self.interval is not None:
            return _number_test(self.column, self.interval)
        words = self.words
        match self.column:
            case "category":
                return lambda facts: facts.category in words
            case "category_size":
                return lambda facts: facts.category_size in words
            case "place_zone":
                return lambda facts: not words.isdisjoint(facts.zones)
            case "source":
                return lambda facts: facts.source in words
            case "hours":
                off, work = "off" in words, "work" in words
                return lambda facts: off if facts.off_hours else work
            case _:  # settled
                yes, no = "yes" in words, "no" in words
                return lambda facts: yes if facts.settled else no

    def value(self, facts: Facts) -> str:
        """What the facts have in this column, as text for `why`."""
        return value_of(self.column, facts)


NUMBERS = ("severity", "affected", "injured", "money", "repetition")
WORDS = ("category", "category_size", "place_zone", "source", "hours", "settled")
#: The condition columns in the order in which the table shows them.
CONDITIONS = (
    "category", "category_size", "severity", "affected", "injured", "money",
    "place_zone", "repetition", "source", "hours", "settled",
)  # fmt: skip
_WHOLE = ("severity", "affected", "injured", "repetition")
SEVERITIES = range(1, 5)

_FIXED_WORDS = {
    "category_size": tuple(Size),
    "source": tuple(Source),
    "hours": ("work", "off"),
    "settled": ("yes", "no"),
}
_NUMBER = r"(\d+(?:\.\d+)?)"
_COMPARISON = re.compile(rf"(>=|<=|>|<|=|)\s*{_NUMBER}")
_RANGE = re.compile(rf"{_NUMBER}\s*\.\.\s*{_NUMBER}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. `line` is its line in the file."""

    id: str
    line: int
    conditions: tuple[Condition, ...]
    size: Size
    level: Level
    handler: str
    profile: str
    note_zh: str
    note_en: str


def parse_cell(
    column: str, text: str, categories: CategoryTable, zones: frozenset[str] | None
) -> Condition | None:
    """The condition of a cell; None for an empty one or `-`, which hold for everything.

    Raises ValueError saying what is wrong with the text.
    """
    folded = plain(text)
    if folded in {"", "-"}:
        return None
    if column in NUMBERS:
        return Condition(column, folded, interval=_parse_number(column, folded))
    words = [word.strip() for word in folded.split("|")]
    if column == "category":
        return Condition(column, folded, words=_codes(words, categories))
    known = _FIXED_WORDS.get(column, zones)
    for word in words:
        if not word:
            raise ValueError(f"{column} '{text}' has an empty word beside a |")
        if known is not None and word not in known:
            raise ValueError(f"{column} '{word}' is none of {', '.join(sorted(known))}")
    return Condition(column, folded, words=frozenset(words))


def _codes(patterns: list[str], categories: CategoryTable) -> frozenset[str]:
    found: set[str] = set()
    for pattern in patterns:
        codes = matching(pattern, categories.codes)
        if not codes:
            raise ValueError(f"category '{pattern}' names no category")
        found.update(codes)
    return frozenset(found)


def _parse_number(column: str, text: str) -> Interval:
    span = _RANGE.fullmatch(text)
    comparison = _COMPARISON.fullmatch(text)
    numbers = span.groups() if span else (comparison[2],) if comparison else ()
    if not numbers:
        raise ValueError(f"{column} '{text}' is no comparison; write >=3, >10, <5, =2 or 2..5")
    for number in numbers:
        if column in _WHOLE and "." in number:
            raise ValueError(f"{column} '{text}': {column} is a whole number")
        if column == "severity" and int(number) not in SEVERITIES:
            raise ValueError(f"severity '{text}': severities go from 1 to 4")
    if span:
        low, high = float(span[1]), float(span[2])
        if low > high:
            raise ValueError(f"{column} '{text}' goes from the larger to the smaller number")
        return Interval(low, high)
    assert comparison is not None
    edge = float(comparison[2])
    match comparison[1]:
        case ">":
            return Interval(edge, math.inf, low_open=True)
        case ">=":
            return Interval(edge, math.inf)
        case "<":
            return Interval(-math.inf, edge, high_open=True)
        case "<=":
            return Interval(-math.inf, edge)
        case _:
            return Interval(edge, edge)


def _number_test(column: str, interval: Interval) -> Test:
    holds, low, seen = interval.holds, interval.low, attrgetter(column)
    if column == "severity":
        return lambda facts: facts.severity is not None and holds(facts.severity)
    if interval.high == math.inf:  # nearly all cells say "more than": worth a shorter way
        if interval.low_open:
            return lambda facts: bool(seen(facts) > low)
        return lambda facts: bool(seen(facts) >= low)
    return lambda facts: holds(seen(facts))


def value_of(column: str, facts: Facts) -> str:
    """What the facts have in a column, as text; a missing severity is empty."""
    match column:
        case "place_zone":
            return "|".join(sorted(facts.zones))
        case "hours":
            return "off" if facts.off_hours else "work"
        case "settled":
            return "yes" if facts.settled else "no"
        case "money":
            return f"{facts.money:g}"
        case "severity":
            return "" if facts.severity is None else str(facts.severity)
        case _:
            return str(getattr(facts, column))
