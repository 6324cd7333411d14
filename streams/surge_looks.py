"""A look at reports that have waited long enough: what they are part of, and what is done about it.

Everything is fetched by square and time around what is looked at; what is found is pure, in
`grid.watching`. All of it is one transaction.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from geo_data import looks, suggestions
from grid.watching import duplicates, repetition, surges
from grid.watching.duplicates import Subject, words_of
from grid.watching.sightings import SPOT, TILE, square, squares_within
from streams.surge_gathering import Gathering

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from geo_data.database import Connection
    from geo_data.looks import Due, Neighbour
    from grid.policy.policy import Policy
    from grid.teams import Teams
    from grid.watching.repetition import Repeated
    from grid.watching.sightings import Sighting
    from grid.watching.surges import Group, Standing

#: How often the circle is drawn wider because what it holds decides about what lies beyond. In a
#: city that reports as one, it has to end somewhere.
_WIDER = 8
#: Cases that one is compared with; among more than that, nobody would look for its like.
_COMPARED = 10

#: What cannot be done because the feed has not told yet what happened is looked at again then.
_AGAIN = timedelta(seconds=10)

Places = dict[tuple[str, int], "datetime"]


@dataclass(slots=True)
class Look:
    """One look under a policy."""

    policy: Policy
    teams: Teams
    now: datetime

    async def at(self, conn: Connection, due: Sequence[Due]) -> None:
        """Look at these and act."""
        groups, received = await self._groups(conn, due)
        in_groups = {s.case_id for group in groups for s in group.coming()}
        repeats = await self._repeats(conn, due, in_groups)
        gathering = Gathering(self.policy, self.teams, received)
        done = await gathering.carry_out(conn, groups, repeats)
        await looks.taken(conn, done.parents, done.standing)
        await looks.recurred(conn, [one.case_id for one in repeats])
        await self._suggest(conn, [one for one in due if one.sighting.case_id not in done.parents])
        await looks.looked(conn, [one.sighting.case_id for one in due])
        await looks.look_again(conn, done.blocked, self.now + _AGAIN)

    async def _groups(
        self, conn: Connection, due: Sequence[Due]
    ) -> tuple[list[Group], dict[str, datetime]]:
        """The groups that may act now, and when each report near came in."""
        limits = self.policy.surge
        looked_at: dict[str, Sighting] = {}
        covered: Places = {}
        near: dict[str, Neighbour] = {}
        standing: dict[str, Standing] = {}
        new = [one.sighting for one in due if one.sighting.open and not one.apart]
        for _ in range(_WIDER):
            looked_at |= {s.case_id: s for s in new}
            wanted = self._not_covered(new, covered)
            if not wanted:
                break
            covered |= wanted
            for found in await looks.free_near(conn, wanted, self.now):
                near[found.sighting.case_id] = found
            for surge in await looks.standing_near(conn, wanted):
                standing[surge.parent] = surge
            new = self._deciding(near.values(), covered, looked_at)
        by_class: dict[str, list[Sighting]] = defaultdict(list)
        for found in near.values():
            by_class[found.sighting.class_].append(found.sighting)
        groups = [
            group
            for class_, known in sorted(by_class.items())
            for group in surges.regroup(
                known, [s for s in standing.values() if s.class_ == class_], looked_at, limits
            )
            if group.stands(limits.reporters)
        ]
        return groups, {one.sighting.report: one.received_at for one in near.values()}

    def _not_covered(self, new: Iterable[Sighting], covered: Places) -> Places:
        """Squares around these that have not been asked for, or not from so long ago on."""
        memory, reach_m = surges.memory(self.policy.surge), surges.reach_m(self.policy.surge)
        wanted: Places = {}
        for s in new:
            since = s.seen_at - memory
            for tile in squares_within(s.lon, s.lat, reach_m, TILE):
                place = (s.class_, tile)
                have = wanted.get(place) or covered.get(place)
                if have is None or since < have:
                    wanted[place] = since
        return wanted

    def _deciding(
        self, near: Iterable[Neighbour], covered: Places, known: dict[str, Sighting]
    ) -> list[Sighting]:
        """Neighbours about which has to be decided too: not yet looked at, or seen after one."""
        memory = surges.memory(self.policy.surge)
        found = []
        for one in near:
            s = one.sighting
            if s.parent is not None or s.case_id in known:
                continue
            start = covered.get((s.class_, square(s.lon, s.lat, TILE)))
            if one.pending or (start is not None and s.seen_at >= start + memory):
                found.append(s)
        return found

    async def _repeats(
        self, conn: Connection, due: Sequence[Due], in_groups: set[str]
    ) -> list[Repeated]:
        """What repeats among these, and among those seen after one of them at its place."""
        limits = self.policy.repetition
        days = timedelta(days=limits.days)
        told = {one.sighting.case_id for one in due if one.recurred} | in_groups
        looked_at = {one.sighting.case_id: one.sighting for one in due if one.sighting.outside}
        near: dict[str, Sighting] = {}
        for _ in range(2):
            wanted: Places = {}
            for s in looked_at.values():
                since = s.seen_at - days
                for spot in squares_within(s.lon, s.lat, limits.radius_m, SPOT):
                    place = (s.class_, spot)
                    wanted[place] = min(since, wanted.get(place, since))
            found = await looks.at_spots(conn, wanted, self.now) if wanted else []
            for s, was_told in found:
                near[s.case_id] = s
                if was_told:
                    told.add(s.case_id)
            later = repetition.later(near.values(), looked_at.values(), limits)
            if not later:
                break
            looked_at |= {s.case_id: s for s in later}
        by_class: dict[str, list[Sighting]] = defaultdict(list)
        for s in near.values():
            by_class[s.class_].append(s)
        return [
            one
            for class_ in sorted(by_class)
            for one in repetition.repeated(by_class[class_], looked_at.keys() - told, limits)
        ]

    async def _suggest(self, conn: Connection, due: Sequence[Due]) -> None:
        """What these may be duplicates of."""
        limits = self.policy.duplicates
        new = {one.sighting.case_id: one for one in due if one.sighting.open and not one.apart}
        if not new:
            return
        within = timedelta(days=limits.days)
        alike = await looks.alike(
            conn, [one.sighting for one in new.values()], limits.radius_m, within, _COMPARED
        )
        others: dict[str, list[Subject]] = defaultdict(list)
        pairs = []
        for other in alike:
            one = new[other.case_id]
            subject = Subject(other.other, other.category, other.seen_at, other.lon, other.lat)
            if duplicates.possible(_subject(one), subject, limits):
                pairs.append((one, other))
        if not pairs:
            return
        reports = [report for one, other in pairs for report in (one.sighting.report, other.report)]
        said = await looks.descriptions(conn, reports)
        words = {report: words_of(text) for report, text in said.items()}
        for one, other in pairs:
            others[one.sighting.case_id].append(
                Subject(
                    other.other,
                    other.category,
                    other.seen_at,
                    other.lon,
                    other.lat,
                    words.get(other.report),
                )
            )
        found = {
            case: duplicates.suggest(
                _subject(new[case], words.get(new[case].sighting.report)), subjects, limits
            )
            for case, subjects in others.items()
        }
        await suggestions.add(conn, found)


def _subject(one: Due, words: Counter[str] | None = None) -> Subject:
    s = one.sighting
    return Subject(s.case_id, one.category, s.seen_at, s.lon, s.lat, words)
