"""What loading a file makes of what its source said before."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a file's rows: new, changed, no longer there, as before."""

    added: int
    changed: int
    gone: int
    same: int
