"""Surges: many reports of one class, close together in place and time, that are one matter.

What belongs together is a function of the reports alone, their time and id and what stands
already. In which order they came in, in which batches and through how many workers plays no part:
they are gone through in the order in which they were *seen*.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from grid.ids import time_ordered
from grid.watching.sightings import TILE, Near, Sighting, distance_m, square, squares_within

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from grid.policy.policy_file import Surge


@dataclass(frozen=True, slots=True)
class Standing:
    """A surge that stands: its parent, the report that it began with, and its last one."""

    parent: str
    class_: str
    first: str
    lon: float
    lat: float
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class Group:
    """Reports that are one matter: around `first`, each within the quiet time of the one before.

    `parent` is None where none stands yet; `founders` made it a surge, `later` came after.
    """

    parent: str | None
    class_: str
    first: str
    lon: float
    lat: float
    first_at: datetime
    last_at: datetime
    founders: list[Sighting] = field(default_factory=list)
    later: list[Sighting] = field(default_factory=list)

    def stands(self, reporters: int) -> bool:
        """True when it has a parent, or reporters enough among those that wait for nothing."""
        if self.parent is not None:
            return True
        settled = [s for s in (*self.founders, *self.later) if not s.waits]
        return len({s.reporter for s in settled}) >= reporters

    def coming(self) -> list[Sighting]:
        """Whose cases are to come under the parent now, all founders at once."""
        founders = [s for s in self.founders if self.parent is None or not s.waits]
        later = [s for s in self.later if not s.waits]
        return [s for s in (*founders, *later) if s.parent is None]


def parent_id(first: str, received_at: datetime) -> str:
    """The id of the parent of a surge that begins with this report: always the same."""
    entropy = int.from_bytes(sha256(f"surge {first}".encode()).digest()[:10], "big")
    return time_ordered(received_at, entropy)


def reach_m(limits: Surge) -> float:
    """How far apart two of one surge can be: each lies within the radius of its first."""
    return 2.0 * limits.radius_m


def memory(limits: Surge) -> timedelta:
    """How far apart in time two reports can be of which one decides about the other."""
    return timedelta(minutes=max(limits.window_min, limits.quiet_min))


def regroup(
    known: Iterable[Sighting],
    standing: Iterable[Standing],
    looked_at: Collection[str],
    limits: Surge,
) -> list[Group]:
    """The groups that cases are to come under a parent in, in the order in which they begin.

    `known` are reports of one class; `looked_at` the cases to decide about, the others are their
    neighbours: all within reach, from `memory` before the first that is looked at on. `standing`
    are the surges near; their members say so by their parent.

    In the order in which they were seen, each comes to the group that began first among those
    whose first report is within the radius and whose last one is not older than the quiet time;
    else it may complete a group of those that are alone. What stands is not taken apart: it is
    found again by its members, and where one that came in late is its first, it begins with that.
    """
    scan = _Scan(sorted(known, key=lambda s: s.key), standing, limits)
    for sighting in scan.ordered:
        scan.take(sighting, new=sighting.case_id in looked_at)
    return [group for group in scan.groups if group.coming()]


class _Scan:
    """What is known at a point of the order."""

    def __init__(
        self, ordered: list[Sighting], standing: Iterable[Standing], limits: Surge
    ) -> None:
        self.ordered = ordered
        self.groups: list[Group] = []
        self._limits = limits
        self._quiet = timedelta(minutes=limits.quiet_min)
        self._window = timedelta(minutes=limits.window_min)
        self._alone = Near(TILE)
        self._squares: dict[int, list[Group]] = defaultdict(list)
        self._of_parent: dict[str, Group] = {}
        self._standing = {surge.parent: surge for surge in standing}
        members: dict[str, list[Sighting]] = defaultdict(list)
        for s in ordered:
            if s.parent in self._standing:
                members[s.parent].append(s)
        # Those that would not be found again by the members that are known begin by themselves.
        self._by_themselves = sorted(
            (s for s in self._standing.values() if not self._found_again(s, members[s.parent])),
            key=lambda s: (s.first_at, s.first),
            reverse=True,
        )

    def _found_again(self, surge: Standing, members: list[Sighting]) -> bool:
        founders = [
            s
            for s in members
            if s.key >= (surge.first_at, surge.first)
            and s.seen_at - surge.first_at <= self._window
            and self._within(surge, s)
        ]
        who = {s.reporter for s in founders}
        return len(who) >= self._limits.reporters and founders[0].report == surge.first

    def take(self, s: Sighting, *, new: bool) -> None:
        """Go on to the next one."""
        while self._by_themselves:
            surge = self._by_themselves[-1]
            if (surge.first_at, surge.first) > s.key:
                break
            self._begin_again(self._by_themselves.pop(), self.ordered[0].seen_at)
        if s.parent is not None:
            self._take_member(s, s.parent)
        elif not new:
            self._alone.add(s)
        elif (group := self._joins(s)) is not None:
            group.later.append(s)
            group.last_at = s.seen_at
        else:
            self._complete(s)

    def _take_member(self, s: Sighting, parent: str) -> None:
        """A member of what stands. A surge that has not begun yet is made as it was made once."""
        if parent in self._of_parent:
            self._of_parent[parent].last_at = s.seen_at
            return
        surge = self._standing.get(parent)
        if surge is None or not self._within(surge, s):
            return  # people put it there from elsewhere
        group = self._joins(s)
        if group is None:
            self._complete(s)
        elif group.parent is None:
            group.parent = parent
            group.last_at = s.seen_at
            self._of_parent[parent] = group
        else:
            self._begin_again(surge, s.seen_at)

    def _within(self, group: Group | Standing, s: Sighting) -> bool:
        return distance_m(group.lon, group.lat, s.lon, s.lat) <= self._limits.radius_m

    def _joins(self, s: Sighting) -> Group | None:
        """The group that takes it: of several, the one that began first."""
        near = [
            group
            for at in squares_within(s.lon, s.lat, self._limits.radius_m, TILE)
            for group in self._squares.get(at, ())
            if s.seen_at - group.last_at < self._quiet and self._within(group, s)
        ]
        return min(near, key=lambda g: (g.first_at, g.first), default=None)

    def _complete(self, s: Sighting) -> None:
        """Make the group that `s` completes with those that are alone; else it is alone too.

        A group is one report and what follows it within the window and the radius; a reporter
        counts once. Of several, the one whose first was seen first.
        """
        reporters, radius_m = self._limits.reporters, self._limits.radius_m
        around = [
            other
            for other in self._alone.around(s.lon, s.lat, reach_m(self._limits))
            if s.seen_at - other.seen_at <= self._window
        ]
        self._alone.add(s)
        around.append(s)
        if len({other.reporter for other in around}) < reporters:
            return
        around.sort(key=lambda other: other.key)
        for place, first in enumerate(around):
            if distance_m(first.lon, first.lat, s.lon, s.lat) > radius_m:
                continue
            group = [
                other
                for other in around[place:]
                if distance_m(first.lon, first.lat, other.lon, other.lat) <= radius_m
            ]
            if len({other.reporter for other in group}) >= reporters:
                self._found(group)
                return

    def _found(self, founders: list[Sighting]) -> None:
        first, last = founders[0], founders[-1]
        stood = list(dict.fromkeys(s.parent for s in founders if s.parent is not None))
        self._begin(
            Group(
                stood[0] if stood else None,
                first.class_,
                first.report,
                first.lon,
                first.lat,
                first.seen_at,
                last.seen_at,
                founders,
            )
        )
        for member in founders:
            self._alone.drop(member)
        for other in stood[1:]:
            self._begin_again(self._standing[other], last.seen_at)

    def _begin_again(self, surge: Standing, at: datetime) -> None:
        """Let a standing surge go on from `at`, where it began as it is remembered."""
        last_at = surge.last_at if surge.last_at < at else surge.first_at
        self._begin(
            Group(
                surge.parent,
                surge.class_,
                surge.first,
                surge.lon,
                surge.lat,
                surge.first_at,
                last_at,
            )
        )

    def _begin(self, group: Group) -> None:
        self.groups.append(group)
        self._squares[square(group.lon, group.lat, TILE)].append(group)
        if group.parent is not None:
            self._of_parent[group.parent] = group
