"""What a matter can be about: `kind.class.item` with condition rows, each with its own limit.

The code alone does not fix the limit: many items have several conditions (a manhole cover that is
missing, broken, rattling). Without a condition the strictest row holds, provisionally.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from grid.model import Size
from grid.policy.limits import Clock, Limit
from grid.policy.sheets import Problems, SheetRow, plain, read_sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

REQUIRED = (
    "kind", "class_code", "class_name", "item_code", "item_name", "condition",
    "limit", "clock", "remedy", "evidence", "privacy", "default_size",
)  # fmt: skip
ENGLISH = ("class_name_en", "item_name_en", "condition_en", "remedy_en")
WORDS_REQUIRED = ("category", "class_name_en", "item_name_en")


class Evidence(StrEnum):
    """What must be there before the cell's team may close a case of the category."""

    AFTER_PHOTO = "after_photo"
    NOTE = "note"
    PARTY_CONFIRMS = "party_confirms"


class Privacy(StrEnum):
    """Who may see more than that the case exists."""

    PUBLIC = "public"
    PERSONAL = "personal"  # a household or a named party is in it
    SENSITIVE = "sensitive"  # health, hardship, violence, children


@dataclass(frozen=True, slots=True)
class Words:
    """The same in both languages; English is empty where a published text is not translated."""

    zh: str
    en: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """One condition row of the table.

    `code` is `kind.class.item`, `condition` the row's number within the item, from "1" in the
    order of the file. `provisional` marks a row that was taken as the strictest because nobody
    named a condition. `table` is the file it stands in, `own` is True for rows that are this
    product's own.
    """

    code: str
    condition: str
    class_name: Words
    item_name: Words
    condition_text: Words
    remedy: Words
    limit: Limit
    evidence: tuple[Evidence, ...]
    privacy: Privacy
    default_size: Size
    table: str
    own: bool
    provisional: bool = False

    @property
    def kind(self) -> str:
        """`component`, `event` or `service`."""
        return self.code.partition(".")[0]


class UnknownCategory(LookupError):
    """No such category or condition; `suggestion` is the nearest code that exists, or empty."""

    def __init__(self, code: str, condition: str | None, suggestion: str) -> None:
        named = code if condition is None else f"{code} with condition {condition}"
        hint = f"; did you mean {suggestion}?" if suggestion else ""
        super().__init__(f"there is no category {named}{hint}")
        self.code = code
        self.condition = condition
        self.suggestion = suggestion


class CategoryTable:
    """All categories of a policy."""

    def __init__(self, rows: tuple[Category, ...]) -> None:
        self.rows = rows
        grouped: dict[str, list[Category]] = {}
        for row in rows:
            grouped.setdefault(row.code, []).append(row)
        self._items = {code: tuple(found) for code, found in grouped.items()}
        self._exact = {(row.code, row.condition): row for row in rows}
        self._strictest = {code: _strictest(found) for code, found in self._items.items()}

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, in the order of the files."""
        return tuple(self._items)

    def __contains__(self, code: object) -> bool:
        return code in self._items

    def conditions(self, code: str) -> tuple[Category, ...]:
        """All condition rows of an item. Raises UnknownCategory."""
        try:
            return self._items[code]
        except KeyError:
            raise self._unknown(code, None) from None

    def row(self, code: str, condition: str | None = None) -> Category:
        """The row of a category and condition; without one the strictest, marked provisional.

        Raises UnknownCategory, with the nearest code as a suggestion.
        """
        try:
            if condition is None:
                return self._strictest[code]
            return self._exact[code, condition]
        except KeyError:
            raise self._unknown(code, condition) from None

    def _unknown(self, code: str, condition: str | None) -> UnknownCategory:
        if code in self._items:
            numbers = ", ".join(row.condition for row in self._items[code])
            return UnknownCategory(code, condition, f"{code} with one of {numbers}")
        near = difflib.get_close_matches(code, self._items, n=1)
        return UnknownCategory(code, condition, near[0] if near else "")


def _strictest(rows: tuple[Category, ...]) -> Category:
    if len(rows) == 1:
        return rows[0]
    sizes = tuple(Size)
    strict = min(rows, key=lambda r: (r.limit.wall_hours, -sizes.index(r.default_size)))
    return replace(strict, provisional=True)


def parse_categories(
    tables: Mapping[str, tuple[str, bool]], words: Mapping[str, str]
) -> CategoryTable:
    """The table of all categories.

    `tables` maps a file's name to its text and whether it is this product's own; `words` maps the
    names of files with English names to their text. Raises PolicyError with all problems.
    """
    problems = Problems()
    english = {
        row.code("category"): row
        for file, text in words.items()
        for row in read_sheet(text, file, WORDS_REQUIRED, (), problems)
    }
    found: list[Category] = []
    home: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for file, (text, own) in tables.items():
        for row in read_sheet(text, file, REQUIRED, ENGLISH, problems):
            code = ".".join(row.code(part) for part in ("kind", "class_code", "item_code"))
            if home.setdefault(code, file) != file:
                problems.add(file, row.line, f"category {code} stands in {home[code]} already")
            numbers[code] = numbers.get(code, 0) + 1
            category = _category(row, code, str(numbers[code]), english, own, problems)
            if category is not None:
                found.append(category)
    for code, row in english.items():
        if code not in home:
            problems.add(row.file, row.line, f"category {code} is in no table")
    problems.raise_any()
    return CategoryTable(tuple(found))


def _category(
    row: SheetRow,
    code: str,
    condition: str,
    english: Mapping[str, SheetRow],
    own: bool,
    problems: Problems,
) -> Category | None:
    before = len(problems.found)
    named = english.get(code, row)
    class_en, item_en = named.text("class_name_en"), named.text("item_name_en")
    if not (class_en and item_en):
        problems.add(row.file, row.line, f"category {code} has no English name")
    if not all(code.split(".")) or not row.text("item_name") or not row.text("class_name"):
        problems.add(row.file, row.line, f"category {code} lacks a part of its code or its name")
    limit = _limit(row, problems)
    evidence = _evidence(row, problems)
    privacy = row.word("privacy", Privacy, problems)
    size = row.word("default_size", Size, problems)
    if limit is None or privacy is None or size is None or len(problems.found) > before:
        return None
    return Category(
        code=code,
        condition=condition,
        class_name=Words(row.text("class_name"), class_en),
        item_name=Words(row.text("item_name"), item_en),
        condition_text=Words(row.text("condition"), row.text("condition_en")),
        remedy=Words(row.text("remedy"), row.text("remedy_en")),
        limit=limit,
        evidence=evidence,
        privacy=privacy,
        default_size=size,
        table=row.file,
        own=own,
    )


def _limit(row: SheetRow, problems: Problems) -> Limit | None:
    clock = row.word("clock", Clock, problems)
    if clock is None:
        return None
    try:
        return Limit.parse(f"{row.code('limit')} {clock}")
    except ValueError as error:
        problems.add(row.file, row.line, str(error))
        return None


def _evidence(row: SheetRow, problems: Problems) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for word in filter(None, map(plain, row.code("evidence").split("|"))):
        try:
            found.append(Evidence(word))
        except ValueError:
            known = ", ".join(Evidence)
            problems.add(row.file, row.line, f"evidence '{word}' is none of {known}")
    if not found:
        problems.add(row.file, row.line, "no evidence is asked for")
    return tuple(found)


def matching(pattern: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """The codes that a pattern names: `event.05.02`, `event.05.*`, `event.*` or `*`."""
    if pattern == "*":
        return codes
    if pattern.endswith(".*"):
        return tuple(code for code in codes if code.startswith(pattern[:-1]))
    return tuple(code for code in codes if code == pattern)
