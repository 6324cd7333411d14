"""Which department answers for which category where and when: the responsibility table.

Of several rows that fit, the one for the smallest area decides (a county may regulate its own
matters otherwise than the city), and for the same area the one with the most exact category. A row
holds from one day to another, both included; an empty date leaves that end open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from grid.policy.categories import matching
from grid.policy.sheets import Problems, day, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grid.policy.categories import CategoryTable
    from grid.policy.sheets import SheetRow

DEPARTMENTS = ("code", "name_zh", "name_en", "made_up")
RESPONSIBILITIES = ("category", "area", "department", "from", "to", "note")


@dataclass(frozen=True, slots=True)
class Department:
    """A department of the city and its districts; `made_up` ones exist for demonstrations."""

    code: str
    name_zh: str
    name_en: str
    made_up: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A department's answering for something from one day to another, both included."""

    department: str
    begin: date = date.min
    end: date = date.max

    def holds(self, on: date | None) -> bool:
        """True on that day; without a day, for what has no end."""
        return self.end == date.max if on is None else self.begin <= on <= self.end

    def overlaps(self, other: Term) -> bool:
        """True where both hold on some day."""
        return self.begin <= other.end and other.begin <= self.end

    @property
    def always(self) -> bool:
        """True without a beginning and an end."""
        return self.begin == date.min and self.end == date.max


#: What is named for a category in an area: a department's code where no date matters, else the
#: terms, the one with the most exact category first.
Answer = str | tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Responsibilities:
    """Category, area and day → department."""

    departments: Mapping[str, Department]
    by_category: Mapping[str, Mapping[str, Answer]]  # category → area code → answer

    @property
    def named(self) -> frozenset[str]:
        """The departments that answer for something, sometimes or always."""
        answers = [a for by_area in self.by_category.values() for a in by_area.values()]
        terms = [term for a in answers if not isinstance(a, str) for term in a]
        return frozenset(a for a in answers if isinstance(a, str)) | {t.department for t in terms}

    def department_for(self, category: str, path: str, on: date | None = None) -> str | None:
        """The department's code for a matter at an area path on a day; None where none is named.

        Without a day, rows that have an end do not count.
        """
        by_area = self.by_category.get(category)
        if not by_area:
            return None
        for area in reversed(path.split("/")):
            answer = by_area.get(area)
            if answer is None:
                continue
            if isinstance(answer, str):
                return answer
            for term in answer:
                if term.holds(on):
                    return term.department
        return None

    def gaps(
        self, categories: Iterable[str], paths: Iterable[str], on: date | None = None
    ) -> list[tuple[str, str]]:
        """Every (category, path) without a department on a day, in the order given."""
        places = list(paths)
        return [
            (category, path)
            for category in categories
            for path in places
            if self.department_for(category, path, on) is None
        ]


def parse_responsibilities(
    departments: tuple[str, str], responsibilities: tuple[str, str], categories: CategoryTable
) -> Responsibilities:
    """The checked tables; each argument is (file, text). Raises PolicyError."""
    problems = Problems()
    known = _departments(*departments, problems)
    file, text = responsibilities
    terms: dict[tuple[str, str], list[tuple[int, Term]]] = {}
    stated: dict[tuple[str, str], list[tuple[int, Term]]] = {}
    for row in read_sheet(text, file, RESPONSIBILITIES, (), problems):
        area = row.code("area")
        term = _term(row, problems)
        if term.department not in known:
            message = f"department '{term.department}' is not in {departments[0]}"
            problems.add(file, row.line, message)
        if not area.isdigit():
            problems.add(file, row.line, f"area '{area}' is no area code")
        for pattern in (part.strip() for part in row.code("category").split("|")):
            codes = matching(pattern, categories.codes)
            if not codes:
                problems.add(file, row.line, f"category '{pattern}' names no category")
            _overlap(row, pattern, term, stated.setdefault((pattern, area), []), problems)
            exactness = len(pattern.removesuffix("*"))
            for code in codes:
                terms.setdefault((code, area), []).append((exactness, term))
    problems.raise_any()
    by_category: dict[str, dict[str, Answer]] = {}
    for (code, area), found in terms.items():
        by_category.setdefault(code, {})[area] = _answer(found)
    return Responsibilities(known, by_category)


def _answer(found: list[tuple[int, Term]]) -> Answer:
    """The terms, the most exact first, as far as they can count; often one that always holds."""
    ordered = [term for _, term in sorted(found, key=lambda pair: -pair[0])]
    first = next((n for n, term in enumerate(ordered) if term.always), len(ordered))
    counting = tuple(ordered[: first + 1])
    return counting[0].department if counting[0].always else counting


def _term(row: SheetRow, problems: Problems) -> Term:
    begin = _day(row, "from", date.min, problems)
    end = _day(row, "to", date.max, problems)
    if begin > end:
        problems.add(row.file, row.line, f"goes from {begin} to {end}: the end is the earlier day")
    return Term(row.code("department"), begin, end)


def _day(row: SheetRow, column: str, empty: date, problems: Problems) -> date:
    text = row.code(column)
    if not text:
        return empty
    try:
        return day(text)
    except ValueError:
        message = f"{column} '{text}' is no day like 2027-01-31"
        problems.add(row.file, row.line, message)
        return empty


def _overlap(
    row: SheetRow,
    pattern: str,
    term: Term,
    before: list[tuple[int, Term]],
    problems: Problems,
) -> None:
    """Note a row for the same category and area that holds on some of the same days."""
    for line, other in before:
        if line == row.line or not term.overlaps(other):
            continue
        where = f"{pattern} in {row.code('area')}"
        if term.always and other.always:
            problems.add(row.file, row.line, f"{where} stands in line {line} already")
        else:
            message = f"{where} overlaps in time with line {line}: end one before the other begins"
            problems.add(row.file, row.line, message)
        break
    before.append((row.line, term))


def _departments(file: str, text: str, problems: Problems) -> dict[str, Department]:
    found: dict[str, Department] = {}
    for row in read_sheet(text, file, DEPARTMENTS, (), problems):
        code, made_up = row.code("code"), row.code("made_up")
        if code in found:
            problems.add(file, row.line, f"department '{code}' stands twice")
        if made_up not in {"yes", "no"}:
            problems.add(file, row.line, f"made_up '{made_up}' is none of yes, no")
        if not (code and row.text("name_zh") and row.text("name_en")):
            problems.add(file, row.line, "a department needs a code and a name in both languages")
        found[code] = Department(code, row.text("name_zh"), row.text("name_en"), made_up == "yes")
    return found
