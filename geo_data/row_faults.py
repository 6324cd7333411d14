"""What is wrong with the rows of a file that somebody loads: row, field, value, reason."""

from __future__ import annotations

from dataclasses import dataclass

#: So much of a value is told.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class RowFault:
    """One thing that is wrong.

    `kind` is stable; `row` counts features (or lines of data) from 1, 0 is the whole file; `field`
    is the file's own name of the column.
    """

    kind: str
    row: int
    field: str
    value: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row else "file"
        value = f" {self.value[:_SHOWN]!r}" if self.value else ""
        field = f", {self.field}" if self.field else ""
        return f"{where}{field}{value}: {self.reason}"


class BadRows(ValueError):
    """A file that cannot be taken, with everything that is wrong with it, in the order of rows."""

    def __init__(self, found: list[RowFault]) -> None:
        found = sorted(found, key=lambda fault: fault.row)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        super().__init__(f"{found[0]}{more}")
        self.faults = found


def not_empty(rows: int) -> None:
    """A file without rows would end all that its source has said; by mistake, most of the time."""
    if not rows:
        raise whole("empty", "has no rows; say --empty where its source knows nothing any more")


def whole(kind: str, reason: str, field: str = "", value: str = "") -> BadRows:
    """The file as a whole cannot be understood."""
    return BadRows([RowFault(kind, 0, field, value, reason)])
