"""Cases that come under another one, and go out again, by people: all that it touches at once.

Every case is locked, in the order of ids. The child has its command, the parent hears of it, and a
child that had cases under itself hands them on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo_data import ledger
from geo_data.commanding import UnknownCase, moment
from geo_data.ledger import Change
from geo_data.places.zones import zones_of_waiting
from geo_data.queries import load
from grid.cases import commands as c
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.principal import RULES
from grid.teams import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from geo_data.database import Connection
    from grid.cases.case import Case
    from grid.cases.commands import Command
    from grid.cases.events import Event
    from grid.policy.policy import Policy
    from grid.teams import Teams

_SQL = load("knowing")


async def merge(
    conn: Connection,
    case_id: str,
    parent_id: str,
    command: c.Merge,
    policy: Policy,
    *,
    teams: Teams = NOBODY,
) -> Case:
    """Put a case under a parent, in the running transaction; the case afterwards.

    Raises UnknownCase, and Rejected where the domain says no (nothing is written then).
    """
    cases = await _locked_with_children(conn, case_id, parent_id)
    now = await moment(conn, *cases.values())
    zones = await zones_of_waiting(conn, cases.values())
    steps = _Steps(cases, policy, teams, now, zones)
    steps.do(case_id, command, parent=cases[parent_id])
    handed_on = sorted(cases.keys() - {case_id, parent_id})
    for child in handed_on:
        reports = cases[child].tally.reports
        steps.do(child, c.Merge(by=RULES, cause="duplicate"), parent=cases[parent_id])
        steps.do(case_id, c.Leave(by=RULES, child=child, reports=reports))
        steps.do(parent_id, c.Join(by=RULES, child=child, reports=reports))
    own = steps.after(case_id).tally.reports
    steps.do(parent_id, c.Join(by=RULES, child=case_id, reports=own))
    await ledger.append(conn, steps.changes([case_id, *handed_on, parent_id]))
    return steps.after(case_id)


async def unmerge(
    conn: Connection, case_id: str, command: c.Unmerge, policy: Policy, *, teams: Teams = NOBODY
) -> Case:
    """Take a case out from under its parent, in the running transaction; the case afterwards.

    Raises UnknownCase, and Rejected where the domain says no (nothing is written then).
    """
    cases: dict[str, Case] = {}
    wanted = {case_id}
    parent_id: str | None = None
    while not wanted <= cases.keys():
        row = await (await conn.execute(_SQL.parent, {"id": case_id})).fetchone()
        if row is None:
            raise UnknownCase(case_id)
        wanted |= {str(row[0])} if row[0] is not None else set()
        cases = await ledger.lock(conn, sorted(wanted))
        parent_id = cases[case_id].parent
        wanted |= {parent_id} if parent_id is not None else set()
    now = await moment(conn, *cases.values())
    zones = await zones_of_waiting(conn, cases.values())
    steps = _Steps(cases, policy, teams, now, zones)
    steps.do(case_id, command)
    assert parent_id is not None, "what is under no parent is refused"
    reports = cases[case_id].tally.reports
    steps.do(parent_id, c.Leave(by=RULES, child=case_id, reports=reports))
    await ledger.append(conn, steps.changes([case_id, parent_id]))
    return steps.after(case_id)


async def _locked_with_children(conn: Connection, case_id: str, parent_id: str) -> dict[str, Case]:
    """The two and what is under the first. Nobody comes under a case that is locked."""
    wanted = {case_id, parent_id}
    cases: dict[str, Case] = {}
    while not wanted <= cases.keys():
        wanted |= await _children(conn, case_id)
        cases = await ledger.lock(conn, sorted(wanted))
        for name in (case_id, parent_id):
            if name not in cases:
                raise UnknownCase(name)
        wanted |= await _children(conn, case_id)
    return {name: case for name, case in cases.items() if _concerned(case, case_id, parent_id)}


def _concerned(case: Case, case_id: str, parent_id: str) -> bool:
    """Between looking and locking a child may have gone out again."""
    return case.id in (case_id, parent_id) or case.parent == case_id


async def _children(conn: Connection, case_id: str) -> set[str]:
    rows = await (await conn.execute(_SQL.children, {"id": case_id})).fetchall()
    return {str(row[0]) for row in rows}


class _Steps:
    """Commands given one after the other to several cases, at one moment."""

    def __init__(
        self,
        cases: dict[str, Case],
        policy: Policy,
        teams: Teams,
        now: datetime,
        zones: dict[str, frozenset[str]],
    ) -> None:
        self._before = cases
        self._zones = zones
        self._policy = policy
        self._teams = teams
        self._now = now
        self._events: dict[str, list[Event]] = {}
        self._steps: dict[str, list[Case]] = {}

    def do(self, case_id: str, command: Command, *, parent: Case | None = None) -> None:
        """Give a command. Raises Rejected."""
        case = self.after(case_id)
        skipped = self._teams.skipped(case.place.path, self._now, self._policy.chain)
        zones = self._zones.get(case_id, frozenset())
        known = Known(parent=parent, skipped=skipped, zones=zones)
        events, steps = apply(case, command, known, self._now, self._policy)
        self._events.setdefault(case_id, []).extend(events)
        self._steps.setdefault(case_id, []).extend(steps)

    def after(self, case_id: str) -> Case:
        """The case as it is now."""
        steps = self._steps.get(case_id)
        return steps[-1] if steps else self._before[case_id]

    def changes(self, order: Iterable[str]) -> list[Change]:
        """What was done to each case, in this order."""
        return [Change(self._before[name], self._events[name], self._steps[name]) for name in order]
