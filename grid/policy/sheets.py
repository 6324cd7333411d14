"""Sheets: the tables of a policy, as CSV text that a clerk edits in a spreadsheet.

A sheet is read whole: every problem is collected with its file and line, so that one look mends
all of them, and nothing of a sheet with problems is ever used.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """What is wrong, and where: file, line (1 = the header, 0 = the whole file), message."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class PolicyError(ValueError):
    """A policy that cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: tuple[PolicyProblem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(slots=True)
class Problems:
    """Collects problems while files are read."""

    found: list[PolicyProblem] = field(default_factory=list)

    def add(self, file: str, line: int, message: str) -> None:
        """Note one problem."""
        self.found.append(PolicyProblem(file, line, message))

    def absorb(self, error: PolicyError) -> None:
        """Note all problems of an error."""
        self.found.extend(error.problems)

    def raise_any(self) -> None:
        """Raise PolicyError when something was noted, in the order of files and lines."""
        if self.found:
            raise PolicyError(tuple(sorted(self.found, key=lambda p: (p.file, p.line))))


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: where it stands, and its cells by column, stripped (absent columns are empty)."""

    file: str
    line: int
    cells: dict[str, str]

    def text(self, column: str) -> str:
        """The cell as written."""
        return self.cells.get(column, "")

    def code(self, column: str) -> str:
        """The cell as a code: full-width letters, digits and signs count as the plain ones."""
        return plain(self.text(column))

    def word(self, column: str, words: type[E], problems: Problems) -> E | None:
        """The cell as one of an enumeration's words; None, with a problem noted, for others."""
        text = self.code(column)
        try:
            return words(text)
        except ValueError:
            known = ", ".join(words)
            problems.add(self.file, self.line, f"{column} '{text}' is none of {known}")
            return None


def plain(text: str) -> str:
    """Text with full-width characters made plain, `≥` written `>=` and blanks at the ends gone.

    Chinese input methods write `＞` and `｜` where a table means `>` and `|`.
    """
    folded = unicodedata.normalize("NFKC", text)
    return folded.replace("≥", ">=").replace("≤", "<=").strip()


def day(text: str) -> date:
    """A day written `2026-01-31`, or `2026/1/31` as spreadsheet programs like to rewrite it.

    Raises ValueError.
    """
    parts = text.split("/")
    if len(parts) == 3:  # noqa: PLR2004
        year, month, number = parts
        return date(int(year), int(month), int(number))
    return date.fromisoformat(text)


def read_sheet(
    text: str, file: str, required: tuple[str, ...], optional: tuple[str, ...], problems: Problems
) -> list[SheetRow]:
    """The rows of a sheet. Empty lines are skipped; a header that is not right yields no rows."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[SheetRow] = []
    header: list[str] | None = None
    line = 1
    try:
        for cells in reader:
            if header is None:
                header = [plain(cell) for cell in cells]
                if not _header_fits(header, file, required, optional, problems):
                    return []
            elif any(cell.strip() for cell in cells):
                if len(cells) > len(header):
                    problems.add(file, line, f"has {len(cells)} cells, the header {len(header)}")
                stripped = [cell.strip() for cell in cells]
                rows.append(SheetRow(file, line, dict(zip(header, stripped, strict=False))))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.add(file, line, f"is not CSV: {error}")
        return []
    if header is None:
        problems.add(file, 0, "is empty")
    return rows


def _header_fits(
    header: list[str],
    file: str,
    required: tuple[str, ...],
    optional: tuple[str, ...],
    problems: Problems,
) -> bool:
    before = len(problems.found)
    known = ", ".join((*required, *optional))
    for name in header:
        if name not in required and name not in optional:
            problems.add(file, 1, f"unknown column '{name}'; columns are {known}")
    for name in required:
        if name not in header:
            problems.add(file, 1, f"column '{name}' is missing")
    for name in sorted({name for name in header if header.count(name) > 1}):
        problems.add(file, 1, f"column '{name}' stands twice")
    return len(problems.found) == before
