"""What a batch of the feed comes to for surges: kept in memory, looked at in the feed's order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grid.watching import surges
from grid.watching.surges import Sighting, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grid.policy.policy import Surge


class Near:
    """Sightings by class and square, to find those around a position."""

    def __init__(self) -> None:
        self._by_square: dict[tuple[str, int], dict[str, Sighting]] = defaultdict(dict)
        self._squares: dict[str, tuple[str, int]] = {}

    def add(self, sighting: Sighting) -> None:
        """Take it in."""
        square = (sighting.class_, surges.tile(sighting.lon, sighting.lat))
        self._by_square[square][sighting.case_id] = sighting
        self._squares[sighting.case_id] = square

    def drop(self, case_id: str) -> None:
        """Forget it, if it is there."""
        square = self._squares.pop(case_id, None)
        if square is not None:
            del self._by_square[square][case_id]

    def around(self, sighting: Sighting, reach_m: float) -> list[Sighting]:
        """All of its class in the squares within reach."""
        found: list[Sighting] = []
        for tile in surges.tiles_within(sighting.lon, sighting.lat, reach_m):
            found += self._by_square.get((sighting.class_, tile), {}).values()
        return found


@dataclass(slots=True)
class Plan:
    """What is known and what is to be done.

    `fresh` are this batch's sightings that belong to no surge, `standing` the surges near,
    `founded` the founders of each new parent, `joined` who comes under a parent later, `touched`
    the surges to be written, `gone` the cases whose sighting or surge is to be forgotten.
    """

    limits: Surge
    near: Near = field(default_factory=Near)
    fresh: dict[str, Sighting] = field(default_factory=dict)
    standing: dict[str, Standing] = field(default_factory=dict)
    founded: dict[str, list[Sighting]] = field(default_factory=dict)
    joined: dict[str, list[Sighting]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    @property
    def reach_m(self) -> float:
        """How far apart two of one surge can be: each lies within the radius of its first."""
        return 2.0 * self.limits.radius_m

    def recall(self, free: Iterable[Sighting], standing: Iterable[Standing]) -> None:
        """Take in what was remembered."""
        for sighting in free:
            self.near.add(sighting)
        self.standing = {surge.parent: surge for surge in standing}

    def over(self, case_id: str) -> None:
        """The case has ended or came under a parent: it is no sighting and no surge any more."""
        self.near.drop(case_id)
        self.fresh.pop(case_id, None)
        self.standing.pop(case_id, None)
        self.gone.add(case_id)

    def see(self, new: Sighting) -> None:
        """A sighting joins a surge, completes one, or waits for others."""
        surge = surges.joins(new, self.standing.values(), self.limits)
        if surge is not None:
            last = max(surge.last_at, new.seen_at)
            self.standing[surge.parent] = replace(surge, last_at=last)
            self.touched.add(surge.parent)
            self.joined.setdefault(surge.parent, []).append(new)
            return
        group = surges.begins(new, self.near.around(new, self.reach_m), self.limits)
        if group:
            self._found(group)
        else:
            self.wait(new)

    def wait(self, sighting: Sighting) -> None:
        """Keep it among those that belong to no surge."""
        self.near.add(sighting)
        self.fresh[sighting.case_id] = sighting

    def _found(self, group: list[Sighting]) -> None:
        first = group[0]
        parent = surges.parent_id(first.case_id)
        self.standing[parent] = Standing(
            parent=parent,
            class_=first.class_,
            first_case=first.case_id,
            lon=first.lon,
            lat=first.lat,
            first_at=first.seen_at,
            last_at=group[-1].seen_at,
        )
        self.touched.add(parent)
        self.founded[parent] = group
        for member in group:
            self.over(member.case_id)

    def call_off(self, parent: str) -> None:
        """The parent could not be opened or is over: who was to come under it waits again."""
        self.standing.pop(parent, None)
        self.gone.add(parent)
        for sighting in self.joined.pop(parent, []):
            self.wait(sighting)
