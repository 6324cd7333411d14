"""Which levels look at finished work before it is verified (multi-level review, 多级审核).

A sheet by category and size; the first row that fits holds, and where none fits nobody reviews.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.model import Level, Size
from grid.policy.categories import matching
from grid.policy.sheets import Problems, plain, read_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grid.policy.categories import CategoryTable
    from grid.policy.sheets import SheetRow

COLUMNS = ("category", "size", "levels", "note_zh", "note_en")

#: What stands under `levels` where a category needs no review although a later row would ask.
NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Reviews:
    """Category and size → the levels that review, in their order."""

    table: Mapping[tuple[str, Size], tuple[Level, ...]]

    def levels_for(self, category: str, size: Size) -> tuple[Level, ...]:
        """The levels that review, lowest first; empty where nobody does."""
        return self.table.get((category, size), ())


def parse_reviews(text: str, file: str, categories: CategoryTable) -> Reviews:
    """The checked sheet. Raises PolicyError with all problems."""
    problems = Problems()
    table: dict[tuple[str, Size], tuple[Level, ...]] = {}
    for row in read_sheet(text, file, COLUMNS, (), problems):
        before = len(problems.found)
        codes = _codes(row, categories, problems)
        sizes = _sizes(row, problems)
        levels = _levels(row, problems)
        cells = [(code, size) for code in codes for size in sizes]
        new = [cell for cell in cells if cell not in table]
        if cells and not new and len(problems.found) == before:
            problems.add(file, row.line, "never holds: earlier rows fit wherever it does")
        table.update(dict.fromkeys(new, levels))
    problems.raise_any()
    return Reviews(table)


def _codes(row: SheetRow, categories: CategoryTable, problems: Problems) -> list[str]:
    found: list[str] = []
    for pattern in map(plain, (row.code("category") or "*").split("|")):
        codes = matching(pattern, categories.codes)
        if not codes:
            problems.add(row.file, row.line, f"category '{pattern}' names no category")
        found += codes
    return found


def _sizes(row: SheetRow, problems: Problems) -> list[Size]:
    if not row.code("size"):
        return list(Size)
    try:
        return [Size(plain(word)) for word in row.code("size").split("|")]
    except ValueError:
        known = ", ".join(Size)
        problems.add(row.file, row.line, f"size '{row.code('size')}' is none of {known}")
        return []


def _levels(row: SheetRow, problems: Problems) -> tuple[Level, ...]:
    text = row.code("levels")
    if text == NOBODY:
        return ()
    try:
        levels = tuple(Level(plain(word)) for word in text.split("|"))
    except ValueError:
        known = ", ".join(Level)
        problems.add(
            row.file, row.line, f"levels '{text}' is none of {known}, {NOBODY}, with | between"
        )
        return ()
    ranks = [level.rank for level in levels]
    if ranks != sorted(set(ranks)):
        problems.add(row.file, row.line, f"levels '{text}' must go up, each level once")
    return levels
