"""The few facts of a case that features show beside its own columns, and how they change."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - named tuples keep it inspectable
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from grid.figures.facts import CaseFacts

if TYPE_CHECKING:
    from collections.abc import Callable


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


#: The same values as a plain tuple, fetched at once: this is asked of every event.
values_of: Callable[[CaseFacts], tuple[Any, ...]] = itemgetter(
    *(CaseFacts._fields.index(name) for name in Shown._fields)
)


def shown(facts: CaseFacts) -> Shown:
    """What is shown of the facts."""
    return Shown._make(values_of(facts))
