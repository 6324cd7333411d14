"""What the decision table makes of a matter at a place: size, level in charge, handler, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.cases import charges
from grid.cases.events import Because
from grid.policy.rules import Facts

if TYPE_CHECKING:
    from datetime import datetime

    from grid.model import Charge, Matter, Place
    from grid.policy.categories import Category
    from grid.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Verdict:
    """The matter with its size, who answers and who works, and the facts that decided it."""

    matter: Matter
    charge: Charge
    facts: tuple[tuple[str, str, str], ...]

    def because(self, policy: Policy, *more: tuple[str, str, str]) -> Because:
        """The reason, with further facts."""
        rule, calendar = self.matter.rule, policy.calendar.version
        return Because(rule, (*self.facts, *more), policy.version, calendar)


def judge(
    matter: Matter,
    row: Category,
    place: Place,
    at: datetime,
    policy: Policy,
    *,
    zones: frozenset[str] = frozenset(),
    repetition: int = 0,
    settled: bool = False,
) -> Verdict:
    """The verdict of the policy's table on the matter at the place; `at` picks who is responsible.

    `row` is the category's row. Size, rule and profile of `matter` are replaced.
    """
    outcome = policy.rules.decide(
        Facts(
            category=matter.category,
            category_size=row.default_size,
            severity=matter.severity,
            affected=matter.affected,
            injured=matter.injured,
            money=matter.money,
            zones=zones,
            repetition=repetition,
            source=matter.source,
            off_hours=matter.off_hours,
            settled=settled,
        )
    )
    decided = matter.decided(outcome.size, outcome.rule_id, outcome.profile, policy.version)
    charge = charges.at_filing(place, outcome.level, outcome.handler, matter.category, policy, at)
    return Verdict(decided, charge, outcome.matched)
