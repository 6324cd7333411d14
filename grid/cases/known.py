"""What a decision has to know beside case, command and policy: read elsewhere, passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grid.cases.case import Case
    from grid.model import Level, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Facts from outside the case, each only where the command asks for it.

    For filing and deciding again: `case_id` and `number` (new), `place` (where the cell index put
    the position), `zones` (kinds of places it lies in) and `text`, the salted digest of its
    description. For merging: `parent`, locked. For settling: `lot`, a random number in [0, 1) that
    says whether the community looks again. For everything that goes up: `skipped`, the levels
    answered by the same people as the level below them. For who reported: `senders`, the senders of
    all its reports, with those of the cases under it; and `reachable`, whether any of them left a
    way to be called.
    """

    case_id: str = ""
    number: str = ""
    place: Place | None = None
    zones: frozenset[str] = frozenset()
    text: str | None = None
    parent: Case | None = None
    lot: float = 1.0
    skipped: tuple[Level, ...] = ()
    senders: frozenset[str] = frozenset()
    reachable: bool = True


NOTHING = Known()
