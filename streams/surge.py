"""The surge watcher: remembers the reports of the feed, looks at them a little later, and acts.

Following the feed only writes down which case a report became and what became of that case. A look
comes when a report has waited until everything that came in beside it is there too, through
whichever worker (`waterline`): then surges, repetition and duplicates are found from everything
that is known, in the order in which it was seen. So neither batches nor the number of workers play
a part.
An event that is known already changes nothing, so that the feed may be read again.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from geo_data import feed, ledger, looks, sightings, suggestions
from geo_data.sightings import Fate, Filed, Moved
from geo_data.teams import TeamsNow
from grid.model import Status
from streams.surge_looks import Look

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from geo_data.database import Connection
    from geo_data.feed import FeedEntry
    from geo_data.policies import PolicyStore

#: A report is looked at when everything is known that came in until so long after it.
SETTLE = timedelta(seconds=10)
#: Reports looked at in one transaction.
LOOKED_AT_ONCE = 1000
#: Seven days before a report that came in seven days late count; a day more to be sure.
MEMORY = timedelta(days=15)
_FORGET_EVERY = timedelta(hours=1)
_SUGGESTIONS_KEPT = timedelta(days=90)
_LIVE = frozenset(status.value for status in Status if status.live)


class SurgeWatcher:
    """The follower, and the looks."""

    name = "surges"
    batch = 500

    def __init__(self, policies: PolicyStore, settle: timedelta = SETTLE) -> None:
        self._policies = policies
        self._teams = TeamsNow()
        self._settle = settle
        self._forgot: datetime | None = None

    async def take(self, conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """Remember what the entries say."""
        await self._remember(conn, entries)
        fates: dict[str, Fate] = {}
        moved: list[Moved] = []
        paths: dict[str, tuple[int, str]] = {}
        closed: dict[str, datetime | None] = {}
        over, taken_out = [], []
        for entry in entries:
            fate = _fate(entry, fates.get(entry.case_id))
            if fate is None:
                continue
            fates[entry.case_id] = fate
            if entry.type in ("relocated", "recategorised"):
                moved.append(self._moved(entry))
            if entry.type == "rezoned" or entry.case_id in paths:
                paths[entry.case_id] = (entry.event, entry.path)
            if entry.type == "unmerged" and (was := _data(entry).get("was")):
                taken_out.append((entry.case_id, was, entry.by))
            if fate.status is not None:
                closed[entry.case_id] = entry.at if entry.status == "closed" else None
                if entry.status not in _LIVE:
                    over.append(entry.case_id)
        await sightings.move(conn, moved)
        await sightings.rezone(conn, paths)
        await sightings.follow(conn, list(fates.values()))
        await sightings.follow_parents(conn, closed, over)
        await suggestions.close(conn, over)
        await suggestions.apart(conn, taken_out)

    async def _remember(self, conn: Connection, entries: Sequence[FeedEntry]) -> None:
        """The reports among the entries, but for those that a replay brings up from long ago."""
        filed = [
            Filed(
                case_id=entry.case_id,
                event=entry.event,
                report=data["report"],
                sender=data.get("sender", ""),
                source=data["matter"]["source"],
                category=data["matter"]["category"],
                path=entry.path,
                lon=data["place"]["lon"],
                lat=data["place"]["lat"],
                status=entry.status,
                at=entry.at,
            )
            for entry in entries
            if entry.type == "filed" and "report" in (data := _data(entry))
        ]
        if not filed:
            return
        since = await ledger.clock(conn) - MEMORY
        filed = [one for one in filed if one.at >= since]
        await sightings.add(conn, filed, self._settle)

    def _moved(self, entry: FeedEntry) -> Moved:
        data = _data(entry)
        return Moved(
            case_id=entry.case_id,
            event=entry.event,
            category=data["matter"]["category"],
            path=entry.path,
            place=(data["place"]["lon"], data["place"]["lat"]) if "place" in data else None,
            look_at=entry.at + self._settle,
        )

    async def look(self, conn: Connection, waterline: datetime) -> int:
        """Look at what has waited long enough; how many reports. Holds the follower's lock.

        Up to `waterline` everything that came in is known here.
        """
        if await feed.lock_follower(conn, self.name) is None:
            return 0
        now = await ledger.clock(conn)
        due = await looks.due(conn, waterline, LOOKED_AT_ONCE)
        if due:
            policy, teams = await self._policies.now(conn), await self._teams.get(conn)
            await Look(policy, teams, waterline).at(conn, due)
        if self._forgot is None or now - self._forgot > _FORGET_EVERY:
            await sightings.forget(conn, now - MEMORY)
            await suggestions.forget(conn, now - _SUGGESTIONS_KEPT)
            self._forgot = now
        return len(due)


def _data(entry: FeedEntry) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(entry.body)["data"]
    return data


def _fate(entry: FeedEntry, before: Fate | None) -> Fate | None:
    """What the batch has made of the case up to this entry; None where it says nothing new."""
    changed = entry.status_before is not None and entry.status != entry.status_before
    telling = entry.type in ("merged", "unmerged", "relocated", "recategorised", "rezoned")
    if not changed and not telling:
        return None
    fate = replace(before or Fate(entry.case_id, 0, entry.at), event=entry.event)
    if changed:
        fate = replace(fate, status=entry.status, at=entry.at)
    if entry.type == "merged":
        return replace(fate, parent=_data(entry)["parent"])
    if entry.type == "unmerged":
        return replace(fate, parent=None, apart=True)
    return fate
