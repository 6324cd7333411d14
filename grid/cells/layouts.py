"""`Layouts`: which layout of cells holds when."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Begin(NamedTuple):
    """A layout's number and the moment from which it holds, until the next one begins."""

    number: int
    valid_from: datetime


class Layouts:
    """All published layouts, one holding at a time.

    `newest` tells one set from another: only at that end one is added or withdrawn.
    """

    __slots__ = ("_starts", "newest", "published")

    def __init__(self, published: Iterable[Begin]) -> None:
        self.published = tuple(sorted(published, key=lambda one: one.valid_from))
        if not self.published:
            raise ValueError("there is no layout at all")
        self.newest = self.published[-1]
        self._starts = [one.valid_from for one in self.published]

    def at(self, moment: datetime) -> int:
        """The number of the layout that holds at a moment (aware); before the first, the first."""
        return self.published[max(bisect_right(self._starts, moment) - 1, 0)].number

    def from_now(self, moment: datetime) -> list[int]:
        """The numbers of the layout that holds at a moment, and of those that begin later."""
        first = max(bisect_right(self._starts, moment) - 1, 0)
        return [one.number for one in self.published[first:]]
