"""The few facts of a case that features show beside its own columns, and how they change."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - named tuples keep it inspectable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from grid.figures.facts import CaseFacts


class Shown(NamedTuple):
    """As in `CaseFacts`, in the order of the columns of `fact_history`."""

    accepted_at: datetime | None = None
    handled_at: datetime | None = None
    handle_late: bool = False
    closed_late: bool = False
    rework: int = 0
    escalations: int = 0
    cards: int = 0


#: Of a case to which nothing has happened yet.
NOTHING = Shown()


def shown(facts: CaseFacts) -> Shown:
    """What is shown of the facts."""
    return Shown(
        facts.accepted_at,
        facts.handled_at,
        facts.handle_late,
        facts.closed_late,
        facts.rework,
        facts.escalations,
        facts.cards,
    )
