"""Which rows of a decision table can never fire, and for which matters no row fits.

Every column has finitely many values that the table can tell apart (its atoms): the words of an
enumeration, the numbers between two thresholds. A row is then a box, a set of atoms in each
column, kept as bits. A row can fire when something of its box is left after taking away all
earlier boxes, and a table has a gap when something of the whole is left after all of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.model import Size, Source
from grid.policy.rule_cells import NUMBERS, SEVERITIES, Condition, Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grid.policy.categories import CategoryTable
    from grid.policy.rule_cells import Rule

#: Boxes looked at before a question is left open.
_PATIENCE = 100_000

#: More zones than this in one table are too many to tell all their combinations apart.
MOST_ZONES = 8

_WHOLE_COLUMNS = ("affected", "injured", "repetition")

Box = tuple[int, ...]


class _Undecided(Exception):
    """The question takes too many boxes."""


@dataclass(frozen=True, slots=True)
class Atoms:
    """The values that the table can tell apart, column by column."""

    matters: tuple[tuple[str, Size], ...]  # every category with every size
    real: int  # bits of the matters that the category table has
    numbers: dict[str, tuple[float | None, ...]]
    zones: tuple[frozenset[str], ...]

    @property
    def whole(self) -> Box:
        """The box of everything."""
        sizes = [len(self.matters), *map(len, self.numbers.values()), len(self.zones)]
        return tuple((1 << size) - 1 for size in (*sizes, len(Source), 2, 2))

    def real_box(self, conditions: Sequence[Condition]) -> Box:
        """The same for matters that the category table has: only those need a row."""
        first, *rest = self.box(conditions)
        return (first & self.real, *rest)

    def box(self, conditions: Sequence[Condition]) -> Box:
        """The atoms that a row's conditions let through."""
        by_column = {condition.column: condition for condition in conditions}
        return (
            self._matter_bits(by_column.get("category"), by_column.get("category_size")),
            *(_number_bits(atoms, by_column.get(c)) for c, atoms in self.numbers.items()),
            _bits(
                (c := by_column.get("place_zone")) is None or not c.words.isdisjoint(zones)
                for zones in self.zones
            ),
            _word_bits(tuple(Source), by_column.get("source")),
            _word_bits(("work", "off"), by_column.get("hours")),
            _word_bits(("no", "yes"), by_column.get("settled")),
        )

    def _matter_bits(self, category: Condition | None, size: Condition | None) -> int:
        return _bits(
            (category is None or code in category.words) and (size is None or default in size.words)
            for code, default in self.matters
        )

    def example(self, box: Box) -> Facts:
        """Facts inside a box that is not empty."""
        first = [(bits & -bits).bit_length() - 1 for bits in box]
        code, size = self.matters[first[0]]
        columns = tuple(self.numbers)
        number = {c: self.numbers[c][first[1 + i]] for i, c in enumerate(columns)}
        rest = first[1 + len(columns) :]
        severity = number["severity"]
        return Facts(
            category=code,
            category_size=size,
            severity=None if severity is None else int(severity),
            affected=int(number["affected"] or 0),
            injured=int(number["injured"] or 0),
            money=number["money"] or 0.0,
            zones=self.zones[rest[0]],
            repetition=int(number["repetition"] or 0),
            source=tuple(Source)[rest[1]],
            off_hours=rest[2] == 1,
            settled=rest[3] == 1,
        )


def _bits(flags: Iterable[bool]) -> int:
    return sum(1 << place for place, flag in enumerate(flags) if flag)


def _word_bits(words: tuple[str, ...], condition: Condition | None) -> int:
    return _bits(condition is None or word in condition.words for word in words)


def _number_bits(atoms: tuple[float | None, ...], condition: Condition | None) -> int:
    interval = condition.interval if condition is not None else None
    return _bits(
        interval is None or (value is not None and interval.holds(value)) for value in atoms
    )


def atoms_of(rules: Sequence[Rule], categories: CategoryTable) -> Atoms:
    """The atoms of a table over these categories."""
    conditions = [condition for rule in rules for condition in rule.conditions]
    matters = tuple((code, size) for code in categories.codes for size in Size)
    known = {(row.code, row.default_size) for row in categories.rows}
    subsets = [frozenset[str]()]
    for zone in _zones(rules)[:MOST_ZONES]:
        subsets += [subset | {zone} for subset in subsets]
    return Atoms(
        matters=matters,
        real=_bits(matter in known for matter in matters),
        numbers={column: _number_atoms(column, conditions) for column in NUMBERS},
        zones=tuple(subsets),
    )


def _zones(rules: Sequence[Rule]) -> list[str]:
    cells = (cell for rule in rules for cell in rule.conditions if cell.column == "place_zone")
    return sorted({zone for cell in cells for zone in cell.words})


def _number_atoms(column: str, conditions: Sequence[Condition]) -> tuple[float | None, ...]:
    if column == "severity":
        return (None, *map(float, SEVERITIES))
    edges = {0.0}
    for condition in conditions:
        if condition.column == column and condition.interval is not None:
            interval = condition.interval
            edges |= {edge for edge in (interval.low, interval.high) if math.isfinite(edge)}
    step = 1.0 if column in _WHOLE_COLUMNS else 0.5
    around = {edge + shift for edge in edges for shift in (-step, 0.0, step)}
    return tuple(sorted(value for value in around if value >= 0))


def unreachable_and_gaps(rules: Sequence[Rule], categories: CategoryTable) -> list[tuple[int, str]]:
    """What can never fire and what is not covered, as (line, message)."""
    if len(_zones(rules)) > MOST_ZONES:
        return [(rules[0].line, f"the table names more than {MOST_ZONES} zones: too many to check")]
    atoms = atoms_of(rules, categories)
    boxes = [atoms.box(rule.conditions) for rule in rules]
    found: list[tuple[int, str]] = []
    for place, rule in enumerate(rules):
        box = atoms.real_box(rule.conditions)
        if not all(box):
            found.append((rule.line, f"rule {rule.id} fits nothing: no value fits all its cells"))
        elif _never(box, boxes[:place]):
            found.append((rule.line, _shadowed(rule, box, rules[:place], boxes[:place])))
    last = rules[-1].line if rules else 0
    try:
        gap = _left(atoms.whole, boxes)
    except _Undecided:
        found.append((last, "there may be matters that no rule fits; end with a default row"))
    else:
        if gap is not None:
            told = _told(atoms.example(gap))
            found.append((last, f"no rule fits {told}; end with a default row"))
    return found


def example_of(rule: Rule, rules: Sequence[Rule], categories: CategoryTable) -> Facts | None:
    """Facts for which this rule decides; None where it never does, or where none was found."""
    atoms = atoms_of(rules, categories)
    earlier = [atoms.box(other.conditions) for other in rules[: list(rules).index(rule)]]
    try:
        left = _left(atoms.real_box(rule.conditions), earlier)
    except _Undecided:
        return None
    return None if left is None else atoms.example(left)


def _shadowed(rule: Rule, box: Box, earlier: Sequence[Rule], boxes: Sequence[Box]) -> str:
    for other, cover in zip(earlier, boxes, strict=True):
        if _inside(box, cover):
            return (
                f"rule {rule.id} can never fire: rule {other.id} in line {other.line} "
                "takes all that it would"
            )
    taking = [n for n, cover in enumerate(boxes) if _meet(box, cover)]
    for n in tuple(taking):
        fewer = [m for m in taking if m != n]
        if _never(box, [boxes[m] for m in fewer]):
            taking = fewer
    named = ", ".join(f"{earlier[n].id} (line {earlier[n].line})" for n in taking)
    return f"rule {rule.id} can never fire: {named} together take all that it would"


def _meet(one: Box, other: Box) -> bool:
    return all(a & b for a, b in zip(one, other, strict=True))


def _inside(box: Box, cover: Box) -> bool:
    return all(not bits & ~covering for bits, covering in zip(box, cover, strict=True))


def _never(box: Box, covers: Sequence[Box]) -> bool:
    """True for a box that the covers certainly take whole."""
    try:
        return _left(box, covers) is None
    except _Undecided:
        return False


def _left(box: Box, covers: Sequence[Box]) -> Box | None:
    """A part of `box` outside all covers, or None. Raises _Undecided when patience ends."""
    if any(_inside(box, cover) for cover in covers):
        return None
    stack = [(box, 0)]
    looked_at = 0
    while stack:
        rest, place = stack.pop()
        looked_at += 1
        if looked_at > _PATIENCE:
            raise _Undecided
        while place < len(covers) and not _meet(rest, covers[place]):
            place += 1
        if place == len(covers):
            return rest
        inside = list(rest)
        for column, bits in enumerate(covers[place]):
            outside = inside[column] & ~bits
            if outside:
                stack.append(((*inside[:column], outside, *inside[column + 1 :]), place + 1))
            inside[column] &= bits
    return None


def _told(facts: Facts) -> str:
    parts = [f"{facts.category} ({facts.category_size})"]
    if facts.severity is not None:
        parts.append(f"severity {facts.severity}")
    parts += [f"{c} {getattr(facts, c):g}" for c in NUMBERS[1:] if getattr(facts, c)]
    parts += [f"zone {zone}" for zone in sorted(facts.zones)]
    parts += [f"source {facts.source}", "off hours" if facts.off_hours else "work hours"]
    parts.append("settled" if facts.settled else "not settled")
    return ", ".join(parts)
