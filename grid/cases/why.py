"""Why a case is where it is, told in words: made when it is read, from the events alone.

Events carry rules, facts and versions, never sentences, so that a wording can be mended without
touching history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid.cases.naming import Names, Naming
from grid.cases.sentences.table import said
from grid.cases.wire import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from grid.cases import events as e
    from grid.model import Unit
    from grid.policy.policy import Policy
    from grid.words import Pair


@dataclass(frozen=True, slots=True)
class Told:
    """One event in words: what happened, and below it the reasons, Chinese and English."""

    number: int
    at: datetime
    by: str
    type: str
    zh: str
    en: str
    reasons: tuple[Pair, ...]


def tell(history: Iterable[e.Event], policy: Policy, names: Names) -> list[Told]:
    """A history in the order in which it happened."""
    naming = Naming(policy, names)
    return [_told(event, naming) for event in history]


def unit(handler: Unit, policy: Policy, names: Names) -> Pair:
    """A unit's name."""
    return Naming(policy, names).unit(handler)


def _told(event: e.Event, naming: Naming) -> Told:
    (zh, en), reasons = said(event.what, naming)
    return Told(event.number, event.at, event.by, type_of(event.what), zh, en, tuple(reasons))
