"""The published versions of the policy, side by side: which one holds at a moment."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grid.policy.policy import Policy

#: What is published begins to hold so much later at the earliest: until then every process has it.
LEAD = timedelta(minutes=2)

#: From when on the first version of all holds.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Published:
    """A version and when it begins to hold; it holds until the next one begins."""

    policy: Policy
    valid_from: datetime


class Policies:
    """All published versions. `stamp` is the number of the newest, to tell one set from another."""

    __slots__ = ("_starts", "_versions", "published", "stamp")

    def __init__(self, published: Iterable[Published], stamp: int = 0) -> None:
        self.published = tuple(sorted(published, key=lambda one: one.valid_from))
        if not self.published:
            raise ValueError("there is no policy at all")
        self.stamp = stamp
        self._starts = [one.valid_from for one in self.published]
        self._versions = {one.policy.version: one.policy for one in self.published}

    def at(self, moment: datetime) -> Policy:
        """The policy that holds at a moment (aware); before the first version, the first."""
        return self.published[max(bisect_right(self._starts, moment) - 1, 0)].policy

    def named(self, version: str, at: datetime) -> Policy:
        """The policy of a version's name; for names that were never published the one of then."""
        return self._versions.get(version) or self.at(at)


def version_in(payload: object) -> str:
    """The version that an event's payload names: what decided it; empty where nothing did."""
    for part in (getattr(payload, "why", None), getattr(payload, "matter", None)):
        version = getattr(part, "policy", "")
        if version:
            return str(version)
    return ""
