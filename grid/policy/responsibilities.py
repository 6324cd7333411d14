"""Which department answers for which category where: the responsibility table.

Of several rows that fit, the one for the smallest area decides (a county may regulate its own
matters otherwise than the city), and for the same area the one with the most exact category.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.policy.categories import matching
from grid.policy.sheets import Problems, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grid.policy.categories import CategoryTable

DEPARTMENTS = ("code", "name_zh", "name_en", "made_up")
RESPONSIBILITIES = ("category", "area", "department", "note")


@dataclass(frozen=True, slots=True)
class Department:
    """A department of the city and its districts; `made_up` ones exist for demonstrations."""

    code: str
    name_zh: str
    name_en: str
    made_up: bool


@dataclass(frozen=True, slots=True)
class Responsibilities:
    """Category and area → department."""

    departments: Mapping[str, Department]
    by_category: Mapping[str, Mapping[str, str]]  # category → area code → department code

    def department_for(self, category: str, path: str) -> str | None:
        """The department's code for a matter at an area path; None when no row names one."""
        by_area = self.by_category.get(category)
        if not by_area:
            return None
        for area in reversed(path.split("/")):
            if area in by_area:
                return by_area[area]
        return None

    def gaps(self, categories: Iterable[str], paths: Iterable[str]) -> list[tuple[str, str]]:
        """Every (category, path) without a department, in the order given."""
        places = list(paths)
        return [
            (category, path)
            for category in categories
            for path in places
            if self.department_for(category, path) is None
        ]


def parse_responsibilities(
    departments: tuple[str, str], responsibilities: tuple[str, str], categories: CategoryTable
) -> Responsibilities:
    """The checked tables; each argument is (file, text). Raises PolicyError."""
    problems = Problems()
    known = _departments(*departments, problems)
    file, text = responsibilities
    chosen: dict[tuple[str, str], tuple[int, str]] = {}
    lines: dict[tuple[str, str], int] = {}
    for row in read_sheet(text, file, RESPONSIBILITIES, (), problems):
        area, department = row.code("area"), row.code("department")
        if department not in known:
            problems.add(file, row.line, f"department '{department}' is not in {departments[0]}")
        if not area.isdigit():
            problems.add(file, row.line, f"area '{area}' is no area code")
        for pattern in (part.strip() for part in row.code("category").split("|")):
            codes = matching(pattern, categories.codes)
            if not codes:
                problems.add(file, row.line, f"category '{pattern}' names no category")
            first = lines.setdefault((pattern, area), row.line)
            if first != row.line:
                problems.add(file, row.line, f"{pattern} in {area} stands in line {first} already")
            exactness = len(pattern.removesuffix("*"))
            for code in codes:
                if exactness > chosen.get((code, area), (-1, ""))[0]:
                    chosen[code, area] = (exactness, department)
    problems.raise_any()
    by_category: dict[str, dict[str, str]] = {}
    for (code, area), (_, department) in chosen.items():
        by_category.setdefault(code, {})[area] = department
    return Responsibilities(known, by_category)


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
