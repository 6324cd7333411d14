"""Repetition: the same class of matter reported again and again at one place.

A case is one where its report is the third (the policy's number) of its class within 50 m in 7
days, or where it was seen again there after a case had been closed. What counts:

- Only reports by others than the cell's own team: a worker who looks often and reports much must
  not make its own cell look bad, neither by counting nor by being counted.
- One reporter counts once a day. Pressing the button three times is one report; coming back on
  three days, because nothing happened, is three.
- *Again after closing* needs no third: a closed case had said that the matter is over. But the
  one that was closed must have come from others too, or a worker who finds and settles things
  would pay for every one of them; and the new report must have been *seen* after the closing: a
  phone that was offline tells of what was closed meanwhile, not of what came back.
- Declined, withdrawn and void cases do not count: nothing was there, or nobody stands by it.
- What is under one parent is one matter and is not lifted again by this, but its reports count for
  what comes later.

Which cases repeat is a function of the reports and of what was closed, not of their coming in: it
only grows with every report, and a report that came in late lifts those that were seen after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from grid.watching.sightings import SPOT, Near, Sighting, distance_m

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from grid.policy.parameters import Repetition

_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Repeated:
    """A case that repeats: the how-manieth report it is, and the case of the first one.

    `again` says that it came back after `first` had been closed; it then counts as the policy's
    number at least, since that is what closing weighs.
    """

    case_id: str
    reports: int
    first: str
    again: bool = False


def repeated(
    known: Iterable[Sighting], looked_at: Collection[str], limits: Repetition
) -> list[Repeated]:
    """The cases among `looked_at` that repeat, in the order in which they were seen.

    `known` are reports of one class that count (not declined, withdrawn or void), those looked at
    and all within reach of them in place and time.
    """
    near = Near(SPOT)
    others = [s for s in known if s.outside]
    for sighting in others:
        near.add(sighting)
    found = []
    for sighting in sorted(others, key=lambda s: s.key):
        if sighting.case_id in looked_at and sighting.open and sighting.parent is None:
            around = near.around(sighting.lon, sighting.lat, limits.radius_m)
            one = repetition(sighting, around, limits)
            if one is not None:
                found.append(one)
    return found


def repetition(new: Sighting, others: Iterable[Sighting], limits: Repetition) -> Repeated | None:
    """How `new` repeats what was reported before; None where it does not."""
    days = timedelta(days=limits.days)
    near = sorted(
        (
            s
            for s in others
            if s.outside
            and s.class_ == new.class_
            and s.key < new.key
            and distance_m(s.lon, s.lat, new.lon, new.lat) <= limits.radius_m
        ),
        key=lambda s: s.key,
    )
    before = [s for s in near if new.seen_at - s.seen_at <= days]
    days_of = {(s.reporter, s.seen_at.astimezone(_ZONE).date()) for s in (*before, new)}
    closed = [
        s
        for s in near
        if s.closed_at is not None
        and timedelta() < new.seen_at - s.closed_at <= days
        and s.case_id != new.case_id
    ]
    if closed:
        return Repeated(new.case_id, max(len(days_of), limits.reports), closed[0].case_id, True)
    if len(days_of) >= limits.reports:
        return Repeated(new.case_id, len(days_of), before[0].case_id)
    return None


def later(
    known: Iterable[Sighting], looked_at: Iterable[Sighting], limits: Repetition
) -> list[Sighting]:
    """What was seen at the place of one that is looked at, after it: it may repeat by that now.

    Those among `known` that are not looked at themselves, neither now nor soon.
    """
    near, these = Near(SPOT), list(looked_at)
    cases = {s.case_id for s in these}
    for sighting in these:
        near.add(sighting)
    days = timedelta(days=limits.days)
    return [
        s
        for s in known
        if s.case_id not in cases
        and s.open
        and not s.waits
        and any(
            timedelta() <= s.seen_at - one.seen_at <= days
            and distance_m(s.lon, s.lat, one.lon, one.lat) <= limits.radius_m
            for one in near.around(s.lon, s.lat, limits.radius_m)
        )
    ]
