"""`value`: a frozen dataclass that is cheap to make.

To type checkers it is `dataclass(frozen=True, slots=True)`. At run time nothing guards against
assignment, because a guarded value of ten fields costs three times as much to make, and the engine
makes a dozen of them for each event; `mypy` finds every assignment, and the tests run with the
guard on (docs/decisions/0016-values.md).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

#: Set for the tests: assignments to values raise, as they would for frozen dataclasses.
GUARDED = os.environ.get("WANGGE_GUARDED_VALUES") == "1"

if TYPE_CHECKING:
    from typing import TypeVar, dataclass_transform

    T = TypeVar("T")

    @dataclass_transform(frozen_default=True, field_specifiers=())
    def value(cls: type[T]) -> type[T]:
        """A frozen dataclass with slots."""
        ...

else:

    def value(cls: Any) -> Any:
        """A dataclass with slots, equality and a hash."""
        if GUARDED:
            return dataclass(frozen=True, slots=True)(cls)
        return dataclass(slots=True, unsafe_hash=True)(cls)
