"""What was found is carried out: parents are opened, cases come under them, repeated ones go up.

Commands like any other, all cases locked together in the order of ids, all in one transaction.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from geo_data import ledger, looks
from geo_data.commanding import moment
from geo_data.ledger import Change
from geo_data.places.zones import zones_of, zones_of_waiting
from grid.cases.commands import Gather, Join, Leave, Merge, Recur
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.errors import Rejected
from grid.model import Status, common_path
from grid.principal import WATCHER
from grid.watching import surges
from grid.watching.surges import Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from grid.cases.case import Case
    from grid.cases.commands import Command
    from grid.cases.events import Event
    from grid.policy.policy import Policy
    from grid.teams import Teams
    from grid.watching.repetition import Repeated
    from grid.watching.surges import Group

log = logging.getLogger(__name__)

_ZONE = ZoneInfo("Asia/Shanghai")
#: Under one case there is nothing to gather.
_FEWEST = 2
_CAN_COME = frozenset({Status.RECEIVED, Status.OPEN, Status.WORKING})


@dataclass(slots=True)
class Done:
    """What came of it.

    Who came under which parent (case → parent), how the surges stand now, and the cases whose
    parent was over, though the feed had not said so yet.
    """

    parents: dict[str, str] = field(default_factory=dict)
    standing: list[Standing] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)


class Gathering:
    """Carries out what one look found. `received` says when each report came in."""

    def __init__(self, policy: Policy, teams: Teams, received: Mapping[str, datetime]) -> None:
        self._policy = policy
        self._teams = teams
        self._received = received
        self._cases: dict[str, Case] = {}
        self._zones: dict[str, frozenset[str]] = {}
        self._children: dict[str, list[str]] = {}
        self._changes: list[Change] = []
        self._done = Done()

    async def carry_out(
        self, conn: Connection, groups: Sequence[Group], repeats: Sequence[Repeated]
    ) -> Done:
        """Do it; a case that cannot be merged or lifted stays as it is."""
        if not groups and not repeats:
            return self._done
        ids = {s.case_id for group in groups for s in group.coming()}
        ids |= {self._parent(group) for group in groups}
        ids |= {case_id for one in repeats for case_id in (one.case_id, one.first)}
        self._cases = await ledger.lock(conn, sorted(ids))
        await self._lock_children(conn)
        self._zones = await zones_of_waiting(conn, self._cases.values())
        again = {one.case_id for one in repeats} & self._cases.keys() - self._zones.keys()
        self._zones |= await zones_of(conn, [self._cases[case_id] for case_id in sorted(again)])
        now = await moment(conn, *self._cases.values())
        new = [group for group in groups if self._parent(group) not in self._cases]
        numbers = await ledger.case_numbers(conn, len(new), now.astimezone(_ZONE).year)
        for group, number in zip(new, numbers, strict=True):
            self._open(group, number, now)
        for group in groups:
            self._gather(group, now)
        for one in repeats:
            self._lift(one, now)
        if self._changes:
            await ledger.append(conn, _combined(self._changes))
        return self._done

    async def _lock_children(self, conn: Connection) -> None:
        """What is under the cases themselves: they hand it on. Nothing comes under what is locked.

        Locked out of order; where that closes a circle, one of the two is done again.
        """
        free = [case.id for case in self._cases.values() if case.status in _CAN_COME]
        self._children = await looks.children(conn, free)
        more = [child for several in self._children.values() for child in several]
        if more:
            self._cases |= await ledger.lock(conn, sorted(more))

    def _parent(self, group: Group) -> str:
        if group.parent is not None:
            return group.parent
        return surges.parent_id(group.first, self._received[group.first])

    def _open(self, group: Group, number: str, now: datetime) -> None:
        """A parent over what can come under it, whose reports it counts from the start."""
        coming = [self._cases.get(s.case_id) for s in group.coming()]
        free = [case for case in coming if case is not None and case.status in _CAN_COME]
        if group.parent is not None or len(free) < _FEWEST:
            return
        command = Gather(
            by=WATCHER,
            first=free[0],
            area=common_path([case.place.path for case in free]),
            reports=sum(case.tally.reports for case in free),
        )
        known = Known(case_id=self._parent(group), number=number)
        events, steps = apply(None, command, known, now, self._policy)
        self._note(None, events, steps, now)
        self._come(group, now, counted=True)

    def _gather(self, group: Group, now: datetime) -> None:
        """Bring those who are still outside under the parent, if it is live."""
        parent = self._cases.get(self._parent(group))
        if parent is None:
            return
        if not parent.status.live or parent.parent is not None:
            self._done.blocked += [s.case_id for s in group.coming() if s.case_id in self._cases]
            return
        self._come(group, now, counted=False)
        if parent.id in self._done.parents.values():
            self._done.standing.append(
                Standing(
                    parent.id,
                    group.class_,
                    group.first,
                    group.lon,
                    group.lat,
                    group.first_at,
                    group.last_at,
                )
            )

    def _come(self, group: Group, now: datetime, *, counted: bool) -> None:
        for sighting in group.coming():
            case = self._cases.get(sighting.case_id)
            if case is not None and case.status in _CAN_COME:
                self._bring(case, self._parent(group), now, counted=counted)

    def _bring(self, case: Case, parent_id: str, now: datetime, *, counted: bool) -> None:
        """Bring a case and what is under it under the parent, all of it or nothing."""
        parent = self._cases[parent_id]
        children = [c for c in self._children.get(case.id, ()) if self._cases[c].parent == case.id]
        orders: list[tuple[str, Command]] = []
        for child in children:
            reports = self._cases[child].tally.reports
            own = Leave(by=WATCHER, child=child, reports=reports)
            taken = Join(by=WATCHER, child=child, reports=0 if counted else reports)
            orders += [(child, Merge(by=WATCHER)), (case.id, own), (parent_id, taken)]
        own_reports = case.tally.reports - sum(self._cases[c].tally.reports for c in children)
        taken = Join(by=WATCHER, child=case.id, reports=0 if counted else own_reports)
        orders = [(case.id, Merge(by=WATCHER)), *orders, (parent_id, taken)]
        try:
            changes = self._given(orders, parent, now)
        except Rejected as no:
            log.info("case %s stays outside %s: %s", case.number, parent.number, no.en)
            return
        for change in changes:
            self._changes.append(change)
            self._cases[change.after.id] = change.after
        self._done.parents |= dict.fromkeys([case.id, *children], parent_id)

    def _given(
        self, orders: Sequence[tuple[str, Command]], parent: Case, now: datetime
    ) -> list[Change]:
        """What commands to several cases come to, one after the other. Raises Rejected."""
        cases, changes = dict(self._cases), []
        for case_id, command in orders:
            before = cases[case_id]
            known = Known(parent=parent, zones=self._zones.get(case_id, frozenset()))
            events, steps = apply(before, command, known, now, self._policy)
            changes.append(Change(before, events, steps))
            cases[case_id] = steps[-1]
        return changes

    def _lift(self, one: Repeated, now: datetime) -> None:
        """Tell a case that it repeats; where that changes nothing, nothing happens."""
        case, first = self._cases.get(one.case_id), self._cases.get(one.first)
        if case is None or first is None or case.status not in _CAN_COME:
            return
        command: Command = Recur(by=WATCHER, reports=one.reports, first=first.number)
        skipped = self._teams.skipped(case.place.path, now, self._policy.chain)
        known = Known(skipped=skipped, zones=self._zones.get(case.id, frozenset()))
        try:
            events, steps = apply(case, command, known, now, self._policy)
        except Rejected as no:
            log.debug("case %s is not lifted by repetition: %s", case.number, no.en)
            return
        if events:
            self._note(case, events, steps)

    def _note(
        self,
        before: Case | None,
        events: Sequence[Event],
        steps: Sequence[Case],
        received_at: datetime | None = None,
    ) -> None:
        self._changes.append(Change(before, events, steps, received_at))
        self._cases[steps[-1].id] = steps[-1]


def _combined(changes: Sequence[Change]) -> list[Change]:
    """One change a case: what happened to it in a row, from before the first to after the last."""
    whole: dict[str, Change] = {}
    for change in changes:
        before = whole.get(change.after.id)
        whole[change.after.id] = (
            change
            if before is None
            else replace(
                before,
                events=[*before.events, *change.events],
                steps=[*before.steps, *change.steps],
            )
        )
    return list(whole.values())
