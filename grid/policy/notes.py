"""What is worth knowing about a policy that is right: gaps, what it decides, what nobody uses."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.model import Size, Source, Stage
from grid.policy.rules import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from grid.policy.categories import Category
    from grid.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Gap:
    """A category for which no department is named in some districts (codes)."""

    category: str
    name_zh: str
    name_en: str
    districts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the decision table makes of a row of the category table when nothing else is said."""

    rule: str
    size: Size
    level: str
    handler: str
    limit: str


def gaps(policy: Policy, districts: Iterable[str], on: date) -> list[Gap]:
    """Every category without a department on a day, with the districts (paths) that lack one."""
    found: dict[str, list[str]] = {}
    for category, path in policy.responsibilities.gaps(policy.categories.codes, districts, on):
        found.setdefault(category, []).append(path.rstrip("/").rpartition("/")[2])
    told = []
    for category, codes in found.items():
        item = policy.categories.row(category).item_name
        told.append(Gap(category, item.zh, item.en, tuple(codes)))
    return told


def decisions(policy: Policy) -> dict[tuple[str, str], Decided]:
    """For each row of the category table (code, condition): a worker's plain report of it."""
    return {(row.code, row.condition): _decided(policy, row) for row in policy.categories.rows}


def _decided(policy: Policy, row: Category) -> Decided:
    facts = Facts(category=row.code, category_size=row.default_size, source=Source.WORKER)
    outcome = policy.rules.decide(facts)
    limit = policy.stages.row(
        Stage.RESOLVE, outcome.level, outcome.size, outcome.profile, row.limit
    ).limit(row.limit)
    return Decided(outcome.rule_id, outcome.size, outcome.level, outcome.handler, str(limit))


def sizes(decided: Mapping[tuple[str, str], Decided]) -> dict[str, int]:
    """How many rows of the category table come out in each size."""
    count = Counter(one.size for one in decided.values())
    return {size.value: count[size] for size in Size}


def unused(policy: Policy) -> list[str]:
    """Names that one file has and no other asks for."""
    told = []
    profiles = {rule.profile for rule in policy.rules.rules}
    told += [
        f"profile '{name}' stands in the limits, but no rule names it"
        for name in sorted(policy.stages.profiles - profiles - {""})
    ]
    zones = {
        word
        for rule in policy.rules.rules
        for condition in rule.conditions
        if condition.column == "place_zone"
        for word in condition.words
    }
    told += [
        f"zone '{name}' stands under zones, but no rule names it"
        for name in sorted(policy.zones - zones)
    ]
    named = policy.responsibilities.named
    told += [
        f"department '{code}' answers for nothing"
        for code in policy.responsibilities.departments
        if code not in named
    ]
    return told
