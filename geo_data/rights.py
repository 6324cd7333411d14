"""Who sees which rows: one function turns a principal into its filter, every query takes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grid.principal import Role

if TYPE_CHECKING:
    from grid.principal import Principal

#: Roles that read cases; the others see what became of their own reports and nothing else.
READERS = frozenset(
    {
        Role.WORKER,
        Role.STAFF,
        Role.OPERATOR,
        Role.SUPERVISOR,
        Role.HOTLINE,
        Role.ANALYST,
        Role.ADMIN,
    }
)
#: Roles that may do a handler's work and so have reason to know who reported.
HANDLERS = frozenset({Role.WORKER, Role.STAFF, Role.OPERATOR})
#: Roles that no department limits.
_OVER_DEPARTMENTS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class RowFilter:
    """The rows that a principal sees.

    `area` is the path that all rows lie below (None: no case at all), `sender` whose reports it
    sees wherever they lie, `masked` that free text and exact positions are kept back. With a
    `department` only the cases within the area that it works on: leading or assisting.
    """

    area: str | None
    sender: str
    masked: bool
    department: str = ""

    @property
    def bounds(self) -> tuple[str, str]:
        """`path >= low AND path < high` in the "C" collation; nothing fits ("", "")."""
        return subtree(self.area) if self.area is not None else ("", "")

    def within(self, path: str) -> bool:
        """True for a place that the principal sees."""
        return self.area is not None and path.startswith(self.area)

    def narrowed(self, path: str) -> RowFilter | None:
        """The same filter over the part of `path` that it sees; None where that is nothing."""
        if self.within(path):
            return replace(self, area=path)
        if self.area is not None and self.area.startswith(path):
            return self
        return None


def row_filter(principal: Principal) -> RowFilter:
    """What this principal sees."""
    reads = principal.role in READERS
    return RowFilter(
        area=principal.area if reads else None,
        sender=principal.id,
        masked=principal.role is Role.ANALYST,
        department=principal.department if principal.role not in _OVER_DEPARTMENTS else "",
    )


def subtree(path: str) -> tuple[str, str]:
    """The half-open range of all paths below `path`, itself included: "0" comes after "/".

    The empty path is everything: "~" comes after all codes.
    """
    return path, path[:-1] + "0" if path else "~"
