"""The decision table: how big a matter is, who answers for it and who works on it.

Rows are tried from the top, the first that fits decides (hit policy FIRST of DMN). A table that
could surprise is refused when it is read: every problem with file and line, rows that can never
fire, matters for which no row fits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid.model import Level, Size
from grid.policy.categories import CategoryTable, UnknownCategory
from grid.policy.rule_cells import CONDITIONS, Condition, Facts, Rule, Test, parse_cell
from grid.policy.rule_check import unreachable_and_gaps
from grid.policy.sheets import Problems, SheetRow, read_sheet
from grid.values import value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_LEVELS", "Facts", "Outcome", "Rule", "RuleTable", "parse_rules"]

OUTCOMES = ("size", "level", "handler", "profile", "note_zh", "note_en")

#: Who works: `grid.model.Unit.kind`.
HANDLERS = ("team", "community", "street", "district", "city", "department")

#: The level in charge where a row names none.
DEFAULT_LEVELS: Mapping[Size, Level] = {
    Size.SMALL: Level.GRID,
    Size.BIG: Level.COMMUNITY,
    Size.MAJOR: Level.DISTRICT,
    Size.EMERGENCY: Level.DISTRICT,
}


@value
class Outcome:
    """What was decided, and by what.

    `profile` names the limits that hold (empty: the category's own); `matched` has (column, cell
    text, value seen) of every filled cell of the row.
    """

    rule_id: str
    size: Size
    level: Level
    handler: str
    profile: str
    matched: tuple[tuple[str, str, str], ...]


#: Outcomes remembered by their facts.
_REMEMBERED = 16_384


class _Compiled:
    """A row ready to run: the tests that a category does not answer already, cheapest first."""

    __slots__ = ("rule", "tests")

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.tests: tuple[Test, ...] = tuple(
            condition.test()
            for condition in rule.conditions
            if condition.column not in {"category", "category_size"}
        )


class RuleTable:
    """All rules in order. Made by `parse_rules`, which has checked them."""

    def __init__(self, rules: tuple[Rule, ...], categories: CategoryTable) -> None:
        self.rules = rules
        self.by_id = {rule.id: rule for rule in rules}
        compiled = [_Compiled(rule) for rule in rules]
        # Most conditions are about the category: asked once here instead of at every decision.
        self._rows = {
            (code, size): tuple(row for row in compiled if _fits(row.rule, code, size))
            for code in categories.codes
            for size in Size
        }
        self._categories = categories
        self._decided: dict[Facts, Outcome] = {}

    def decide(self, facts: Facts) -> Outcome:
        """The outcome of the first row that fits. Raises UnknownCategory.

        Remembered: a city's reports say the same few things of thousands of matters.
        """
        known = self._decided.get(facts)
        if known is None:
            if len(self._decided) >= _REMEMBERED:
                self._decided.clear()
            known = self._decided[facts] = self._decide(facts)
        return known

    def _decide(self, facts: Facts) -> Outcome:
        try:
            rows = self._rows[facts.category, facts.category_size]
        except KeyError:
            self._categories.conditions(facts.category)
            raise UnknownCategory(facts.category, None, "") from None
        for row in rows:
            for test in row.tests:
                if not test(facts):
                    break
            else:
                rule = row.rule
                matched = tuple((c.column, c.text, str(c.value(facts))) for c in rule.conditions)
                return Outcome(rule.id, rule.size, rule.level, rule.handler, rule.profile, matched)
        raise AssertionError(f"no rule fits {facts}, although the table was checked for gaps")


def _fits(rule: Rule, code: str, size: Size) -> bool:
    for condition in rule.conditions:
        if condition.column == "category" and code not in condition.words:
            return False
        if condition.column == "category_size" and size not in condition.words:
            return False
    return True


def parse_rules(
    text: str,
    filename: str,
    categories: CategoryTable,
    *,
    zones: frozenset[str] | None = None,
    profiles: frozenset[str] | None = None,
    chain: tuple[Level, ...] = (Level.GRID, Level.COMMUNITY, Level.DISTRICT),
    levels: Mapping[Size, Level] = DEFAULT_LEVELS,
) -> RuleTable:
    """The checked table of a sheet.

    `zones` and `profiles` are the names that may occur (None: any), `chain` the levels that may be
    in charge, `levels` who is in charge where a row names nobody. Raises PolicyError with all
    problems.
    """
    problems = Problems()
    sheet = read_sheet(text, filename, ("rule", *CONDITIONS, *OUTCOMES), (), problems)
    rules: list[Rule] = []
    seen: dict[str, int] = {}
    for row in sheet:
        rule = _rule(row, categories, zones, profiles, chain, levels, problems)
        if rule is None:
            continue
        if rule.id in seen:
            problems.add(
                filename, row.line, f"rule {rule.id} stands in line {seen[rule.id]} already"
            )
        seen.setdefault(rule.id, row.line)
        rules.append(rule)
    # A row that could not be read may be the one that shadows or fills the gap: mend it first.
    if not problems.found:
        for line, message in unreachable_and_gaps(rules, categories):
            problems.add(filename, line, message)
    problems.raise_any()
    return RuleTable(tuple(rules), categories)


def _rule(
    row: SheetRow,
    categories: CategoryTable,
    zones: frozenset[str] | None,
    profiles: frozenset[str] | None,
    chain: tuple[Level, ...],
    levels: Mapping[Size, Level],
    problems: Problems,
) -> Rule | None:
    before = len(problems.found)
    conditions: list[Condition] = []
    for column in CONDITIONS:
        try:
            condition = parse_cell(column, row.text(column), categories, zones)
        except ValueError as error:
            problems.add(row.file, row.line, str(error))
        else:
            if condition is not None:
                conditions.append(condition)
    if not row.code("rule"):
        problems.add(row.file, row.line, "the rule has no name")
    size = row.word("size", Size, problems)
    level = levels[size] if size is not None else None
    if row.code("level"):
        level = row.word("level", Level, problems)
    if level is not None and level not in chain:
        problems.add(row.file, row.line, f"level {level} is not in the chain {' → '.join(chain)}")
    handler, profile = row.code("handler"), row.code("profile")
    if handler not in HANDLERS:
        problems.add(row.file, row.line, f"handler '{handler}' is none of {', '.join(HANDLERS)}")
    if profile and profiles is not None and profile not in profiles:
        known = ", ".join(sorted(profiles - {""}))
        problems.add(row.file, row.line, f"profile '{profile}' is none of {known}")
    for note in ("note_zh", "note_en"):
        if not row.text(note):
            problems.add(row.file, row.line, f"{note} is missing: nobody could say why")
    if size is None or level is None or len(problems.found) > before:
        return None
    return Rule(
        id=row.code("rule"),
        line=row.line,
        conditions=tuple(conditions),
        size=size,
        level=level,
        handler=handler,
        profile=profile,
        note_zh=row.text("note_zh"),
        note_en=row.text("note_en"),
    )
