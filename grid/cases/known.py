"""What a decision has to know beside case, command and policy: read elsewhere, passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grid.model import Case, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Facts from outside the case, each only where the command asks for it.

    For filing: `case_id` and `number` (new), `place` (where the cell index put the report),
    `zones` (kinds of places it lies in), `repetition` (earlier reports of its class nearby) and
    `text`, the salted digest of its description. For merging: `parent`, locked.
    """

    case_id: str = ""
    number: str = ""
    place: Place | None = None
    zones: frozenset[str] = frozenset()
    repetition: int = 0
    text: str | None = None
    parent: Case | None = None


NOTHING = Known()
