"""The surge watcher: follows the feed in order and gathers what is one matter under one parent.

What a batch is plays no part: sightings are looked at one by one in the feed's order, against
everything before them. What it finds are commands like any other, and ids come from the first
case, so that going over the feed again changes nothing.
"""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from geo_data import ledger, sightings
from geo_data.commanding import moment
from geo_data.ledger import Change
from grid.cases.commands import Gather, Join, Merge
from grid.cases.decide import apply
from grid.cases.known import Known
from grid.errors import Rejected
from grid.model import Source, Status, common_path
from grid.principal import WATCHER
from grid.watching import surges
from grid.watching.surges import Sighting
from streams.surge_plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry
    from geo_data.policies import PolicyStore
    from grid.model import Case

log = logging.getLogger(__name__)

_ZONE = ZoneInfo("Asia/Shanghai")
_LIVE = frozenset(status.value for status in Status if status.live)
#: Under one case there is nothing to gather.
_FEWEST = 2
#: Nobody is seen farther back than seven days; a day more for those that wait in the stream.
_MEMORY = surges.FARTHEST_BACK + timedelta(days=1)


class SurgeWatcher:
    """The follower."""

    name = "surges"
    batch = 500

    def __init__(self, policies: PolicyStore) -> None:
        self._policies = policies
        self._policy = policies.known.published[-1].policy

    async def take(self, conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """Find surges among the entries and what came before, and carry them out."""
        self._policy = await self._policies.now(conn)
        plan = Plan(self._policy.surge)
        seen = await self._sightings(conn, entries)
        if seen:
            await self._recall(conn, plan, list(seen.values()))
        for entry in entries:
            if entry.status not in _LIVE:
                plan.over(entry.case_id)
            elif entry.type == "filed" and entry.case_id in seen:
                plan.see(seen[entry.case_id])
        if plan.founded or plan.joined:
            await self._carry_out(conn, plan)
        await sightings.drop(conn, sorted(plan.gone))
        await sightings.remember(
            conn,
            [plan.fresh[case_id] for case_id in sorted(plan.fresh)],
            [plan.standing[parent] for parent in sorted(plan.touched & plan.standing.keys())],
        )
        if seen:
            newest = max(s.seen_at for s in seen.values())
            await sightings.forget(conn, newest - _MEMORY)

    async def _sightings(
        self, conn: Connection, entries: Sequence[FeedEntry]
    ) -> dict[str, Sighting]:
        """The reports among the entries, by case."""
        filed = {
            entry.case_id: (json.loads(entry.body)["data"], entry.path)
            for entry in entries
            if entry.type == "filed"
        }
        reports = [data["report"] for data, _ in filed.values() if "report" in data]
        if not reports:
            return {}
        told = await sightings.told(conn, reports)
        found = {}
        for case_id, (data, path) in filed.items():
            report = data.get("report")
            if report not in told:
                continue  # the parent of a surge
            seen_at, person = told[report]
            matter, place = data["matter"], data["place"]
            found[case_id] = Sighting(
                case_id=case_id,
                class_=surges.class_of(matter["category"]),
                reporter=surges.reporter(
                    Source(matter["source"]), data.get("sender", ""), report, person
                ),
                seen_at=seen_at,
                path=path,
                lon=place["lon"],
                lat=place["lat"],
            )
        return found

    async def _recall(self, conn: Connection, plan: Plan, seen: Sequence[Sighting]) -> None:
        """Fetch everything that could have to do with these sightings."""
        limits = plan.limits
        around = timedelta(minutes=max(limits.window_min, limits.quiet_min))
        tiles = {t for s in seen for t in surges.tiles_within(s.lon, s.lat, plan.reach_m)}
        plan.recall(
            *await sightings.near(
                conn,
                sorted(tiles),
                sorted({s.class_ for s in seen}),
                min(s.seen_at for s in seen) - around,
                max(s.seen_at for s in seen) + around,
            )
        )

    async def _carry_out(self, conn: Connection, plan: Plan) -> None:
        """Open parents and bring cases under them, all locked together in the order of ids."""
        groups = [*plan.founded.values(), *plan.joined.values()]
        parents = plan.founded | plan.joined
        ids = sorted({s.case_id for group in groups for s in group} | parents.keys())
        cases = await ledger.lock(conn, ids)
        now = await moment(conn, *cases.values())
        numbers = await ledger.case_numbers(conn, len(plan.founded), now.astimezone(_ZONE).year)
        changes: list[Change] = []
        for (parent, founders), number in zip(plan.founded.items(), numbers, strict=True):
            if parent not in cases:
                changes += self._found(cases, parent, founders, number, now)
        for parent, children in list(plan.joined.items()):
            if parent in cases and cases[parent].status.live:
                changes += self._join(cases, parent, children, now)
        for parent in parents:
            if parent not in cases or not cases[parent].status.live:
                plan.call_off(parent)
        if changes:
            await ledger.append(conn, _combined(changes))

    def _found(
        self,
        cases: dict[str, Case],
        parent: str,
        founders: list[Sighting],
        number: str,
        now: datetime,
    ) -> list[Change]:
        """The parent with its founders, whose reports it counts from the start."""
        free = [cases[s.case_id] for s in founders if _mergeable(cases.get(s.case_id))]
        if len(free) < _FEWEST:
            return []
        command = Gather(
            by=WATCHER,
            first=free[0],
            area=common_path([case.place.path for case in free]),
            reports=sum(case.tally.reports for case in free),
        )
        known = Known(case_id=parent, number=number)
        events, steps = apply(None, command, known, now, self._policy)
        cases[parent] = steps[-1]
        opened = Change(None, events, steps, now)
        return [opened, *self._join(cases, parent, founders, now, counted=True)]

    def _join(
        self,
        cases: dict[str, Case],
        parent: str,
        children: Sequence[Sighting],
        now: datetime,
        *,
        counted: bool = False,
    ) -> list[Change]:
        """Merge each child that can be merged; the parent takes over its reports."""
        changes = []
        for child in children:
            case, whole = cases.get(child.case_id), cases[parent]
            if case is None:
                continue
            reports = 0 if counted else case.tally.reports
            try:
                joined, whole_steps = apply(
                    whole,
                    Join(by=WATCHER, child=case.id, reports=reports),
                    Known(),
                    now,
                    self._policy,
                )
                merged, steps = apply(
                    case, Merge(by=WATCHER), Known(parent=whole), now, self._policy
                )
            except Rejected as no:
                log.info("case %s stays outside %s: %s", case.number, whole.number, no.en)
                continue
            changes += [Change(whole, joined, whole_steps), Change(case, merged, steps)]
            cases[parent], cases[case.id] = whole_steps[-1], steps[-1]
        return changes


def _mergeable(case: Case | None) -> bool:
    return case is not None and case.status in (Status.OPEN, Status.WORKING)


def _combined(changes: Sequence[Change]) -> list[Change]:
    """One change a case: what happened to it in a row, from before the first to after the last."""
    whole: dict[str, Change] = {}
    for change in changes:
        before = whole.get(change.after.id)
        whole[change.after.id] = (
            change
            if before is None
            else Change(
                before.before,
                [*before.events, *change.events],
                [*before.steps, *change.steps],
                before.received_at,
            )
        )
    return list(whole.values())
