"""What was known of cases' facts at an instant: a row for each time that what is shown changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from geo_data.arrays import plain
from geo_data.queries import load
from grid.figures.shown import NOTHING, values_of

if TYPE_CHECKING:
    from geo_data.database import Connection
    from grid.figures.facts import CaseFacts

_SQL = load("history")

_EVER = datetime(1, 1, 1, tzinfo=UTC)


class Turns:
    """The turns that some events brought, noted one by one in their order and written at once.

    Events that were noted before give the same rows again. Events of one instant are one turn.
    """

    def __init__(self) -> None:
        self._found: dict[str, dict[datetime, tuple[Any, ...]]] = {}
        self._anew: set[str] = set()

    def note(self, before: CaseFacts | None, after: CaseFacts, at: datetime) -> None:
        """An event at that instant made `after` of `before`; None where it filed the case."""
        now = values_of(after)
        if before is None:
            self._anew.add(after.case_id)
            self._found[after.case_id] = {}
        if now != (NOTHING if before is None else values_of(before)):
            self._found.setdefault(after.case_id, {})[at] = now

    async def write(self, conn: Connection) -> None:
        """Store them in the running transaction."""
        if not self._found:
            return
        begins = {
            case_id: _EVER if case_id in self._anew else next(iter(turns))
            for case_id, turns in self._found.items()
        }
        which = {
            "case_id": plain(begins),
            "begin": plain(begin.isoformat() for begin in begins.values()),
        }
        await conn.execute(_SQL.forget_facts, which)
        await conn.execute(_SQL.end_facts, which)
        lines = []
        for case_id, turns in self._found.items():
            ends = [*map(datetime.isoformat, turns), "infinity"]
            lines += [
                "\t".join((case_id, since, until, *map(_text, values)))
                for since, until, values in zip(ends[:-1], ends[1:], turns.values(), strict=True)
            ]
        if lines:
            async with conn.cursor().copy(_SQL.copy_facts) as copy:
                await copy.write("\n".join(lines) + "\n")


def _text(value: Any) -> str:
    """A moment, a number or a truth as COPY takes it."""
    if value is None:
        return r"\N"
    return value.isoformat() if isinstance(value, datetime) else str(value)
