"""The follower that keeps the facts of cases, from which all figures are counted."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from geo_data import case_facts
from geo_data.fact_history import Turns
from grid.cases.wire import decode_event
from grid.figures.fold import advance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry
    from grid.figures.facts import CaseFacts

#: Cases kept in memory: what happens to a case often happens within minutes.
_KEPT = 8000


class Figures:
    """Keeps `case_facts`, `fact_history`, `held_stages` and `callbacks` as the feed tells.

    Facts in memory are good where the feed's next event of the case follows them: whatever another
    clerk wrote, or a transaction that failed did not write, shows by the event's number.
    """

    name = "figures"
    #: What happens to a case within a batch is written once.
    batch = 4000

    def __init__(self) -> None:
        self._kept: OrderedDict[str, CaseFacts] = OrderedDict()

    async def take(self, conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """Carry the entries into the facts; those that are in there already change nothing."""
        before = await self._before(conn, entries)
        after: dict[str, CaseFacts | None] = dict(before)
        anew = set()
        turns = Turns()
        for entry in entries:
            case_id = entry.case_id
            facts = after.get(case_id)
            if entry.event == 1:
                anew.add(case_id)
            elif facts is not None and entry.event <= facts.version:
                continue
            event = decode_event(entry.body)
            then = advance(facts, event)
            turns.note(None if entry.event == 1 else facts, then, event.at)
            after[case_id] = then
        changes = [
            (None if case_id in anew else before[case_id], facts)
            for case_id, facts in after.items()
            if facts is not None and facts is not before.get(case_id)
        ]
        if changes:
            await case_facts.write(conn, changes)
            await turns.write(conn)
        for _, facts in changes:
            self._kept[facts.case_id] = facts
            self._kept.move_to_end(facts.case_id)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    async def _before(self, conn: Connection, entries: Sequence[FeedEntry]) -> dict[str, CaseFacts]:
        """The facts before the entries, from memory where that is still right."""
        first: dict[str, int] = {}
        for entry in entries:
            first.setdefault(entry.case_id, entry.event)
        found, asked = {}, []
        for case_id, number in first.items():
            facts = self._kept.get(case_id)
            if number == 1:
                continue
            if facts is not None and facts.version == number - 1:
                found[case_id] = facts
            else:
                asked.append(case_id)
        return found | await case_facts.read(conn, asked)
